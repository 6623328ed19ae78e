# Starts, restarts or makes the API anew; whether it is well is asked from outside.
#
# Set before: step, service, image_name, stop and ready (seconds).
list_stack || fail "Docker did not answer: $everything"
id=$(container_of "$service")
case $step in
    start)
        for id in $(printf '%s\n' "$members" | service=$service awk -F '\t' '$2 "" == ENVIRON["service"] "" { print $1 }'); do
            case $(state Status) in
                paused) docker unpause "$id" ;;
                running) ;;
                *) docker start "$id" ;;
            esac >/dev/null || fail "it could not be started: $(last_words)"
        done
        ;;
    restart)
        for id in $(printf '%s\n' "$members" | service=$service awk -F '\t' '$2 "" == ENVIRON["service"] "" { print $1 }'); do
            with_patience $((stop + 30)) docker restart -t "$stop" "$id" >/dev/null ||
                fail "it could not be restarted: $(last_words)"
        done
        ;;
    recreate)
        make_anew
        [ -n "$made" ] || fail "Compose could not make it anew: ${said##*"$line"}"
        ;;
esac
