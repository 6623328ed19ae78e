# attach CONTAINER NETWORK OPTION...: puts a container on a network.
attach() {
    container=$1 network=$2
    shift 2
    docker network connect "$@" "$network" "$container"
}

# A container that is on a network can't be given another name there: off, and on again; and if
# that fails, on again as it was. reattach CONTAINER NETWORK OPTION... -- OPTION...
reattach() {
    container=$1 network=$2 new= old= side=new
    shift 2
    trap '' HUP PIPE
    for option in "$@"; do
        if [ "$option" = -- ] && [ "$side" = new ]; then
            side=old
        else
            eval "$side=\"\$$side\$option\$line\""
        fi
    done
    docker network disconnect --force "$network" "$container" || return
    connect "$new" && return
    echo "$container could not be attached to $network anew; it is put back as it was" >&2
    connect "$old"
    return 1
}
connect() {
    IFS=$line
    set -- $1
    unset IFS
    docker network connect "$@" "$network" "$container"
}
