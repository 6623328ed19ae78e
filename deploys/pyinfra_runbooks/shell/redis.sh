# Makes Redis right, by the least that does: load, start, restart or recreate. One script with deadlines
# of its own, which goes on when the connection is cut.
#
# What served before serves after it. So each step proves what it did, with its values: what is saved
# before a stop, what came back after it. Nothing is stopped that is not proved to be saved; a server that
# serves is never stopped for what it holds; only what never came up is put back as it was.
#
# Set before: step; service, image_name, container (its id; empty: there is none) and followers (the ids of
# those who live in its network); acl_path, acl_lines, and acl_is_right (not empty: the file that is there
# means the same, and stays); ours (the stack's secret files); users, logins_n and digests (of the passwords,
# as they were looked at); program, conf, mounts, data and data_mount (see trial.sh); unsaved ("accept": it
# may be stopped though nobody can log in to save, and without what it has in memory only); fleeting (not
# empty: what it has on disk goes with its container, so it may have nothing there); save, stop and ready
# (seconds); the function logins.

# The ACL file: the declared users' lines, and the lines of users that nobody declared.
acl_content() {
    printf '%s\n' "$acl_lines"
    names=$(printf '%s\n' "$acl_lines" | cut -d ' ' -f 2)
    printf '%s\n' "$old_acl" | tr -d '\r' | names=$names awk '
        BEGIN { split(ENVIRON["names"], list, "\n"); for (n in list) ours[list[n]] = 1 }
        $1 == "user" && !($2 in ours) && !seen[$2]++'
}
write_acl() {
    printf '%s\n' "$1" | put_as_owner "$acl_path" '' '' ''
}
write_new_acl() {
    [ "$new_acl" = "$old_acl" ] || write_acl "$new_acl" ||
        fail "the ACL file $acl_path could not be written; it is as it was"
}
acl_as_it_was() { [ -z "$old_acl" ] || [ "$new_acl" = "$old_acl" ] || tried write_acl "$old_acl"; }

# proved_save HOLD: prints the proof that what it holds is saved, or "!" and why it is not.
proved_save() {
    [ -n "$id" ] || return 0
    why='it does not say that its data is saved'
    for _ in 1 2 3 4 5; do
        look_up "$id" || break
        case $status in
            running) ;;
            paused) break ;;
            *)
                goes=
                [ "$step:$status" = recreate:gone ] || [ "$step" != recreate ] || goes=$(goes_with_it)
                [ -n "$goes" ] || echo '{"step":"saved","how":"it was not running"}'
                [ -z "$goes" ] || printf '!%s\n' "$goes"
                return
                ;;
        esac
        if [ "$unsaved" = accept ] && judge && [ "$seen" = nobody ]; then
            echo '{"step":"saved","how":"accepted: nobody can log in"}'
            return
        fi
        said=$(logged_in | with_patience $((save + patience)) docker_with_input exec -i "$id" \
            sh -c "hold=$1 tried=$earlier next=$next fleeting=$fleeting unsaved=$unsaved logins_n=$logins_n$line$save_sh" 2>/dev/null)
        case $said in
            '{"step":"saved",'*'"}')
                printf '%s\n' "$said"
                return
                ;;
            *!*) why=${said##*!} && break ;;
        esac
        # What stops by itself at this moment, in a restart loop, can't be entered, nor saved.
        sleep 0.3
    done
    printf '!%s\n' "$why"
}
# Why a stopped one is not made again: what would go with it. Where its data is, only a running one tells.
goes_with_it() {
    if [ -n "$fleeting" ]; then found=$(kept_by "$id"); else found=$(own_files_of "$id"); fi || {
        echo "what would go with its container is not known: $found"
        return
    }
    [ -z "$found" ] || echo "$found would go with its container: copy it (docker cp), then give it a volume"
}
# of PROOF NAME: a value of it; nothing if it has none
of() { printf '%s\n' "$1" | sed -n "s/.*\"$2\":\"*\([^\",}]*\)[\",}].*/\1/p"; }

# The trials and a first save go on side by side; all change nothing. The trial of the ACL is the last
# one, since its answer, next, proves that both succeeded. Sets earlier, and next.
earlier= next= paused= saved= loaded= copy= refused= untried= made_again= started_before=
prepare() {
    said=$({ { try_data && try_acl; } 2>&1 | sed 's/^/trial /' & proved_save '' | sed 's/^/save /'; wait; })
    trial=$(printf '%s\n' "$said" | sed -n 's/^trial //p')
    first=$(printf '%s\n' "$said" | sed -n 's/^save //p')
    settings=$trial
    next=$(setting next)
    untried=$(setting untried)
    [ -n "$next$untried" ] || fail "$trial; nothing was changed"
    [ -z "$id" ] || case $first in
        '{"step":"saved",'*) ;;
        *) fail "${first#!}; nothing was changed" ;;
    esac
    [ -z "$untried" ] || case $id:$(of "$first" how) in
        :* | *:'it was not running') echo "its ACL and configuration could not be tried: $untried" ;;
        *) fail "its ACL and configuration could not be tried ($untried), and it serves; nothing was changed" ;;
    esac
    earlier=$(of "$first" rdb_saves)
    reads_what_it_wrote
}
# It reads, when it starts next, what it writes now.
reads_what_it_wrote() {
    [ "$next$(of "$first" aof)" != aof0 ] ||
        fail 'its configuration says appendonly yes, and it runs without: it would come up with what is in its AOF, or with nothing. Have it write one first: CONFIG SET appendonly yes; nothing was changed'
    for name in dir dbfilename; do
        will=$(setting "$name") does=$(of "$first" "$name")
        case $name:$will in dir:[!/]*) continue ;; esac
        [ -z "$will" ] || [ -z "$does" ] || [ "${will%/}" = "${does%/}" ] ||
            fail "its configuration says $name $will, and it runs with $does: it would not find its data; nothing was changed"
    done
}
# Everything is saved, and no client writes for so many seconds more. Sets saved.
hold_and_save() {
    paused=yes
    saved=$(proved_save $((save + $1)))
    copy=$(of "$saved" copy)
    [ "$(of "$saved" held)" != no ] || paused=
    case $saved in
        '{"step":"saved",'*) printf '%s\n' "$saved" ;;
        *)
            acl_as_it_was || echo "its ACL file could not be put back"
            fail "${saved#!}; nothing was stopped"
            ;;
    esac
}
unpaused() { case $(ask 'CLIENT UNPAUSE') in '"OK"' | *NOPERM*) ;; *) return 1 ;; esac; }
# Where nothing was stopped, nothing is left of it. A copy that is not proved to be needless stays.
at_the_end() {
    [ -z "$paused" ] || {
        tried unpaused || echo 'its writes are still held back: CLIENT UNPAUSE lets them go'
        drop_copy
    }
    [ -z "$copy" ] || echo "what was saved is in $copy"
}
drop_copy() {
    [ -n "$copy" ] || return 0
    ! docker exec "$id" rm -f -- "$copy" 2>/dev/null || copy=
}

load() {
    write_new_acl
    for _ in 1 2 3; do
        answer=$(ask 'ACL LOAD')
        [ -z "$answer" ] || break
    done
    [ "$answer" = '"OK"' ] || {
        answer=$(printf '%s\n' "$answer" | tr -d '"' | shown_safely)
        acl_as_it_was && fail "Redis refused the ACL, and the file is as it was: $answer"
        fail "Redis refused the ACL, and its file could not be put back: $answer"
    }
    wait_until_well || fail "Redis loaded the ACL, and not every declared user can log in ($seen)"
    back
}
# What it will read is kept under another name, too, as long as it is not proved to be loaded.
start() {
    started_again "$id" || fail "it could not be started: $(not_started last_words)"
    [ "$was" = paused ] || keep_what_it_may_read
    wait_until_well || [ "${untried:+part}" = "$seen" ] || came_up_otherwise 'it was started'
    [ -z "$copy" ] || [ "$(value aof_enabled)" = 0 ] || [ -n "$(ask 'INFO keyspace' | grep '^db')" ] ||
        fail 'it was started, serves, and is empty: it reads an AOF'
    drop_copy
    [ "$was" != paused ] || write_what_is_tried
    if [ -n "$untried" ] && [ "$was" != paused ]; then load; else back; fi
}
# A new ACL is tried before it is written. Where that can't be, it is not what keeps a stopped server from
# being started: it is loaded then, of which the server itself is the trial.
write_what_is_tried() {
    [ "$new_acl" != "$old_acl" ] || return 0
    settings=$(try_acl 2>&1) || fail "$settings; the ACL file is as it was"
    untried=$(setting untried)
    [ -z "$untried" ] || [ "$step" = start ] ||
        fail "its new ACL could not be tried ($untried); the ACL file is as it was"
    [ -z "$untried" ] || echo "its new ACL could not be tried: $untried"
    ! admits_anybody "$old_acl" || untried=
    [ -n "$untried" ] || write_new_acl
}
keep_what_it_may_read() {
    copy=$(docker exec "$id" sh -c '
        file=$0/dump.rdb
        copy=$file.before-recovery-$(stat -c %Y "$file")
        [ "$(stat -c %s "$file")" -lt 200 ] || { ln -f "$file" "$copy" && echo "$copy"; }' "$data" 2>/dev/null)
}
restart() {
    hold_and_save $((stop + patience))
    restarted "$id" "$stop" || {
        look_up "$id" || fail 'the engine does not say what became of it'
        [ "$status" = running ] || put_back "it could not be restarted: $(not_started last_words)"
        fail "it could not be restarted within $stop s, and runs as it did"
    }
    paused=
    came_back 'it was restarted'
}
recreate() {
    [ -z "$container" ] || hold_and_save $((stop + ready + 2 * patience))
    recreate_service || {
        acl_as_it_was || echo "its ACL file could not be put back"
        fail "$refused; nothing was stopped"
    }
    new_one || not_made "Compose can't recreate it: $(compose_said)"
    paused= login_lines=$all_logins logins_n=$all_logins_n
    came_back 'it was recreated'
}
# new_one: sets id to what Compose made; what it made and could not finish is finished. Fails where there
# is none, or where the former one is there still.
new_one() {
    listed || fail 'the engine does not say what became of it'
    ids=$(containers_of "$service")
    case $ids in '' | *"$line"* | "$container") return 1 ;; esac
    id=$ids
    [ -n "$made" ] || [ -z "$container" ] || tried docker rename "$id" "$name" >/dev/null 2>&1
    started_again "$id"
    return 0
}
# not_made WHY: the former container goes on. Where there is a new one already, Compose may have asked the
# engine to stop the former: that is waited for, since it would stop later.
not_made() {
    [ -n "$container" ] || fail "$1"
    new=$(new_ones)
    deadline=$(($(now) + stop + patience))
    [ -n "$new" ] || deadline=0
    until look_up "$container" && [ "$status" != running ]; do
        [ "$(now)" -lt "$deadline" ] || break
        sleep 0.2
    done
    [ "$status" = running ] || put_back "$1"
    tried removed $new || fail "$1; it runs as it did, and what Compose left could not be removed"
    fail "$1; it runs as it did"
}

# came_back WHAT: it serves, and has loaded what was saved; or what became of it.
came_back() {
    wait_until_well || came_up_otherwise "$1"
    loaded_what_was_saved || fail "$1 and serves; $why"
    drop_copy
    back
}
# came_up_otherwise WHAT: what serves is left as it is, but where it admits strangers.
came_up_otherwise() {
    case $seen in
        open)
            stopped "$id" "$stop"
            fail "$1 and accepts unauthenticated clients, so it is stopped"
            ;;
        loading) fail "$1 and is still loading its data ($(progress)), and goes on by itself: run this again later" ;;
        part) fail "$1 and serves, but not every declared user can log in" ;;
        silent) fail "$1, runs, and does not answer: $(last_words)" ;;
        # Where its clients reach it nobody listens; it did there before it was recreated.
        refused) [ "$step" = recreate ] || fail "$1, runs, and does not listen: $(last_words)" ;;
    esac
    why=$(not_started last_words)
    [ "$step" != start ] && [ -n "$container" ] || fail "$1 and does not come up ($seen): $why"
    put_back "$1 and does not come up ($seen): $why"
}
# Judged by what it loads from, and never by how many keys it has: what expires is no loss.
loaded_what_was_saved() {
    why=
    # What INFO alone proved was a dump.
    case $(of "$saved" how | sed 's/INFO/RDB/'):$(value aof_enabled) in
        AOF*:1)
            loaded=$(value aof_current_size)
            printf '%s\n' "$info" | grep -q '^aof_last_write_status:ok$' || why='its last write to the AOF failed'
            [ "$loaded" -ge "$(of "$saved" aof_size)" ] || [ "$(value aof_rewrites)" -gt 0 ] ||
                why="its AOF has $loaded bytes, and had $(of "$saved" aof_size)"
            ;;
        AOF:* | RDB:1) why='it reads another kind of file than it wrote' ;;
        *RDB:*)
            loaded=$(($(value rdb_last_load_keys_loaded) + $(value rdb_last_load_keys_expired)))
            # Whose writes were not held back may have deleted some since.
            [ "$(of "$saved" held):$loaded" = no:0 ] || [ "$(of "$saved" held)" != no ] || return 0
            [ "$loaded" -ge "$(of "$saved" keys)" ] ||
                why="it loaded $loaded keys, and $(of "$saved" keys) were saved"
            ;;
    esac
    [ -z "$why" ]
}
# value FIELD: a number of INFO persistence; 0 where it has none
value() {
    found=$(printf '%s\n' "$info" | sed -n "s/^$1:\([0-9][0-9]*\)$/\1/p")
    echo "${found:-0}"
}
# The last line of each step that serves again: what was proved.
back() {
    case $info in *loading:0*) loading=0 ;; *) loading='"nobody may ask"' ;; esac
    printf '{"step":"back","users":%s,"strangers":"refused","loading":%s,"saved":"%s","loaded":%s}\n' \
        "$users" "$loading" "$(of "${saved:-\"how\":\"nothing was stopped\",}" how)" \
        "${loaded:-$(value rdb_last_load_keys_loaded)}"
}

# put_back WHY: what never came up is as it was before, but for an ACL that admits anybody.
put_back() {
    admits_anybody "$old_acl" || acl_as_it_was || echo "its ACL file could not be put back"
    engine_said=
    tried as_before ||
        fail "$1; and what was before could not be started${refused:+: $refused}${engine_said:+: $(in_words "$engine_said")}"
    paused=
    wait_until_well
    [ "$seen" = open ] || followers_again
    case $seen in
        open)
            stopped "$id" "$stop"
            fail "$1; what was before accepts unauthenticated clients, so it is stopped"
            ;;
        well)
            ! loaded_what_was_saved || drop_copy
            fail "$1; what was before is back"
            ;;
        part | nobody) fail "$1; what was before is back" ;;
        loading) fail "$1; what was before is back, and is loading its data" ;;
        *) fail "$1; and what was before does not answer any more either: $(last_words)" ;;
    esac
}

# Whose network ended with it. Where it was created again, they are left to the next run.
followers_again() {
    for follower in $followers; do
        # One that ends again and again the engine starts by itself; nothing else is started for this.
        ! { [ "$id" = "$container" ] && look_up "$follower" && [ "$status" != running ]; } || continue
        { [ "$id" = "$container" ] && restarted "$follower" "$stop"; } ||
            echo "$follower, which shares its network, is cut off"
    done
}

# new_ones: what Compose made in this run, under the name or one that it has meanwhile. No other container
# is ours, whatever its labels.
new_ones() {
    [ "$step" = recreate ] || return 0
    for candidate in $(containers_of "$service"); do
        [ "$candidate" != "$container" ] || continue
        case $(docker inspect --type container --format '{{.Name}}' "$candidate") in
            "/$name" | "/${container%"${container#????????????}"}_$name") echo "$candidate" ;;
        esac
    done
}
# as_before: the former container runs; Compose may have removed it. What runs as before since an earlier
# attempt, whose end the engine did not tell, is not stopped once more.
as_before() {
    [ -z "$made_again" ] || {
        look_up "$made_again" || return
        [ "$status" = gone ] || { started_again "$made_again"; return; }
    }
    listed || return
    removed $(new_ones) && look_up "$container" || return
    id=$container
    case $status in
        gone) [ "$step" = recreate ] && create_again && started_again "$id" ;;
        running)
            [ "$started" = "${started_before:=$started}" ] || return 0
            restarted "$id" "$stop"
            ;;
        restarting) restarted "$id" "$stop" ;;
        *) started_again "$id" ;;
    esac
}

# The passwords are those that were looked at: the ACL has their hashes.
same_passwords() {
    [ "$(printf '%s\n' "$all_logins" | sed -n 's/^AUTH "[^"]*" "\(.*\)"$/\1/p' | while read -r password; do
        unescaped "$password" | sha256sum | cut -c 1-64
    done)" = "$digests" ] || fail 'a password has changed since the look: run this again; nothing was changed'
}

list_stack || fail "Docker did not answer: $everything"
id=$(containers_of "$service")
[ "$id" = "$container" ] || fail 'its containers have changed since the look: run this again; nothing was changed'
running=
[ -z "$id" ] || running=$(docker inspect --type container --format '{{.Image}}' "$id")
[ -n "$running" ] || [ -z "$id" ] || fail 'docker inspect failed; nothing was changed'
image=${running:-$image_name}
all_logins=$(logins) all_logins_n=$logins_n
same_passwords
login_lines=$all_logins
[ -z "$id" ] || may_get_login "$id" "$all_logins" || { login_lines= logins_n=0; }
old_acl=$(read_file "$acl_path") || {
    [ $? = 3 ] || fail "$acl_path can't be read; nothing was changed"
    old_acl=
}
new_acl=$old_acl
[ -n "$acl_is_right" ] || new_acl=$(acl_content)
case $step in
    # For ACL LOAD Redis itself is the trial: it takes all of the file or nothing.
    load) load ;;
    write) write_what_is_tried ;;
    start)
        # What is paused reads no file when it goes on: it is not kept waiting for a trial.
        look_up "$id" && was=$status || fail 'the engine does not say how it is; nothing was changed'
        [ "$was" = paused ] || { never_open && write_what_is_tried; }
        start
        ;;
    restart | recreate)
        never_open
        prepare
        [ "$step" = restart ] || no_files_of_its_own $followers
        [ "$step" = restart ] || [ -z "$container" ] || remember
        write_new_acl
        "$step"
        ;;
esac
