# What Compose declares, and what the files are that it names: sections of an answer. Every section stands
# between two lines that start with the look's mark, which no container knows: nothing that one prints can
# pass for something else.
#
# Set before: mark; password_files, contents_matter, files_sh; config_awk, uses_awk, networks_awk, compose_awk;
# subnets_template.

# section NAME COMMAND...
section() {
    printf '%s %s\n' "$mark" "$1"
    shift
    "$@" 2>&1
    printf '\n%s =%s\n' "$mark" "$?"
}

resolved() {
    [ -z "$told" ] || printf '%s\n' "$told"
    [ -z "$used" ] || printf '%s\n' "$used"
    [ "$status" != 0 ] || printf '%s\n' "$config"
    return "$status"
}
# What the networks have that `docker network ls` does not show, where Compose declares something of it.
# One that is not there is none of them.
subnets() {
    IFS=$line
    set -- $(printf '%s\n' "$whole" | names=yes awk "$networks_awk")
    unset IFS
    [ $# -gt 0 ] || return 0
    there=$(docker network inspect --format "$subnets_template" "$@" 2>/dev/null)
    printf '%s\n' "$whole" "$there" | awk "$networks_awk"
}
# What Compose says, without a value of the project: shell/compose.awk.
safely_told() {
    if [ "$status" != 0 ] && ! docker compose version >/dev/null 2>&1; then
        echo 'no Compose v2'
    else
        status=$status directory=$directory written=$(written_variables) awk "$compose_awk"
    fi
}
# The names that stand as ${NAME in the compose files, one a line; $${NAME is no variable.
written_variables() {
    cd -- "$directory" 2>/dev/null || return 0
    IFS=$line
    set -- $config_files
    unset IFS
    [ $# -gt 0 ] || set -- compose.yaml compose.yml docker-compose.yaml docker-compose.yml \
        compose.override.yaml compose.override.yml docker-compose.override.yaml docker-compose.override.yml
    cat -- "$@" 2>/dev/null </dev/null | sed 's/[$][$]//g' | tr '$' '\n' |
        sed -n 's/^{\([A-Za-z_][A-Za-z0-9_]*\).*/\1/p'
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
    seen=$(seen_in_time "$@")
    printf '%s\n' "$seen" | sed '/^- /d'
    IFS=$line
    for path in $(printf '%s\n' "$seen" | sed -n 's/^- //p'); do
        unset IFS
        describe_as_root "$path"
    done
    unset IFS
}
# All in one; where a file system hangs, each by itself, and side by side.
seen_in_time() {
    seen=$(in_time sh -c "$files_sh" files "$@" 2>&1)
    case $?:$# in
        124:1 | 137:1 | 143:1) echo "stat: $1: no answer within $file_patience s" ;;
        124:* | 137:* | 143:*) apart "$@" ;;
        *) printf '%s\n' "$seen" ;;
    esac
}
apart() {
    one=$1
    shift
    if [ $# -eq 0 ]; then seen_in_time "$one"; else apart "$@" | also seen_in_time "$one"; fi
}
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
    set -- "$1" $(header)
    [ "${6:-}" != 5 ] || printf 's directory|%d|%d|%o|0|0|%s\n' "0$3" "0$4" "$((0$2 & 07777))" "$1"
}

look_config() {
    config=$(compose config --format json 2>&1) && status=0 || status=$?
    told=
    case $status:$config in
        0:*'variable is not set'*) told=$(printf '%s\n' "$config" | safely_told) ;;
        0:*) ;;
        *) told=$(printf '%s\n' "$config" | safely_told) config= ;;
    esac
    used= whole=$config
    if [ -n "$config" ]; then
        used=$(printf '%s\n' "$config" | awk "$uses_awk")
        config=$(printf '%s\n' "$config" | awk "$config_awk")
    fi
    section config resolved
    section subnet subnets
    section file files
}
