# Which engine it is: this host's own, and root's. With another one, files and processes are elsewhere
# or have other owners than they seem to. It is decided here once, for docker and for what asks the
# engine's socket itself.
#
# Sets socket, its path; or foreign, why there is none: then no docker command does anything.
. "$(dirname "$0")/../../engine/shell/common.sh"
find_engine() {
    socket=/var/run/docker.sock foreign=
    context=${DOCKER_CONTEXT:-$(sed -n 's/.*"currentContext" *: *"\([^"]*\)".*/\1/p' \
        "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json" 2>/dev/null)}
    case $docker_is:${DOCKER_HOST:-}:$context in
        docker:: | docker::default) place=unix://$socket ;;
        docker::*) place=$(context_host "$context") ;;
        docker:*) place=$DOCKER_HOST ;;
        *) place=$(context_host) ;; # sudo's: root has a context of its own
    esac
    case $place in *@*) place=${place%%:*}://${place##*@} ;; esac
    case $place in
        unix://*/podman.sock) foreign=Podman ;;
        unix:///run/user/* | unix:///home/*) foreign="a rootless one" ;;
        unix:///*)
            socket=${place#unix://}
            ! is_podman || foreign=Podman place=$client
            ;;
        *) foreign="not this host's own" ;;
    esac
    [ -n "$foreign" ] || return 0
    foreign="not supported: this user's Docker is $foreign ($place)"
    docker_is=false
    docker_with_input() {
        printf '%s\n' "$foreign" >&2
        return 1
    }
}
# Podman answers as Docker does until more is asked of it than it knows. Its package puts a script or a
# link where docker would be, and a link in the place of the socket.
is_podman() {
    client=$(unset -f docker && command -v docker) || return
    for path in "$client" "$socket"; do
        [ ! -h "$path" ] || path=$(readlink -f -- "$path")
        case ${path##*/} in podman*) return ;; esac
    done
    IFS= read -r first <"$client" || return
    case $first in '#!'*) grep -q 'podman "\$@"' -- "$client" ;; *) return 1 ;; esac
} 2>/dev/null
context_host() { docker context inspect --format '{{.Endpoints.docker.Host}}' "$@" 2>&1; }
find_engine
