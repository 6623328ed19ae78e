# Secrets reach only containers that already hold them. A container gets a login only if it mounts a secret file
# of the stack (by its path on the host), or has a password in its arguments or its environment.
#
# + ours: the paths of those files, one a line
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/containers.sh"
: "${ours=}"
plain_awk=$(text_of engine/shell/plain.awk)

# may_get_login ID LOGINS: whether a container may get these AUTH commands.
may_get_login() { mounts_ours "$1" || has_a_password "$1" "$2"; }
mounts_ours() {
    bound=$(inspect '{{range .Mounts}}{{if eq .Type "bind"}}{{json .Source}}{{"\n"}}{{end}}{{end}}' "$1" |
        awk "$plain_awk"'/^".+"$/ { print plain($0) }')
    [ -n "$bound" ] && [ -n "$ours" ] || return 1
    among "$bound" "$ours" || among "$(real "$bound")" "$(real "$ours")"
}
# among LINES OTHERS: whether one of these lines is one of the others
among() { [ -n "$1" ] && [ -n "$2" ] && printf '%s\n' "$1" | grep -qxF -e "$2"; }
# real PATHS: where they lead, one a line; of those that are not there, or whose file system hangs, nothing
real() {
    IFS=$line
    set -- $1
    unset IFS
    in_time sh -c 'for path; do [ ! -e "$path" ] || readlink -f -- "$path"; done' real "$@"
}
# As a word of its own, and not as a part of something else; a short one may stand there by chance.
has_a_password() {
    { printf '%s\n' "$2"; inspect '={{json .Args}}{{json .Config.Env}}' "$1"; } | LC_ALL=C awk '
        function character(hex) {
            return sprintf("%c", 16 * (index(digits, substr(hex, 1, 1)) - 1) + index(digits, substr(hex, 2, 1)) - 1)
        }
        BEGIN { digits = "0123456789abcdef" }
        /^AUTH "/ && NF == 3 {
            password = ""
            for (i = 2; i < length($3) - 1; i += 4) {
                c = character(substr($3, i + 2, 2))
                password = password (c == "\"" || c == "\\" ? "\\" c : c)
            }
            if (length(password) > 5) passwords[++n] = password
        }
        /^=/ {
            gsub(/\\u0026/, "\\&")
            gsub(/\\u003c/, "<")
            gsub(/\\u003e/, ">")
            for (i = 1; i <= n; i++) {
                rest = $0
                while (at = index(rest, passwords[i])) {
                    before = substr(rest, at - 1, 1)
                    rest = substr(rest, at + length(passwords[i]))
                    if (before !~ /[[:alnum:]]/ && substr(rest, 1, 1) !~ /[[:alnum:]]/) found = 1
                }
            }
        }
        END { exit !found }'
}
