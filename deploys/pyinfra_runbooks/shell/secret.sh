# What belongs into a secret file is known before anything is touched; sets content, without the line's
# end, or fails.
#
# Set before: source (a file of this host, and as_json, where it is written as a JSON string; empty: the
# content comes over stdin, in one line).
if [ -n "$source" ]; then
    content=$(read_file "$source") || {
        [ $? != 3 ] || echo "$source does not exist" >&2
        echo 'nothing was changed' >&2
        exit 1
    }
    content=$(printf '%s' "$content" | tr -d '\r\n')
else
    as_json=
    IFS= read -r content || content=
fi
case $content in
    '' | '""')
        echo 'there is no content for it: nothing was changed' >&2
        exit 1
        ;;
esac
[ -z "$as_json" ] || content=\"$(printf '%s' "$content" | sed 's/[\\"]/\\&/g')\"
