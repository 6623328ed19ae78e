# What Compose declares, and what the files are that it names: sections of an answer.
#
# + password_files, contents_matter, json_matters: see files.sh
# + subnets_template: what is asked of the networks of which Compose declares something
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/compose_words.sh"
. "$(dirname "$0")/../../engine/shell/reading.sh"
. "$(dirname "$0")/../../engine/shell/describe.sh"
. "$(dirname "$0")/../../engine/shell/each_in_time.sh"
: "${password_files=}" "${contents_matter=}" "${subnets_template=}"
config_awk=$(text_of engine/shell/config.awk)
uses_awk=$(text_of engine/shell/uses.awk)
networks_awk=$(text_of engine/shell/networks.awk)
files_sh=$(text_of engine/shell/files.sh)

resolved() {
    [ -z "$remark" ] || printf '%s\n' "$remark"
    [ -z "$used" ] || printf '%s\n' "$used"
    [ "$status" != 0 ] || printf '%s\n' "$config"
    return "$status"
}
# What the networks have that `docker network ls` does not show, where Compose declares something of it.
# One that is not there is none of them.
subnets() {
    IFS=$line
    # shellcheck disable=SC2046 # a network a line
    set -- $(printf '%s\n' "$whole" | names=yes awk "$networks_awk")
    unset IFS
    [ $# -gt 0 ] || return 0
    there=$(docker network inspect --format "$subnets_template" "$@" 2>/dev/null)
    printf '%s\n' "$whole" "$there" | awk "$networks_awk"
}

# Every file that is mounted alone, and every password file.
files() {
    IFS=$line
    # shellcheck disable=SC2046 # one path a line
    set -- $({
        printf '%s\n' "$config"
        printf '=%s\n' $password_files
    } | awk '
        sub(/^=/, "") { if (!seen[$0]++) print; next }
        sub(/^ *"(file|source)": "/, "") && sub(/",*$/, "") {
            gsub(/\\u0026/, "\\&")
            gsub(/\\u003c/, "<")
            gsub(/\\u003e/, ">")
            gsub(/\\"/, "\"")
            gsub(/\\\\/, "\\")
            if (/^\// && !seen[$0]++) print
        }')
    unset IFS
    [ $# -gt 0 ] || return 0
    seen=$(each_in_time see_files "$@")
    printf '%s\n' "$seen" | sed '/^- /d'
    IFS=$line
    for path in $(printf '%s\n' "$seen" | sed -n 's/^- //p'); do
        unset IFS
        describe_as_root "$path"
    done
    unset IFS
}
# In a shell of its own these are exported, since Compose would read them.
see_files() (
    export password_files contents_matter json_matters
    in_time sh -c "$files_sh" files "$@" 2>&1
)
# A file that this user may not read. Where they may not even see it, stat has said nothing.
describe_as_root() {
    fetch "$1" || {
        if [ $? = 3 ]; then echo "stat: $1: No such file or directory"; else a_directory "$1"; fi
        return 0
    } 2>/dev/null
    if hidden "$1"; then
        printf 's regular file|%d|%d|%o|0|%d|%s\n' "0$uid" "0$gid" "$((0$mode & 07777))" "0$size" "$1"
    fi
    sum=$(unpacked | sha256sum)
    printf '%s  %s\n' "${sum%% *}" "$1"
    describe_password "$1" unpacked
    [ "$(unpacked | grep -c '^user ')" = 0 ] || unpacked | user_lines "$1"
}

# What was fetched, if it is one: Docker makes one where the file of a mount is missing.
a_directory() {
    # shellcheck disable=SC2046 # a number a word
    set -- "$1" $(header)
    [ "${6:-}" != 5 ] || printf 's directory|%d|%d|%o|0|0|%s\n' "0$3" "0$4" "$((0$2 & 07777))" "$1"
}

look_config() {
    config=$(compose config --format json 2>&1) && status=0 || status=$?
    remark=''
    case $status:$config in
        0:*'variable is not set'*) remark=$(printf '%s\n' "$config" | without_values "$status") ;;
        0:*) ;;
        *) remark=$(printf '%s\n' "$config" | without_values "$status") config='' ;;
    esac
    used='' whole=$config
    if [ -n "$config" ]; then
        used=$(printf '%s\n' "$config" | awk "$uses_awk")
        config=$(printf '%s\n' "$config" | awk "$config_awk")
    fi
    section config resolved
    section subnet subnets
    section file files
}
