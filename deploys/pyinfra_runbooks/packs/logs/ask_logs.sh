# What containers that do not come up say of it last: for each a line of words separated by tabs, its id and what
# last_words.awk makes of its log, or of what the engine says itself; `nothing` where no line is known, `unread` where
# its log can't be read. Of a container that the engine killed for lack of memory: memory.
#
#     containers=0123456789ab sh ask_logs.sh
#
# + containers: its id, since when its log counts (-: all that there is; none: nothing of it), and the directories that it
#   mounts, separated by tabs, one container a line
# + names: those that containers of the stack have as hosts, one a line
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/common.sh"
. "$(dirname "$0")/../../engine/shell/sections.sh"
: "${containers:?}" "${names=}"
last_words_awk=$(text_of packs/logs/last_words.awk)
writer_awk=$(text_of packs/logs/writer.awk)
most_of_a_log=65536

# A log may be made to hold a filter up.
known_words() (
    export names
    in_time awk "$last_words_awk"
)
unread() { printf '%s\tunread\n' "$of"; }
# words_of ID SINCE DIRECTORY...: each in its time.
words_of() {
    of=$1 from=$2
    shift 2
    # The engine's own words: whom it killed, and of what it was to execute.
    engine_says=$(docker inspect --type container --format '{{.State.OOMKilled}} {{.State.Error}}' "$of" 2>/dev/null)
    case $engine_says in 'true '*)
        printf '%s\tmemory\tkilled=yes\n' "$of"
        return
        ;;
    esac
    said_last=$(printf '%s\n' "${engine_says#* }" | known_words) || {
        unread
        return
    }
    if [ -z "$said_last" ] && [ "$from" != none ]; then
        [ "$from" != - ] || from=''
        log=$({ docker logs ${from:+--since "$from"} --tail 200 "$of" 2>&1; printf '\n=%s\n' "$?"; } | tail -c "$most_of_a_log")
        [ "${log##*"$line"}" = =0 ] && said_last=$(printf '%s\n' "$log" | known_words) || {
            unread
            return
        }
    fi
    case $said_last in "newer${tab}format="*) said_last=$said_last$(writer "$of" "$said_last" "$@") ;; esac
    printf '%s\t%s\n' "$of" "${said_last:-nothing}"
}
# writer ID WORDS DIRECTORY...: as writer=..., who wrote the data: its first bytes say so.
writer() {
    of=$1
    case $2 in
        *base=*) dump=appendonlydir/${2##*base=} ;;
        *) dump=dump.rdb ;;
    esac
    shift 2
    for at in "$@" /data; do
        wrote=$(docker cp "$of:$at/$dump" - 2>/dev/null | head -c 1024 | tr -c '[:print:]' '\n' | awk "$writer_awk")
        [ -z "$wrote" ] || {
            printf '\twriter=%s' "$wrote"
            return
        }
    done
}
# one_of LINE, each_of LINE...: of all of them side by side.
one_of() {
    IFS=$tab
    # shellcheck disable=SC2086 # words separated by tabs
    set -- $1
    unset IFS
    words_of "$@"
}
each_of() {
    one=$1
    shift
    if [ $# -eq 0 ]; then
        one_of "$one"
    else
        each_of "$@" | in_parallel one_of "$one"
    fi
}
IFS=$line
# shellcheck disable=SC2086 # a container a line
set -- $containers
unset IFS
patience=10 # for each answer: a container that hangs holds up no other one
each_of "$@"
