# describe PATH: what a file is, on the host or in a container, without what is in it.
#   f its path     s type|uid|gid|mode|inode|size     e why it could not be looked at
#   h its sha256     p the sha256 of a password in it (without the line end), j of that as JSON
#   n its number of lines
#   a a line of an ACL file, passwords hidden; hashes are no secret
describe() {
    printf 'f %s\n' "$1"
    about=$(stat -L -c '%F|%u|%g|%a|%i|%s' -- "$1" 2>&1) || {
        printf 'e %s\n' "$about"
        return 0
    }
    printf 's %s\n' "$about"
    [ -f "$1" ] && [ "${about##*|}" -le 1048576 ] || return 0
    [ -r "$1" ] || {
        echo 'e Permission denied'
        return 0
    }
    sum=$(sha256sum <"$1")
    printf 'h %s\n' "${sum%% *}"
    sum=$(tr -d '\r\n' <"$1" | sha256sum)
    printf 'p %s\n' "${sum%% *}"
    sum=$({ printf '"'; tr -d '\r\n' <"$1" | sed 's/[\\"]/\\&/g'; printf '"'; } | sha256sum)
    printf 'j %s\n' "${sum%% *}"
    printf 'n %s\n' "$(grep -c '' <"$1")"
    if grep -q '^user ' <"$1"; then
        sed -e 's/>[^ ]*/>(hidden)/g' -e 's/^/a /' <"$1"
        echo
    fi
}
