# What there is of a schedule's units: of each the sha256 of its file (-: there is none), and what systemd says, or
# why it says nothing. The last line is the word end: without it, not all was said.
#
# Usage: sh unit_states.sh UNIT...
# + unit_directory: of their files
: "${unit_directory:?}"
for unit; do
    sum=-
    [ ! -f "$unit_directory/$unit" ] || sum=$(sha256sum <"$unit_directory/$unit") || sum=unreadable
    printf 'unit %s %s\n' "$unit" "${sum%% *}"
    shown=$(systemctl show --property=SubState,UnitFileState "$unit" 2>&1) || shown="systemctl: $shown"
    printf '%s\n' "$shown"
done
echo end
