# describe PATH...: what files are, on the host or in a container, without what is in them.
#   s type|uid|gid|mode|inode|size|path     h sha256  path     e why one could not be looked at
describe() {
    [ $# -gt 0 ] || return 0
    stat -L -c 's %F|%u|%g|%a|%i|%s|%n' -- "$@" 2>&1 | sed 's/^[^s]/e &/; s/^s[^ ]/e &/'
    for path in "$@"; do
        shift
        if [ -f "$path" ] && [ -r "$path" ]; then set -- "$@" "$path"; fi
    done
    [ $# -eq 0 ] || sha256sum -- "$@" | sed 's/^/h /'
}

# describe_password PATH: p and j are the sha256 of what is in it without the line's end, plain and
# as JSON; n is its number of lines.
describe_password() {
    sum=$(tr -d '\r\n' <"$1" | sha256sum)
    printf 'p %s  %s\n' "${sum%% *}" "$1"
    sum=$({ printf '"'; tr -d '\r\n' <"$1" | sed 's/[\\"]/\\&/g'; printf '"'; } | sha256sum)
    printf 'j %s  %s\n' "${sum%% *}" "$1"
    printf 'n %s %s\n' "$(grep -c '' <"$1")" "$1"
}

# describe_acl PATH...: the user lines of those that may be ACL files, passwords hidden (hashes are no
# secret); of other lines only that they are there.
describe_acl() {
    for path in "$@"; do
        if [ -f "$path" ] && [ -r "$path" ] && grep -q '^user ' <"$path"; then
            printf 'f %s\n' "$path"
            sed -e '/^user /!s/^[^#].*/?/' -e '/^user /!s/^#.*/#/' -e 's/[<>][^ ]*/>(hidden)/g' \
                -e 's/^/a /' <"$path"
            echo
        fi
    done
}
