# What files are, on the host or in a container, without what is in them.
# Nothing but regular files is read, and none that is larger than secrets, ACLs and configurations are: a
# database may be mounted alone, too.
#
# + json_matters: not empty: a password may be in a file as JSON, too
: "${json_matters=}"
most_hashed=4194304 # bytes

# describe PATH...: of each
#   s type|uid|gid|mode|inode|size|path     sha256  path     stat: why it could not be looked at
describe() {
    [ $# -gt 0 ] || return 0
    stat -L -c 's %F|%u|%g|%a|%i|%s|%n' -- "$@" 2>&1
    readable "$@" | {
        set --
        while IFS= read -r path; do set -- "$@" "$path"; done
        [ $# -eq 0 ] || sha256sum -- "$@"
    }
}
# small PATH...: those that are read, one a line; readable PATH...: of these, those that this user may read
small() {
    stat -L -c '%F|%s|%n' -- "$@" 2>/dev/null | while IFS='|' read -r kind size path; do
        case $kind in regular*) [ "$size" -gt "$most_hashed" ] || printf '%s\n' "$path" ;; esac
    done
}
readable() { small "$@" | while IFS= read -r path; do [ ! -r "$path" ] || printf '%s\n' "$path"; done; }

# describe_password PATH COMMAND...: of what the command prints, p and j are the sha256 without the line's
# end, plain and, where that matters, as JSON; n is its number of lines, of which two are too many.
describe_password() {
    named=$1
    shift
    sum=$("$@" | tr -d '\r\n' | sha256sum)
    printf 'p %s  %s\n' "${sum%% *}" "$named"
    if [ -n "$json_matters" ]; then
        sum=$({ printf '"'; "$@" | tr -d '\r\n' | sed 's/[\\"]/\\&/g'; printf '"'; } | sha256sum)
        printf 'j %s  %s\n' "${sum%% *}" "$named"
    fi
    "$@" | {
        n=0
        while [ "$n" -lt 2 ] && { IFS= read -r text || [ -n "$text" ]; }; do n=$((n + 1)); done
        printf 'n %s %s\n' "$n" "$named"
    }
}

# describe_acl PATH...: the user lines of those that may be ACL files.
describe_acl() {
    readable "$@" | {
        set --
        while IFS= read -r path; do set -- "$@" "$path"; done
        [ $# -eq 0 ] || grep -l -- '^user ' "$@"
    } | while IFS= read -r path; do user_lines "$path" <"$path"; done
}
# user_lines PATH: of what comes over stdin, the user lines, passwords hidden (hashes are no secret); of
# other lines only that they are there.
user_lines() {
    printf 'f %s\n' "$1"
    sed -e '/^user /!s/^[^#].*/?/' -e '/^user /!s/^#.*/#/' -e 's/[<>][^ ]*/>(hidden)/g' -e 's/^/a /'
    echo
}
