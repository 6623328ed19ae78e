# Set before: container, network; the functions as_wanted, as_it_was.

# An attachment that fails (address taken meanwhile) stays in the container's settings, where it would
# fail its next start, too. What is not there can't be disconnected: it has to be there first.
attach() {
    said=$(as_wanted 2>&1) && return
    docker network connect "$network" "$container" >/dev/null 2>&1 &&
        docker network disconnect --force "$network" "$container" >/dev/null 2>&1
    echo "$container could not be attached to $network: $(in_words "$said")" >&2
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
    said=$(docker network disconnect --force "$network" "$container" 2>&1) || ! attached || {
        echo "$container could not be taken off $network: $(in_words "$said")" >&2
        return 1
    }
    for _ in 1 2 3; do
        said=$(as_wanted 2>&1) && return
        sleep 0.5
    done
    echo "$container could not be attached to $network again; it is put back as it was: $(in_words "$said")" >&2
    for _ in 1 2 3; do
        if said=$(as_it_was 2>&1) || attached; then return 1; fi
        sleep 0.5
    done
    echo "$container is off $network now, and could not be put back: $(in_words "$said")" >&2
    return 1
}
detach() {
    said=$(docker network disconnect "$network" "$container" 2>&1) && return
    echo "$container could not be taken off $network: $(in_words "$said")" >&2
    return 1
}

# create WORD...: has Compose create what it declares; network, if there is one, is removed before, and put
# back where Compose can't make the other one: what is stopped could not be started without. The engine
# removes none that anything is on. Set before: service, options_template.
create() {
    [ -n "$(containers_of "$service")" ] || {
        echo "$service has no container any more, and none is made for its networks: look again" >&2
        return 1
    }
    [ -z "$network" ] || remove || return
    said=$(compose "$@" 2>&1) && return
    echo "Compose could not create its networks: $(in_words "$said")" >&2
    [ -z "$network" ] || put_back
    return 1
}
remove() {
    trap '' HUP PIPE
    trap ':' INT TERM
    # A newer client shows an address that is not there as "invalid IP".
    former=$(docker network inspect --format "$options_template" "$network" 2>/dev/null |
        sed -n -e '/^--[a-z-]*=invalid /d' -e '/^--/p')
    [ -n "$former" ] || {
        echo "$network was not removed: the engine does not say how it was made" >&2
        return 1
    }
    said=$(docker network rm "$network" 2>&1) && return
    echo "$network could not be removed: $(in_words "$said")" >&2
    return 1
}
put_back() {
    IFS=$line
    set -- $former
    unset IFS
    for _ in 1 2 3; do
        # Compose may have made it, and failed at something else.
        ! docker network inspect "$network" >/dev/null 2>&1 || return 0
        if said=$(docker network create "$@" "$network" 2>&1); then
            echo "$network is there again as it was" >&2
            return
        fi
        sleep 0.5
    done
    echo "$network could not be put back: $(in_words "$said")" >&2
}
