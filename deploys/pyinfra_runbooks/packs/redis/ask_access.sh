# Whether a Redis' container and its files give it a password: words, and names of files and variables, and no value.
# A file is read as it will be at the next start: where it is mounted from, or by the engine, which copies it; no
# image's code runs.
#
#     id=0123456789ab sh ask_access.sh
#
# Prints what access.awk says of its command line, and access_file.awk of its configuration and its ACL file: the
# latter's after acl, unseen where it can't be read, and its path after users-file; changed and when its configuration
# was, in seconds since 1970; and what access_compose.awk says.
# Names of variables are those that are one elsewhere, too (access_names.awk).
#
# + id: its container
# + files: the compose files of its project, one a line
# + env_files: its env files, the same way
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/common.sh"
plain_awk=$(text_of engine/shell/plain.awk)
access_awk=$(text_of packs/redis/access.awk)
access_file_awk=$(text_of packs/redis/access_file.awk)
access_compose_awk=$(text_of packs/redis/access_compose.awk)
access_names_awk=$(text_of packs/redis/access_names.awk)
: "${id:?}" "${files=}" "${env_files=}"
patience=10

started_with() {
    docker inspect --type container --format '{{println "a" (json .Path)}}{{range .Args}}{{println "a" (json .)}}{{end -}}
{{range .Config.Env}}{{println "e" (json .)}}{{end}}{{range .Mounts}}{{println "m" (json .Destination) (json .Source)}}{{end}}' \
        "$id" 2>/dev/null
}
# read_from PATH: where a file of the container is read. Sets at, its path on the host, if it is a file that is mounted
# alone and this user may read it; else archive, a copy by the engine, of which nothing is kept: tar, as base64.
read_from() {
    at=$(printf '%s\n' "$started" | sed -n 's/^m "\([^"\\]*\)" "\([^"\\]*\)"$/\1'"$tab"'\2/p' |
        path=$1 awk 'BEGIN { FS = "\t" } $1 == ENVIRON["path"] { print $2 }')
    if [ -n "$at" ] && in_time test -f "$at" && in_time test -r "$at"; then return; fi
    at='' archive=$(docker cp --follow-link "$id:$1" - 2>/dev/null | head -c 1048576 | base64)
}
content() {
    if [ -n "$at" ]; then
        in_time head -c 1048576 -- "$at" 2>/dev/null
    else
        printf '%s\n' "$archive" | base64 -d | tar -xOf - 2>/dev/null
    fi
}
# When it was changed; in an archive that is a number in octal.
changed() {
    if [ -n "$at" ]; then
        in_time stat -L -c 'changed %Y' -- "$at" 2>/dev/null
        return
    fi
    printf '%s\n' "$archive" | base64 -d | head -c 512 | tr '\0' ' ' | awk 'substr($0, 258, 5) == "ustar" {
        digits = substr($0, 137, 11)
        for (i = 1; i <= length(digits); i++) at = 8 * at + substr(digits, i, 1)
        printf "changed %.0f\n", at
    }'
}
started=$(started_with)
of_arguments=$(printf '%s\n' "$started" | awk "$plain_awk$access_awk")
case $of_arguments in 'arguments '?*) ;; *) fail 'Docker did not say what it was started with' ;; esac
says_all() {
    printf '%s\n' "$of_arguments"
    conf=$(printf '%s\n' "$of_arguments" | sed -n 's/^conf //p')
    of_file=''
    [ -z "$conf" ] || {
        read_from "$conf"
        of_file=$(content | awk "$access_file_awk")
        printf '%s\n' "$of_file"
        changed
    }
    # The command line overrules the configuration file.
    acl=$(printf '%s\n' "$of_file" "$of_arguments" | sed -n 's/^aclfile //p' | tail -n 1)
    case $acl in
        '') ;;
        '?') echo 'acl unseen' ;;
        *)
            read_from "$acl"
            says=$(content | awk "$access_file_awk" | sed -n 's/^users //p')
            # Of an ACL file that does not name it, the user default is open, whatever requirepass says.
            case $says:$at$archive in none:?*) says=open ;; none:) says=unseen ;; esac
            printf 'acl %s\nusers-file %s\n' "$says" "$acl"
            ;;
    esac
    each_file | sed 's/^f //' | awk "$access_compose_awk"
}
# each_file FILE...: their lines, after f.
each_file() {
    IFS=$line
    # shellcheck disable=SC2086 # a file a line
    set -- $files "$@"
    unset IFS
    for file in "$@"; do in_time head -c 1048576 -- "$file" 2>/dev/null | sed 's/^/f /'; done
}
says=$(says_all)
IFS=$line
# shellcheck disable=SC2086 # a file a line
set -- $env_files
unset IFS
{
    printf '%s\n' "$started"
    each_file "$@"
} | said=$says awk "$access_names_awk"
