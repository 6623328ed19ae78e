# One look at one stack: what Compose declares, what Docker runs, what Redis and the API say.
# Reads only. Every line of the answer starts with its section's name, and every section ends with
# its status, so that nothing that a container prints can pass for something else.

# section NAME COMMAND...
section() {
    name=$1
    shift
    { "$@" 2>&1; printf '\n=%s\n' "$?"; } | sed "s/^/$name|/"
}

# Both at the same time, without a temporary file: the first one's answer waits in the pipe.
beside() { "$1" </dev/null | { "$2" </dev/null; cat; }; }

# Of an error only the first line: behind it Compose may show a value.
resolved() {
    [ "$status" != 0 ] || {
        printf '%s\n' "$config"
        return
    }
    printf '%s\n' "$config" | grep -v '^time=' | head -n 1
    docker compose version >/dev/null 2>&1 || echo 'no Compose v2'
    return "$status"
}

# Every file that is mounted alone, and every password file.
files() {
    paths=$({
        printf '%s\n' "$config" |
            sed -n -e 's/^ *"file": "\(.*\)",*$/\1/p' -e 's/^ *"source": "\(\/.*\)",*$/\1/p' |
            sed -e 's/\\u0026/\&/g' -e 's/\\u003c/</g' -e 's/\\u003e/>/g' -e 's/\\\(["\\]\)/\1/g'
        printf '%s\n' "$password_files"
    } | sort -u)
    IFS=$line
    set -- $paths
    describe "$@"
    describe_acl "$@"
    [ -n "$contents_matter" ] || set -- $password_files
    for path in "$@"; do
        unset IFS
        if [ ! -f "$path" ]; then
            continue
        elif [ -r "$path" ]; then
            describe_password "$path"
        elif [ -n "$contents_matter" ] || is_password "$path"; then
            describe_as_root "$path"
        fi
    done
}
is_password() { printf '%s\n' "$password_files" | grep -qxF -- "$1"; }
describe_as_root() {
    helper sh "$1" -c "$describe_sh
describe /file; describe_password /file; describe_acl /file" |
        path=$1 awk '/\/file$/ { sub(/\/file$/, ""); $0 = $0 ENVIRON["path"] } { print }'
}

inside_redis() {
    id=$(of_service 1 "$redis_service")
    [ -z "$id" ] || redis_questions | docker_with_input exec -i "$id" sh -c "$inside_redis_sh"
}
# Root sees through the host's /proc what the container sees: that takes a third of an exec's time,
# and no tools in the image.
inside_api() {
    id=$(of_service 1 "$api_service")
    if [ -z "$id" ]; then
        return
    elif [ "$(id -u)" != 0 ]; then
        docker exec "$id" sh -c "$inside_api_sh"
    elif pid=$(docker inspect --format '{{.State.Pid}}' "$id") && [ "$pid" != 0 ]; then
        sh -c "main=/proc/$pid root=/proc/$pid/root$line$inside_api_sh" | sed "s#/proc/$pid/root##"
    fi
}

# Which of its ports does each service accept connections on? The inventory's, or those exposed.
knocks() {
    {
        printf '%s\n' "$members"
        printf '=%s\n' $service_ports
        printf '%s\n' "$inspected"
    } | awk -F '\t' '
        /^=/ { split(substr($0, 2), pair, ":"); port[pair[1]] = pair[2]; next }
        /^@/ {
            service = name[substr($1, 2)]
            split($2, address, " ")
            if (service == "" || address[1] == "") next
            n = split((service in port) ? port[service] : $3, ports, " ")
            for (i = 1; i <= n; i++)
                if (ports[i] !~ /\/(udp|sctp)$/) print service, address[1], ports[i] + 0
            next
        }
        NF > 3 { name[$1] = $2 }' | if command -v bash >/dev/null; then
        command timeout 3 bash -c "$knock_bash"
    else
        while read -r service address port; do
            curl -s --connect-timeout 2 --max-time 3 "telnet://$address:$port" </dev/null
            if [ $? != 7 ]; then echo "k $service $port accepts"; else echo "k $service $port refuses"; fi
        done
    fi
}
# All at once, and without a tool: bash knows TCP.
knock_bash='while read -r service address port; do
    if (exec 3<>"/dev/tcp/$address/$port") 2>/dev/null; then
        echo "k $service $port accepts"
    else
        echo "k $service $port refuses"
    fi &
done
wait'

look_networks() { section network docker network ls --no-trunc --format "$network_template"; }
look_hashes() { section hash compose config --hash '*'; }
look_config() {
    config=$(compose config --format json 2>&1) && status=0 || status=$?
    [ "$status" != 0 ] || config=$(printf '%s\n' "$config" | awk "$config_awk")
    section config resolved
    section file files
}
look_redis() { section redis inside_redis; }
look_api() { section api inside_api; }
# Where the containers are has to be known before anybody can knock at their doors.
look_containers() {
    inspected=$(inspect "$container_template" $(ids "$everything"))
    section container printf '%s\n' "$inspected"
    beside look_checks look_knocks
}
look_checks() { section check checks; }
look_knocks() { section knock knocks; }

with_networks() { beside look_containers look_networks; }
with_api() { beside look_api with_networks; }
with_hashes() { beside look_hashes with_api; }
with_redis() { beside look_redis with_hashes; }

if list_stack; then
    beside look_config with_redis
    echo 'engine|=0'
else
    printf '%s\n' "$everything" | sed 's/^/engine|/'
    echo 'engine|=1'
fi
