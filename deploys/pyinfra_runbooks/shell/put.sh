# put PATH OWNER GROUP MODE: writes what comes over stdin; empty OWNER, GROUP or MODE stay as they
# are. A file that is there keeps its inode, since a container may have it mounted; and it is never
# empty on the way, since an empty ACL file is an open Redis. Its content is nowhere else.
put() {
    path=$1 owner=$2 group=$3 mode=$4
    content=$(cat; echo .)
    content=${content%.}
    umask 077
    # The space that it takes is proved beside it first, with as many zeros.
    beside=$(mktemp "$path.XXXXXX") || return
    trap 'rm -f -- "$beside"' EXIT
    trap 'exit 143' INT TERM
    head -c "${#content}" /dev/zero >"$beside" || return
    rm -f -- "$beside"
    [ -e "$path" ] || (set -C && : >"$path") || return
    own "$path" "$owner" "$group" "$mode" || return
    printf '%s' "$content" | dd of="$path" conv=notrunc,fsync 2>/dev/null &&
        dd if=/dev/null of="$path" bs=1 seek="${#content}" 2>/dev/null &&
        [ "$(cat -- "$path"; echo .)" = "$content." ] || {
        echo "$path could not be written" >&2
        return 1
    }
}

# own PATH OWNER GROUP MODE; empty ones stay as they are.
own() {
    [ -z "$2$3" ] || chown -- "$2${3:+:$3}" "$1" || return
    [ -z "$4" ] || chmod -- "$4" "$1"
}
