# What a container sees of its data directory and of every file that is mounted alone. Run by itself, with a
# deadline: a file system may hang, and with it what touches it.
#
#     data=/data sh inside_files.sh FILE...
#
# + root: what stands before the container's paths
# + data, acl_file: its data directory and its ACL file; empty: it is not asked for
# + json_matters: see describe.sh
. "$(dirname "$0")/../../engine/shell/held.sh"
. "$(dirname "$0")/../../engine/shell/describe.sh"
: "${root=}" "${data=}" "${acl_file=}"

[ -z "$data" ] || {
    printf 'd %s\n' "$(stat -L -c '%F|%u|%g|%a|%i|%s|%n' -- "$root$data" 2>&1)"
    [ ! -r "$root$data" ] || [ ! -x "$root$data" ] || printf 'h %s\n' "$(held_in "$root$data" | tr -cd '\40-\176')"
}
for path in "$@"; do
    shift
    if [ -f "$path" ]; then set -- "$@" "$path"; fi
done
describe "$@"
[ -z "$acl_file" ] || describe_acl "$root$acl_file"
