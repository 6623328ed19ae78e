# What a container sees: who its service runs as, its data directory, and every file that is mounted
# alone. A single-file mount holds an inode: what is seen here can be older than the host's file.
# Runs in the container; or on the host, as root, with the container's root and main process set.
root=${root:-}
effective() { printf '%s' "$2"; }
if [ -z "${main:-}" ]; then
    main=/proc/1
    for process in /proc/[0-9]*; do
        read -r command <"$process/comm" || continue
        case $command in redis-server | valkey-server) main=$process ;; esac
    done 2>/dev/null
fi
uid= gid= groups=
while read -r key values; do
    case $key in
        Uid:) uid=$(effective $values) ;;
        Gid:) gid=$(effective $values) ;;
        Groups:) groups=$values ;;
    esac
done <"$main/status"
printf 'u %s %s %s\n' "$uid" "$gid" "$groups"
[ -z "$data" ] || printf 'd %s\n' "$(stat -L -c '%F|%u|%g|%a|%i|%s|%n' -- "$root$data" 2>&1)"
set --
while read -r _ _ _ _ path _; do
    case $path in
        /etc/hosts | /etc/hostname | /etc/resolv.conf | /proc/* | /sys/* | /dev/*) continue ;;
        *\\*) path=$(printf '%b' "$(printf '%s' "$path" | sed 's/\\\([0-7]\)/\\0\1/g')") ;;
    esac
    if [ -f "$root$path" ]; then set -- "$@" "$root$path"; fi
done <"$main/mountinfo"
describe "$@"
[ -z "$acl_file" ] || describe_acl "$root$acl_file"
