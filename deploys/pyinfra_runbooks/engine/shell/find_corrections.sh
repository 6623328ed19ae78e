# What was corrected on a stack lately: lines of the audit that tell of a change to it, JSON; and ? where the
# audit could not be read, or not to its end.
#
#     in_audit='"stack": "/srv/app"' sh find_corrections.sh
#
# + in_audit: what stands in the lines of this stack
# + corrections: how many at most, the last ones; default: 16
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
audit_end | unattended=$unattended in_audit=$in_audit awk -v most="$corrections" '
    { ended = 0 }
    $0 == "end" { ended = 1; next }
    index($0, ENVIRON["in_audit"]) && /"remedy": "[^"]/ { kept[n++] = $0 }
    END {
        for (i = n > most ? n - most : 0; i < n; i++) print kept[i]
        if (!ended && ENVIRON["unattended"] != "") print "?"
    }'
