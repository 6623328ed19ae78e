# Inside a container: who the service runs as, the data directory, and every file that is mounted
# alone. A single-file mount holds an inode: what is seen here can be older than the host's file.
owner=/proc/1
for process in /proc/[0-9]*; do
    read -r command <"$process/comm" || continue
    case $command in redis-server | valkey-server) owner=$process ;; esac
done 2>/dev/null
printf 'u %s %s\n' "$(stat -c '%u %g' "$owner")" "$(sed -n 's/^Groups:[[:space:]]*//p' "$owner/status")"
[ -z "$data" ] || printf 'd %s\n' "$(stat -L -c '%F|%u|%g|%a|%i|%s|%n' -- "$data" 2>&1)"
set --
while read -r _ _ _ _ path _; do
    case $path in
        /etc/hosts | /etc/hostname | /etc/resolv.conf | /proc/* | /sys/* | /dev/*) continue ;;
        *\\*) path=$(printf '%b' "$(printf '%s' "$path" | sed 's/\\\([0-7]\)/\\0\1/g')") ;;
    esac
    if [ -f "$path" ]; then set -- "$@" "$path"; fi
done </proc/self/mountinfo
describe "$@"
[ -z "$acl_file" ] || describe_acl "$acl_file"
