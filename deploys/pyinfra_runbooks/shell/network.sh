# Set before: container, network; the functions as_wanted, as_it_was.

# An attachment that fails (address taken meanwhile) stays in the container's settings, where it would
# fail its next start, too. What is not there can't be disconnected: it has to be there first.
attach() {
    as_wanted && return
    docker network connect "$network" "$container" 2>/dev/null &&
        docker network disconnect --force "$network" "$container"
    return 1
}

attached() {
    docker inspect --type container \
        --format '{{range $name, $end := .NetworkSettings.Networks}}{{$name}}{{"\n"}}{{end}}' "$container" |
        grep -qxF -e "$network"
}
# A container that is on a network can't be given another name there: off, and on again; and if
# that fails, on again as it was.
reattach() {
    trap '' HUP PIPE
    docker network disconnect --force "$network" "$container" || ! attached || return
    for _ in 1 2 3; do
        as_wanted && return
        sleep 0.5
    done
    echo "$container could not be attached to $network again; it is put back as it was" >&2
    for _ in 1 2 3; do
        if as_it_was || attached; then return 1; fi
        sleep 0.5
    done
    echo "$container is off $network now, and could not be put back" >&2
    return 1
}
