# What files of the host are, as far as this user can tell; "- path" is one that takes other rights. Run by
# itself, with a deadline: a file system may hang, and so does what touches it.
#
#     sh files.sh PATH...
#
# + password_files: those with passwords, one a line
# + contents_matter: not empty: what is in any of them does
# + json_matters: see describe.sh
. "$(dirname "$0")/../../engine/shell/describe.sh"
: "${password_files=}" "${contents_matter=}"

is_password() { printf '%s\n' "$password_files" | grep -qxF -- "$1"; }
unseen() { case $(stat -L -- "$1" 2>&1) in *': Permission denied') ;; *) return 1 ;; esac; }
is_small() { printf '%s\n' "$all_small" | grep -qxF -- "$1"; }
describe "$@"
describe_acl "$@"
all_small=$(small "$@")
for path in "$@"; do
    [ -n "$contents_matter" ] || is_password "$path" || continue
    if is_small "$path"; then
        if [ -r "$path" ]; then describe_password "$path" cat -- "$path"; else echo "- $path"; fi
    elif is_password "$path" && unseen "$path"; then
        echo "- $path"
    fi
done
