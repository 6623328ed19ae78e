# A container recreated by Compose, from the image that was running.
#
# + service, image_name: what is recreated, and the name of its image
# + stop, ready: seconds that its stop and its start may take
# + up_as: -d, or --no-start: it stays stopped; default: -d
# + running: the id of the image that was running; default: there is no container
# + replicas: how many containers there are to be; default: 1
. "$(dirname "$0")/../../engine/shell/container.sh"
. "$(dirname "$0")/../../engine/shell/image.sh"
. "$(dirname "$0")/../../engine/shell/kept.sh"
: "${service:?}" "${stop:=10}" "${ready:=30}" "${up_as:=-d}" "${running=}" "${replicas:=1}"

# image_of ID: sets running, the id of its image; empty: there is no such container.
image_of() {
    running=''
    [ -z "$1" ] || running=$(inspect '{{.Image}}' "$1")
    [ -n "$running" ] || [ -z "$1" ] || fail 'docker inspect failed; nothing was changed'
}
# recreate_service: sets made (not empty: Compose did it) and said (what Compose said); fails, with why in refused,
# where nothing was begun.
# shellcheck disable=SC2034 # for what uses this
recreate_service() {
    [ -z "$running" ] || keep_image "$running" || return
    said=$(with_patience $((stop + ready + 2 * patience)) compose up $up_as --no-deps --no-build --pull never \
        --force-recreate --timeout "$stop" --scale "$service=$replicas" "$service" 2>&1) &&
        made=yes || made=''
    [ -z "$running" ] || names_back ||
        echo "the next run gives $image_name back to its former image"
}
# listed: sets there, the service's containers, which nobody knew before: this run has made them. What was begun may
# have stopped Redis: an engine that is being restarted is waited for, as long as anything may take here.
listed() {
    deadline=$(($(now) + stop + ready + 2 * patience))
    until find_there "$service"; do
        [ "$(now)" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}
# What Compose said last. Its own errors may quote a value: of it only the state of a container is shown.
compose_said() {
    case $said in
        *'Error response from daemon: '*) in_words "Error response from daemon: ${said##*Error response from daemon: }" ;;
        *)
            printf '%s\n' "$said" | sed -nE 's/^ *(Container [A-Za-z0-9_.-]+ +[A-Z][a-z]+) *.*/\1/p' | tail -n 1
            echo ' (see docker compose up on the host)'
            ;;
    esac
}

# no_files_of_its_own ID...: fails where a container has written files that are in none of its mounts: they
# would go with it. What any program leaves where it runs is none of them.
no_files_of_its_own() {
    for unwanted in "$@"; do
        files=$(own_files_of "$unwanted") && whose=$(inspect '{{.Name}}' "$unwanted") ||
            fail 'the engine does not say which files a container has written; nothing was changed'
        [ -z "$files" ] || fail "$files is in the container ${whose#/} itself, and would be lost with it; nothing was changed. Copy it (docker cp), or give it a volume, then recreate the container: docker compose up -d --force-recreate"
    done
}
