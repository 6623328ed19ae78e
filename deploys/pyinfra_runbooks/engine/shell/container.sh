# Starts, stops and looks at one container.
#
# + id: the one that is spoken of
# + stop: seconds that its stop may take; default: 10
. "$(dirname "$0")/../../engine/shell/containers.sh"
. "$(dirname "$0")/../../engine/shell/now.sh"
. "$(dirname "$0")/../../engine/shell/refused.sh"
: "${id=}" "${stop:=10}"

# brought_to_its_end: what is begun goes on when the connection is cut, or when it is to end, within its own
# deadlines.
brought_to_its_end() {
    trap '' HUP PIPE
    trap ':' INT TERM
}
# What the engine said when it could not do what was asked of it last.
engine_said=''

# tried COMMAND...: whether it succeeds, at the third time at last.
tried() {
    "$@" || { sleep 0.2 && "$@"; } || { sleep 0.5 && "$@"; }
}

# with_patience SECONDS COMMAND...: another deadline for one call
with_patience() {
    usual=$patience patience=$1
    shift
    "$@" && done_with=0 || done_with=$?
    patience=$usual
    return "$done_with"
}

# look_up ID: sets status (gone: there is no such container), started and restarts; fails where the
# engine does not say, which is none of these.
# shellcheck disable=SC2034 # for what uses this
look_up() {
    for _ in 1 2 3; do
        status=$(docker inspect --type container \
            --format '{{.State.Status}} {{.State.StartedAt}} {{.RestartCount}}' "$1" 2>&1)
        case $status in
            created\ * | running\ * | paused\ * | restarting\ * | removing\ * | exited\ * | dead\ *)
                restarts=${status##* } started=${status#* } status=${status%% *}
                started=${started% *}
                return
                ;;
            *'o such container'* | *'o such object'*)
                status=gone started='' restarts=0
                return
                ;;
        esac
        sleep 0.1
    done
    status=''
    return 1
}

# started_again ID: whether it runs, or tries to; what is stopped is started, and what is paused goes on.
started_again() {
    until=$(($(now) + 2 * patience)) attempts=0
    while :; do
        if look_up "$1"; then
            case $status in
                running | restarting) engine_said='' && return ;;
                gone) return 1 ;;
                paused) engine_said=$(docker unpause "$1" 2>&1 >/dev/null) ;;
                *) engine_said=$(docker start "$1" 2>&1 >/dev/null) ;;
            esac
            [ "$attempts" -lt 3 ] || return 1
            attempts=$((attempts + 1))
        fi
        [ "$(now)" -lt "$until" ] || return 1
        [ "$attempts" = 1 ] || sleep 0.5
    done
}

# completed ID SECONDS: whether it was started, and has ended with code 0 within these seconds.
completed() {
    look_up "$1" || return
    was=$started
    engine_said=$(docker start "$1" 2>&1 >/dev/null) || return
    ended=$(with_patience "$2" docker wait "$1" 2>/dev/null)
    look_up "$1" && [ "$ended $status" = '0 exited' ] && [ "$started" != "$was" ]
}

# restarted ID SECONDS: whether it was stopped, within these seconds or killed, and started again. The
# engine does both in one request, and finishes it whatever becomes of us. What it says is no proof: an
# engine that is slow is waited for, and what it stopped and did not start is started.
restarted() {
    look_up "$1" || return
    was=$started
    engine_said=$(with_patience $(($2 + patience)) docker restart -t "$2" "$1" 2>&1 >/dev/null) && longer=1 || longer=$2
    deadline=$(($(now) + longer + patience))
    while :; do
        if look_up "$1"; then
            case $status in
                running | restarting) [ "$started" = "$was" ] || { engine_said='' && return; } ;;
                *) started_again "$1" && return ;;
            esac
        fi
        [ "$(now)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# stopped ID SECONDS: whether it does not run any more.
stopped() {
    with_patience $(($2 + patience)) docker stop -t "$2" "$1" >/dev/null 2>&1
    deadline=$(($(now) + $2 + patience))
    while :; do
        if look_up "$1"; then
            case $status in running | restarting | paused) ;; *) return 0 ;; esac
        fi
        [ "$(now)" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}

# removed ID...: whether they are gone, each with a stop before.
removed() {
    for unwanted in "$@"; do
        stopped "$unwanted" "$stop" || :
        docker rm -f "$unwanted" >/dev/null 2>&1
        { look_up "$unwanted" && [ "$status" = gone ]; } || return
    done
}

# not_started [COMMAND]: why it did not start, in the engine's words; where it said nothing, what COMMAND says.
not_started() {
    if [ -n "$engine_said" ]; then in_words "$engine_said"; else "${1:-where_its_log_is}"; fi
}
# What an application logs may hold a password, such as the one in a URL.
where_its_log_is() {
    named=$(inspect '{{.Name}} {{.State.ExitCode}}' "$id" 2>/dev/null) || named="$id 0"
    case $named in *' 0') ended='' ;; *) ended="it ended with code ${named##* }; " ;; esac
    named=${named% *}
    echo "${ended}its log may hold a value, and is not shown: docker logs --tail 20 ${named#/}"
}
