# Which containers there are. Whose they are is decided before, by all that a look has found (projects.py), and scripts
# are handed their ids. One lists some itself only where these may have come or gone since, or under its own hands.
#
# + project_name: the project that they are of
. "$(dirname "$0")/../../engine/shell/engine.sh"
: "${project_name=}"

# The containers that are named, by their ids: inspect TEMPLATE ID...
inspect() {
    template=$1
    shift
    [ $# -eq 0 ] || docker inspect --type container --format "$template" "$@"
}

# find_there SERVICE: sets there, the ids of those that Compose now takes for the service's, one a line; or fails, with
# what the engine said instead.
find_there() {
    there=$(docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project_name" \
        --filter "label=com.docker.compose.service=$1" --filter label=com.docker.compose.oneoff=False \
        --format 'table {{.ID}}' 2>&1) || return
    # The heading proves an answer, where there is no container to tell of.
    case $there in 'CONTAINER ID'*) ;; *) return 1 ;; esac
    there=$(printf '%s\n' "$there" | sed -e 1d -e 's/ .*//')
}
# as_seen SERVICE ID...: fails, before anything is done, unless these still are all containers of the service.
as_seen() {
    find_there "$1" || fail "Docker did not answer: $there"
    shift
    # shellcheck disable=SC2086 # an id a word
    [ "$(printf '%s\n' $there | sort)" = "$(printf '%s\n' "$@" | sort)" ] ||
        fail 'its containers have changed since the look: run this again; nothing was changed'
}
