# Does the work, and notes what came of it. Goes on when the connection is cut: what is begun is
# brought to its end, and is noted. A job notes that it begins before it changes
# anything, and changes nothing where it can't: by its own notes it knows when to leave a thing alone.
#
# Set before: the function work; unattended (empty: a person has it done).
trap '' HUP PIPE
[ -z "$unattended" ] || note begun '' 0 || {
    echo "nothing was changed: no job repairs what it can't write down" >&2
    exit 1
}
read -r begun_at _ </proc/uptime
said=$(work 2>&1) && result=ok || result=failed
read -r ended_at _ </proc/uptime
note "$result" "$said" "$((${ended_at%.*} - ${begun_at%.*}))"
# A terminal shows it: no control characters.
said=$(printf '%s\n' "$said" | tr -cd '\11\12\40-\176')
[ "$result" = ok ] || {
    printf '%s\n' "$said" >&2
    exit 1
}
# What was proved is for the caller, too.
printf '%s\n' "$said"
