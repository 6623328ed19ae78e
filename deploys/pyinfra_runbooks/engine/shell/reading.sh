# Reads what this user may not: by a container that is made and never started, from which the engine
# copies. So no image's code runs, and nothing goes to a log driver.
#
# + helper_image: what it is made of; default: any image that is here
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/engine.sh"
: "${helper_image=}"
print_file_sh=$(text_of engine/shell/print_file.sh)

# What one script reads by way of the engine is kept in its memory: 16 MiB of it.
most_read=16777216
helper_label=pyinfra-runbooks.helper

# read_file PATH: prints what is in it. Fails with 3 where there certainly is no such file, and with
# another code and a line on stderr where it could not be read, or not as a whole.
read_file() {
    in_time sh -c "$print_file_sh" read "$1" && return
    set -- "$1" $?
    case $2 in
        100) fetch "$1" && unpacked ;;
        124 | 137 | 143)
            echo "$1: no answer within $file_patience s" >&2
            return 4
            ;;
        *) return 4 ;;
    esac
}
missing() { case $(in_time stat -L -- "$1" 2>&1) in *': No such file or directory') ;; *) return 1 ;; esac; }
# Whether this user may not even see what is there.
hidden() { case $(in_time stat -L -- "$1" 2>&1) in *': Permission denied') ;; *) return 1 ;; esac; }

# fetch PATH: has the file for `unpacked`, and sets its mode, uid, gid and size; fails as read_file does.
# It is a tar stream, and kept as text: a shell's values hold no zeros.
fetch() {
    packed=
    hold_up "$1" || return
    packed=$(docker cp "$held:/file" - 2>/dev/null | head -c "$most_read" | base64)
    put_down
    # shellcheck disable=SC2046 # a number a word
    set -- "$1" $(header)
    # shellcheck disable=SC2034 # for what calls this
    mode=${2:-} uid=${3:-} gid=${4:-} size=${5:-}
    if [ "${6:-}" = 0 ] && unpacked >/dev/null 2>&1; then return; fi
    echo "$1 can't be read by way of Docker: what came is no regular file of at most $most_read bytes, or cut short" >&2
    return 4
}
unpacked() { printf '%s\n' "$packed" | base64 -d | tar -xOf -; }
# Mode, owner, group and size, and the kind of what is packed; a number is in octal.
header() {
    printf '%s\n' "$packed" | base64 -d | head -c 512 | tr '\0' ' ' | awk '
        substr($0, 258, 5) == "ustar" {
            mode = substr($0, 101, 7); uid = substr($0, 109, 7); gid = substr($0, 117, 7)
            size = substr($0, 125, 11); kind = substr($0, 157, 1)
            if (mode uid gid size ~ /^[0-7]+$/) print mode, uid, gid, size, kind
        }'
}

# hold_up PATH: sets held, the id of a container that has the file as /file. It has no label of the
# image's that would make it a member of a stack.
hold_up() {
    held=
    ! missing "$1" || return 3
    sweep
    mount="type=bind,\"src=$(doubled "$1")\",dst=/file,readonly"
    said='there is no image on this host'
    for image in $helper_image $(docker image ls --quiet --no-trunc 2>/dev/null | head -n 3); do
        said=$(docker create --label "$helper_label" --label com.docker.compose.project= \
            --label com.docker.compose.service= --network none --pull never --log-driver none \
            --entrypoint /file --mount "$mount" "$image" 2>&1)
        held=$(printf '%s\n' "$said" | grep -x '[0-9a-f]\{64\}') && return
        case $said in *'bind source path does not exist'*) return 3 ;; esac
    done
    echo "$1 can't be read by way of Docker: ${said:-it does not answer}" >&2
    return 4
}
put_down() { docker rm --force --volumes "$held" >/dev/null 2>&1; }
# --mount is CSV: a quote within quotes is written twice.
doubled() { printf '%s' "$1" | sed 's/"/""/g'; }

# What a script that was killed has left: ours live for seconds.
sweep() {
    docker ps --all --filter "label=$helper_label" --filter status=created --filter status=exited \
        --format '{{.ID}} {{.RunningFor}}' 2>/dev/null |
        while read -r left age; do
            case $age in
                *second* | *'a minute'*) ;;
                *) docker rm --force --volumes "$left" >/dev/null 2>&1 ;;
            esac
        done
}
