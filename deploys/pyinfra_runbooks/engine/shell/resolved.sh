# What Compose makes of a stack's files, and of others in their place. No value of it is printed.
#
# Files in the place of others come over stdin, as base64, and reach Compose by its own stdin (-) or, where
# there are several, by descriptors of this shell (/dev/fd/3): they hold secrets, and no copy of them ever
# lies on a disk. What they name starts at the project's directory, wherever they are read from.
. "$(dirname "$0")/../../engine/shell/compose_words.sh"

# What changed files are compared with:
#
# + handed_list: the stack's files with descriptors in the place of some, which come over stdin as they are, and at
#   last as they would be
# + override_list: the same and what is asked for besides, which comes between
# + handed_many, override_many: how many come
# + override_services: whom that may concern
: "${handed_list=}" "${override_list=}" "${handed_many:=0}" "${override_many:=0}" "${override_services=}"

# receive_lines COUNT: sets received, that many lines of stdin.
receive_lines() {
    received=''
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

# compared: sets verdict to "same", or to what stands against it; changed, the services that have another
# hash than before, or come; and expected, what has to be resolved after the change.
# shellcheck disable=SC2034 # for what uses this
compared() {
    receive_lines "$handed_many"
    control=$received
    receive_lines "$override_many"
    override=$received
    receive_lines "$handed_many"
    trial=$received
    verdict=unresolved changed=''
    expected=$(everything_of "$config_files" '') || return 0
    # Handed over one by one they have to mean the same; or nothing is proved by a change of them.
    verdict=unlike
    again=$(everything_of "$handed_list" "$control") && [ "$again" = "$expected" ] || return 0
    verdict=unexpected
    if [ "$override_many" != 0 ]; then
        expected=$(everything_of "$override_list" "$control$override") || return 0
        changed=$(differing_services "$again" "$expected")
        verdict="concerns $changed"
        for one in $changed; do
            case $line$override_services$line in *"$line$one$line"*) ;; *) return 0 ;; esac
        done
    fi
    verdict=same
    again=$(everything_of "$handed_list" "$trial") && [ "$again" = "$expected" ] ||
        verdict="differs $(differing_services "$expected" "$again")"
}
