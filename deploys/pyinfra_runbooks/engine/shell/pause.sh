# A pause is a file on the host: a user of Docker there may make it, and everybody may read it.
#
# Usage: sh pause.sh keep|end, with the audit's line, why, and the two lines of the file over stdin
# + pause_file: its path
. "$(dirname "$0")/../../engine/shell/audit.sh"
: "${pause_file:?}"
end='' about=''

read_entry
IFS= read -r reason && { [ "$1" = end ] || { IFS= read -r end && IFS= read -r about; }; } || {
    echo 'what was said of the pause did not arrive as a whole; nothing was changed' >&2
    exit 1
}
said=$(printf '%s\n%s\n' "$end" "$about" | as_user_or_root "${pause_file%/*}/" '' "$1_pause" "$pause_file")
case $said in
    '{"step":'*) ;;
    *)
        printf '%s\n' "the pause on this host could not be changed" >&2
        exit 1
        ;;
esac
if [ "$1" = keep ]; then note paused "$reason" 0; else note resumed "$reason" 0; fi || :
