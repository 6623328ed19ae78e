# Which Compose commands change something just now, and in which directories.
#
#     sh find_commands.sh
#
# Prints words separated by tabs: SECONDS VERB, "attached" for one that stays with what it has started, as
# `up` without -d does, and "in" with what tells the directories that it may be about, ID:ID, or "?" where this
# user can't see them: where it runs, and where the files are that it names, with all directories above these.
. "$(dirname "$0")/../../engine/shell/common.sh"

compose_command() {
    at=$(readlink "$1/cwd" 2>/dev/null)
    command=$(tr '\0' '\n' 2>/dev/null <"$1/cmdline" | up=$up stat=$(cat "$1/stat" 2>/dev/null) awk '
        verb == "up" && /^--(detach|wait|no-start)(=true)?$|^-[A-Za-z]*d/ { attached = "" }
        verb == "" && /^(up|down|create|start|stop|restart|rm|kill|run|pause|unpause|scale)$/ {
            verb = $0
            if (/^(up|run)$/) attached = "\tattached"
        }
        verb == "" && sub(/^(--[a-z-]+=)?\//, "/") { named[$0] }
        END {
            if (verb == "") exit
            sub(/.*\) /, "", ENVIRON["stat"])
            split(ENVIRON["stat"], field, " ")
            printf "%d\t%s%s\n", ENVIRON["up"] - field[20] / 100, verb, attached
            for (path in named)
                for (; path ~ /\/./; sub(/\/[^\/]*$/, "", path)) print path
        }')
    [ -n "$command" ] || return 0
    IFS=$line
    # shellcheck disable=SC2046 # a path a line
    set -- ${at:+"$at"} $(printf '%s\n' "$command" | sed 1d)
    unset IFS
    printf '%s\tin %s\n' "${command%%"$line"*}" "$(places_of "$@")"
}
# What tells each from every other one, with spaces between.
places_of() {
    [ -n "$at" ] || { printf '?' && return; }
    told=$(in_time stat -L -c '%d:%i' -- "$@" 2>/dev/null)
    case $? in 124 | 137 | 143) told='?' ;; esac
    # shellcheck disable=SC2086 # a place a word
    printf '%s ' ${told:-0:0}
}

read -r up _ </proc/uptime
set +f
set -- /proc/[0-9]*
set -f
for process in "$@"; do
    read -r comm 2>/dev/null <"$process/comm" || continue
    case $comm in docker-compose*) compose_command "$process" ;; esac
done
