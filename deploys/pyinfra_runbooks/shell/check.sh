# The health checks, from the host, each in one line: number, status, seconds, body.

# The first address of a service's container: what its name stands for on the stack's network.
address_of() {
    printf '%s\n' "$inspected" | id=@$(of_service 1 "$1") awk -F '\t' '
        $1 == ENVIRON["id"] { split($2, addresses, " "); print addresses[1] }'
}

# check NUMBER URL SECONDS SHOWN HOST:PORT ADDRESS-OR-SERVICE CURL-OPTION...
# ADDRESS is empty for the resolver's, and @SERVICE for that container's own.
check() {
    number=$1 url=$2 seconds=$3 shown=$4 name=$5 address=$6
    shift 6
    case $address in
        @*)
            service=${address#@}
            address=$(address_of "$service")
            if [ -z "$address" ]; then
                printf 'c %s 000 0 %s has no address: it is stopped, or on no network\n' \
                    "$number" "$service"
                return
            fi
            ;;
    esac
    if ! command -v curl >/dev/null; then
        printf 'c %s 000 0 there is no curl on this host\n' "$number"
        return
    fi
    [ -z "$address" ] || set -- "$@" --resolve "$name:$address"
    answer=$(curl -sS --noproxy '*' --proto '=http,https' --max-time "$seconds" "$@" \
        --write-out '\n%{http_code} %{time_total}' "$url" 2>&1 </dev/null | head -c 65536 | tr -d '\000')
    numbers=${answer##*"$line"}
    body=${answer%"$line"*}
    [ ${#answer} -lt 65000 ] || numbers=
    case $numbers in
        '' | *[!0-9.\ ]*) numbers='000 0' body='its answer is longer than 65536 bytes' ;;
        000\ *) body=$(printf '%s' "$body" | tr -cd '\040-\176' | cut -c 1-300) ;;
        *) body=$(printf '%s\n' "$body" | shown=$shown awk "$masked_awk" | tr -d '\001-\037\177') ;;
    esac
    printf 'c %s %s %s\n' "$number" "$numbers" "$body"
}
