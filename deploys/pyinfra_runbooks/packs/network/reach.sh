# What names lead to in a network namespace, and whether connections open from it. Runs in that namespace: the host's
# shell by nsenter, or that of a container that shares it. POSIX sh, timeout, awk; and bash, or else nslookup or getent,
# and nc.
#
#     sh reach.sh HOSTS RESOLVER OWN TARGETS
#
# HOSTS and RESOLVER are the container's /etc/hosts and /etc/resolv.conf; OWN is the container's own name, which its
# resolver certainly knows. TARGETS are a name, a port (it may be empty) and what the server is called, separated by
# tabs, one a line; where that is empty, only who listens is shown, of the server that OWN names.
# Prints, in words separated by tabs:
#   r NAME PORT SAID SERVER ADDRESS...   what is said of a name: found, file, nobody, silent, dead
#   e ADDRESS OPEN STUCK BEGUN           see sockets.awk
#   t ADDRESS WAY WORDS                  what became of a connection: opens, refused, dropped, barred
#   .                                    the end of a target
#   x NAME PORT WHY                      what can't be tried here
#   whole                                the end of it all
. "$(dirname "$0")/../../engine/shell/text_of.sh"
dns_awk=$(text_of packs/network/dns.awk)
sockets_awk=$(text_of packs/network/sockets.awk)
set -uf
LC_ALL=C
export LC_ALL
# The first process of a container would not hear it otherwise.
trap 'exit 1' HUP INT TERM
hosts=$1 resolver=$2 own=$3 targets=$4
line='
'
tab=$(printf '\t')

has() { command -v "$1" >/dev/null 2>&1; }
within() { command timeout -k 1 "$@"; }

# in_file NAME: the addresses that the container's own file gives it.
in_file() {
    name=$1 within 3 awk 'BEGIN { name = tolower(ENVIRON["name"]) }
        { sub(/#.*/, ""); for (i = 2; i <= NF; i++) if (tolower($i) == name) print $1 }' "$hosts" 2>/dev/null
}
# ask NAME: the addresses that the resolver gives it. Fails with 3 where it says that there are none, with 4 where it
# does not answer, and with 5 where there is nothing to ask with.
ask() {
    if has bash && has od && has dd; then
        by_bash "$1" 1 && return
        status=$?
        [ "$status" = 3 ] || return "$status"
        by_bash "$1" 34
    elif has nslookup; then
        said=$(within 4 nslookup "$1" "$nameserver" 2>&1)
        found=$(printf '%s\n' "$said" | awk '/^Name:/ { after = 1 }
            after && match($0, /^Address( [0-9]+)?: +/) { sub(/^Address( [0-9]+)?: +/, ""); sub(/ .*/, ""); print }')
        [ -z "$found" ] || { printf '%s\n' "$found" | sort -u && return; }
        case $said in *NXDOMAIN* | *"can't find"* | *'not resolve'*) return 3 ;; *) return 4 ;; esac
    elif [ "$resolver" = /etc/resolv.conf ] && has getent; then
        found=$(within 4 getent ahosts "$1" 2>/dev/null)
        case $? in 0) ;; 124 | 137 | 143) return 4 ;; *) return 3 ;; esac
        printf '%s\n' "$found" | sed 's/[[:space:]].*//' | sort -u
    else
        return 5
    fi
}
# by_bash NAME TYPE: the type of address in octal. dd sends it as one packet, whatever bytes are in it.
by_bash() {
    question='\022\064\001\000\000\001\000\000\000\000\000\000' rest=$1.
    while [ -n "$rest" ]; do
        label=${rest%%.*} rest=${rest#*.}
        question="$question\\$(printf %03o ${#label})$label"
    done
    question="$question\\000\\000\\0$2\\000\\001"
    # shellcheck disable=SC2016,SC1003 # bash's own
    within 4 bash -c 'exec 3<>"/dev/udp/$1/53" && printf "$2" | dd obs=512 >&3 && dd bs=4096 count=1 <&3 | od -An -v -tx1' \
        bash "$nameserver" "$question" 2>/dev/null | awk "$dns_awk"
}
# resolve NAME: sets verdict and addresses.
resolve() {
    verdict=file addresses=$(in_file "$1")
    [ -z "$addresses" ] || return 0
    addresses=$(ask "$1") && status=0 || status=$?
    case $status in
        0) verdict=found ;;
        3) verdict=nobody ;;
        5) return 1 ;;
        *) if ask "$own" >/dev/null; then verdict=silent; else verdict=dead; fi ;;
    esac
}
# open_to ADDRESS PORT: what becomes of a connection; nothing where there is nothing to open one with. The kernel takes
# three seconds to find that nobody has an address, which is no lost packet.
open_to() {
    if has bash; then
        # shellcheck disable=SC2016 # bash's own
        said=$(within 4 bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$1" "$2" 2>&1) && status=0 || status=$?
    elif has nc; then
        said=$(within 5 nc -v -z -w 4 "$1" "$2" 2>&1 </dev/null) && status=0 || status=$?
    else
        return
    fi
    said=${said##*: } said=${said##*"$line"}
    case $status:$said in
        0:*) way=opens said='' ;;
        124:* | 137:* | 143:* | *'imed out'*) way=dropped said='' ;;
        *efused*) way=refused ;;
        *'o route'* | *unreachable* | *ermission* | *ermitted*) way=barred ;;
        *) return ;;
    esac
    printf 't\t%s\t%s\t%s\n' "$1" "$way" "$said"
}
# reach NAME PORT SERVER
reach() {
    resolve "$1" || {
        printf 'x\t%s\t%s\t%s\n' "$1" "$2" "there is nothing to ask for a name with"
        return
    }
    # shellcheck disable=SC2086 # an address a word
    set -- "$1" "$2" "$3" $addresses
    printf 'r\t%s\t%s\t%s\t%s' "$1" "$2" "$verdict" "$3"
    port=$2
    shift 3
    [ $# -eq 0 ] || printf '\t%s' "$@"
    echo
    # What is there already is shown before more is tried.
    [ -z "$port" ] || tables | addresses="$*" port=$port awk "$sockets_awk"
    number=0
    for address in "$@"; do
        number=$((number + 1))
        [ -z "$port" ] || [ "$number" -gt 3 ] || open_to "$address" "$port"
    done
    echo .
}
tables() { cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; }

if [ -z "$targets" ]; then
    printf 'L\t%s\n' "$own"
    tables | server=$own awk "$sockets_awk"
elif ! has timeout || ! has awk; then
    exit 1
else
    nameserver=$(within 3 awk '$1 == "nameserver" { print $2; exit }' "$resolver" 2>/dev/null)
    : "${nameserver:=127.0.0.11}"
    IFS=$line
    for target in $targets; do
        IFS=$tab
        set -- $target
        unset IFS
        case $target in *"$tab$tab"*) set -- "$1" '' "$2" ;; esac
        # Each prints in one piece, as they are tried side by side.
        (printed=$(reach "$1" "$2" "$3"); printf '%s\n' "$printed") &
        IFS=$line
    done
    unset IFS
    wait
fi
echo whole
