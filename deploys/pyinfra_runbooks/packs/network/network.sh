# Puts a container on a network or takes it off, or has Compose create the networks of a service.
#
# Usage: sh network.sh attach OPTION...          options of docker network connect
#        sh network.sh reattach N OPTION...      the first N as it is to be, the others as it was
#        sh network.sh detach
#        sh network.sh create ID...              all containers of the service
# + id, container: the container that was looked at, and its name
# + network: its name; for create the one that is removed before, if any
# + service: for create, the one whose networks it is about; options_template: what `docker network create` takes to
#   make a network as it is
. "$(dirname "$0")/../../engine/shell/audited.sh"
. "$(dirname "$0")/../../engine/shell/refused.sh"
: "${id=}" "${container=}" "${network=}" "${service=}" "${options_template=}"

# still_named: fails, before anything is done, unless the container that was looked at still is there and has its
# name. All that is done is done to its id: one that was made since under that name has other names and addresses.
still_named() {
    named=$(docker inspect --type container --format '{{.Name}}' "$id" 2>&1) ||
        fail "$container could not be looked at again: $(in_words "$named"); nothing was changed"
    [ "${named#/}" = "$container" ] ||
        fail "$container is another container than was looked at: run this again; nothing was changed"
}

connect() { docker network connect "$@" "$network" "$id" 2>&1; }
# connect_first N OPTION...: with the first N of these; connect_others: with the others
connect_first() {
    many=$1 number=0
    shift
    for option in "$@"; do
        shift
        number=$((number + 1))
        [ "$number" -gt "$many" ] || set -- "$@" "$option"
    done
    connect "$@"
}
connect_others() {
    shift $(($1 + 1))
    connect "$@"
}

# An attachment that fails (address taken meanwhile) stays in the container's settings, where it would
# fail its next start, too. What is not there can't be disconnected: it has to be there first.
attach() {
    still_named
    said=$(connect "$@") && return
    docker network connect "$network" "$id" >/dev/null 2>&1 &&
        docker network disconnect --force "$network" "$id" >/dev/null 2>&1
    echo "$container could not be attached to $network: $(in_words "$said")" >&2
    return 1
}

attached() {
    docker inspect --type container \
        --format '{{range $name, $end := .NetworkSettings.Networks}}{{$name}}{{"\n"}}{{end}}' "$id" |
        grep -qxF -e "$network"
}
# A container that is on a network can't be given another name there: off, and on again; and if
# that fails, on again as it was.
reattach() {
    still_named
    trap '' HUP PIPE
    said=$(docker network disconnect --force "$network" "$id" 2>&1) || ! attached || {
        echo "$container could not be taken off $network: $(in_words "$said")" >&2
        return 1
    }
    for _ in 1 2 3; do
        said=$(connect_first "$@") && return
        sleep 0.5
    done
    echo "$container could not be attached to $network again; it is put back as it was: $(in_words "$said")" >&2
    for _ in 1 2 3; do
        if said=$(connect_others "$@") || attached; then return 1; fi
        sleep 0.5
    done
    echo "$container is off $network now, and could not be put back: $(in_words "$said")" >&2
    return 1
}
detach() {
    still_named
    said=$(docker network disconnect "$network" "$id" 2>&1) && return
    echo "$container could not be taken off $network: $(in_words "$said")" >&2
    return 1
}

# create: has Compose create its networks, by asking for a container that is there already. The network that is in
# their place is removed before, and put back where Compose can't make the other one: what is stopped could not be
# started without. The engine removes none that anything is on.
create() {
    as_seen "$service" "$@"
    [ $# -gt 0 ] || {
        echo "$service has no container any more, and none is made for its networks: look again" >&2
        return 1
    }
    [ -z "$network" ] || remove || return
    said=$(compose up --no-start --no-recreate --no-deps --no-build --pull never \
        --scale "$service=$#" "$service" 2>&1) && return
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

audited "$@"
