# What goes with a container that is made again: what it has written into itself, or into a volume that
# nobody named. Names only: no content leaves the host.
. "$(dirname "$0")/../../engine/shell/containers.sh"

# own_files_of ID: the files that it has written and that are in none of its mounts, three of them at most.
own_files_of() {
    mounted=$(inspect '{{range .Mounts}}{{.Destination}}{{"\n"}}{{end}}' "$1") && written=$(docker diff "$1") || return
    printf '%s\n' "$mounted" "$written" | own_files
}
# A directory is changed with what is in it: only what has nothing below it is printed.
own_files() {
    awk '
        /^\// { mount[$0] = 1; above($0); next }
        /^[AC] \// { file[substr($0, 3)] = 1; above(substr($0, 3)) }
        function above(path) { while (sub(/\/[^\/]*$/, "", path) && path != "") parent[path] = 1 }
        function within(path) {
            do if (path in mount) return 1; while (sub(/\/[^\/]*$/, "", path) && path != "")
            return 0
        }
        END {
            for (path in file) {
                if (path in parent || within(path)) continue
                if (path ~ /^\/(dev|etc|proc|run|sys|tmp)\// || path ~ /^\/var\/(cache|lock|log|run|tmp)\//) continue
                # What Docker itself mounts for `init: true`.
                if (path ~ /\/docker-init$/) continue
                if (path ~ /^\/root\/\.[^\/]*$/ || path ~ /__pycache__|\.(pyc|pid|sock|lock)$/) continue
                print path
            }
        }' | sort | head -n 3 | paste -s -d ' ' -
}

# kept_by ID: one file that would go with it; nothing, where there is none. Fails where that is not known.
kept_by() {
    kept=$(own_files_of "$1") &&
        nameless=$(inspect '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}}{{"\n"}}{{end}}' "$1") || {
        echo 'the engine does not say which files it has written'
        return 1
    }
    kept=${kept%% /*}
    IFS=$line
    # shellcheck disable=SC2046 # a directory a line
    set -- "$1" $(printf '%s\n' "$nameless" | sed -n 's/^volume [0-9a-f]\{64\} //p')
    unset IFS
    whose=$1
    shift
    for directory in "$@"; do
        [ -z "$kept" ] || break
        in_directory "$whose" "$directory" || {
            echo "what is in $directory could not be listed"
            return 1
        }
    done
    [ -z "$kept" ] || printf '%s\n' "$kept" | tr -cd '\12\40-\176'
}
# in_directory ID DIRECTORY: sets kept, the first of what is there and is no directory. The engine sends an
# archive: no more of it is taken than it takes to find one. A whole one ends with zeros.
in_directory() {
    packed=$(docker cp "$1:$2" - 2>/dev/null | head -c 65536 | base64)
    names=$(printf '%s\n' "$packed" | base64 -d | tar -tf - 2>/dev/null)
    kept=$(printf '%s\n' "$names" | grep -v '/$' | head -n 1)
    [ -z "$kept" ] || {
        kept=${2%/*}/$kept
        return 0
    }
    [ -n "$names" ] && [ "$(printf '%s\n' "$packed" | base64 -d | tail -c 1024 | tr -d '\0' | wc -c)" = 0 ]
}
