# The lock: one run at a time changes a stack. It is a process on the host that holds a flock on the
# project's directory, and lives as long as the SSH session that it was made in, or a command of that
# run. So nothing is left of it, whatever becomes of the controller, the connection or the host.
#
# Set before: directory; run (the run's id), who and runbook; longest (seconds).

holder_name=pyinfra-runbooks-lock
place() { if cd -P -- "$directory" 2>/dev/null; then pwd -P; else printf '%s' "$directory"; fi; }

# What the holder knows: sets holder (its pid; empty: none is to be seen), and the owner's run,
# session, start, who, from, since and runbook, each behind "owner_".
find_holder() {
    holder=
    set +f
    candidates=$(grep -lsaF "$holder_name" /proc/[0-9]*/cmdline)
    set -f
    for candidate in $candidates; do
        IFS=$line
        # shellcheck disable=SC2046 # one argument a line
        set -- $(tr '\0' '\n' 2>/dev/null <"$candidate" | sed "1,/^$holder_name\$/d")
        unset IFS
        [ $# = 9 ] && [ "$1" = "$physical" ] || continue
        holder=${candidate#/proc/} holder=${holder%/cmdline}
        owner_run=$2 owner_session=$3 owner_start=$4
        owner_who=$6 owner_from=$7 owner_since=$8 owner_runbook=$9
        return
    done
}
describe_holder() {
    printf 'held %s\t%s\t%s\t%s\n' "$owner_who" "$owner_from" "$owner_since" "$owner_runbook"
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
    physical=$(place)
    [ -r "$physical" ] || {
        echo "$directory can't be read by this user, who has to lock it"
        return
    }
    exec 9<"$physical"
    until=$(($(date +%s) + patience))
    until flock -n 9; do
        find_holder
        if [ -n "$holder" ] && [ "$owner_run" = "$run" ]; then
            kill "$holder" # ours, which is getting old
        elif [ -n "$holder" ] && [ "$(begun "$owner_session")" = "$owner_start" ]; then
            describe_holder
            return
        elif [ "$(date +%s)" -ge "$until" ]; then
            [ -z "$holder" ] || owner_who="$owner_who, whose run is gone while its last command is still at work:"
            if [ -n "$holder" ]; then describe_holder; else echo 'held somebody whom this user may not see'; fi
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
    setsid sh -c "$hold_sh" "$holder_name" "$physical" "$run" "$session" "$start" \
        "$(($(date +%s) + longest))" "$who" "${from:--}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$runbook" \
        </dev/null >/dev/null 2>&1 &
    exec 9<&-
    echo taken
}

# What happened to the stack's containers, and to their networks, since it was looked at; a line each.
# Set before: seen (seconds since 1970), containers (their ids).
moved_on() {
    now=$(moment)
    case $now in *.*) ;; *) now=$((now + 1)) ;; esac
    attributes='{{.Actor.Attributes.container}}{{"\t"}}{{.Actor.Attributes.name}}'
    # Not `exec`: looking makes such events, too, with whole scripts in them.
    set -- --filter type=container --filter type=network
    for event in create start restart stop die kill oom pause unpause rename update destroy \
        connect disconnect; do
        set -- "$@" --filter "event=$event"
    done
    docker events --since "$seen" --until "$now" "$@" \
        --format "{{.Type}} {{.Action}}{{\"\\t\"}}{{.Actor.ID}}{{\"\\t\"}}$attributes" |
        containers=$containers awk -F '\t' '
            BEGIN { split(ENVIRON["containers"], list, "\n"); for (n in list) ours[list[n]] = 1 }
            ($2 in ours) || ($3 in ours) { print "moved " $1 " " $4 }'
}

# unlock: ends the hold of whoever has the lock, or fails with why not. Set before: physical.
unlock() {
    find_holder
    [ -n "$holder" ] || fail "nobody whom this user may see holds the lock"
    ! at_work "$owner_run" "$holder" ||
        fail "a command of $owner_who is at work on the stack: it ends by itself; look again in a moment"
    kill "$holder" || fail "this user may not end process $holder of $owner_who"
}
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}
