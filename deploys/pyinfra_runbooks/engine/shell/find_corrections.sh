# What was corrected on stacks lately: lines of the audit that tell of a change to one, JSON; and ? where the
# audit could not be read, or not to its end.
#
#     in_audit='"stack": "/srv/app"' sh find_corrections.sh
#
# + in_audit: what stands in the lines of each of these stacks, one a line; default: none is asked for
# + corrections: how many of each at most, the last ones; default: 16
# + unattended: not empty, where nobody watches: then the engine is asked for a file that this user may not read,
#   which takes half a second; default: empty
. "$(dirname "$0")/../../engine/shell/reading.sh"
: "${audit_log:=/var/log/pyinfra-runbooks/audit.log}" "${in_audit:=}" "${corrections:=16}" "${unattended:=}"

# Its last lines, and those from before it was rotated; then "end", unless they could not be read.
audit_end() {
    for log in "$audit_log.1" "$audit_log"; do
        [ -n "$unattended" ] || { [ -f "$log" ] && [ -r "$log" ]; } || continue
        read_file "$log" 2>/dev/null || [ $? = 3 ] || return
        echo
    done
    echo end
}
[ -n "$in_audit" ] || exit 0
audit_end | unattended=$unattended in_audit=$in_audit awk -v most="$corrections" '
    BEGIN { stacks = split(ENVIRON["in_audit"], stack, "\n") }
    { ended = 0 }
    $0 == "end" { ended = 1; next }
    /"remedy": "[^"]/ { for (s = 1; s <= stacks; s++) if (index($0, stack[s])) kept[s, n[s]++] = $0 }
    END {
        for (s = 1; s <= stacks; s++)
            for (i = n[s] > most ? n[s] - most : 0; i < n[s]; i++) print kept[s, i]
        if (!ended && ENVIRON["unattended"] != "") print "?"
    }'
