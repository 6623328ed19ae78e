# Inside a Redis container: asks Redis what comes over stdin, one command a line. Nothing secret is
# in an argument or in the environment.
#
# A line "@mounted USER PATH" becomes the login with the password that the container itself sees:
# PATH is the host's file, which may have been replaced since the container mounted it.
#
# + port: where it listens; default: 6379
. "$(dirname "$0")/../../engine/shell/redis_escape.sh"
: "${port=}"
unset REDISCLI_AUTH
client=redis-cli
command -v "$client" >/dev/null || client=valkey-cli
if [ -n "$port" ]; then set -- -p "$port"; else set --; fi
if command -v timeout >/dev/null; then set -- timeout 10 "$client" "$@"; else set -- "$client" "$@"; fi
mounted() {
    while read -r _ _ _ source target _; do
        case ${source%//deleted} in
            */"${1##*/}") if [ -f "$target" ]; then cat "$target" && return; fi ;;
        esac
    done </proc/self/mountinfo
}
while IFS= read -r question; do
    case $question in
        @mounted\ *)
            question=${question#@mounted }
            printf 'AUTH %s "%s"\n' "${question%% *}" "$(mounted "${question#* }" | redis_escape)"
            ;;
        *) printf '%s\n' "$question" ;;
    esac
done | "$@" -2 --json 2>&1
