# Gives a secret file its content, owner and mode. What goes into it is known before anything is touched.
#
# Usage: sh secret.sh put|own PATH OWNER GROUP MODE; empty ones stay as they are
# + source: the file of this host that has the content; default: that comes over stdin, in one line
# + as_json: not empty: what is in that file is written as a JSON string
. "$(dirname "$0")/../../engine/shell/audited.sh"
: "${source=}" "${as_json=}"

# wanted: sets content, without the line's end; or fails.
wanted() {
    if [ -n "$source" ]; then
        content=$(read_file "$source") || {
            [ $? != 3 ] || echo "$source does not exist" >&2
            echo 'nothing was changed' >&2
            exit 1
        }
        content=$(printf '%s' "$content" | tr -d '\r\n')
    else
        as_json=''
        IFS= read -r content || content=''
    fi
    case $content in
        '' | '""')
            echo 'there is no content for it: nothing was changed' >&2
            exit 1
            ;;
    esac
    [ -z "$as_json" ] || content=\"$(printf '%s' "$content" | sed 's/[\\"]/\\&/g')\"
}
given() {
    [ "$1" = put ] || {
        own_as_user_or_root "$@"
        return
    }
    wanted
    shift
    printf '%s\n' "$content" | put_as_user_or_root "$@"
}
audited given "$@"
