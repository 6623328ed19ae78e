# Whether a connection opens, from this host: c NUMBER 001 SECONDS, or c NUMBER 000 SECONDS WHY, with curl's code.
#
#     host=web port=8000 address=172.30.0.9 sh ask_tcp.sh
#
# + number: what it is called; default: 0
# + host, port, limit: what is asked, and how many milliseconds it may take; default: 5000
# + address: where that is; default: where the resolver says
# + service: the service of the stack that it is; empty: it is none
# + process: see listening_ports.sh
. "$(dirname "$0")/../../engine/shell/common.sh"
. "$(dirname "$0")/../../packs/checks/listening_ports.sh"
. "$(dirname "$0")/../../packs/checks/seconds.sh"
: "${number:=0}" "${host:?}" "${port:?}" "${limit:=5000}" "${address=}" "${service=}" "${process=}"

open_connection() {
    if [ -n "$service" ] && [ -z "$address" ]; then
        echo "c $number 000 0 $service has no address: it is stopped, or on no network"
        return
    fi
    at=${address:-$host}
    if command -v curl >/dev/null; then by_curl; else by_bash; fi
    case $said in
        '') printf 'c %s 001 %s\n' "$number" "$(since "$began")" ;;
        *)
            printf 'c %s 000 %s %s\n' "$number" "$(since "$began")" "$said"
            case $said in *'(7)'*) [ -z "$process" ] || listens ;; esac
            ;;
    esac
}
# Each sets said, why there is no connection; empty: there is one. What a server says first is not read.
by_curl() {
    case $at in *:*) at="[$at]" ;; esac
    began=$(hundredths)
    said=$(curl -q -sS --noproxy '*' --proto '=telnet' --output /dev/null --max-time "$((limit / 1000)).$(printf %03d $((limit % 1000)))" \
        --write-out '\n%{time_connect}' "telnet://$at:$port" 2>&1 </dev/null)
    code=$?
    connected=${said##*"$line"}
    said=$(printf '%s' "${said%"$line"*}" | tr '\n' ' ' | cut -c 1-300)
    case $code:$connected in
        *:*[1-9]* | 0:*) said='' ;;
        *) said=${said:-"curl: ($code)"} ;;
    esac
}
by_bash() {
    began=$(hundredths)
    command -v bash >/dev/null || {
        said='there is no curl on this host'
        return
    }
    said=$(LC_ALL=C command timeout -k 1 "$(((limit + 999) / 1000))" \
        bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$at" "$port" 2>&1 </dev/null)
    case $?:$said in
        0:*) said='' ;;
        124:* | 137:* | 143:*) said="(28) no connection within $limit ms" ;;
        *'onnection refused'*) said='(7) Connection refused' ;;
        *'not known'* | *'name resolution'* | *'No address'*) said="(6) Could not resolve host: $host" ;;
        *) said="no connection: $(printf '%s' "${said##*: }" | tr '\n' ' ' | cut -c 1-100)" ;;
    esac
}

open_connection
