# The lock: one run at a time changes a stack. It is a process on the host that holds a flock on the
# stack's file in a directory of ours, and lives as long as the SSH session that it was made in, or a
# command of that run. So nothing is left of it, whatever becomes of the controller, the connection or
# the host. The directory is for those alone who may repair: nobody else can keep them from it.
#
# Set before: directory; locks (the directory of the locks); run (the run's id), who and runbook;
# longest (seconds).

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

# make_locks: the directory is root's, and its members' who may use Docker; or it prints why not.
make_locks() {
    group=$(stat -c %g /var/run/docker.sock 2>/dev/null) || group=0
    # Who may become root for docker alone is no member of that group.
    [ "$docker_is" = docker ] || group=$(id -g)
    case $(about_locks) in
        # There is none yet; or only what Docker makes for a mount, or another run has half made.
        '' | 'directory 0 0 755' | 'directory 0 0 770')
            said=$(as_owner "$locks/" "mkdir -p '$locks' && chmod 770 '$locks' && chown '0:$group' '$locks'" \
                CHOWN FOWNER 2>&1 </dev/null) || :
            ;;
    esac
    set -- $(about_locks)
    case "${1:-}:${2:-}:${4:-}" in
        directory:0:*[1-7]) echo "every user of this host may write to $locks, and could keep the lock from others" ;;
        directory:0:*)
            [ -w "$locks" ] && [ -x "$locks" ] && return
            echo "$locks belongs to group $(stat -c %G "$locks"), and this user is not a member of it: add it to that group"
            ;;
        ::) echo "$locks could not be created: ${said:-no reason given}" ;;
        *) echo "$locks is not a directory that root owns: no lock is taken there" ;;
    esac
    return 1
}
about_locks() { stat -c '%F %u %g %a' "$locks" 2>/dev/null; }

# What the holder knows: sets holder (its pid; empty: none is to be seen), and the owner's run,
# session, start, who, from, since and runbook, each behind "owner_".
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
# Seconds of a clock that nobody can set.
up() {
    read -r up _ </proc/uptime
    printf '%s' "${up%.*}"
}

# take: prints "taken"; or "held" and by whom; or why not. A run whose session is gone has the lock
# only as long as its last command is at work, and that is waited for.
take() {
    if [ -e "$pause_file" ]; then
        read -r until <"$pause_file" || until=
        case $until in '' | *[!0-9]*) until=$(($(date +%s) + 1)) ;; esac
        [ "$until" -le "$(date +%s)" ] || {
            echo 'changes were paused here meanwhile'
            return
        }
    fi
    command -v flock >/dev/null || {
        echo 'there is no flock on this host: install util-linux'
        return
    }
    find_lock && make_locks || return
    # Everybody who may enter the directory may lock the file, no matter who made it.
    umask 022
    [ -e "$lock_file" ] || touch -- "$lock_file" 2>/dev/null
    [ -r "$lock_file" ] || {
        echo "$lock_file can't be read by this user, who has to lock it"
        return
    }
    exec 9<"$lock_file"
    until=$(($(up) + patience))
    until flock -n 9; do
        find_holder
        if [ -n "$holder" ] && [ "$owner_run" = "$run" ]; then
            kill "$holder" # ours, which is getting old
        elif [ -n "$holder" ] && [ "$(begun "$owner_session")" = "$owner_start" ]; then
            describe_holder
            return
        elif [ "$(up)" -ge "$until" ]; then
            [ -z "$holder" ] || owner_who="$owner_who, whose run is gone while its last command is still at work:"
            if [ -n "$holder" ]; then describe_holder; else echo 'held a process that this user may not see'; fi
            return
        fi
        sleep 0.1
    done
    find_session
    start=$(begun "$session")
    if [ -z "$start" ]; then
        echo 'the session that wanted the lock is gone'
        return
    fi
    from=$(origin)
    setsid sh -c "$hold_sh" "$holder_name" "$physical" "$run" "$session" "$start" "$longest" \
        "$who" "${from:--}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$runbook" </dev/null >/dev/null 2>&1 &
    exec 9<&-
    echo taken
}

# unlock: ends the hold of the run that has the lock, or fails with why not.
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
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}
