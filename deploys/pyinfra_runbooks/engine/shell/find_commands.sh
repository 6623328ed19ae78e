# Which Compose commands change something just now: in a project's directory, or where this user can't see.
#
#     directory=/srv/app sh find_commands.sh
#
# Prints words separated by tabs: SECONDS VERB, and "attached" for one that stays with what it has started, as
# `up` without -d does.
. "$(dirname "$0")/../../engine/shell/common.sh"

compose_command() {
    at=$(readlink "$1/cwd" 2>/dev/null)
    tr '\0' '\n' 2>/dev/null <"$1/cmdline" |
        at=$at directory=$directory physical=$physical up=$up stat=$(cat "$1/stat" 2>/dev/null) awk '
            function within(path, place) { return place != "" && index(path "/", place "/") == 1 }
            within($0, ENVIRON["directory"]) || within($0, ENVIRON["physical"]) { here = 1 }
            verb == "up" && /^--(detach|wait|no-start)(=true)?$|^-[A-Za-z]*d/ { attached = "" }
            verb == "" && /^(up|down|create|start|stop|restart|rm|kill|run|pause|unpause|scale)$/ {
                verb = $0
                if (/^(up|run)$/) attached = "\tattached"
            }
            END {
                at = ENVIRON["at"]
                here = here || at == "" || at == ENVIRON["directory"] || at == ENVIRON["physical"]
                sub(/.*\) /, "", ENVIRON["stat"])
                split(ENVIRON["stat"], field, " ")
                if (verb != "" && here) printf "%d\t%s%s\n", ENVIRON["up"] - field[20] / 100, verb, attached
            }'
}

physical=$(cd -P -- "$directory" 2>/dev/null && pwd -P)
read -r up _ </proc/uptime
set +f
for process in /proc/[0-9]*; do
    read -r comm 2>/dev/null <"$process/comm" || continue
    case $comm in docker-compose*) compose_command "$process" ;; esac
done
