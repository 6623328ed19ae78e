# Which networks there are: a network's JSON a line (network.template).
#
#     sh find_networks.sh
. "$(dirname "$0")/../../engine/shell/engine.sh"
. "$(dirname "$0")/../../engine/shell/text_of.sh"
network_template=$(text_of engine/shell/network.template)
docker network ls --no-trunc --format "$(printf '%s' "$network_template" | tr -d '\n')"
