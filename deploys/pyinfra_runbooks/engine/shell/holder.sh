# Which processes hold a lock, or are at work.
#
# + locks: the directory of the locks
: "${locks=}"

# begun PID: when a process was started, in the kernel's ticks; nothing if there is none
begun() {
    read -r stat 2>/dev/null <"/proc/$1/stat" || return
    # shellcheck disable=SC2086 # its fields
    set -- ${stat##*) }
    printf '%s' "${20}"
}
# at_work RUN HOLDER: whether a command of a run is at work. Each one says so in its first line; so can
# any process, and only those count whose owner may repair.
at_work() {
    case $- in *f*) quoting=-f ;; *) quoting=+f ;; esac
    set +f
    found=1
    for process in /proc/[0-9]*; do
        [ "$process" != "/proc/$2" ] && read -r first 2>/dev/null <"$process/cmdline" || continue
        case $first in *"run=$1") ;; *) continue ;; esac
        ! may_repair "$process" || found=0
    done
    set "$quoting"
    return "$found"
}
# may_repair PROCESS: whether its owner is root, or a member of the group of the locks.
may_repair() {
    owner=$(stat -c %U "$1" 2>/dev/null) || return
    case " $(id -u -- "$owner") $(id -G -- "$owner") " in
        ' 0 '* | *" $(stat -c %g "$locks") "*) ;;
        *) return 1 ;;
    esac
}
