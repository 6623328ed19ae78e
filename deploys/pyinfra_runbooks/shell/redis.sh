# Makes Redis right, by the least that does: load, start, restart or recreate. One script with
# deadlines of its own, which goes on when the connection is cut; what fails is put back.
#
# Set before: step; data (the directory of its data) and data_mount (what to mount for it; empty:
# nothing); service, image_name, and container (its id; empty: there is none); acl_path and acl_lines;
# users and logins_n (how many log in, and how many answers that gives); conf and mounts (its
# configuration file, and what to mount to try it); unsaved ("accept": it may be stopped though
# nobody can log in to save); save, stop and ready (seconds); the function logins.

# ask LINE...: what Redis answers, logged in. The logins' own answers are left out.
ask() { { logins; printf '%s\n' "$@"; } | inside | sed "1,${logins_n}d"; }
# What docker itself says is left out: its warnings are no answers.
inside() { docker_with_input exec -i "$id" sh -c "$ask_sh" 2>/dev/null; }

# The ACL file: the declared users' lines, and the lines of users that nobody declared.
acl_content() {
    printf '%s\n' "$acl_lines"
    names=$(printf '%s\n' "$acl_lines" | cut -d ' ' -f 2)
    read_file "$acl_path" 2>/dev/null | tr -d '\r' | names=$names awk '
        BEGIN { split(ENVIRON["names"], list, "\n"); for (n in list) ours[list[n]] = 1 }
        $1 == "user" && !($2 in ours) && !seen[$2]++' || true
}

# Redis itself says whether it takes the ACL, and its configuration: the very image, without a
# network and without its data, reads both, and stops right behind them, at data that is none.
try_acl() {
    IFS=$line
    set -- $mounts
    unset IFS
    answer=$(printf '%s\n' "$new_acl" | docker_with_input run --rm -i --pull never --network none \
        "$@" --entrypoint sh "$image" -c 'server=redis-server
            command -v "$server" >/dev/null || server=valkey-server
            exec "$server" ${0:+"$0"} --port 0 --unixsocket /tmp/trial.sock --daemonize no \
                --logfile "" --appendonly no --dir /proc --dbfilename version \
                --aclfile /dev/stdin' "$conf" 2>&1)
    case $answer in
        *'Wrong signature'*) ;;
        *'ACL errors'*) fail "Redis refuses the new ACL: ${answer##*ACL errors: }" ;;
        *) fail "its ACL and configuration were tried, and it does not start: $(
            printf '%s\n' "$answer" | grep -v '^See ' | tail -n 4 | shown_safely)" ;;
    esac
}
# An older Redis can't read what a newer one wrote. Where no container tells which one that was, the
# image itself does, of the first bytes of each file alone.
try_data() {
    [ -z "$id" ] && [ -n "$data_mount" ] || return 0
    answer=$(docker run --rm --pull never --network none "$data_mount" --entrypoint sh "$image" -c '
        server=redis-server
        command -v "$server" >/dev/null || server=valkey-server
        for file in "$0"/*.rdb "$0"/*/*.rdb; do
            [ -s "$file" ] || continue
            head -c 9 "$file" >/tmp/trial.rdb || exit
            "$server" --port 0 --unixsocket /tmp/trial.sock --daemonize no --logfile "" \
                --appendonly no --dir /tmp --dbfilename trial.rdb
        done' "$data" 2>&1)
    case $answer in
        *'RDB format version'*)
            fail "a newer Redis wrote its data, and $image_name can't read that: $(
                printf '%s\n' "$answer" | sed -n 's/.*\(RDB format version [0-9]*\).*/\1/p' | head -n 1)"
            ;;
    esac
}
write_acl() {
    printf '%s\n' "$1" | as_owner "$acl_path" "put $(quoted "$acl_path") '' '' ''" ||
        fail "the ACL file $acl_path could not be written; it is as it was"
}
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# Everything that Redis holds is on disk, and Redis says so: save_data LAST, where LAST is "yes" if
# it is stopped behind this.
save_data() {
    [ -n "$id" ] && [ "$(state 'Running}} {{.State.Restarting')" = 'true false' ] || return 0
    [ "$unsaved" != accept ] || [ -n "$(ask 'INFO persistence' | grep rdb_saves)" ] || return 0
    said_of_save=
    for _ in 1 2 3 4 5; do
        said_of_save=$(logins | with_patience $((save + 30)) docker_with_input exec -i "$id" \
            sh -c "last=$1 tried=$tried$line$save_sh" 2>/dev/null)
        # What stops by itself at this moment, in a restart loop, can't be entered, nor saved: then it
        # is as if it had been stopped before.
        case $said_of_save in
            *'OCI runtime'* | *'stdin fifo'* | *'is not running'* | *'is restarting'*) sleep 0.5 ;;
            *) break ;;
        esac
        [ "$(state 'Running}} {{.State.Restarting')" = 'true false' ] || return 0
    done
    printf '%s\n' "$said_of_save"
}
# saved LAST: fails if that did not succeed; sets tried, copy and keys.
tried= copy= keys=
saved() {
    said=$(save_data "$1")
    problem=$(printf '%s\n' "$said" | grep -v '^=')
    [ -z "$problem" ] || {
        [ -z "$old_acl" ] || [ "$new_acl" = "$old_acl" ] || write_acl "$old_acl"
        fail "$problem; nothing was changed"
    }
    tried=$(printf '%s\n' "$said" | sed -n 's/^=tried //p')
    copy=$(printf '%s\n' "$said" | sed -n 's/^=copy //p')
    keys=$(printf '%s\n' "$said" | sed -n 's/^=keys //p')
}
# The trial and a first save go on side by side; both change nothing.
prepare() {
    said=$({ { try_acl && try_data; } 2>&1 & save_data ''; wait; })
    problem=$(printf '%s\n' "$said" | grep -v '^=')
    [ -z "$problem" ] || fail "$problem; nothing was changed"
    tried=$(printf '%s\n' "$said" | sed -n 's/^=tried //p')
}
stop_redis() {
    paused=yes
    saved yes
    with_patience $((stop + 10)) docker stop -t "$stop" "$id" >/dev/null ||
        fail "it could not be stopped within $stop s"
    paused=
}
paused=
unpause() { [ -z "$paused" ] || ask 'CLIENT UNPAUSE' >/dev/null; }

# It answers to all declared users and to nobody else.
well() {
    answers=$({ printf 'RESET\nPING\n'; logins; echo PING; } | inside)
    stranger=$(printf '%s\n' "$answers" | sed -n 2p)
    [ "$stranger" != '"PONG"' ] &&
        [ "$(printf '%s\n' "$answers" | tail -n $((users + 1)) | sed "$ d" | grep -c '^"OK"$')" = "$users" ] &&
        [ "$(printf '%s\n' "$answers" | tail -n 1)" = '"PONG"' ]
}
open_to_all() { [ "$(echo PING | inside)" = '"PONG"' ]; }
# A large data set takes long to load: that is no reason to give up.
wait_until_well() {
    until=$(($(now) + ready))
    until well; do
        case $stranger in
            '"PONG"') return 1 ;;
            *LOADING*) until=$(($(now) + ready)) ;;
        esac
        [ "$(now)" -lt "$until" ] || return 1
        case $(docker inspect --format '{{.RestartCount}}' "$id" 2>/dev/null) in [012]) ;; *) return 1 ;; esac
        sleep 0.05
    done
}
# What it holds is what it held: not so, for one, if it was told to read another kind of file.
holds_all() {
    [ -n "$keys" ] || return 0
    info=$(ask 'INFO persistence' 'INFO keyspace' | tr -d '\r')
    loaded=$(printf '%s\n' "$info" | sed -n 's/^rdb_last_load_keys_[a-z]*://p' |
        { sum=0; while read -r n; do sum=$((sum + n)); done; echo "$sum"; })
    holds=$(printf '%s\n' "$info" | sed -n 's/^db[0-9]*:keys=\([0-9]*\),.*/\1/p' |
        { sum=0; while read -r n; do sum=$((sum + n)); done; echo "$sum"; })
    [ "$loaded" -ge "$keys" ] || [ "$holds" -ge "$keys" ]
}
# A stopped Redis can't be asked what it holds: its file tells whether that is anything.
keep_copy() {
    copy=$data/dump.rdb
    size=$(with_its_data sh "$image" -c '[ ! -f "$0" ] || { ln -f "$0" "$0.before-recovery" && stat -c %s "$0"; }' \
        "$copy" 2>/dev/null)
    [ -n "$size" ] || copy=
}
holds_something() {
    [ -n "$copy" ] && [ "$size" -gt 200 ] || return 0
    keys=1
    holds_all
}
stop_it() { with_patience $((stop + 10)) docker stop -t "$stop" "$id" >/dev/null; }
with_its_data() {
    docker run --rm --network none --pull never --user 0:0 --volumes-from "$id" --entrypoint "$@"
}
drop_copy() { [ -z "$copy" ] || { docker exec "$id" rm -f "$copy.before-recovery" && copy=; }; }
# However this ends: the copy goes once Redis holds all that is in it, and not before. The engine may
# have been restarted in the middle.
tidy() {
    until=$(($(now) + 20))
    while [ -n "$copy" ] && [ "$(now)" -lt "$until" ]; do
        list_stack && id=$(container_of "$service")
        case $(state Running) in
            true) [ -z "$(ask 'INFO keyspace' | grep Keyspace)" ] || ! holds_all || drop_copy ;;
            false) break ;; # and it was meant to be
        esac
        [ -z "$copy" ] || sleep 0.3
    done
    [ -z "$copy" ] || echo "its data as it was saved is in $copy.before-recovery, too" >&2
}
# The file as it was saved, in place of whatever was made of it since; it is stopped meanwhile.
restore_data() {
    [ -z "$copy" ] || with_its_data cp "$image" -p "$copy.before-recovery" "$copy"
}

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
    if [ "$(state Paused)" = true ]; then
        docker unpause "$id" >/dev/null || fail "it could not be unpaused"
        wait_until_well && return
    else
        keep_copy
        docker start "$id" >/dev/null || fail "it could not be started: $(last_words)"
        if wait_until_well; then
            holds_something || {
                stop_it
                restore_data
                fail "it came up empty, though $copy holds data; it is stopped again, as it was"
            }
            drop_copy
            return
        fi
    fi
    if open_to_all; then
        stop_it
        fail 'it was started and admits anybody, so it is stopped again'
    fi
    fail "it was started and is not well: $(last_words)"
}
restart() {
    stop_redis
    docker start "$id" >/dev/null
    came_back 'it was restarted'
}
recreate() {
    if [ -n "$id" ]; then
        keep_image
        remember
        stop_redis
    fi
    make_anew
    [ -n "$made" ] || give_up "Compose can't make it anew: ${said##*"$line"}"
    came_back 'it was made anew'
}
came_back() {
    wait_until_well || give_up "$1 and is not well: $(last_words)"
    holds_all || give_up "$1, and holds $holds keys of $keys"
    drop_copy
}

# give_up WHY: back to what was, except a Redis that admits strangers, or lacks its data: that one
# stays down.
give_up() {
    [ -z "$id" ] || stop_it
    [ -z "$old_acl" ] || write_acl "$old_acl"
    if [ -n "${body:-}" ]; then
        [ -z "$id" ] || docker rm -f "$id" >/dev/null
        create_again || fail "$1; and the container as it was could not be made again"
    fi
    restore_data
    docker start "$id" >/dev/null
    until=$(($(now) + ready))
    until answers; do
        [ "$(now)" -lt "$until" ] || fail "$1; and what was before does not answer any more either"
        sleep 0.05
    done
    if open_to_all; then
        stop_it
        fail "$1; what was before admits anybody, so it is stopped"
    elif ! holds_all; then
        stop_it
        restore_data
        fail "$1; it is stopped, and its data is in $copy.before-recovery"
    fi
    drop_copy
    fail "$1; what was before is back"
}
answers() {
    stranger=$(echo PING | inside)
    case $stranger in
        *LOADING*) until=$(($(now) + ready)) && return 1 ;;
        *NOAUTH* | '"PONG"') ;;
        *) return 1 ;;
    esac
}

list_stack || fail "Docker did not answer: $everything"
id=$(container_of "$service")
[ "$id" = "$container" ] || fail "the container is another one by now: look again; nothing was changed"
image=
[ -z "$id" ] || image=$(docker inspect --format '{{.Image}}' "$id")
[ -n "$image" ] || image=$image_name
old_acl=$(read_file "$acl_path" 2>/dev/null) || {
    [ ! -e "$acl_path" ] || fail "$acl_path can't be read; nothing was changed"
    old_acl=
}
new_acl=$(acl_content)
case $step in
    # For ACL LOAD Redis itself is the trial: it takes all of the file or nothing.
    load) load ;;
    write | start)
        [ "$new_acl" = "$old_acl" ] || {
            problem=$(try_acl 2>&1) || fail "$problem; nothing was changed"
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
