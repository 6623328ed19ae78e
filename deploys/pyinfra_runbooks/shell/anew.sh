# A container made anew by Compose: of the image that was running, and so that the former one can
# be had back. Goes on when the connection is cut: what is begun is brought to its end.
#
# Set before: service, image_name, id (of the container; empty: there is none).
trap '' HUP PIPE
trap 'exit 143' INT TERM
trap 'unpause; restore_tag; tidy' EXIT
unpause() { :; }
tidy() { :; }
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}
now() { date +%s; }

state() { docker inspect --format "{{.State.$1}}" "$id" 2>/dev/null; }
# The container's last log lines. Redis quotes the line of its configuration that it stumbles over,
# which may hold a password: only the directive is shown.
last_words() { docker logs --tail 5 "$id" 2>&1 | shown_safely; }
shown_safely() {
    tr -cd '\11\12\40-\176' | sed "s/^\(>>> *'[A-Za-z-]*\).*/\1 ...'/" | cut -c 1-300
}

# with_patience SECONDS COMMAND...: another deadline for one call
with_patience() {
    usual=$patience patience=$1
    shift
    "$@" && done_with=0 || done_with=$?
    patience=$usual
    return "$done_with"
}

# The container as one create request. It holds the environment, so it stays in this memory.
remember() {
    parts=$(docker inspect --format \
        '{{.Name}}{{"\n"}}{{json .HostConfig}}{{"\n"}}{{json .NetworkSettings.Networks}}{{"\n"}}{{json .Config}}' \
        "$id") || fail 'docker inspect failed; nothing was changed'
    [ "$(engine http://docker/_ping)" = OK ] ||
        fail 'this user gets no answer from the engine on its socket, so nothing could be put back; nothing was changed'
    name=${parts%%"$line"*} parts=${parts#*"$line"}
    host_config=${parts%%"$line"*} parts=${parts#*"$line"}
    endpoints=${parts%%"$line"*} config=${parts#*"$line"}
    name=${name#/}
    body="${config%\}},\"HostConfig\":$host_config,\"NetworkingConfig\":{\"EndpointsConfig\":$endpoints}}"
}
engine() { curl -q -sS --unix-socket "$socket" --max-time "$patience" "$@"; }
# Compose can't make a container that it no longer describes; the engine can.
create_again() {
    keep_image
    id=$(printf '%s' "$body" | engine -H 'Content-Type: application/json' -d @- \
        "http://docker/containers/create?name=$name" |
        sed -n 's/.*"Id":"\([0-9a-f]*\)".*/\1/p')
    restore_tag
    [ -n "$id" ]
}

# make_anew: sets made (not empty: Compose did it), said (what Compose said), and the new id.
make_anew() {
    keep_image
    said=$(with_patience $((stop + ready + 60)) compose up -d --no-deps --no-build --pull never \
        --force-recreate --scale "$service=$(replicas "$service")" "$service" 2>&1) && made=yes || made=
    restore_tag
    list_stack
    id=$(container_of "$service")
}

# A recovery is no upgrade: where the tag moved on, the running image has it while Compose works.
running= moved=
keep_image() {
    [ -n "$running" ] || [ -z "$id" ] || running=$(docker inspect --format '{{.Image}}' "$id")
    [ -n "$running" ] || return 0
    tagged=$(docker image inspect --format '{{.Id}}' "$image_name" 2>/dev/null) || tagged=
    [ "$tagged" != "$running" ] || return 0
    moved=${tagged:-none}
    docker tag "$running" "$image_name" || fail "image $running could not be kept; nothing was changed"
}
restore_tag() {
    case $moved in
        '' | none) ;;
        *) docker tag "$moved" "$image_name" ;;
    esac
    moved=
}
