# Makes Redis right, by the least that does: load, start, restart or recreate. One script with
# deadlines of its own, which goes on when the connection is cut; what fails is put back.
#
# Set before: step; service, image_name, and container (its id; empty: there is none); acl_path and
# acl_lines; users (how many log in); save, stop and ready (seconds); the function logins.

# ask LINE...: what Redis answers, logged in. The logins' own answers are left out.
ask() {
    { logins; printf '%s\n' "$@"; } | docker_with_input exec -i "$id" sh -c "$ask_sh" 2>&1 |
        sed "1,${users}d"
}

# The ACL file: the declared users' lines, and the lines of users that nobody declared.
acl_content() {
    printf '%s\n' "$acl_lines"
    names=$(printf '%s\n' "$acl_lines" | cut -d ' ' -f 2)
    read_file "$acl_path" 2>/dev/null | tr -d '\r' | names=$names awk '
        BEGIN { split(ENVIRON["names"], list, "\n"); for (n in list) ours[list[n]] = 1 }
        $1 == "user" && !($2 in ours) && !seen[$2]++' || true
}

# Redis itself says whether it takes the ACL: the very image, without a network, reads it over
# stdin, and stops right behind it, at data that is none.
try_acl() {
    answer=$(printf '%s\n' "$new_acl" | docker_with_input run --rm -i --pull never --network none \
        --entrypoint sh "$image" -c 'server=redis-server
            command -v "$server" >/dev/null || server=valkey-server
            exec "$server" --port 0 --unixsocket /tmp/trial.sock --dir /proc --dbfilename version \
                --aclfile /dev/stdin' 2>&1)
    case $answer in
        *'Wrong signature'*) ;;
        *'ACL errors'*) fail "Redis refuses the new ACL: ${answer##*ACL errors: }" ;;
        *) fail "the new ACL could not be tried: $(printf '%s\n' "$answer" | tail -n 1)" ;;
    esac
}
write_acl() {
    printf '%s\n' "$1" | as_owner "$acl_path" "put $(quoted "$acl_path") '' '' ''" ||
        fail "the ACL file $acl_path could not be written; it is as it was"
}
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# Everything that Redis holds is on disk, and Redis says so.
save_data() {
    [ -n "$id" ] && [ "$(state 'Running}} {{.State.Restarting')" = 'true false' ] || return 0
    told=
    if docker inspect --format '{{json .Args}}' "$id" | grep -qF -e '"--save",""' -e '--save \"\"'; then
        told=yes
    fi
    problem=$(logins | with_patience $((save + 30)) docker_with_input exec -i "$id" \
        sh -c "told=$told$line$save_sh" 2>&1)
    [ -z "$problem" ] || fail "$problem"
}
# The trial of the ACL and the save go on side by side; both only prepare.
prepare() {
    problems=$({ try_acl & (save_data); wait; } 2>&1)
    [ -z "$problems" ] || {
        [ -z "$id" ] || ask 'CLIENT UNPAUSE' >/dev/null
        fail "$problems; nothing was changed"
    }
}
stop_redis() {
    with_patience $((stop + 10)) docker stop -t "$stop" "$id" >/dev/null ||
        fail "it could not be stopped within $stop s"
    case $(state ExitCode) in
        0 | 143) ;;
        137) echo "it did not stop within $stop s and was killed; what was saved before is there" >&2 ;;
    esac
}

# It answers to all declared users and to nobody else.
well() {
    answers=$({ printf 'RESET\nPING\n'; logins; echo PING; } |
        docker_with_input exec -i "$id" sh -c "$ask_sh" 2>&1)
    ! printf '%s\n' "$answers" | sed -n '2p' | grep -q '^"PONG"$' &&
        [ "$(printf '%s\n' "$answers" | grep -c '^"OK"$')" = "$users" ] &&
        printf '%s\n' "$answers" | tail -n 1 | grep -q '^"PONG"$'
}
open_to_all() { echo PING | docker_with_input exec -i "$id" sh -c "$ask_sh" 2>&1 | grep -q '^"PONG"$'; }
wait_until_well() {
    until=$(($(now) + ready))
    until well; do
        [ "$(now)" -lt "$until" ] || return 1
        [ "$(docker inspect --format '{{.RestartCount}}' "$id")" -lt 3 ] || return 1
        sleep 0.05
    done
}
last_words() { docker logs --tail 5 "$id" 2>&1 | tr -cd '\11\12\40-\176' | cut -c 1-300; }

load() {
    write_acl "$new_acl"
    answer=$(ask 'ACL LOAD')
    [ "$answer" = '"OK"' ] || {
        write_acl "$old_acl"
        fail "Redis refused the ACL, and the file is as it was: $answer"
    }
    wait_until_well || fail "Redis loaded the ACL, and does not answer to it: $answer"
}
start() {
    if [ "$(state Paused)" = true ]; then docker unpause "$id"; else docker start "$id"; fi >/dev/null ||
        fail "it could not be started: $(last_words)"
    wait_until_well || fail "it was started and is not well: $(last_words)"
}
restart() {
    stop_redis
    docker start "$id" >/dev/null && wait_until_well && return
    words=$(last_words)
    give_up "it was restarted and is not well: $words"
}

recreate() {
    if [ -n "$id" ]; then
        remember
        stop_redis
    fi
    make_anew
    if [ -n "$made" ] && wait_until_well; then return; fi
    words=$(last_words)
    if [ -n "$made" ]; then why='it was made anew and is not well'; else why="Compose: ${said##*"$line"}"; fi
    give_up "$why: $words"
}

# give_up WHY: back to what was, except a Redis that admits strangers: that one stays down.
give_up() {
    [ -z "$old_acl" ] || write_acl "$old_acl"
    if [ -n "${body:-}" ]; then
        [ -z "$id" ] || docker rm -f "$id" >/dev/null
        create_again || fail "$1; and the container as it was could not be made again"
    fi
    docker start "$id" >/dev/null
    until=$(($(now) + ready))
    until answers; do
        [ "$(now)" -lt "$until" ] || fail "$1; and what was before does not answer any more either"
        sleep 0.05
    done
    if open_to_all; then
        with_patience $((stop + 10)) docker stop -t "$stop" "$id" >/dev/null
        fail "$1; what was before admits anybody, so it is stopped"
    fi
    fail "$1; what was before is back"
}
answers() { echo PING | docker_with_input exec -i "$id" sh -c "$ask_sh" 2>&1 | grep -qE '^"PONG"$|NOAUTH'; }

list_stack || fail "Docker did not answer: $everything"
id=$(of_service 1 "$service")
[ "$id" = "$container" ] || fail "the container is another one by now: look again; nothing was changed"
image=
[ -z "$id" ] || image=$(docker inspect --format '{{.Image}}' "$id")
[ -n "$image" ] || image=$image_name
old_acl=$(read_file "$acl_path" 2>/dev/null) || old_acl=
new_acl=$(acl_content)
case $step in
    # For ACL LOAD Redis itself is the trial: it takes all of the file or nothing.
    load) load ;;
    write | start)
        [ "$new_acl" = "$old_acl" ] || {
            problems=$(try_acl 2>&1) || fail "$problems; nothing was changed"
            write_acl "$new_acl"
        }
        [ "$step" = write ] || start
        ;;
    restart | recreate)
        prepare
        [ "$new_acl" = "$old_acl" ] || write_acl "$new_acl"
        "$step"
        ;;
esac
