# Ends with 0 once Redis serves its client: by this name, on this network, with this login.
say() { echo "$REDIS_HOST:$REDIS_PORT: $*"; }
now() { read -r up _ </proc/uptime && echo "${up%.*}"; }
if [ -n "${REDIS_PASSWORD_FILE-}" ]; then
    REDIS_PASSWORD=$(cat "$REDIS_PASSWORD_FILE") || exit # cat has said why
fi
[ -z "${REDIS_PASSWORD_IN-}" ] || REDIS_PASSWORD=$(printenv "$REDIS_PASSWORD_IN")
# By stdin: arguments and environments of processes can be read by others. As redis-cli reads a word in quotes.
quoted() { printf '"%s"' "$(printf '%s\n' "$1" | sed 's/[\\"]/\\&/g')"; }
log_in() {
    [ -z "${REDIS_PASSWORD-}" ] ||
        printf 'AUTH %s %s\n' "${REDIS_USER:+$(quoted "$REDIS_USER")}" "$(quoted "$REDIS_PASSWORD")"
}
cli=$(command -v redis-cli || command -v valkey-cli) || {
    say 'this image has neither redis-cli nor valkey-cli'
    exit 1
}
login="the user ${REDIS_USER:-default}"
in_time='timeout 5'
$in_time true 2>/dev/null || in_time= # there is none, or an old one that counts otherwise
began=$(now) briefly=$((WAIT < 3 ? WAIT : 3)) # seconds: a refusal passes at once, or never
while :; do
    lasts=$WAIT
    said=$({ log_in && echo PING; } | $in_time "$cli" -h "$REDIS_HOST" -p "$REDIS_PORT" ${REDIS_OPTIONS-} 2>&1)
    said=${said#OK
}
    case $said in
        PONG) say "serves $login" && exit ;;
        LOADING*) why='LOADING: it is still loading its data' lasts=$LOADING_WAIT ;;
        *WRONGPASS* | *'invalid password'*) why="WRONGPASS: $login is refused" lasts=$briefly ;;
        *'no password is set'* | *'any password'*)
            why='it wants no password, and one was sent' lasts=$briefly
            ;;
        *NOAUTH*) why='NOAUTH: it wants a password, and none was sent' lasts=$briefly ;;
        NOPERM*) why="NOPERM: $login may not PING" lasts=$briefly ;;
        DENIED*) why='DENIED: it runs in protected mode' lasts=$briefly ;;
        *'not known'* | *'name resolution'* | *'not resolve'* | *'ry again'* | *'No address'*)
            why="no such name \"$REDIS_HOST\" on this network"
            ;;
        *'onnection refused'*) why='nobody answers (connection refused)' ;;
        *SSL*) why='TLS failed' ;;
        *'Could not connect'*) why="nobody answers (${said##*: })" ;;
        '') why='takes connections, and answers nothing' ;;
        # Of what else it says only the first word is shown: the rest may repeat what was sent.
        *) why="answers PING with ${said%%[!A-Z]*}..." ;;
    esac
    [ $(($(now) - began)) -lt "$lasts" ] || break
    sleep 0.2 2>/dev/null || sleep 1
done
say "$why, after $(($(now) - began)) s"
exit 1
