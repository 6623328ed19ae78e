# What a container sees: who its service runs as and which server it is, its data directory, and every
# file that is mounted alone. A single-file mount holds an inode: what is seen here can be older than the host's file.
# Runs in the container; or on the host, as root.
#
#     data=/data sh inside.sh [PROCESS [ROOT [PROCESSES]]]
#
# PROCESS is its main process: /proc/42; default: the server's, or the first one. ROOT stands before the container's
# paths; PROCESSES is where all processes are.
#
# + data, acl_file, json_matters: see inside_files.sh
. "$(dirname "$0")/../../engine/shell/text_of.sh"
: "${data=}" "${acl_file=}" "${json_matters=}"
inside_files_sh=$(text_of engine/shell/inside_files.sh)
main=${1:-} root=${2:-} processes=${3:-/proc} file_patience=5

effective() { printf '%s' "$2"; }
is_server() { read -r comm <"$1/comm" && case $comm in redis-server | valkey-server | keydb-server) ;; *) false ;; esac; }
# What the server forked to save its data is gone in a moment; it is its parent that counts.
parent() { while read -r key number; do case $key in PPid:) echo "$processes/$number" ;; esac; done <"$1/status"; }
if [ -z "$main" ]; then
    main=$processes/1
    for process in "$processes"/[0-9]*; do
        if is_server "$process" && ! is_server "$(parent "$process")"; then main=$process; fi
    done 2>/dev/null
fi
# cut_short: what is incomplete is reported as incomplete.
cut_short() {
    echo "$main went away"
    exit 1
}
uid='' gid='' groups=''
while read -r key values; do
    case $key in
        Uid:) uid=$(effective $values) ;;
        Gid:) gid=$(effective $values) ;;
        Groups:) groups=$values ;;
    esac
done <"$main/status" || cut_short
printf 'u %s %s %s\n' "$uid" "$gid" "$groups"
if is_server "$main"; then printf 'b %s\n' "$comm"; fi
set --
while read -r _ _ _ _ path _; do
    case $path in
        / | /etc/hosts | /etc/hostname | /etc/resolv.conf | /proc | /proc/* | /sys | /sys/* | /dev | /dev/*)
            continue
            ;;
        *\\*) path=$(printf '%b' "$(printf '%s' "$path" | sed 's/\\\([0-7]\)/\\0\1/g')") ;;
    esac
    set -- "$@" "$root$path"
done <"$main/mountinfo" || cut_short
if command -v timeout >/dev/null; then in_time="timeout -k 1 $file_patience"; else in_time=; fi
seen=$(root=$root data=$data acl_file=$acl_file json_matters=$json_matters $in_time sh -c "$inside_files_sh" files "$@" 2>&1)
case $? in
    124 | 137 | 143)
        [ -z "$data" ] || echo "d no answer within $file_patience s"
        for path in "$@"; do echo "stat: $path: no answer within $file_patience s"; done
        ;;
    *) [ -z "$seen" ] || printf '%s\n' "$seen" ;;
esac
