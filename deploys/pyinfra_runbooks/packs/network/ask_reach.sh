# What names lead to from a container's network namespace, and whether connections open from it (reach.sh). As root in
# that namespace itself; else by a container that shares it, of an image that is here, without rights, network of its own,
# log and a place to write. That one ends by itself, and is removed then, whatever becomes of this script; by its labels
# it is of no stack, so that nobody who watches one is woken.
#
#     id=0123456789ab pid=42 address=172.30.0.9 own=shop-web-1 targets=$(printf 'cache\t6379\t0123456789ac\t43') \
#         images=sha256:0123 sh ask_reach.sh
#
# + id, pid, address, own: the container, its main process as the host knows it, its IPv4 address, and its name
# + targets: a name, a port (it may be empty), and the id, the main process and the image of the server, separated by
#   tabs, one a line
# + images: those whose shell is used where this user is not root, one a line; the first that has one. In a network runs
#   no code but that of whose it is
# + helper_image: see reading.sh; it comes first
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/reading.sh"
: "${id:?}" "${pid:?}" "${own:?}" "${targets:?}" "${address=}" "${images=}"
reach_sh=$(text_of packs/network/reach.sh)
firewall_awk=$(text_of packs/network/firewall.awk)
patience=30
# A link in the container's files leads to this host's, where root reads it: what is read has to be on a mount of the
# container's own. It is opened once, so that nobody puts another one in its place meanwhile.
# shellcheck disable=SC2016 # the inner shell's own
own_files='[ -z "$1" ] || {
    (: <"$1" && : <"$2") 2>/dev/null && exec 7<"$1" 8<"$2" || { echo "its own /etc can not be read" && exit 1; }
    for each in 7 8; do
        mount=$(sed -n "s/^mnt_id:[[:blank:]]*//p" "/proc/$$/fdinfo/$each")
        grep -q "^${mount:-none} " "${1%/root/*}/mountinfo" || { echo "its own /etc leads out of it" && exit 1; }
    done
    set -- /proc/self/fd/7 /proc/self/fd/8 "$3" "$4"
}
'
# may_enter: whether that is the container's own network, and this user may enter it. An engine elsewhere, or one in a
# container, tells of processes that are others here.
may_enter() {
    [ "$(id -u)" = 0 ] && command -v nsenter >/dev/null && [ -n "$address" ] &&
        in_time grep -q -- "-- $address\$" "/proc/$pid/net/fib_trie" 2>/dev/null
}
# enter PROCESS ARGUMENT...: what reach.sh says in the network of that process.
enter() {
    process=$1
    shift
    command timeout -k 2 "$patience" nsenter -t "$process" -n sh -c "$own_files$reach_sh" reach "$@" 2>&1
}
# by_container ID ARGUMENT...: the same, in the network of that container; fails with why not.
by_container() {
    of=$1 why='there is no image with a shell for it'
    shift
    read -r token </proc/sys/kernel/random/uuid
    trap 'put_away; exit 1' HUP INT TERM
    IFS=$line
    for image in $helper_image $images; do
        unset IFS
        said=$(docker run --rm --label "$helper_label=$token" --label com.docker.compose.project= \
            --label com.docker.compose.service= --label com.docker.compose.oneoff= --network "container:$of" \
            --pull never --log-driver none --read-only --user 65534:65534 --cap-drop ALL --no-healthcheck \
            --security-opt no-new-privileges --memory 64m --pids-limit 256 --entrypoint sh "$image" -c "$reach_sh" reach "$@" 2>&1)
        case $line$said in *"${line}whole") printf '%s\n' "$said" && return ;; esac
        put_away
        why="no container could be started in its network ($(printf '%s\n' "$said" | tail -n 1 | cut -c 1-120))"
    done
    unset IFS
    echo "$why"
    return 1
}
# put_away: removes what by_container has started. Most often that is gone by then.
put_away() {
    for left in $(docker ps --all --quiet --filter "label=$helper_label=$token" 2>/dev/null); do
        docker rm --force --volumes "$left" >/dev/null 2>&1
    done
}
# listening ID PROCESS IMAGE: where a server listens, where that may be known.
listening() {
    if [ -n "$entered" ] && [ "$2" -gt 0 ]; then
        enter "$2" '' '' "$1" ''
    elif [ -z "$entered" ]; then
        images=$3
        by_container "$1" '' '' "$1" ''
    fi
}
# firewall PLACE COMMAND...: the rules that drop or reject packets in one network, in which COMMAND runs the tools that
# show them; see firewall.awk.
firewall() {
    place=$1 tables=
    shift
    if rules=$(in_time "$@" iptables -S 2>/dev/null); then
        printf '%s\n' "$rules" | place=$place tool=iptables awk "$firewall_awk"
        # Left out of nft's answer: these are the same rules, where iptables writes them with nft.
        tables=' ip filter, ip6 filter, ip nat, ip6 nat, ip raw, ip6 raw, ip mangle, ip6 mangle,'
    fi
    in_time "$@" nft list ruleset 2>/dev/null | place=$place tool=nft tables=$tables awk "$firewall_awk"
}
firewalls() {
    firewall host env
    firewall "$own" nsenter -t "$pid" -n
    printf '%s\n' "$targets" | cut -f 3-4 | sort -u | while IFS=$tab read -r server process; do
        [ "${process:-0}" -le 0 ] || [ "$process" = "$pid" ] || firewall "$server" nsenter -t "$process" -n </dev/null
    done
}

entered='' named=$(printf '%s\n' "$targets" | cut -f 1-3)
if may_enter; then
    entered=yes
    answer=$(enter "$pid" "/proc/$pid/root/etc/hosts" "/proc/$pid/root/etc/resolv.conf" "$own" "$named")
else
    sweep
    answer=$(by_container "$id" /etc/hosts /etc/resolv.conf "$own" "$named")
fi && printf '%s\n' "$answer" || fail "$answer"
case $answer in
    *"${tab}refused"*)
        printf '%s\n' "$targets" | cut -f 3-5 | sort -u | while IFS=$tab read -r server process image; do
            listening "$server" "${process:-0}" "$image" </dev/null || :
        done
        ;;
esac
# The rules that may stand between them, where this user may see them.
case $entered:$answer in yes:*"${tab}dropped"* | yes:*"${tab}barred"* | yes:*"${tab}refused"*) firewalls ;; esac
