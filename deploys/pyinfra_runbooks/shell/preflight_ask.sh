# What a stack would meet when it comes up, asked of its very images: who its processes are, whether its Redis takes
# its ACL and its configuration, and whether it can use its data. Containers are made for that and removed: those
# that tell of users are never started; those of a trial (trial.sh) have no network, no log and nothing to write to.
#
# Called by what comes after this: users_of, try_server and holders.

# as_text PATH...: what is in the first of these files of the container that is held
as_text() {
    for path in "$@"; do
        packed=$(docker cp -L "$held:$path" - 2>/dev/null | head -c "$most_read" | base64)
        [ -z "$packed" ] || { unpacked 2>/dev/null && return; }
    done
    return 1
}
hold_image() {
    said=$(docker create --label "$helper_label" --label com.docker.compose.project= \
        --label com.docker.compose.service= --network none --pull never --log-driver none \
        --entrypoint /none "$1" 2>&1)
    held=$(printf '%s\n' "$said" | grep -x '[0-9a-f]\{64\}') && return
    printf '%s\n' "$said"
    return 1
}

# users_of IMAGE ENTRY: u NAME UID GID and g NAME GID MEMBERS of its users and groups; and e, what the script that
# starts it does: the user that it becomes, "-" for none and "?" where that is not known, and whether it gives files away.
users_of() { section "users $1" users_in "$@"; }
users_in() {
    hold_image "$1" || return
    as_text /etc/passwd | awk -F : 'NF > 3 { print "u", $1, $3, $4 }'
    as_text /etc/group | awk -F : 'NF > 2 { print "g", $1, $3, $4 }'
    case $2 in
        '') ;;
        /*) as_text "$2" ;;
        *) as_text "/usr/local/bin/$2" "/usr/bin/$2" "/bin/$2" "/$2" ;;
    esac | tr -d '\0' | LC_ALL=C awk '
        /^[ \t]*#/ { next }
        /chown/ && gives == "" { gives = "chown" }
        /fix_config/ { gives = "config" }
        user == "" && /(gosu|su-exec|s6-setuidgid)[ \t]|setpriv[ \t]|--userspec/ {
            text = $0
            if (!sub(/.*(gosu|su-exec|s6-setuidgid)[ \t]+"?/, "", text) && !sub(/.*--(reuid|userspec)[= \t]+"?/, "", text)) next
            user = match(text, /^[A-Za-z0-9_][A-Za-z0-9_.-]*/) ? substr(text, 1, RLENGTH) : "?"
        }
        END { print "e", user == "" ? "-" : user, gives == "" ? "-" : gives }'
    put_down
}

# try_server: what the server of one service makes of its configuration, its ACL and its data.
#
# Set before: service; image and image_name; program; script (not empty: a line of shell starts it); conf and acl
# (its files, as far as its command names them); mounts, options one a line; data (its directory) and data_named (not empty: nothing in its configuration counts);
# places, one a line: the target of each mount that may hold it, a tab, and the option that mounts it, or nothing
# where there is nothing yet.
try_server() { section "try $service" tried_server; }
tried_server() {
    tried=$( (try_declared) 2>&1) && code=0 || code=$?
    printf '%s\n' "$tried" | grep '^='
    [ "$code" = 0 ] || printf '!conf %s\n' "$(printf '%s\n' "$tried" | grep -v '^=' | tr '\n' ' ')"
    settings=$tried
    case $data_named:$(setting dir) in :/*) data=$(setting dir) ;; esac
    echo "=data $data"
    chosen=$(printf '%s\n' "$places" | data=$data awk -F '\t' '
        $1 != "" && index(ENVIRON["data"] "/", ($1 == "/" ? "" : $1) "/") == 1 && length($1) > length(most) { most = $1; option = $2 }
        END { if (most != "") print most FS option }')
    place=${chosen%%"$tab"*} data_mount=${chosen#*"$tab"}
    [ -n "$chosen" ] || return 0
    echo "=place $place"
    if [ -n "$data_mount" ]; then
        answer=$(data_answer)
        printf '%s\n' "$answer" | grep '^=f ' ||
            printf '!unseen %s\n' "$(printf '%s\n' "$answer" | tail -n 2 | shown_safely | tr '\n' ' ')"
        said=$( (too_new) 2>&1) || printf '!data %s\n' "$said"
    else
        # A new volume becomes what the image has in its place.
        hold_image "$image" >/dev/null || {
            printf '!unseen %s\n' "$(printf '%s' "$said" | shown_safely | tr '\n' ' ')"
            return
        }
        packed=$(docker cp "$held:$place" - 2>/dev/null | head -c 512 | base64)
        put_down
        set -- $(header)
        [ $# -lt 5 ] || printf '=new %d %d %o\n' "0$2" "0$3" "$((0$1 & 07777))"
    fi
}
try_declared() {
    IFS=$line
    set -- $mounts
    unset IFS
    answer=$({ [ -n "$script" ] || options; } | in_trial "$@" --tmpfs "$data" --entrypoint sh "$image" -c '
        server=
        for known in "$2" redis-server valkey-server; do
            if command -v "$known" >/dev/null; then server=$known && break; fi
        done
        [ -n "$server" ] || { echo "=server none" && exit; }
        acl=$3
        set -- "$1"
        while IFS= read -r word; do set -- "$@" "$word"; done
        conf=$1
        shift
        [ -z "$conf" ] || [ -f "$conf" ] || { echo "=missing $conf" && conf=; }
        [ -z "$conf" ] || {
            settings=$(sed -nE "s/^[[:space:]]*(aclfile|dir|appendonly|save)[[:space:]]+/=\1 /p" "$conf")
            printf "%s\n" "$settings"
            acl=$(printf "%s\n" "$settings" | sed -n "s/^=aclfile \"*\([^\"]*\)\"*[[:space:]]*$/\1/p" | tail -n 1)
            sed -E "s/^[[:space:]]*[Dd][Ii][Rr][[:space:]].*//" "$conf" >/tmp/trial.conf || exit
        }
        stat -L -c "=s %F|%u|%g|%a|%i|%s|%n" -- ${conf:+"$conf"} ${acl:+"$acl"} 2>/dev/null
        tried_with() {
            "$server" ${conf:+/tmp/trial.conf} "$@" --port 0 --unixsocket /tmp/trial.sock --daemonize no \
                --logfile "" --dir /proc --dbfilename version 2>&1
        }
        said=$(tried_with "$@")
        # The start script of Redis 8 loads modules, whose directives nobody else knows.
        case $said in *"Unresolved Configuration"*)
            for module in /usr/local/lib/redis/modules/*.so; do
                [ ! -s "$module" ] || set -- "$@" --loadmodule "$module"
            done
            said=$(tried_with "$@")
            echo "=modules tried"
            ;;
        esac
        printf "%s\n" "$said"' trial "$conf" "$program" "$acl")
    printf '%s\n' "$answer" | grep '^='
    case $answer in *'=server none'*) return ;; esac
    verdict 'its ACL'
}
options() {
    {
        docker image inspect --format \
            "i $image_name {\"entrypoint\":{{json .Config.Entrypoint}},\"cmd\":{{json .Config.Cmd}}}" "$image_name"
        compose config --format json | sed 's/^/c /'
    } 2>/dev/null | options_of=$service awk "$servers_awk"
}

# holders INODE...: h INODE PID NAME of the processes that have these sockets, as far as this user may know
holders() { section holder holding "$@"; }
holding() {
    set +f
    ls -l /proc/[0-9]*/fd 2>/dev/null | wanted=" $* " awk '
        /^\/proc\// { split($0, part, "/"); pid = part[3] }
        match($0, /socket:\[[0-9]+\]$/) {
            inode = substr($0, RSTART + 8, RLENGTH - 9)
            if (index(ENVIRON["wanted"], " " inode " ") && !seen[inode]++) print inode, pid
        }' | while read -r inode pid; do
        if read -r comm <"/proc/$pid/comm"; then echo "h $inode $pid $comm"; fi
    done 2>/dev/null
    set -f
}
