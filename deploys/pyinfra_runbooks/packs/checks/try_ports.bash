# All at once, and without a tool: bash knows TCP. Reads service, address and port, separated by tabs; one that answers
# nothing until this is ended has no line. Each job connects itself, and has no process of its own that would outlive it.
trap 'kill $(jobs -p) 2>/dev/null' TERM
while IFS=$'\t' read -r service address port; do
    if exec 2>/dev/null 3<>"/dev/tcp/$address/$port"; then
        printf '%s\t%s\taccepts\n' "$service" "$port"
    else
        printf '%s\t%s\trefuses\n' "$service" "$port"
    fi &
done
wait
