# Inside a Redis container: whether what is asked is its own server. In a network that it shares, with the host or with
# another container, somebody else's may listen there, and a socket in a shared volume may be another container's.

# as_user UID GID COMMAND...: as another user, where this one may become it.
as_user() {
    of_uid=$1 of_gid=$2
    shift 2
    if [ "$(id -u)" = "$of_uid" ]; then
        "$@"
    elif setpriv --reuid "$of_uid" --regid "$of_gid" --clear-groups true; then
        setpriv --reuid "$of_uid" --regid "$of_gid" --clear-groups "$@"
    elif gosu "$of_uid:$of_gid" true; then
        gosu "$of_uid:$of_gid" "$@"
    elif su-exec "$of_uid:$of_gid" true; then
        su-exec "$of_uid:$of_gid" "$@"
    else
        chroot --userspec="$of_uid:$of_gid" / "$@"
    fi
} 2>/dev/null
# open_in PROCESS: what it has open, which its own user may see.
open_in() {
    while read -r key value _; do
        case $key in Uid:) its_uid=$value ;; Gid:) its_gid=$value ;; esac
    done <"/proc/$1/status" && as_user "$its_uid" "$its_gid" ls -l "/proc/$1/fd"
}
# servers: the processes that are servers, one a line.
servers() {
    # shellcheck disable=SC2045 # numbers; a pattern would do nothing after set -f
    for process in $(ls /proc); do
        case $process in *[!0-9]*) continue ;; esac
        { read -r comm <"/proc/$process/comm"; } 2>/dev/null || continue
        case $comm in *-server | dragonfly) echo "$process" ;; esac
    done
}
# own_sockets: the inodes of the sockets that servers of this container have open, a space around each. Fails where those
# of one can't be seen.
own_sockets() {
    own=" "
    for process in $(servers); do
        open=$(open_in "$process" 2>/dev/null) || return
        own="$own$(printf '%s\n' "$open" | sed -n "s/.*socket:\\[\\([0-9]*\\)\\]\$/\\1/p" | tr "\n" " ")"
    done
    [ "$own" != " " ]
}
# asked_at WORD...: of redis-cli's words: the inodes of the sockets that listen there.
asked_at() {
    number=6379 at_host=127.0.0.1 path=
    while [ $# -gt 0 ]; do
        case $1 in -p) number=$2 ;; -h) at_host=$2 ;; -s) path=$2 ;; esac
        shift
    done
    if [ -n "$path" ]; then
        while read -r _ _ _ _ _ _ inode at _; do [ "$at" != "$path" ] || echo "$inode"; done </proc/net/unix
        return
    fi
    wanted=$(printf ":%04X" "$number") exact=
    case $at_host in
        *[!0-9.]*) ;;
        *.*.*.*)
            # shellcheck disable=SC2046,SC2183 # a number a word
            exact=$(printf %02X%02X%02X%02X $(echo "$at_host" | sed "s/\(.*\)[.]\(.*\)[.]\(.*\)[.]\(.*\)/\4 \3 \2 \1/"))
            ;;
    esac
    for table in /proc/net/tcp /proc/net/tcp6; do
        while read -r _ local _ state _ _ _ _ _ inode _; do
            case $state:$local in 0A:*"$wanted") ;; *) continue ;; esac
            case $exact:${local%:*} in : | :* | *:00000000 | *:00000000000000000000000000000000 | "$exact:$exact" | *:*"FFFF0000$exact") echo "$inode" ;; esac
        done <"$table"
    done 2>/dev/null
}
# is_own WORD...: whether what listens where redis-cli asks with these is this container's, or nobody's. A network that is
# its own, which others have joined (shared is "joined"), is its own as long as nothing shows something else.
is_own() {
    at=$(asked_at "$@")
    [ -n "$at" ] || {
        case " $*" in *" -s "*) return 1 ;; esac
        return 0
    }
    [ -n "$shared" ] || return 0
    own_sockets || {
        [ "$shared" = joined ]
        return
    }
    for inode in $at; do case $own in *" $inode "*) ;; *) return 1 ;; esac done
}
