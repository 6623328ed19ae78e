# What a container sees of the files that it mounts (inside.sh), where one of them may be another one than when
# it was started; nothing where none is. A look into a container takes as long as all the rest.
#
#     id=0123456789ab pid=42 since=2026-01-31T23:59:59.1Z files=/srv/app/key sh ask_inside.sh
#
# + pid: its main process, as the host knows it
# + since: from when on it sees what is mounted into it, as Docker tells time: in UTC, with a fraction
# + files: what it mounts from the host, one a line
# + json_matters: see describe.sh
. "$(dirname "$0")/../../engine/shell/engine.sh"
. "$(dirname "$0")/../../engine/shell/text_of.sh"
: "${id:?}" "${pid:?}" "${since:?}" "${files:?}" "${json_matters=}"
inside_sh=$(text_of engine/shell/inside.sh)

# touched_since TIME FILE...: whether one of the files, or a directory above it, was replaced or changed
# since; or may have been, as a symbolic link or a file that is gone. TIME is Docker's, with a fraction:
# 2026-01-31T23:59:59.123Z. A stat that knows no fraction (busybox) prints zeros.
touched_since() {
    since=$1
    shift
    [ $# -gt 0 ] || return 1
    kinds=$(in_time stat -L -c '%F|%n' -- "$@" 2>/dev/null)
    # A file system that hangs: what looks into the API has a deadline.
    case $? in 124 | 137 | 143) return 0 ;; esac
    directories=$(printf '%s\n' "$kinds" | sed -n 's/^directory|//p')
    for path in "$@"; do
        shift
        case $line$directories$line in *"$line$path$line"*) continue ;; esac
        while [ -n "$path" ]; do
            set -- "$@" "$path"
            case $path in */*) path=${path%/*} ;; *) path= ;; esac
        done
    done
    [ $# -gt 0 ] && ! TZ=UTC0 stat -c '%z %F' -- "$@" 2>&1 | since=${since%Z} awk '
        { at = substr($0, 1, 10) "T" substr($0, 12, 18); sub(/\.0*$/, ".999999999", at) }
        at !~ /^[0-9-]+T[0-9:.]+$/ || at >= ENVIRON["since"] "" || /symbolic/ { touched = 1 }
        END { exit touched }'
}

IFS=$line
# shellcheck disable=SC2086 # one path a line
set -- $files
unset IFS
if ! touched_since "$since" "$@"; then
    :
elif [ "$(id -u)" = 0 ]; then
    # Root sees through the host's /proc what the container sees, without tools in the image.
    data='' acl_file='' json_matters=$json_matters sh -c "$inside_sh" inside "/proc/$pid" "/proc/$pid/root" | sed "s#/proc/$pid/root##"
else
    docker exec -e data= -e acl_file= -e json_matters="$json_matters" "$id" sh -c "$inside_sh"
fi
