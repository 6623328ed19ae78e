# Runs put.sh's functions where they may: here, or, if this user may not, in a container as root, which
# a member of the docker group may do anyway. That one has neither a network nor a log, no capability
# but those that it takes, and of the host that one file; its image is the one that the inventory
# names, or Redis' own.
#
# Set before: helper_image (empty: none is named), redis_service, put_sh.

# as_owner PATH COMMAND CAPABILITY...: COMMAND is shell, and has what comes over stdin in $content.
# PATH is the file that it changes; with a / after it a directory of our own, which may be missing.
as_owner() {
    content=$(cat; echo .)
    content=${content%.}
    # Its length comes first: what is cut short is not taken for the whole.
    { printf '%s\n' "$(printf '%s' "$content" | wc -c)"; printf '%s' "$content"; } | privileged "$@"
}

# put_as_owner PATH OWNER GROUP MODE: writes what comes over stdin, as put does; prints put's proof that
# it was that, or fails.
put_as_owner() {
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

own_as_owner() { on_its_behalf own "$@" </dev/null; }
on_its_behalf() {
    rights=
    [ -z "$3$4$5" ] || rights='CHOWN FOWNER'
    as_owner "$2" "$1 $(quoted "$2") $(quoted "$3") $(quoted "$4") $(quoted "$5")" $rights
}
# A path may end with a newline.
quoted() {
    words=$(printf '%s' "$1" | sed "s/'/'\\\\''/g"; echo .)
    printf "'%s'" "${words%.}"
}

privileged() {
    command="LC_ALL=C$line$put_sh${line}receive && { $2$line}"
    if [ "$(id -u)" = 0 ]; then
        sh -c "$command"
        return
    fi
    path=$1
    writer=$(writer_image) || return
    shift 2
    for capability in "$@"; do
        shift
        set -- "$@" --cap-add "$capability"
    done
    mounted=$(mount_of "$path") || return
    docker_with_input run --rm --interactive --label "$helper_label" \
        --label com.docker.compose.project= --label com.docker.compose.service= \
        --network none --pull never --log-driver none --read-only --user 0:0 \
        --cap-drop ALL --cap-add DAC_OVERRIDE "$@" --security-opt no-new-privileges \
        "$mounted" --entrypoint sh "$writer" -c "$command"
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
    [ -n "$found${members:-}" ] || list_stack || {
        echo "Docker did not answer: $everything" >&2
        return 1
    }
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
    declared=$(compose config --images "$redis_service" 2>/dev/null) || return
    case $declared in '' | *"$line"*) return 1 ;; esac
    docker image inspect --format '{{.Id}}' "$declared" 2>/dev/null ||
        docker inspect --type container --format '{{.Config.Image}} {{.Image}}' \
            $(containers_of "$redis_service") 2>/dev/null | name=$declared awk '
            $1 "" == ENVIRON["name"] "" { print $2 }'
}
