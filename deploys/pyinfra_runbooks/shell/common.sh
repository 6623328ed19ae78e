# What every script of ours starts with. POSIX sh, coreutils (or busybox), awk; on the host.
set -uf
LC_ALL=C
export LC_ALL
line='
'
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
# may be allowed to run it as root, and nothing else (whoever may do more has --sudo); sudo can't be
# stopped by that user, so there is no deadline then.
docker_is=docker
may_sudo() { sudo -n -l "$(command -v "$1")" >/dev/null 2>&1; }
[ -n "${DOCKER_HOST:-}" ] || [ -w /var/run/docker.sock ] || ! may_sudo docker || may_sudo sh ||
    docker_is='sudo -n docker'
docker() { docker_with_input "$@" </dev/null; }
docker_with_input() { command timeout -k 2 "$patience" $docker_is "$@"; }

# What time it is, in seconds since 1970, with a fraction where date knows one (busybox: none).
moment() {
    at=$(date +%s.%N)
    case $at in *[!0-9.]* | *.) at=${at%%.*} ;; esac
    printf '%s' "$at"
}

# Compose on this project, from the files that the stack was brought up with: compose WORD...
compose() {
    words=$*
    set -- --project-directory "$directory"
    [ -z "$project" ] || set -- "$@" -p "$project"
    IFS=$line
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
    command timeout -k 2 "$patience" $(composer) "$@" </dev/null
}
# Compose itself, where docker would look for it: behind docker it takes more than twice as long.
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

# The stack's containers, one a line, tab-separated: id, service, state, image, config files, env
# files. Where the inventory names no project or no files: those of most containers that were made
# in the project's directory.
list_stack() {
    label='{{.Label "com.docker.compose.'
    format="{{.ID}}$tab${label}project\"}}$tab${label}service\"}}$tab${label}oneoff\"}}"
    format="$format$tab{{.State}}$tab{{.Image}}$tab${label}project.working_dir\"}}"
    format="$format$tab${label}project.config_files\"}}$tab${label}project.environment_file\"}}"
    everything=$(docker ps -a --no-trunc --format "$format" 2>&1) || return
    physical=$(cd -P -- "$directory" 2>/dev/null && pwd -P)
    listed=$(printf '%s\n' "$everything" |
        project=$project directory=$directory physical=$physical awk -F '\t' '
            NF > 8 {
                row[++rows] = $0
                if (ENVIRON["project"] != "" && $2 "" != ENVIRON["project"] "") next
                if ($7 == ENVIRON["directory"] || $7 == ENVIRON["physical"]) n[$2 FS $8 FS $9]++
            }
            END {
                for (made in n) if (n[made] > most) { most = n[made]; usual = made }
                split(usual, first)
                project = ENVIRON["project"] == "" ? first[1] : ENVIRON["project"]
                print usual
                for (i = 1; i <= rows; i++) {
                    split(row[i], column)
                    if (column[2] == "" || column[3] == "" || column[2] "" != project "") continue
                    if (tolower(column[4]) == "true") continue
                    print column[1] FS column[3] FS column[5] FS column[6]
                }
            }')
    usual=${listed%%"$line"*}
    members=${listed#"$usual"}
    members=${members#"$line"}
    usual=${usual#*"$tab"}
    [ -n "$config_files" ] || config_files=$(lines_of "${usual%%"$tab"*}")
    [ -n "$env_files" ] || env_files=$(lines_of "${usual#*"$tab"}")
}
# What is separated by commas, one a line.
lines_of() {
    IFS=,
    # shellcheck disable=SC2086 # that is the point
    printf '%s\n' $1
}

# The containers that are named, by their ids: inspect TEMPLATE ID...
inspect() {
    template=$1
    shift
    [ $# -eq 0 ] || docker inspect --type container --format "$template" "$@"
}
# The ids in the first column of a list.
ids() { printf '%s\n' "$1" | awk -F '\t' 'NF > 3 { print $1 }'; }

# How many containers a service has, at least one: replicas SERVICE
replicas() {
    printf '%s\n' "$members" | service=$1 awk -F '\t' '
        $2 "" == ENVIRON["service"] "" { n++ } END { print (n > 1 ? n : 1) }'
}

# The id of a service's container, of a running one if there is one: container_of SERVICE
container_of() {
    found=
    while IFS=$tab read -r id name state _; do
        if [ "$name" = "$1" ] && { [ -z "$found" ] || [ "$state" = running ]; }; then found=$id; fi
    done <<END
$members
END
    printf '%s' "$found"
}
