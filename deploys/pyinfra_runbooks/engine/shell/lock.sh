# Takes the lock on a stack: prints "taken", or "held" and by whom, or why not; and "moved" where anything has
# happened to the host's containers since they were looked at.
#
# + locks: the directory of the locks
# + run, who, runbook: the run's id, and whose it is
# + longest: seconds for which it may be held
# + pause_file: where a pause would be
# + seen: what state.sh said of the containers when they were looked at; container_template: of what
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/locks.sh"
. "$(dirname "$0")/../../engine/shell/now.sh"
. "$(dirname "$0")/../../engine/shell/privileged.sh"
. "$(dirname "$0")/../../engine/shell/session.sh"
. "$(dirname "$0")/../../engine/shell/state.sh"
. "$(dirname "$0")/../../engine/shell/image.sh"
: "${locks:?}" "${run:?}" "${who:=-}" "${runbook:=-}" "${longest:=1800}" "${pause_file=}" "${seen=}"
hold_sh=$(text_of engine/shell/hold.sh)

# make_locks: the directory is root's, and its members' who may use Docker; or it prints why not.
make_locks() {
    group=$(docker_group)
    # Who may become root for docker alone is no member of that group.
    [ "$docker_is" = docker ] || group=$(id -g)
    case $(about_locks) in
        # There is none yet; or only what Docker makes for a mount, or another run has half made.
        '' | 'directory 0 0 755' | 'directory 0 0 770')
            said=$(as_user_or_root "$locks/" 'CHOWN FOWNER' make_locks "$locks" "$group" 2>&1 </dev/null) || :
            ;;
    esac
    # shellcheck disable=SC2046 # a value a word
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

# take: prints "taken"; or "held" and by whom; or why not. A run whose session is gone has the lock
# only as long as its last command is at work, and that is waited for.
take() {
    if [ -e "$pause_file" ]; then
        read -r until <"$pause_file" || until=''
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
    until=$(($(now) + patience))
    until flock -n 9; do
        find_holder
        if [ -n "$holder" ] && [ "$owner_run" = "$run" ]; then
            kill "$holder" # ours, which is getting old
        elif [ -n "$holder" ] && [ "$(begun "$owner_session")" = "$owner_start" ]; then
            describe_holder
            return
        elif [ "$(now)" -ge "$until" ]; then
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
    locks=$locks setsid sh -c "$hold_sh" "$holder_name" "$physical" "$run" "$session" "$start" "$longest" \
        "$who" "${from:--}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$runbook" </dev/null >/dev/null 2>&1 &
    exec 9<&-
    echo taken
}

said=$(take)
printf '%s\n' "$said"
[ "$said" = taken ] || exit 0
left_behind
{ state=$(state_now) && [ "$state" = "$seen" ]; } || echo moved
