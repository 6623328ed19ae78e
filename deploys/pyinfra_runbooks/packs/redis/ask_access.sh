# Whether a Redis' container and its files give it a password: words, and names of files and variables, and no value.
# A file is read as it will be at the next start: by the engine, which copies it; no image's code runs.
#
#     id=0123456789ab sh ask_access.sh
#
# Prints what access.awk says of its command line, and access_file.awk of its configuration and its ACL file: the
# latter's after acl; changed and when its configuration was, in seconds since 1970; and what access_compose.awk says.
#
# + id: its container
# + files: the compose files of its project, one a line
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/common.sh"
plain_awk=$(text_of engine/shell/plain.awk)
access_awk=$(text_of packs/redis/access.awk)
access_file_awk=$(text_of packs/redis/access_file.awk)
access_compose_awk=$(text_of packs/redis/access_compose.awk)
: "${id:?}" "${files=}"
patience=10

started_with() {
    docker inspect --type container --format '{{println "a" (json .Path)}}{{range .Args}}{{println "a" (json .)}}{{end -}}
{{range .Config.Env}}{{println "e" (json .)}}{{end}}' "$id" 2>/dev/null
}
# copied PATH: a file of the container, of which nothing is kept: as a tar archive in text.
copied() { docker cp --follow-link "$id:$1" - 2>/dev/null | head -c 1048576 | base64; }
content() { printf '%s\n' "$1" | base64 -d | tar -xOf - 2>/dev/null; }
# When the file in an archive was changed: a number in octal.
changed() {
    printf '%s\n' "$1" | base64 -d | head -c 512 | tr '\0' ' ' | awk 'substr($0, 258, 5) == "ustar" {
        digits = substr($0, 137, 11)
        for (i = 1; i <= length(digits); i++) at = 8 * at + substr(digits, i, 1)
        printf "changed %.0f\n", at
    }'
}
of_arguments=$(started_with | awk "$plain_awk$access_awk")
case $of_arguments in 'arguments '?*) ;; *) fail 'Docker did not tell what it was started with' ;; esac
printf '%s\n' "$of_arguments"
case $of_arguments in *"${line}conf "*)
    archive=$(copied "${of_arguments##*"${line}conf "}")
    of_file=$(content "$archive" | awk "$access_file_awk")
    printf '%s\n' "$of_file"
    changed "$archive"
    case $of_file in *"${line}aclfile "*)
        archive=$(copied "${of_file##*"${line}aclfile "}")
        printf 'acl %s\n' "$(content "$archive" | awk "$access_file_awk" | sed -n 's/^users //p')"
        ;;
    esac
    ;;
esac
IFS=$line
# shellcheck disable=SC2086 # a file a line
set -- $files
unset IFS
for file in "$@"; do in_time cat -- "$file" 2>/dev/null | awk "$access_compose_awk"; done
