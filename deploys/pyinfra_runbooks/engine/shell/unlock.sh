# Ends the hold of the run that has the lock on a stack, unless a command of it is at work.
#
# + locks: the directory of the locks
. "$(dirname "$0")/../../engine/shell/audited.sh"
. "$(dirname "$0")/../../engine/shell/locks.sh"

unlock() {
    why=$(find_lock) || fail "$why"
    find_lock
    find_holder
    [ -n "$holder" ] || fail "no process that this user may see holds the lock"
    ! at_work "$owner_run" "$holder" ||
        fail "a command of $owner_who is at work on the stack (run=$owner_run), and ends by itself"
    kill "$holder" || fail "this user may not end process $holder of $owner_who"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ -n "$(begun "$holder")" ] || return 0
        sleep 0.2
    done
}
audited unlock
