# Makes Redis right, by the least that does. It has deadlines of its own, and goes on when the connection is cut.
#
# What served before serves after it. So each step proves what it did, with its values: what is saved
# before a stop, what came back after it. Nothing is stopped that is not proved to be saved; a server that
# serves is never stopped for what it holds; only what never came up is put back as it was.
#
# Over stdin come the passwords of those in login_users that have no file, and then the lines of the ACL.
#
# + step: load, write, start, restart or recreate
# + service, image_name, stop, ready, locks: see recreate.sh and image.sh
# + container, followers: those that were looked at, see put_back.sh
# + acl_path, acl_lines_n, acl_is_right: see acl_file.sh
# + login_users: see credentials.sh; users, logins_n, reach, shared, sought, guarded and save: see served.sh
# + digests: the sha256 of each password as it was looked at, one a line; empty: there is no ACL that has them
# + ours: the stack's secret files: see logins.sh
# + data, fleeting, unsaved: see saved.sh
# + program, conf, mounts, data_mount: see trial.sh
. "$(dirname "$0")/../../engine/shell/audited.sh"
. "$(dirname "$0")/../../packs/redis/credentials.sh"
. "$(dirname "$0")/../../packs/redis/logins.sh"
. "$(dirname "$0")/../../packs/redis/trial.sh"
. "$(dirname "$0")/../../packs/redis/put_back.sh"
. "$(dirname "$0")/../../packs/redis/keeps.sh"
: "${step:?}" "${digests=}" "${ours=}"
keep_dump_sh=$(text_of packs/redis/keep_dump.sh)
# Why what is new could not be tried; and what that is.
untried='' tries='its ACL and configuration'
[ -n "$acl_path" ] || tries='its configuration'

# What was looked at.

# The passwords are those that were looked at: the ACL has their hashes.
same_passwords() {
    [ -n "$acl_path" ] || return 0
    [ "$(printf '%s\n' "$all_logins" | sed -n 's/^AUTH "[^"]*" "\(.*\)"$/\1/p' | while read -r password; do
        redis_unescape "$password" | sha256sum | cut -c 1-64
    done)" = "$digests" ] || fail 'a password has changed since the look: run this again; nothing was changed'
}
# looked_at: sets id, running and image, the logins that it may get, and the ACL as it is and as it should be.
looked_at() {
    as_seen "$service" $container
    id=$container
    image_of "$id"
    image=${running:-$image_name}
    if [ "$sought" = login ]; then all_logins=@held; else all_logins=$(logins); fi
    all_logins_n=$logins_n
    same_passwords
    login_lines=$all_logins
    [ -z "$id" ] || [ "$sought" = login ] || may_get_login "$id" "$all_logins" || login_lines='' logins_n=0
    read_acl
}

# serves_before: sets before, see put_back.sh.
serves_before() {
    case $step:$id in restart:?* | recreate:?*) judge && before=$seen ;; esac
}

# What is proved before anything is stopped.

# The trials and a first save go on side by side; all change nothing. The trial of the ACL is the last
# one, since its answer, next, proves that both succeeded. Sets earlier, and next.
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
        :* | *:'it was not running') echo "$tries could not be tried: $untried" ;;
        *) fail "$tries could not be tried ($untried), and it serves; nothing was changed" ;;
    esac
    earlier=$(of "$first" rdb_saves)
    reads_what_it_wrote
    keeps_what_it_holds
}

# What is there after it.

# The last line of each step that serves again: what was proved.
back() {
    case $info in *loading:0*) loading=0 ;; *) loading='"nobody may ask"' ;; esac
    served=$users by='' strangers=refused
    case $guarded:$stranger in yes:*) ;; *:'"PONG"') strangers=served ;; esac
    [ "$sought" != login ] || { served=$oks by="\"login\":\"${login:-none}\","; }
    printf '{"step":"back","users":%s,%s"strangers":"%s","loading":%s,"saved":"%s","loaded":%s}\n' \
        "$served" "$by" "$strangers" "$loading" "$(of "${saved:-\"how\":\"nothing was stopped\",}" how)" \
        "${loaded:-$(value rdb_last_load_keys_loaded)}"
}
# came_up_otherwise WHAT: what serves is left as it is, but where it admits strangers.
came_up_otherwise() {
    case $seen in
        open)
            [ "$before" != open ] || fail "$1, serves, and still accepts unauthenticated clients, as it did before"
            stopped "$id" "$stop"
            fail "$1 and accepts unauthenticated clients, so it is stopped"
            ;;
        shut) fail "$1 and serves, but asks for a login, which it did not before" ;;
        loading) fail "$1 and is still loading its data ($(progress)), and goes on by itself: run this again later" ;;
        part) fail "$1 and serves, but not every declared user can log in" ;;
        silent)
            [ -z "$unproved" ] ||
                fail "$1, and runs; another container may write where it listens, so it got no login, and that its own server answers there is not proved: see whether its clients are served"
            fail "$1, runs, and does not answer: $(last_words)"
            ;;
        nobody) [ "$sought" != login ] || fail "$1 and serves, but accepts no login that its container holds" ;;
        # Where its clients reach it nobody listens; it did there before it was recreated.
        refused) [ "$step" = recreate ] || fail "$1, runs, and does not listen: $(last_words)" ;;
    esac
    why=$(not_started last_words)
    [ "$step" != start ] && [ -n "$container" ] || fail "$1 and does not come up ($seen): $why"
    put_back "$1 and does not come up ($seen): $why"
}
# came_back WHAT: it serves, and has loaded what was saved; or what became of it.
came_back() {
    wait_until_healthy || came_up_otherwise "$1"
    loaded_what_was_saved || fail "$1 and serves; $why"
    has_its_limit || fail "$1 and serves; $why"
    drop_copy
    back
}

# The steps.

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
    wait_until_healthy || fail "Redis loaded the ACL, and not every declared user can log in ($seen)"
    back
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
    ! admits_unauthenticated "$old_acl" || untried=''
    [ -n "$untried" ] || write_new_acl
}
keep_what_it_may_read() {
    copy=$(docker exec "$id" sh -c "$keep_dump_sh" keep "$data" 2>/dev/null)
}
# Nobody knows whom it is to serve: all that can be proved is that it asks for a login.
only_refuses() { [ "$seen:$sought" = nobody:login ]; }
# holds_something: it did not come up with an empty AOF, where there is a copy of what its dump held. Fails where nobody
# may ask.
holds_something() {
    [ -n "$copy" ] && [ "$(value aof_enabled)" != 0 ] || return 0
    for _ in 1 2 3; do
        keyspace=$(ask 'INFO keyspace')
        case $keyspace in
            *'# Keyspace'*db*) return 0 ;;
            *'# Keyspace'*) fail 'it was started, serves, and is empty: it reads an AOF' ;;
            *NOPERM* | *'unknown command'*) return 1 ;;
        esac
    done
    fail 'it was started, and serves; what it holds is not known, since it did not say: INFO keyspace'
}
# What it will read is kept under another name, too, as long as it is not proved to be loaded.
start() {
    started_again "$id" || fail "it could not be started: $(not_started last_words)"
    [ "$was" = paused ] || keep_what_it_may_read
    wait_until_healthy || [ "${untried:+part}" = "$seen" ] || only_refuses || came_up_otherwise 'it was started'
    ! holds_something || drop_copy
    [ "$was" != paused ] || write_what_is_tried
    if [ -n "$untried" ] && [ "$was" != paused ]; then load; else back; fi
}

restart() {
    hold_and_save $((stop + 2 * patience))
    restarted "$id" "$stop" || {
        look_up "$id" || fail 'the engine does not say what became of it'
        [ "$status" = running ] || put_back "it could not be restarted: $(not_started last_words)"
        fail "it could not be restarted within $stop s, and runs as it did"
    }
    paused=''
    came_back 'it was restarted'
}

# new_one: sets id to what Compose made; what it made and could not finish is finished. Fails where there
# is none, or where the former one is there still.
new_one() {
    listed || fail 'the engine does not say what became of it'
    case $there in '' | *"$line"* | "$container") return 1 ;; esac
    id=$there
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
recreate() {
    # Compose's own deadline, and the time that `not_made` waits for a late stop: a transaction that is
    # written before that stop is dropped when the former server is put back, see `rewrite` in save.sh.
    [ -z "$container" ] || hold_and_save $((2 * stop + ready + 4 * patience))
    recreate_service || {
        acl_as_it_was || echo "its ACL file could not be put back"
        fail "$refused; nothing was stopped"
    }
    new_one || not_made "Compose can't recreate it: $(compose_said)"
    paused='' login_lines=$all_logins logins_n=$all_logins_n
    came_back 'it was recreated'
}

# Where nothing was stopped, nothing is left of it. A copy that is not proved to be needless stays.
at_the_end() {
    [ -z "$paused" ] || {
        tried unpaused || echo 'its writes are still held back: CLIENT UNPAUSE lets them go'
        drop_copy
    }
    [ -z "$copy" ] || echo "what was saved is in $copy"
}

swap() {
    brought_to_its_end
    trap at_the_end EXIT
    read_passwords
    read_acl_lines
    looked_at
    serves_before
    case $step in
        # For ACL LOAD Redis itself is the trial: it takes all of the file or nothing.
        load) load ;;
        write) write_what_is_tried ;;
        start)
            # What is paused reads no file when it goes on: it is not kept waiting for a trial.
            look_up "$id" && was=$status || fail 'the engine does not say how it is; nothing was changed'
            # Nor does it take another password then.
            if [ "$was" != paused ]; then never_open && write_what_is_tried; elif [ "$sought" = login ]; then guarded=''; fi
            start
            ;;
        restart)
            never_open
            prepare
            write_new_acl
            restart
            ;;
        recreate)
            never_open
            prepare
            # shellcheck disable=SC2086 # an id a word
            no_files_of_its_own $followers
            [ -z "$container" ] || remember
            write_new_acl
            recreate
            ;;
    esac
}
audited swap
