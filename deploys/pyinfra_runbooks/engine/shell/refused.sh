# What an engine that refused something means, and what to do about it.
#
# + container, network: the one that it is about, where it is about one
: "${container=}" "${network=}"

# in_words TEXT: of what docker or Compose printed. Of words that nobody knows only the engine's own are
# shown, as far as they can hold no value: Compose's may quote one.
in_words() {
    because='' its_network=${network:-its network}
    case $1 in
        *'ort is already allocated'* | *'ailed to bind'*' port'* | *'listen '*'bind: address already in use'*)
            port=$(printf '%s\n' "$1" | sed -nE \
                's/.*(Bind for|listen [a-z0-9]+|host port( for)?) (\[[0-9a-f:]*\]|[0-9.]*|::):([0-9]+).*/port \4/p' | tail -n 1)
            because="${port:-a port} of this host is in use: docker ps and ss -ltnp say by whom" ;;
        *'exec: "'* | *'exec: \"'* | *': exec '*)
            case $1 in
                *'permission denied'*) because='is not executable' ;;
                *'not found'* | *'o such file'*) because='is not in its image' ;;
                *'exec format error'*) because='is for another processor, or a script without #! in its first line' ;;
                *) because="can't be executed" ;;
            esac
            because="what it is to run $because: compare command and entrypoint in the compose file with its image" ;;
        *'bind source path does not exist'*)
            because="what it mounts is not on this host:$(printf '%s\n' "$1" |
                sed -nE 's/.*bind source path does not exist: (\/[A-Za-z0-9_.\/-]*)$/ \1/p' | tail -n 1)" ;;
        *'no configured subnet'* | *'nvalid address'*'does not belong to any'*)
            because="no subnet of $its_network has its address: docker network inspect ${network:-NAME}, and compare it with the compose file" ;;
        *'only when connecting to networks with user configured subnets'*)
            because="$its_network was created without a declared subnet, so no container can have a fixed address on it: recreate it with --subnet, or remove the address from the compose file" ;;
        *'ddress already in use'*)
            because="its address is already in use on $its_network: docker network inspect ${network:-NAME} says by whom" ;;
        *'no available IPv'* | *'o available addresses'*)
            because="no address is left in the subnet of $its_network: disconnect what is not needed there, or declare a larger subnet" ;;
        *'matching network mode'*)
            because="it is configured for a network that is gone, so it has to be recreated: docker compose up -d --force-recreate" ;;
        *'active endpoints'*)
            because="something is on $its_network: docker network inspect ${network:-NAME} says what" ;;
        *'already exists in network'* | *'already attached to network'*)
            because="it was attached to $its_network meanwhile: run this again" ;;
        *'haring network namespace'*)
            because="it uses another container's network, or the host's, and can't be on $its_network as well: see network_mode in the compose file" ;;
        *'etwork-scoped alias'* | *'user defined networks only'*)
            because="$its_network is one of the engine's own networks, where containers have no names and no fixed addresses: declare a network in the compose file" ;;
        *'incorrect label'*)
            because="a network named ${network:-like its own} exists that Compose did not create: docker network rm ${network:-NAME}, if nothing is on it" ;;
        *'Pool overlaps'* | *'pool overlaps'*)
            because='another network has a part of its subnet: docker network inspect $(docker network ls -q) says which; remove that, or declare another subnet' ;;
        *'non-overlapping IPv'* | *'predefined address pools'*)
            because='the engine has no subnet left to give: docker network prune removes networks that nothing is on' ;;
        *'anual scope'* | *'not manually attachable'*)
            because="$its_network belongs to a Swarm and is not attachable: docker network inspect ${network:-NAME}" ;;
        *'o such container'*)
            because="${container:-it} is gone: run this again" ;;
        *etwork*'not found'* | *'o such network'*)
            because="$its_network is gone: run this again" ;;
        *'annot connect to the Docker daemon'* | *'ermission denied while trying to connect'* | *'dial unix'*)
            because='the Docker daemon does not answer: docker info' ;;
    esac
    [ -z "$because" ] || {
        printf '%s\n' "$because"
        return
    }
    refusal=$(printf '%s\n' "$1" | sed -n 's/.*Error response from daemon: //p' | tail -n 1 | shown_safely)
    printf '%s\n' "Docker refused: ${refusal:-nothing was said, or not in time}"
}
# Of what an engine or a server says, what can hold no value. They quote what they stumble over: a command, a
# variable, the options of a mount. What is quoted is cut with all that follows, unless it is a path or a
# category of commands; so is what follows = or ://.
shown_safely() {
    tr -cd '\11\12\40-\176' | awk '{
        shown = ""
        while (match($0, /["\047`=\\]|:\/\//)) {
            shown = shown substr($0, 1, RSTART - 1)
            $0 = substr($0, RSTART)
            can_t = shown ~ /n$/ && match($0, /^\047t /)
            if (!can_t && !match($0, /^["\047](\/[A-Za-z0-9_.\/-]*|[-+]@[a-z]+)["\047]/)) {
                $0 = "..."
                break
            }
            shown = shown substr($0, 1, RLENGTH)
            $0 = substr($0, RLENGTH + 1)
        }
        print substr(shown $0, 1, 300)
    }'
}
