# A container that is on a network can't be given another name there: off, and on again; and if
# that fails, on again as it was. Set before: container, network; the functions as_wanted, as_it_was.
reattach() {
    trap '' HUP PIPE
    docker network disconnect --force "$network" "$container" || return
    as_wanted && return
    echo "$container could not be attached to $network anew; it is put back as it was" >&2
    as_it_was
    return 1
}
