# A URL that proves health, from the host: c NUMBER STATUS SECONDS BODY. What a user's .curlrc says is no part of it:
# curl's -q, which has to be its first option.
#
#     url=http://web:8000/health sh ask_check.sh
#
# + number: what it is called; default: 0
# + url, limit: what is asked, and how many milliseconds it may take; default: 5000
# + shown, text, part: what may be shown of the answer: see answer.awk
# + unread: not empty: the status says all, whatever the answer is
# + name, address: HOST:PORT of the URL, and where that is; default: where the resolver says
# + service: the service of the stack whose address it is; empty: it is about none
# + process: the main process of that service's container; empty: not known
# + insecure, ca: not empty: any certificate will do, or what this file vouches for
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/common.sh"
. "$(dirname "$0")/../../packs/checks/listening_ports.sh"
: "${number:=0}" "${url:?}" "${limit:=5000}" "${shown=}" "${text=}" "${name=}" "${address=}" "${service=}" "${process=}"
: "${insecure=}" "${ca=}" "${part=}" "${unread=}"
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
    [ -z "$unread" ] || set -- "$@" --output /dev/null
    if [ -n "$part" ]; then most=1048576; else most=65536; fi
    answered=$(curl -q -sS --noproxy '*' --proto '=http,https' "$@" \
        --write-out '\n%{http_code} %{time_total}' "$url" 2>&1 </dev/null |
        head -c "$most" | number=$number shown=$shown text=$text part=$part unread=$unread awk "$answer_awk")
    printf '%s\n' "$answered"
    case $answered in
        "c $number 000 "*'curl: (7)'*) [ -z "$process" ] || listens ;;
    esac
}
check
