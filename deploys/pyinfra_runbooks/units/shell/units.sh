# Has systemd run a schedule's units, or no longer: step by step, up to the first that fails.
#
# Usage: sh units.sh VERB UNIT..., where VERB is write, remove, or a word of systemctl's. What is written comes
#        over stdin, as base64, a line for each file
# + unit_directory: of their files
. "$(dirname "$0")/../../engine/shell/audited.sh"
: "${unit_directory:?}"

# A file is there as a whole, or is as it was.
write_unit() {
    IFS= read -r content && new=$(mktemp "$unit_directory/.$1-XXXXXX") || return
    printf '%s' "$content" | base64 -d >"$new" && chmod 644 "$new" &&
        mv -f -- "$new" "$unit_directory/$1" && return
    rm -f -- "$new"
    return 1
}
take_steps() {
    while [ $# -gt 0 ]; do
        case $1 in
            write) write_unit "$2" ;;
            remove) rm -f -- "$unit_directory/$2" ;;
            daemon-reload) systemctl daemon-reload ;;
            *) systemctl "$1" "$2" ;;
        esac || fail "$1 $2 failed; units that were changed before it stay changed"
        shift 2
    done
}
audited take_steps "$@"
