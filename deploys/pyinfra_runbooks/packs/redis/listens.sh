# Inside a Redis container: whether what is asked is its own server. In a network that it shares, with the host or with
# another container, another one's may listen there, and a socket in a shared volume may be another container's.
#
# + shared, client, form: see ask.sh
# shellcheck disable=SC2154 # of who uses this

# as_user UID GID COMMAND...: as another user, where this one may become it.
as_user() {
    of_uid=$1 of_gid=$2
    shift 2
    becomes="chroot --userspec=$of_uid:$of_gid /"
    for by in "setpriv --reuid $of_uid --regid $of_gid --clear-groups" "gosu $of_uid:$of_gid" "su-exec $of_uid:$of_gid"; do
        $by true && becomes=$by && break
    done
    [ "$(id -u)" != "$of_uid" ] || becomes=
    $becomes "$@"
} 2>/dev/null
# open_in PROCESS: what it has open, which its own user may see.
open_in() {
    while read -r key value _; do
        case $key in Uid:) its_uid=$value ;; Gid:) its_gid=$value ;; esac
    done <"/proc/$1/status" && as_user "$its_uid" "$its_gid" ls -l "/proc/$1/fd"
}
# group_of PROCESS: its control groups, which all of a container's have in common. Version 2's counts where it is alone.
group_of() { grep -v ^0:: "/proc/$1/cgroup" || cat "/proc/$1/cgroup"; }
# servers: the processes of this container that are servers, one a line. It may see the host's, too.
servers() {
    # shellcheck disable=SC2045 # numbers; a pattern would do nothing after set -f
    for process in $(ls /proc); do
        case $process in *[!0-9]*) continue ;; esac
        read -r comm <"/proc/$process/comm" || continue
        case $comm in *-server | dragonfly) [ "$(group_of "$process")" != "$(group_of self)" ] || echo "$process" ;; esac
    done
} 2>/dev/null
# own_sockets: sets own, the inodes of the sockets that servers of this container have open, a space around each. Fails
# where there are none; own is empty where those of one can't be seen.
own_sockets() {
    own=" "
    for process in $(servers); do
        open=$(open_in "$process" 2>/dev/null) || {
            own=
            return 1
        }
        own="$own$(printf "%s\n" "$open" | sed -n "s/.*socket:\\[\\([0-9]*\\)\\]\$/\\1/p" | tr "\n" " ")"
    done
    [ "$own" != " " ]
}
# here ADDRESS: whether it is one of this network's own. A name may be another machine's.
here() {
    case $1 in
        ::1 | localhost) ;;
        *[!0-9a-fA-F.:]* | *:*.*) false ;;
        *:*) grep -qi "^$(echo "$1" | sed "s/[0-9a-fA-F]\{1,\}/000&/g;s/[0-9a-fA-F]*\([0-9a-fA-F]\{4\}\)/\1/g;s/::/0*/;s/://g") " /proc/net/if_inet6 ;;
        *[!0-9.]*) false ;;
        127.*) ;;
        *) sed -n "/-- $1\$/{n;/32 host LOCAL/p;}" /proc/net/fib_trie | grep -q . ;;
    esac
} 2>/dev/null
# asked_at: the inodes of the sockets that listen at path, or at number of at_host.
asked_at() {
    if [ -n "$path" ]; then
        unix_sockets | while read -r _ _ _ _ _ _ inode at _; do
            ! is_at "$at" || echo "$inode"
        done
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
    grep -h "$wanted .* 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ local _ state _ _ _ _ _ inode _; do
        case $state:$local in 0A:*"$wanted") ;; *) continue ;; esac
        case $exact:${local%:*} in : | :* | *:00000000 | *:00000000000000000000000000000000 | "$exact:$exact" | *:*"FFFF0000$exact") echo "$inode" ;; esac
    done
}
# unix_sockets: the kernel's lines of those whose path ends as path does. A shell takes very long to read a long table
# itself: bash asks for it from its beginning at each line.
unix_sockets() { grep -F -- "${path##*/}" /proc/net/unix; }
# is_at PATH: whether that is where path leads
is_at() { case $1 in "$path") ;; */"${path##*/}") one_file "$1" "$path" ;; *) false ;; esac }
one_file() { ${in_time-} sh -c "[ \"\$1\" -ef \"\$2\" ]" sh "$1" "$2"; }
nothing_at() { ${in_time-} sh -c "[ ! -e \"\$1\" ]" sh "$1"; }
# is_own WORD...: whether what listens where redis-cli asks with these is this container's, or nobody's. A network that is
# its own, which others have joined (shared is "joined"), is its own as long as nothing shows something else. A socket
# that this network's own processes made isn't proved to be, where another container may write: who takes its place there
# is not seen; then it fails with 1. With 2 it fails where what would hear it is another machine's, another container's,
# or in the host's network not proved to be its own: that is not even asked.
is_own() {
    number=6379 at_host=127.0.0.1 path=
    while [ $# -gt 0 ]; do
        case $1 in -p) number=$2 ;; -h) at_host=$2 ;; -s) path=$2 ;; esac
        shift
    done
    at=$(asked_at)
    if [ -n "$path" ]; then
        # Where nothing is, nobody hears it.
        [ -n "$at" ] || { nothing_at "$path" && return 1 || return 2; }
        path=$(${in_time-} readlink -f -- "$path") || return 2
        IFS="
"
        # shellcheck disable=SC2086 # a path a line
        set -- $shared
        unset IFS
        for each in "$@"; do case $path/ in "$(${in_time-} readlink -f -- "$each")"/*) return 1 ;; esac; done
    else
        here "$at_host" || return 2
        [ -n "$at" ] || case $at_host in 127.* | ::1 | localhost) return 0 ;; *) return 1 ;; esac
    fi
    case $shared in yes* | joined*) ;; *) return 0 ;; esac
    own_sockets || case $own$shared in joined*) return 0 ;; *) return 2 ;; esac
    for inode in $at; do case $own in *" $inode "*) ;; *) return 2 ;; esac done
}
# leads_here WORD...: whether who connects to the socket that redis-cli asks at with these is taken up by a server of this
# container: while that is held, it has one connection more there. Another container that may write where the socket is may
# stand between the two, so that is a proof of who serves, and no reason for sending a login.
leads_here() {
    [ "${1-}" = -s ] || return
    path=$2
    before=$(taken_up) || return
    came=$({ { echo PING && { ! one_more || echo yes >&3; }; } | talk 4 "$@" >/dev/null 2>&1; } 3>&1)
    [ -n "$came" ]
}
# one_more: whether there is, soon, a connection at path that is none of before.
one_more() {
    for _ in 1 2 3 4 5 6 7 8 9; do
        for inode in $(taken_up); do
            case "
$before
" in *"
$inode
"*) ;; *) return 0 ;; esac
        done
        sleep 0.1 2>/dev/null || sleep 1
    done
    return 1
}
# taken_up: the inodes of the connections at path that servers of this container have.
taken_up() {
    own_sockets || return
    unix_sockets | while read -r _ _ _ _ _ state inode at _; do
        case $state:$own in 03:*" $inode "*) ! is_at "$at" || echo "$inode" ;; esac
    done
}
# talk SECONDS WORD...: what redis-cli answers to what comes over stdin, where it is reached by these words.
talk() {
    seconds=$1 owner=
    shift
    [ "${1-}" != -s ] || owner=$2
    # shellcheck disable=SC2086 # options
    set -- "$client" "$@" $form
    ! command -v timeout >/dev/null || set -- timeout "$seconds" "$@"
    # A socket that only its own user may write to.
    # shellcheck disable=SC2046 # two numbers
    [ -z "$owner" ] || [ -w "$owner" ] || set -- as_user $(stat -L -c "%u %g" -- "$owner") "$@"
    "$@" 2>&1
}
