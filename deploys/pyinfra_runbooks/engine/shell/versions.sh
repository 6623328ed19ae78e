# Which engine a host has, and which Compose: a line each, "engine VERSION" and "compose VERSION".
#
#     sh versions.sh
. "$(dirname "$0")/../../engine/shell/engine.sh"
docker version --format 'engine {{.Server.Version}}' 2>/dev/null
# Compose from 2.20 on says it with a v.
docker compose version --short 2>/dev/null | sed 's/^v*/compose /'
