# The lock: one run at a time changes a stack. It is a process on the host that holds a flock on the
# stack's file in a directory of ours, and lives as long as the SSH session that it was made in, or a
# command of that run. So nothing is left of it, whatever becomes of the controller, the connection or
# the host. The directory is for those alone who may repair: nobody else can keep them from it.
. "$(dirname "$0")/../../engine/shell/common.sh"
. "$(dirname "$0")/../../engine/shell/holder.sh"

holder_name=pyinfra-runbooks-lock

# find_lock: sets physical (where the stack is) and lock_file; or prints why there is none.
find_lock() {
    physical=$(cd -P -- "$directory" 2>/dev/null && pwd -P) || {
        echo "$directory does not exist, or can't be entered by this user, who has to lock it"
        return 1
    }
    lock_file=$(printf '%s' "$physical" | sha256sum)
    lock_file=$locks/${lock_file%% *}
}

# What the holder knows: sets holder (its pid; empty: none is to be seen), and the owner's run,
# session, start, who, from, since and runbook, each after "owner_".
# shellcheck disable=SC2034 # for what uses this
find_holder() {
    holder=
    set +f
    candidates=$(grep -lszF -e "$holder_name" /proc/[0-9]*/cmdline)
    set -f
    for candidate in $candidates; do
        IFS=$line
        # shellcheck disable=SC2046 # one argument a line
        set -- $(tr '\0' '\n' 2>/dev/null <"$candidate" | sed "1,/^$holder_name\$/d")
        unset IFS
        candidate=${candidate#/proc/} candidate=${candidate%/cmdline}
        [ $# = 9 ] && [ "$1" = "$physical" ] && holds_it "$candidate" || continue
        holder=$candidate
        owner_run=$2 owner_session=$3 owner_start=$4
        owner_who=$6 owner_from=$7 owner_since=$8 owner_runbook=$9
        return
    done
}
# Anybody can give such words to a process. It has the lock's file open; or, where this user may not
# see that, it is of one who could.
holds_it() {
    if open=$(ls -l "/proc/$1/fd" 2>/dev/null); then
        case $open$line in *" -> $lock_file$line"*) return ;; esac
        return 1
    fi
    may_repair "/proc/$1"
}
describe_holder() {
    printf 'held %s\t%s\t%s\t%s\n' "$owner_who" "$owner_from" "$owner_since" "$owner_runbook"
}
