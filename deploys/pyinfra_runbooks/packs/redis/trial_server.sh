# In a container without network and data that may do nothing: the server that is tried there.

# find_server NAME: sets server, the first of these that is there; fails where there is none.
find_server() {
    for server in "$1" redis-server valkey-server keydb-server; do
        ! command -v "$server" >/dev/null || return 0
    done
    return 1
}
# try_server OPTION...: becomes the server, with these, from its configuration file on
try_server() {
    exec "$server" "$@" --port 0 --unixsocket /tmp/trial.sock --daemonize no --logfile ''
}
# settings_of FILE: what it says of the data and of the memory, in the order of its lines, each after "="; of what it
# includes as well, or unknown and the name of that, where it can't be read here.
settings_of() {
    sed -nE \
        -e 's/^[[:space:]]*[Dd][Ii][Rr][[:space:]]+/=dir /p' \
        -e 's/^[[:space:]]*[Dd][Bb][Ff][Ii][Ll][Ee][Nn][Aa][Mm][Ee][[:space:]]+/=dbfilename /p' \
        -e 's/^[[:space:]]*[Mm][Aa][Xx][Mm][Ee][Mm][Oo][Rr][Yy][[:space:]]+/=maxmemory /p' \
        -e 's/^[[:space:]]*[Mm][Aa][Xx][Mm][Ee][Mm][Oo][Rr][Yy]-[Pp][Oo][Ll][Ii][Cc][Yy][[:space:]]+/=maxmemory-policy /p' \
        -e 's/^[[:space:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:space:]]+/=include /p' "$1" |
        while IFS= read -r said; do
            case $said in
                '=include '*) included "${said#=include }" ;;
                *) printf '%s\n' "$said" ;;
            esac
        done
}
included() {
    name=$(printf '%s\n' "$1" | sed 's/[[:space:]]*$//; s/^"\(.*\)"$/\1/')
    if [ -f "$name" ]; then settings_of "$name"; else printf '=unknown %s\n' "$name"; fi
}
# without_dir FILE: a copy for the trial. A dir that is not there would end a server before it has read anything else.
without_dir() { sed -E 's/^[[:space:]]*[Dd][Ii][Rr][[:space:]].*//' "$1" >/tmp/trial.conf; }
