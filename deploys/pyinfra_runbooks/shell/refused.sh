# What an engine that refused something means, and what to do about it. Set before: container, network.

# in_words TEXT: of what docker or Compose printed. Of words that nobody knows only the engine's own are
# shown: Compose's may quote a value.
in_words() {
    because=
    case $1 in
        *'no configured subnet'* | *'nvalid address'*'does not belong to any'*)
            because="no subnet of $network has its address: docker network inspect $network, and compare it with the compose file" ;;
        *'only when connecting to networks with user configured subnets'*)
            because="$network was created without a declared subnet, so no container can have a fixed address on it: recreate it with --subnet, or remove the address from the compose file" ;;
        *'ddress already in use'*)
            because="its address is already in use on $network: docker network inspect $network says by whom" ;;
        *'no available IPv'* | *'o available addresses'*)
            because="no address is left in the subnet of $network: disconnect what is not needed there, or declare a larger subnet" ;;
        *'matching network mode'*)
            because="it is configured for a network that is gone, so it has to be recreated: docker compose up -d --force-recreate" ;;
        *'active endpoints'*)
            because="something is on $network: docker network inspect $network says what" ;;
        *'already exists in network'* | *'already attached to network'*)
            because="it was attached to $network meanwhile: run this again" ;;
        *'haring network namespace'*)
            because="it uses another container's network, or the host's, and can't be on $network as well: see network_mode in the compose file" ;;
        *'etwork-scoped alias'* | *'user defined networks only'*)
            because="$network is one of the engine's own networks, where containers have no names and no fixed addresses: declare a network in the compose file" ;;
        *'incorrect label'*)
            because="a network named $network exists that Compose did not create: docker network rm $network, if nothing is on it" ;;
        *'Pool overlaps'* | *'pool overlaps'*)
            because='another network has a part of its subnet: docker network inspect $(docker network ls -q) says which; remove that, or declare another subnet' ;;
        *'non-overlapping IPv'* | *'predefined address pools'*)
            because='the engine has no subnet left to give: docker network prune removes networks that nothing is on' ;;
        *'anual scope'* | *'not manually attachable'*)
            because="$network belongs to a Swarm and is not attachable: docker network inspect $network" ;;
        *'o such container'*)
            because="$container is gone: run this again" ;;
        *etwork*'not found'* | *'o such network'*)
            because="$network is gone: run this again" ;;
        *'annot connect to the Docker daemon'* | *'permission denied'*)
            because='the Docker daemon does not answer: docker info' ;;
    esac
    [ -z "$because" ] || {
        printf '%s\n' "$because"
        return
    }
    refusal=$(printf '%s\n' "$1" | sed -n 's/.*Error response from daemon: //p' | tail -n 1 |
        tr -cd '\11\12\40-\176' | cut -c 1-300)
    printf '%s\n' "Docker refused: ${refusal:-nothing was said, or not in time}"
}
