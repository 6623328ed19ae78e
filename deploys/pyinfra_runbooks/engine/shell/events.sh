# Waits until something happens to the stack, or until it has waited long enough; then prints what it
# was, and what time it is. What happens while nobody waits is not missed: `since` is when the stack
# was last looked at.
#
#     project=shop sh events.sh
#
# + since: from when on, in seconds since 1970, with a fraction; default: now
# + seconds: how long it waits
# + ids: the stack's containers, one a line
# + networks: those that they are or should be on, one a line
. "$(dirname "$0")/../../engine/shell/engine.sh"
. "$(dirname "$0")/../../engine/shell/session.sh"
. "$(dirname "$0")/../../engine/shell/holder.sh"
: "${since=}" "${seconds:=60}" "${ids=}" "${networks=}"

listed() {
    case "$line$2$line" in *"$line$1$line"*) [ -n "$1" ] ;; *) return 1 ;; esac
}
touches() {
    case $what in 'container health_status'*) case $what in *unhealthy) ;; *) return 1 ;; esac ;; esac
    case $what in
        container*) [ "$of" = "$project" ] || listed "$id" "$ids" ;;
        network*) listed "$name" "$networks" || listed "$member" "$ids" ;;
        *) return 1 ;;
    esac
}
# The process that listens says its number first, so that it can be ended with the first event.
listen() {
    attributes='{{index .Actor.Attributes "com.docker.compose.project"}}|{{index .Actor.Attributes "container"}}|{{index .Actor.Attributes "name"}}'
    set -- --filter type=container --filter type=network
    for event in create start die oom kill stop destroy pause rename health_status connect disconnect remove; do
        set -- "$@" --filter "event=$event"
    done
    sh -c 'echo $$; exec "$@"' - timeout -k 2 $((seconds + patience)) $docker_is events "$@" \
        --since "$since" --until "$(($(date +%s) + seconds))" \
        --format "{{.Type}} {{.Action}}|{{.Actor.ID}}|$attributes" </dev/null 2>&1
}
# Nobody is left who would hear it, once the session is gone.
watch_session() {
    find_session
    start=$(begun "$session")
    while [ -n "$start" ] && [ "$(begun "$session")" = "$start" ]; do sleep 5; done
    kill "$1"
}
[ "$docker_is" = docker ] || [ "$seconds" -le 60 ] || seconds=60
[ -n "$since" ] || since=$(moment)
listen | {
    read -r listener
    watch_session "$listener" </dev/null >/dev/null 2>&1 &
    watcher=$!
    while IFS='|' read -r what id of member name; do
        case $what in container* | network*) ;; *) printf 'said %s\n' "$what" ;; esac
        if touches; then
            printf 'event %s %s\n' "$what" "${name:-$id}"
            break
        fi
    done
    # At once: sudo's process does not hear of it, and ends by itself.
    kill -9 "$listener" 2>/dev/null
    kill "$watcher" 2>/dev/null
    printf 'now %s\n' "$(moment)"
}
