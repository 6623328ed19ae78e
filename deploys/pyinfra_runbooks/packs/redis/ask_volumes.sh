# The names of the engine's volumes, one a line.
#
#     sh ask_volumes.sh
. "$(dirname "$0")/../../engine/shell/engine.sh"
docker volume ls --quiet
