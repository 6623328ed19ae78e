# Does the work of a script, and writes its result into the audit. It goes on when the connection is cut: what
# has begun runs to its end. A job notes that it begins before it changes anything, and changes nothing
# where it can't: by its own notes it knows when to leave a thing alone.
#
# + audit_log: where; default: nowhere, as for a script that is run by hand
# + unattended: not empty: no person has it done
. "$(dirname "$0")/../../engine/shell/audit.sh"
: "${unattended=}"

# audited COMMAND...: the last line of a script that changes something
audited() {
    [ -n "$audit_log" ] || {
        "$@"
        return
    }
    trap '' HUP PIPE
    read_entry
    [ -z "$unattended" ] || note begun '' 0 || {
        echo "nothing was changed: no job repairs what it can't write down" >&2
        return 1
    }
    read -r begun_at _ </proc/uptime
    said=$("$@" 2>&1) && result=ok || result=failed
    read -r ended_at _ </proc/uptime
    note "$result" "$said" "$((${ended_at%.*} - ${begun_at%.*}))"
    # A terminal shows it: no control characters.
    said=$(printf '%s\n' "$said" | tr -cd '\11\12\40-\176')
    [ "$result" = ok ] || {
        printf '%s\n' "$said" >&2
        return 1
    }
    # What was proved is for the caller, too.
    printf '%s\n' "$said"
}
