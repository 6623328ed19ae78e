# What a stack would meet when it comes up, asked of its very images: who its processes are, whether its Redis takes
# its ACL and its configuration, and whether it can use its data. Containers are made for that and removed: those
# that tell of users are never started; those of a trial (trial.sh) have no network, no log and nothing to write to.
#
#     does=holders inodes=4711 sh preflight_ask.sh
#
# Prints a section: `users IMAGE`, `try SERVICE` or `holder`.
#
# + does: users, try or holders
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/sections.sh"
. "$(dirname "$0")/../../packs/redis/trial.sh"
: "${does:?}"
servers_awk=$(text_of engine/shell/json.awk preflight/shell/servers.awk)
trial_options_sh=$(text_of packs/redis/trial_options.sh)

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

# users: u NAME UID GID and g NAME GID MEMBERS of an image's users and groups; and e, what the script that starts it
# does: the user that it becomes, "-" for none and "?" where that is not known, and whether it gives files away.
#
# + image: its id
# + entry: the script that starts it; empty: not asked for
: "${image=}" "${entry=}"
users() {
    hold_image "$image" || return
    as_text /etc/passwd | awk -F : 'NF > 3 { print "u", $1, $3, $4 }'
    as_text /etc/group | awk -F : 'NF > 2 { print "g", $1, $3, $4 }'
    case $entry in
        '') ;;
        /*) as_text "$entry" ;;
        *) as_text "/usr/local/bin/$entry" "/usr/bin/$entry" "/bin/$entry" "/$entry" ;;
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

# try_it: what the server of one service makes of its configuration, its ACL and its data.
#
# + service, image, image_name, program, mounts, data: see trial.sh
# + script: not empty: a line of shell starts it
# + conf, acl: its files, as far as its command names them
# + data_named: not empty: nothing in its configuration counts for its directory
# + places: the target of each mount that may hold it, a tab, and the option that mounts it, or nothing where there is
#   nothing yet; one a line
: "${script=}" "${acl=}" "${data_named=}" "${places=}"
try_it() {
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
        # shellcheck disable=SC2046 # a number a word
        set -- $(header)
        [ $# -lt 5 ] || printf '=new %d %d %o\n' "0$2" "0$3" "$((0$1 & 07777))"
    fi
}
try_declared() {
    IFS=$line
    set -- $mounts
    unset IFS
    answer=$({ [ -n "$script" ] || options; } | in_trial "$@" --tmpfs "$data" --entrypoint sh "$image" -c "$trial_options_sh" \
        trial "$conf" "$program" "$acl")
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

# holders: h INODE PID NAME of the processes that have these sockets, as far as this user may know
#
# + inodes: the sockets', one a line
: "${inodes=}"
holders() {
    set +f
    ls -l /proc/[0-9]*/fd 2>/dev/null | wanted=" $(printf '%s' "$inodes" | tr '\n' ' ') " awk '
        /^\/proc\// { split($0, part, "/"); pid = part[3] }
        match($0, /socket:\[[0-9]+\]$/) {
            inode = substr($0, RSTART + 8, RLENGTH - 9)
            if (index(ENVIRON["wanted"], " " inode " ") && !seen[inode]++) print inode, pid
        }' | while read -r inode pid; do
        if read -r comm <"/proc/$pid/comm"; then echo "h $inode $pid $comm"; fi
    done 2>/dev/null
    set -f
}

case $does in
    users) section "users $image" users ;;
    try) section "try $service" try_it ;;
    holders) section holder holders ;;
esac
