# Which ports accept connections from this host: words separated by tabs, SERVICE PORT accepts or refuses. No line for a
# port that does not answer in time: the address of a container that has just ended takes longest.
#
#     addresses=$(printf 'web\t172.30.0.9\t80') sh ask_ports.sh
#
# + addresses: service, address and port, separated by tabs, one a line
. "$(dirname "$0")/../../engine/shell/common.sh"
. "$(dirname "$0")/../../engine/shell/text_of.sh"
try_ports_bash=$(text_of packs/checks/try_ports.bash)
: "${addresses:=}"
if [ -z "$addresses" ]; then
    :
elif command -v bash >/dev/null; then
    printf '%s\n' "$addresses" | command timeout 3 bash -c "$try_ports_bash"
    case $? in 0 | 124 | 143) ;; *) false ;; esac
else
    printf '%s\n' "$addresses" | while IFS=$tab read -r service address port; do
        case $address in *:*) address="[$address]" ;; esac
        curl -q -s --connect-timeout 2 --max-time 3 "telnet://$address:$port" </dev/null
        if [ $? != 7 ]; then verdict=accepts; else verdict=refuses; fi
        printf '%s\t%s\t%s\n' "$service" "$port" "$verdict"
    done
fi
