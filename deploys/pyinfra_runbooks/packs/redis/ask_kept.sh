# A file that would go with a container, one line; nothing, where there is none. Fails where that is not known.
#
#     id=0123456789ab sh ask_kept.sh
. "$(dirname "$0")/../../engine/shell/containers.sh"
. "$(dirname "$0")/../../engine/shell/kept.sh"
kept_by "${id:?}"
