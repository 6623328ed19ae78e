# What a Redis' container is started with says of how it is reached and logged in to: see held_words.awk.
#
# + id: its container
# + look_for, variable, file: see ask_redis.sh
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/containers.sh"
: "${id=}" "${look_for=}" "${variable=}" "${file=}"
held_words_awk=$(text_of engine/shell/json.awk packs/redis/held_words.awk)

# What could not be read is said: it is not that nothing is named.
held_words() {
    settings=$(inspect '{"path":{{json .Path}},"args":{{json .Args}},"env":{{json .Config.Env}}}' "$id" 2>/dev/null) &&
        named=$(printf '%s\n' "$settings" |
            in_time env look_for="$look_for" variable="$variable" file="$file" awk "$held_words_awk" 2>/dev/null) ||
        named='@unseen its-settings'
    printf '%s\n' "$named"
}
