# A pause is a file on the host: whoever may use Docker there may make it, and everybody may read it.
#
# Set before: pause_file; kept (its content; empty: none is to be there), reason.
list_stack
directory_of_pause=${pause_file%/*}
if [ -n "$kept" ]; then
    keep="mkdir -p '$directory_of_pause' && chmod 755 '$directory_of_pause' &&
        put '$pause_file' '' '' 644"
else
    keep="cat >/dev/null; rm -f '$pause_file'"
fi
said=$(printf '%s' "$kept" | as_owner "$directory_of_pause" "$keep" 2>&1) || {
    printf '%s\n' "${said:-the pause could not be written}" >&2
    exit 1
}
if [ -n "$kept" ]; then note paused "$reason" 0; else note resumed "$reason" 0; fi
