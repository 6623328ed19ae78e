# The health checks, from the host, each in one line: number, status, seconds, body. What somebody's
# .curlrc says is none of them: curl's -q, which has to be its first option.

# What runs side by side prints one after the other, without a temporary file: the answers of those
# before wait in the pipe until this one has answered: also COMMAND...
also() { "$@" </dev/null; cat; }

# Where the stack's containers are, one a line, tab-separated: service, address, process, exposed ports. An
# IPv6 address where there is no other; that of the container in whose network it lives, where it does.
locate() {
    located=$(printf '%s\n' "$members" "$inspected" | awk -F '\t' '
        function first(list, count, i, words, found) {
            count = split(list, words, " ")
            for (i = 1; i <= count; i++) {
                if (words[i] ~ /^[0-9]+[.][0-9.]+$/) return words[i]
                if (found == "" && words[i] ~ /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/) found = words[i]
            }
            return found
        }
        /^@/ {
            id[++n] = substr($1, 2)
            address[id[n]] = first($2)
            process[id[n]] = $3
            ports[id[n]] = $4
            if ($5 ~ /^container:/) lives_in[id[n]] = substr($5, 11)
            next
        }
        NF > 3 { name[$1] = $2 }
        END {
            for (i = 1; i <= n; i++) {
                if (id[i] in lives_in) address[id[i]] = address[lives_in[id[i]]]
                if (name[id[i]] != "" && address[id[i]] != "")
                    print name[id[i]] FS address[id[i]] FS process[id[i]] FS ports[id[i]]
            }
        }')
}

# find_service SERVICE: sets address, the first one of its container, which is what its name stands for on the
# stack's network; and process.
find_service() {
    address= process=
    while IFS=$tab read -r other at pid _; do
        if [ "$other" = "$1" ]; then
            address=$at process=$pid
            return
        fi
    done <<END
$located
END
}

# check NUMBER URL MILLISECONDS SHOWN TEXT HOST:PORT ADDRESS-OR-SERVICE CURL-OPTION...
# ADDRESS is empty for the resolver's, and @SERVICE for that container's own. Set before: brief, how
# many milliseconds a check gets at most; empty: as many as it asks for.
brief=
check() {
    number=$1 url=$2 limit=$3 shown=$4 text=$5 name=$6 address=$7 process=
    shift 7
    case $address in
        @*)
            service=${address#@}
            find_service "$service"
            if [ -z "$address" ]; then
                echo "c $number 000 0 $service has no address: it is stopped, or on no network"
                return
            fi
            ;;
    esac
    if ! command -v curl >/dev/null; then
        echo "c $number 000 0 there is no curl on this host"
        return
    fi
    [ -z "$address" ] || set -- "$@" --resolve "$name:$address"
    [ "${brief:-$limit}" -ge "$limit" ] || limit=$brief
    set -- --max-time "$((limit / 1000)).$(printf %03d $((limit % 1000)))" "$@"
    answered=$(curl -q -sS --noproxy '*' --proto '=http,https' "$@" \
        --write-out '\n%{http_code} %{time_total}' "$url" 2>&1 </dev/null |
        head -c 65536 | number=$number shown=$shown text=$text awk "$answer_awk")
    printf '%s\n' "$answered"
    case $answered in
        "c $number 000 "*'curl: (7)'*) [ -z "$process" ] || listens "$number" "$process" ;;
    esac
}
# listens NUMBER PROCESS: l NUMBER PORT..., the ports that are listened on where the process is, for others
# than itself; nothing where there is none, or nobody may know.
listens() {
    cat "/proc/$2/net/tcp" "/proc/$2/net/tcp6" 2>/dev/null | awk -v number="$1" '
        function decimal(hex,    i, n) {
            for (i = 1; i <= length(hex); i++) n = 16 * n + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
            return n
        }
        $4 == "0A" && $2 !~ /7F:/ && $2 !~ /^0*01000000:/ {
            port = decimal(substr($2, length($2) - 3))
            if (!seen[port]++) ports = ports " " port
        }
        END { if (ports != "") print "l " number ports }'
}
