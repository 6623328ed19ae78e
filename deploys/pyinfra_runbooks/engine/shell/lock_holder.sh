# Says who has the lock on a stack; nothing, where nobody has it.
#
# + locks: the directory of the locks
. "$(dirname "$0")/../../engine/shell/locks.sh"

holder=''
find_lock >/dev/null && find_holder
[ -z "$holder" ] || describe_holder
