# Does the work, and notes what came of it. Goes on when the connection is cut: what is begun is
# brought to its end, and is noted.
#
# Set before: the function work.
trap '' HUP PIPE
begun_at=$(date +%s)
said=$(work 2>&1) && result=ok || result=failed
note "$result" "$said" "$(($(date +%s) - begun_at))"
[ "$result" = ok ] || {
    # A terminal shows it: no control characters.
    printf '%s\n' "$said" | tr -cd '\11\12\40-\176' >&2
    exit 1
}
