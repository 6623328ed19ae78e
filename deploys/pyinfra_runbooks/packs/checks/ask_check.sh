# A health check, from the host: c NUMBER STATUS SECONDS BODY. What a user's .curlrc says is no part of it:
# curl's -q, which has to be its first option.
#
#     url=http://web:8000/health sh ask_check.sh
#
# + number: what it is called; default: 0
# + url, limit: what is asked, and how many milliseconds it may take; default: 5000
# + shown, text: what may be shown of the answer: see answer.awk
# + name, address: HOST:PORT of the URL, and where that is; default: where the resolver says
# + service: the service of the stack whose address it is; empty: it is about none
# + process: the main process of that service's container; empty: not known
# + insecure, ca: not empty: any certificate will do, or what this file vouches for
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/common.sh"
: "${number:=0}" "${url:?}" "${limit:=5000}" "${shown=}" "${text=}" "${name=}" "${address=}" "${service=}" "${process=}"
: "${insecure=}" "${ca=}"
answer_awk=$(text_of packs/checks/answer.awk)

check() {
    if [ -n "$service" ] && [ -z "$address" ]; then
        echo "c $number 000 0 $service has no address: it is stopped, or on no network"
        return
    fi
    if ! command -v curl >/dev/null; then
        echo "c $number 000 0 there is no curl on this host"
        return
    fi
    set -- --max-time "$((limit / 1000)).$(printf %03d $((limit % 1000)))"
    [ -z "$insecure" ] || set -- "$@" --insecure
    [ -z "$ca" ] || set -- "$@" --cacert "$ca"
    [ -z "$address" ] || set -- "$@" --resolve "$name:$address"
    answered=$(curl -q -sS --noproxy '*' --proto '=http,https' "$@" \
        --write-out '\n%{http_code} %{time_total}' "$url" 2>&1 </dev/null |
        head -c 65536 | number=$number shown=$shown text=$text awk "$answer_awk")
    printf '%s\n' "$answered"
    case $answered in
        "c $number 000 "*'curl: (7)'*) [ -z "$process" ] || listens ;;
    esac
}
# l NUMBER PORT..., the ports that are listened on where the process is, for others than itself; nothing where there is
# none, or nobody may know.
listens() {
    cat "/proc/$process/net/tcp" "/proc/$process/net/tcp6" 2>/dev/null | awk -v number="$number" '
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

check
