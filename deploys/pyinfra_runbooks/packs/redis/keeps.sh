# Whether a server that starts with its configuration keeps what it holds now: CONFIG SET is in no file.
#
# What its configuration says comes of a trial, see `setting`; what it does now, of the proof of a first save.
. "$(dirname "$0")/../../packs/redis/trial.sh"
. "$(dirname "$0")/../../packs/redis/saved.sh"

# The proof of the first save.
first=''

# It reads, when it starts next, what it writes now.
reads_what_it_wrote() {
    [ "$next$(of "$first" aof)" != aof0 ] ||
        fail 'its configuration says appendonly yes, and it runs without: it would come up with what is in its AOF, or with nothing. Have it write one first: CONFIG SET appendonly yes; nothing was changed'
    for name in dir dbfilename; do
        will=$(setting "$name") does=$(of "$first" "$name")
        case $name:$will in dir:[!/]*) continue ;; esac
        [ -z "$will" ] || [ -z "$does" ] || [ "${will%/}" = "${does%/}" ] ||
            fail "its configuration says $name $will, and it runs with $does: it would not find its data; nothing was changed"
    done
}
# A limit that was raised with CONFIG SET is in no file: with the lower one it would evict keys, or refuse writes.
keeps_what_it_holds() {
    will=$(setting maxmemory) unknown=$(setting unknown)
    limit=$(in_bytes "$will") || unknown=${unknown:-maxmemory $will}
    [ -z "$unknown" ] || [ "$(of "$first" config_sets)" = 0 ] || [ -z "$(of "$first" config_sets)" ] ||
        fail "CONFIG SET was used since it started, and what its configuration says is not known ($unknown): it may come up with another limit of memory, and evict keys. CONFIG REWRITE, or restart it by hand; nothing was changed"
    next_policy=$(setting maxmemory-policy)
    [ "${limit:-0}" = 0 ] || fits "${next_policy:-noeviction}" ||
        fail "its configuration says maxmemory $will${next_policy:+, $next_policy}, and it holds $(of "$first" used_memory) bytes: it would evict keys, or refuse writes. Raise it there, too; nothing was changed"
}
# fits POLICY: what it holds is within that limit; or is not now either, by the same policy. What evicts begins early.
fits() {
    if [ "$1" = "$(of "$first" policy)" ]; then
        [ "$(of "$first" maxmemory)" != "$limit" ] || return 0
    fi
    used=$(of "$first" used_memory)
    [ "$((${used:-0} / 90))" -lt "$((limit / 100))" ]
}
# in_bytes SIZE: as redis.conf has it: 1k is 1000, 1kb is 1024. Fails where it is none.
in_bytes() {
    printf '%s\n' "${1:-0}" | tr '[:upper:]' '[:lower:]' | awk '
        !/^[0-9]+(b|[kmg]b?)?$/ { exit 1 }
        { printf "%.0f\n", $0 * (/[kmg]b/ ? 1024 : 1000) ^ (match($0, /[kmg]/) ? index("kmg", substr($0, RSTART, 1)) : 0) }'
}
# No trial sees all that a server makes of its configuration: a lower limit than before is none of ours to leave.
has_its_limit() {
    was=$(of "$saved" maxmemory) held=$(of "$saved" used_memory)
    limit=$(ask 'INFO memory' | tr -d '\r' | sed -n 's/^maxmemory:\([0-9]*\)$/\1/p')
    [ -n "$was" ] && [ "${limit:-0}" != 0 ] && [ "$limit" != "$was" ] && [ "${held:-0}" -gt "$limit" ] || return 0
    answer=$(ask "CONFIG SET maxmemory $was" | tr -d '"')
    why="it came up with maxmemory $limit, held $held bytes, and may have evicted keys: what was saved is kept. CONFIG SET maxmemory $was: $answer"
    return 1
}
