# Set before: container, network; the functions as_wanted, as_it_was.

# An attachment that fails (address taken meanwhile) stays in the container's settings, where it would
# fail its next start, too. What is not there can't be disconnected: it has to be there first.
attach() {
    as_wanted && return
    docker network connect "$network" "$container" 2>/dev/null &&
        docker network disconnect --force "$network" "$container"
    return 1
}

# A container that is on a network can't be given another name there: off, and on again; and if
# that fails, on again as it was.
reattach() {
    trap '' HUP PIPE
    docker network disconnect --force "$network" "$container" || return
    as_wanted && return
    echo "$container could not be attached to $network anew; it is put back as it was" >&2
    as_it_was
    return 1
}
