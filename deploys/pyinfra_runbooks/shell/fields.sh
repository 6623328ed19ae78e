# Whether containers are as Compose would make them. Its hash tells cheaply that one is; one that differs
# is only a reason to compare what it stands for, field by field (shell/fields.awk).
#
# Set before: members and inspected (list_stack); compose_awk, fields_awk.

# Each service's hash, as the labels have it. Compose up to 2.26 leaves a service's env_file out where it
# is asked for hashes, and not where it makes containers: of those that differ, the hash of what it has
# resolved is the label's.
hashes() {
    hashed=$(compose config --hash '*' 2>&1) && status=0 || status=$?
    [ "$status" = 0 ] || {
        printf '%s\n' "$hashed" | safely_told
        return "$status"
    }
    hashed=$(printf '%s\n' "$hashed" | only_hashes)
    [ -z "$(differing)" ] || hashed=$(printf '%s\n' "$hashed" "$(resolved_hashes)" | as_labelled)
    printf '%s\n' "$hashed"
}
only_hashes() { grep -E '^[^ ]+ [0-9a-f]{64}$'; }
resolved_hashes() {
    compose config 2>/dev/null | (
        config_files=-
        compose_with_input config --hash '*' 2>/dev/null
    ) | only_hashes
}
# Of two hashes of a service the one that a container has; else the first.
as_labelled() {
    { labelled && cat; } | awk '
        NF == 3 { has[$2, $3] = 1; next }
        !($1 in hash) || ($1, $2) in has { hash[$1] = $2 }
        END { for (service in hash) print service, hash[service] }'
}
# The containers of the stack: id, service and the hash in its label, one a line.
labelled() {
    printf '%s\n' "$members" "$inspected" | awk -F '\t' '
        NF > 3 && !/^[=@+{]/ { service[$1] = $2; next }
        /^[{]/ && match($0, /"id":"[0-9a-f]*"/) {
            id = substr($0, RSTART + 6, RLENGTH - 7)
            if (id in service && match($0, /"config_hash":"[0-9a-f]*"/))
                print id, service[id], substr($0, RSTART + 15, RLENGTH - 16)
        }'
}
# Those with another hash than Compose tells.
differing() {
    { printf '%s\n' "$hashed" && labelled; } | awk '
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
    } 2>/dev/null | env_files=${env_files:-$directory/.env} spellings=$directory$line${spellings:-} awk "$fields_awk"
}
