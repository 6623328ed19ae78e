# Whether containers are as Compose would make them. Its hash tells cheaply that one is; one that differs
# is only a reason to compare what it stands for, field by field (fields.awk).
#
#     labelled='0123 cache 89ab' sh ask_fields.sh
#
# Prints the sections hash and field.
#
# + labelled: the stack's containers: id, service and the hash in its label, one a line
# + spellings: the names of the project's directory, one a line
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/sections.sh"
. "$(dirname "$0")/../../engine/shell/compose_words.sh"
. "$(dirname "$0")/../../engine/shell/containers.sh"
: "${labelled=}" "${spellings=}"
fields_awk=$(text_of engine/shell/json.awk engine/shell/fields.awk engine/shell/variables.awk)

# Each service's hash, as the labels have it. Compose up to 2.26 leaves a service's env_file out where it
# is asked for hashes, and not where it makes containers: of those that differ, the hash of what it has
# resolved is the label's.
hashes() {
    hashed=$(compose config --hash '*' 2>&1) && status=0 || status=$?
    [ "$status" = 0 ] || {
        printf '%s\n' "$hashed" | without_values "$status"
        return "$status"
    }
    hashed=$(printf '%s\n' "$hashed" | only_hashes)
    [ -z "$(differing)" ] || hashed=$(printf '%s\n' "$hashed" "$(resolved_hashes)" | as_labelled)
    printf '%s\n' "$hashed"
}
resolved_hashes() {
    compose config 2>/dev/null | (
        config_files=-
        compose_with_input config --hash '*' 2>/dev/null
    ) | only_hashes
}
# Of two hashes of a service the one that a container has; else the first.
as_labelled() {
    { printf '%s\n' "$labelled" && cat; } | awk '
        NF == 3 { has[$2, $3] = 1; next }
        !($1 in hash) || ($1, $2) in has { hash[$1] = $2 }
        END { for (service in hash) print service, hash[service] }'
}
# Those with another hash than Compose tells.
differing() {
    printf '%s\n' "$hashed" "$labelled" | awk '
        NF == 2 { hash[$1] = $2 }
        NF == 3 && $2 in hash && hash[$2] != $3'
}
# The end of its last line is not Compose's own.
resolved_as() {
    mark_of=$1
    shift
    { compose config --format json "$@" && echo; } | sed "s/^/$mark_of /"
}
# Their fields. A service's name with a space in it is none that Compose allows.
fields() {
    [ "$status" = 0 ] || return 0
    # shellcheck disable=SC2046 # an id a word
    set -- $(differing | cut -d ' ' -f 1)
    [ $# -gt 0 ] || return 0
    {
        differing | while read -r id service _; do
            printf 's %s %s %s\n' "$id" "$service" "$(inspect '{{.Image}}' "$id")"
        done
        inspect 'k {{.ID}} {"Name":{{json .Name}},"Config":{{json .Config}},"HostConfig":{{json .HostConfig}},"Mounts":{{json .Mounts}}}' "$@"
        for image in $(inspect '{{.Image}}' "$@" | sort -u); do
            docker image inspect --format "i $image {{json .Config}}" "$image"
        done
        resolved_as c
        resolved_as v --no-interpolate
    } 2>/dev/null | env_files=${env_files:-$directory/.env} spellings=$spellings awk "$fields_awk"
}

section hash hashes
section field fields
