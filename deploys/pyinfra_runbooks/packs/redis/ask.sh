# Inside a Redis container: asks Redis what comes over stdin, one command a line. Nothing secret is
# in an argument or in the environment.
#
# A line "@mounted USER PATH" becomes the login with the password that the container itself sees:
# PATH is the host's file, which may have been replaced since the container mounted it. A line "@held" becomes the login
# that was found in it. A client that prints no JSON is not asked for ACL LOG: what was typed for a login may stand in it, and
# nobody could tell where that ends.
#
# + reach: the words by which redis-cli reaches it, one a line; default: none, 127.0.0.1:6379
# + shared: yes: its network is not its own, so who is asked gets a login only where that is proved to be its server;
#   joined: it is its own, and others are in it. Then where another container may write, too, a path a line
# + held: a user, and its password as redis-cli reads it; empty: none was found
# + withheld: not empty: it gets no login; theirs: what listens there is another's, which is asked nothing
# + form: how redis-cli prints; default: as JSON
# + as_json: not empty: what redis-cli prints in another form is turned into JSON
. "$(dirname "$0")/../../engine/shell/redis_escape.sh"
. "$(dirname "$0")/../../packs/redis/client.sh"
. "$(dirname "$0")/../../packs/redis/listens.sh"
. "$(dirname "$0")/../../packs/redis/plain_json.sh"
: "${reach=}" "${shared=}" "${held=}" "${form:=-2 --json}" "${withheld=}" "${as_json=}"
IFS="
"
# shellcheck disable=SC2086 # a word a line
set -- $reach
unset IFS
# A port of a network that is its own is: a save asks many times, while writes are held back.
[ -n "$withheld" ] || case $shared$reach in *-h* | *-s* | yes* | joined*)
    is_own "$@" && status=0 || status=$?
    case $status in 0) ;; 1) withheld=yes ;; *) withheld=theirs ;; esac
    ;;
esac
# Where another server may hear it, nothing is asked.
[ "$withheld" != theirs ] || exit 1
mounted() {
    while read -r _ _ _ source target _; do
        case ${source%//deleted} in
            */"${1##*/}") if [ -f "$target" ]; then cat "$target" && return; fi ;;
        esac
    done </proc/self/mountinfo
}
case $as_json$form in yes--no-raw) shown=plain_json ;; *) shown= ;; esac
while IFS= read -r question; do
    case $withheld$question in
        yesAUTH\ * | yes@*) echo ECHO withheld ;;
        @mounted\ *)
            question=${question#@mounted }
            printf "AUTH %s \"%s\"\n" "${question%% *}" "$(mounted "${question#* }" | redis_escape)"
            ;;
        "${withheld}ACL LOG "*) [ "$form" = --no-raw ] || printf "%s\n" "$question" ;;
        @held) printf "%s\n" "${held:+AUTH }${held:-ECHO nobody}" ;;
        *) printf "%s\n" "$question" ;;
    esac
done | if [ -n "$shown" ]; then talk 10 "$@" | "$shown"; else talk 10 "$@"; fi
