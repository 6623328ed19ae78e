# Has writer.sh write where it may: as this user, or, if this user may not, in a container as root, which
# a member of the docker group may do anyway. That one has neither a network nor a log, no capability
# but those that it takes, and of the host that one file; its image is the one that the inventory
# names, or Redis' own.
#
# + helper_image: its image; default: Redis' own
# + redis_service: the service of Redis; empty: there is none
# + redis_ids: its containers, one a line
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/containers.sh"
. "$(dirname "$0")/../../engine/shell/reading.sh"
: "${redis_service=}" "${redis_ids=}"
writer_sh=$(text_of engine/shell/writer.sh)

# as_user_or_root MOUNTED CAPABILITIES COMMAND ARGUMENT...: has writer.sh do it, with what comes over stdin. MOUNTED is
# the file that it changes; with a / after it a directory of our own, which may be missing.
as_user_or_root() {
    content=$(cat; echo .)
    content=${content%.}
    # Its length comes first: what is cut short is not taken for the whole.
    { printf '%s\n' "$(printf '%s' "$content" | wc -c)"; printf '%s' "$content"; } | privileged "$@"
}

# put_as_user_or_root PATH OWNER GROUP MODE: writes what comes over stdin, as put does; prints put's proof that
# it was that, or fails.
put_as_user_or_root() {
    text=$(cat; echo .)
    text=${text%.}
    sum=$(printf '%s' "$text" | sha256sum)
    proof=$(printf '%s' "$text" | on_its_behalf put "$@") || :
    case $proof in
        '{"step":"wrote",'*"\"sha256\":\"${sum%% *}\""*) printf '%s\n' "$proof" ;;
        *)
            echo "nothing proves that $1 was written" >&2
            return 1
            ;;
    esac
}
# own_as_user_or_root own PATH OWNER GROUP MODE
own_as_user_or_root() { on_its_behalf "$@" </dev/null; }
on_its_behalf() {
    rights=''
    [ -z "$3$4$5" ] || rights='CHOWN FOWNER'
    as_user_or_root "$2" "$rights" "$@"
}
# The group that may use Docker.
docker_group() { stat -c %g /var/run/docker.sock 2>/dev/null || echo 0; }

privileged() {
    changed=$1 rights=$2
    shift 2
    if [ "$(id -u)" = 0 ]; then
        sh -c "$writer_sh" writer "$@"
        return
    fi
    writer=$(writer_image) && mounted=$(mount_of "$changed") || return
    options=''
    for right in $rights; do options="$options --cap-add $right"; done
    # shellcheck disable=SC2086 # an option a word
    docker_with_input run --rm --interactive --label "$helper_label" \
        --label com.docker.compose.project= --label com.docker.compose.service= \
        --network none --pull never --log-driver none --read-only --user 0:0 \
        --cap-drop ALL --cap-add DAC_OVERRIDE $options --security-opt no-new-privileges "$mounted" \
        --entrypoint sh "$writer" -c "$writer_sh" writer "$@"
}
# The file itself; its directory only where there is no such file yet, and never one of the system's.
mount_of() {
    place=$1
    case $place in
        */)
            printf '%s' "--volume=${place%/}:${place%/}"
            return
            ;;
    esac
    # Where this user may not see whether it is there, the engine does.
    if ! stat -L -- "$place" >/dev/null 2>&1; then
        hold_up "$place" && seen=0 || seen=$?
        case $seen in
            0) put_down ;;
            3)
                place=$(dirname -- "$place"; echo .)
                place=${place%"$line".}
                case $place in
                    /var/lib | /var/log) ;;
                    /*/*) false ;;
                esac && {
                    echo "a new file in $place can be created only by root: no container is given that whole directory" >&2
                    return 1
                }
                ;;
            *) return 1 ;;
        esac
    fi
    place=$(doubled "$place")
    printf '%s' "--mount=type=bind,\"src=$place\",\"dst=$place\""
}
writer_image() {
    found=$helper_image
    [ -n "$found" ] || found=$(image_of_redis)
    case $found in
        '' | *"$line"*)
            echo "this user can write only through Docker, and no image for that is known: name one in the inventory, Stack(helper_image=...)" >&2
            return 1
            ;;
    esac
    printf '%s' "$found"
}
# The image that Compose declares for Redis; where it lost its name, as the container knows it that was
# made of it. Labels tell of no image: anybody's container may carry them.
image_of_redis() {
    [ -n "$redis_service" ] || return
    declared=$(compose config --images "$redis_service" 2>/dev/null) || return
    case $declared in '' | *"$line"*) return 1 ;; esac
    # shellcheck disable=SC2086 # an id a word
    docker image inspect --format '{{.Id}}' "$declared" 2>/dev/null ||
        inspect '{{.Config.Image}} {{.Image}}' $redis_ids 2>/dev/null |
        name=$declared awk '$1 "" == ENVIRON["name"] "" { print $2 }'
}
