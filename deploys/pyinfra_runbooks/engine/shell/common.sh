# What every script of ours starts with. POSIX sh, coreutils (or busybox), awk; on the host.
#
# + directory: the Compose project's; default: this one
# + project, config_files, env_files, profiles: what it was brought up with, as far as the inventory says so;
#   several are one a line
# + patience: seconds for each answer of the engine; default: 30
# + mark, changed_script: how a look says that its script was changed on its way, and exits
: "${directory:=$PWD}" "${project=}" "${config_files=}" "${env_files=}" "${profiles=}" "${patience:=30}"
set -uf
LC_ALL=C
export LC_ALL
line='
'
# shellcheck disable=SC2034 # for what uses this
tab=$(printf '\t')

# A login shell that reads quotes in another way (fish) hands over another script.
canary='\\'
if [ ${#canary} != 2 ]; then
    echo "${mark:-} engine"
    echo "this user's login shell changes scripts: give it a POSIX one, such as sh or bash"
    echo "${mark:-} =1"
    exit "${changed_script:-1}"
fi

# Docker with a deadline: a daemon that hangs must not hang the run. A user who may not use its socket
# may be allowed to run it as root, and nothing else (who may do more uses --sudo); sudo can't be
# stopped by that user, so there is no deadline then.
docker_is=docker
may_sudo() { sudo -n -l "$(command -v "$1")" >/dev/null 2>&1; }
[ -n "${DOCKER_HOST:-}" ] || [ -w /var/run/docker.sock ] || ! may_sudo docker || may_sudo sh ||
    docker_is='sudo -n docker'
docker() { docker_with_input "$@" </dev/null; }
docker_with_input() { command timeout -k 2 "$patience" $docker_is "$@"; }

# fail WORD...: says so, and ends.
fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

# in_time COMMAND...: what touches a file has a deadline, as its file system may hang. Not even the shell
# itself asks for it, since it would hang with it. Fails with 124, 137 or (busybox) 143 then.
file_patience=5
in_time() { command timeout -k 1 "$file_patience" "$@"; }

# What time it is, in seconds since 1970, with a fraction where date knows one (busybox: none).
moment() {
    at=$(date +%s.%N)
    case $at in *[!0-9.]* | *.) at=${at%%.*} ;; esac
    printf '%s' "$at"
}

# Compose on this project, from the files and with the profiles that the stack was brought up with:
# compose WORD...
compose() { compose_with_input "$@" </dev/null; }
compose_with_input() {
    words=$*
    set -- --project-directory "$directory"
    [ -z "$project" ] || set -- "$@" -p "$project"
    IFS=$line
    for profile in $profiles; do set -- "$@" --profile "$profile"; done
    for file in $config_files; do set -- "$@" -f "$file"; done
    for file in $env_files; do set -- "$@" --env-file "$file"; done
    IFS=' '
    for word in $words; do set -- "$@" "$word"; done
    unset IFS
    if ! cd -- "$directory" 2>/dev/null; then
        echo "$directory does not exist on this host, or this user may not enter it"
        return 1
    fi
    # shellcheck disable=SC2046 # one word, or those of "docker compose"
    command timeout -k 2 "$patience" $(composer) "$@"
}
# Compose itself, where docker would look for it: through docker it takes more than twice as long.
composer() {
    [ "$docker_is" = docker ] || {
        echo "$docker_is compose"
        return
    }
    for plugins in "${DOCKER_CONFIG:-$HOME/.docker}" /usr/local/lib/docker /usr/local/libexec/docker \
        /usr/lib/docker /usr/libexec/docker; do
        if [ -x "$plugins/cli-plugins/docker-compose" ]; then
            echo "$plugins/cli-plugins/docker-compose"
            return
        fi
    done
    echo docker compose
}
