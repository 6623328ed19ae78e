# Starts, restarts or makes the containers of a service again; whether it is healthy is asked from outside.
#
# Usage: sh service.sh ID...; to recreate it all of its containers, the one before whose image they are of
# + step: start, restart or recreate
# + service, image_name, stop, ready, up_as: see recreate.sh
# + locks: see image.sh
# + job: not empty: what is started has to end, with code 0
# + own_stop: not empty: a restart gives each container the time to stop that it was made with, if any
. "$(dirname "$0")/../../engine/shell/audited.sh"
. "$(dirname "$0")/../../engine/shell/recreate.sh"
: "${step:?}" "${job=}" "${own_stop=}"

start() {
    for id in "$@"; do
        if [ -n "$job" ]; then
            completed "$id" "$ready" || fail "it has not ended with code 0 within $ready s: $(not_started)"
        else
            started_again "$id" || fail "it could not be started: $(not_started)"
        fi
    done
}
# time_to_stop ID: prints the seconds that it gets.
time_to_stop() {
    its=''
    [ -z "$own_stop" ] || its=$(inspect '{{.Config.StopTimeout}}' "$1") || its=''
    case $its in '' | *[!0-9]*) echo "$stop" ;; *) echo "$its" ;; esac
}
restart() {
    for id in "$@"; do
        restarted "$id" "$(time_to_stop "$id")" || fail "it could not be restarted: $(not_started)"
    done
}
recreate() {
    as_seen "$service" "$@"
    no_files_of_its_own "$@"
    id=${1:-}
    [ $# -eq 0 ] || replicas=$#
    image_of "$id"
    recreate_service || fail "$refused; nothing was changed"
    [ -n "$made" ] || {
        # What Compose stopped and did not start again is started.
        [ "$up_as" != -d ] || { listed && for id in $there; do started_again "$id"; done; }
        fail "Compose could not recreate it: $(compose_said)"
    }
}
repair() {
    brought_to_its_end
    [ $# -gt 0 ] || [ "$step" = recreate ] || fail "$service has no container: look again; nothing was changed"
    "$step" "$@"
}
audited repair "$@"
