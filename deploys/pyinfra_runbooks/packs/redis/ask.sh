# Inside a Redis container: asks Redis what comes over stdin, one command a line. Nothing secret is
# in an argument or in the environment.
#
# A line "@mounted USER PATH" becomes the login with the password that the container itself sees:
# PATH is the host's file, which may have been replaced since the container mounted it. A line "@held" becomes the login
# that was found in it.
#
# + reach: the words by which redis-cli reaches it, one a line; default: none, 127.0.0.1:6379
# + shared: yes: its network is not its own, so who is asked gets a login only where that is proved to be its server;
#   joined: it is its own, and others are in it
# + held: a user, and its password as redis-cli reads it; empty: none was found
# + form: how redis-cli prints; default: as JSON
. "$(dirname "$0")/../../engine/shell/redis_escape.sh"
. "$(dirname "$0")/../../packs/redis/client.sh"
. "$(dirname "$0")/../../packs/redis/listens.sh"
: "${reach=}" "${shared=}" "${held=}" "${form:=-2 --json}"
IFS='
'
# shellcheck disable=SC2086 # a word a line
set -- $reach
unset IFS
withheld=
[ -z "$shared$reach" ] || is_own "$@" || withheld=yes
# shellcheck disable=SC2086 # options
set -- "$client" "$@" $form
if command -v timeout >/dev/null; then set -- timeout 10 "$@"; fi
# A socket that only its own user may write to.
case $reach in
    -s*)
        # shellcheck disable=SC2046 # two numbers
        [ -w "${reach#-s?}" ] || set -- as_user $(stat -L -c "%u %g" -- "${reach#-s?}") "$@"
        ;;
esac
mounted() {
    while read -r _ _ _ source target _; do
        case ${source%//deleted} in
            */"${1##*/}") if [ -f "$target" ]; then cat "$target" && return; fi ;;
        esac
    done </proc/self/mountinfo
}
while IFS= read -r question; do
    case $withheld$question in
        yesAUTH\ * | yes@*) echo ECHO withheld ;;
        @mounted\ *)
            question=${question#@mounted }
            printf "AUTH %s \"%s\"\n" "${question%% *}" "$(mounted "${question#* }" | redis_escape)"
            ;;
        @held) printf "%s\n" "${held:+AUTH }${held:-ECHO nobody}" ;;
        *) printf "%s\n" "$question" ;;
    esac
done | "$@" 2>&1
