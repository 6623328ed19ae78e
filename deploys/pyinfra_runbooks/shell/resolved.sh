# What Compose makes of a stack's files, and of others in their place. No value of it is printed.
#
# Files in the place of others come over stdin, as base64, and reach Compose by its own stdin (-) or, where
# there are several, by descriptors of this shell (/dev/fd/3): they hold secrets, and no copy of them ever
# lies on a disk. What they name starts at the project's directory, wherever they are read from.

# Before anything else is done: whose files those are.
list_stack || {
    echo "Docker did not answer: $everything" >&2
    exit 1
}

# receive_lines COUNT: sets received, that many lines of stdin.
receive_lines() {
    received=
    for _ in $(seq "$1"); do
        IFS= read -r one || {
            echo 'what was to be compared did not arrive as a whole; nothing was changed' >&2
            exit 1
        }
        received=$received$one$line
    done
}

# everything_of LIST CONTENTS: what Compose resolves from the files in LIST, with and without the services
# of profiles, and each one's hash. In LIST, - or /dev/fd/3 is the first of CONTENTS, /dev/fd/4 the next.
# Fails where Compose does.
everything_of() {
    fed "$1" "$2" config && echo &&
        fed "$1" "$2" config --hash '*' && echo &&
        { fed "$1" "$2" --profile '*' config && fed "$1" "$2" --profile '*' config --hash '*' || echo unresolved; }
} 2>/dev/null
fed() { (
    config_files=$1 contents=$2
    shift 2
    case $line$config_files$line in
        *"$line-$line"*) printf '%s' "$contents" | base64 -d | compose_with_input "$@" ;;
        *) descend 3 "$@" ;;
    esac
); }
descend() {
    one=${contents%%"$line"*}
    if [ -z "$one" ]; then
        shift
        compose "$@"
        return
    fi
    contents=${contents#*"$line"}
    printf '%s\n' "$one" | base64 -d | {
        descriptor=$1
        shift
        eval "exec $descriptor<&0"
        descend $((descriptor + 1)) "$@"
    }
}

# differing_services BEFORE AFTER: those with another hash, or that are only in one.
differing_services() {
    { printf '%s\n' "$1" | only_hashes | sort -u && printf '%s\n' "$2" | only_hashes | sort -u; } |
        sort | uniq -u | cut -d ' ' -f 1 | sort -u | paste -s -d ' ' -
}
only_hashes() { grep -E '^[A-Za-z0-9._-]+ [0-9a-f]{64}$'; }
