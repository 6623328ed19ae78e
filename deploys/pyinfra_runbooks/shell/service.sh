# Starts, restarts or makes the containers of a service again; whether it is healthy is asked from outside.
#
# Set before: step, service, image_name, stop and ready (seconds); only (the ids of those that are meant;
# empty: all of them); job (not empty: what is started has to end, with code 0); up_as (-d; --no-start: what is
# recreated stays stopped).
list_stack || fail "Docker did not answer: $everything"
case $step in
    start)
        for id in ${only:-$(containers_of "$service")}; do
            if [ -n "$job" ]; then
                completed "$id" "$ready" || fail "it has not ended with code 0 within $ready s: $(not_started)"
                continue
            fi
            started_again "$id" || fail "it could not be started: $(not_started)"
        done
        ;;
    restart)
        for id in ${only:-$(containers_of "$service")}; do
            restarted "$id" "$stop" || fail "it could not be restarted: $(not_started)"
        done
        ;;
    recreate)
        no_files_of_its_own $(containers_of "$service")
        running=
        id=$(container_of "$service")
        [ -z "$id" ] || running=$(docker inspect --type container --format '{{.Image}}' "$id")
        [ -n "$running" ] || [ -z "$id" ] || fail 'docker inspect failed; nothing was changed'
        recreate_service || fail "$refused; nothing was changed"
        [ -n "$made" ] || {
            # What Compose stopped and did not start again is started.
            [ "$up_as" != -d ] || { listed && for id in $(containers_of "$service"); do started_again "$id"; done; }
            fail "Compose could not recreate it: $(compose_said)"
        }
        ;;
esac
