# What is done to a container, and what came of it. Goes on when the connection is cut, or when it is
# to end: what is begun is brought to its end, within its own deadlines.
trap '' HUP PIPE
trap ':' INT TERM
trap at_the_end EXIT
at_the_end() { :; }
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}
# Seconds since some time in the past: no clock that is set moves a deadline.
now() { read -r up _ </proc/uptime && printf '%s' "${up%.*}"; }

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
                status=gone started= restarts=0
                return
                ;;
        esac
        sleep 0.1
    done
    status=
    return 1
}

# started_again ID: whether it runs, or tries to; what is stopped is started, and what is paused goes on.
started_again() {
    until=$(($(now) + 2 * patience)) attempts=0
    while :; do
        if look_up "$1"; then
            case $status in
                running | restarting) return 0 ;;
                gone) return 1 ;;
                paused) docker unpause "$1" >/dev/null 2>&1 ;;
                *) docker start "$1" >/dev/null 2>&1 ;;
            esac
            [ "$attempts" -lt 3 ] || return 1
            attempts=$((attempts + 1))
        fi
        [ "$(now)" -lt "$until" ] || return 1
        [ "$attempts" = 1 ] || sleep 0.5
    done
}

# restarted ID SECONDS: whether it was stopped, within these seconds or killed, and started again. The
# engine does both in one request, and finishes it whatever becomes of us. What it says is no proof: an
# engine that is slow is waited for, and what it stopped and did not start is started.
restarted() {
    look_up "$1" || return
    was=$started
    with_patience $(($2 + patience)) docker restart -t "$2" "$1" >/dev/null 2>&1 && longer=1 || longer=$2
    deadline=$(($(now) + longer + patience))
    while :; do
        if look_up "$1"; then
            case $status in
                running | restarting) [ "$started" = "$was" ] || return 0 ;;
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

# The container's last log lines. Redis quotes the line of its configuration that it stumbles over,
# which may hold a password: only the directive is shown. Redis 8 does so behind a time.
last_words() { docker logs --tail 5 "$id" 2>&1 | shown_safely; }
shown_safely() {
    tr -cd '\11\12\40-\176' | sed "s/\(>>> *'[A-Za-z-]*\).*/\1 ...'/" | cut -c 1-300
}
