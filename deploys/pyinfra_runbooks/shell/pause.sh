# A pause is a file on the host: a user of Docker there may make it, and everybody may read it.
#
# Set before: pause_file; present (empty: there is to be none). Why, and the two lines of the file, come
# over stdin.
directory_of_pause=${pause_file%/*} end= about=
IFS= read -r reason && { [ -z "$present" ] || { IFS= read -r end && IFS= read -r about; }; } || {
    echo 'what was said of the pause did not arrive as a whole; nothing was changed' >&2
    exit 1
}
if [ -n "$present" ]; then
    change="mkdir -p '$directory_of_pause' && chmod 755 '$directory_of_pause' &&
        put '$pause_file' '' '' 644"
else
    change="rm -f '$pause_file' && [ ! -e '$pause_file' ] && echo '{\"step\":\"removed\"}'"
fi
said=$(printf '%s\n%s\n' "$end" "$about" | as_owner "$directory_of_pause/" "$change")
case $said in
    '{"step":'*) ;;
    *)
        printf '%s\n' "the pause on this host could not be changed" >&2
        exit 1
        ;;
esac
if [ -n "$present" ]; then note paused "$reason" 0; else note resumed "$reason" 0; fi || :
