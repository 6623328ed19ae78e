# Leaves on the host who used which Redis, for the looks to come: each project's in a file of its own, whole or not at
# all. Prints "kept NAME" for each.
#
#     memories='0123.json {"version":1}' sh remember.sh
#
# + memories: a line each: the name of its file, and what is in it
# + state: where root keeps them; who is not root keeps them in ~/.local/state
. "$(dirname "$0")/../../engine/shell/common.sh"
: "${memories:=}" "${state:=/var/lib/pyinfra-runbooks/clients}"

[ "$(id -u)" = 0 ] || state=${HOME:?}/.local/state/pyinfra-runbooks/clients
umask 022
in_time mkdir -p -- "$state" || fail "$state can't be made"
[ "$(in_time stat -c '%u %F' -- "$state")" = "$(id -u) directory" ] || fail "$state is another user's, or no directory"
keep() {
    printf '%s\n' "$2" | in_time sh -c 'set -C; cat >"$1" && { sync "$1" 2>/dev/null; mv -f -- "$1" "$2"; }' keep \
        "$state/.$1.$$" "$state/$1" && echo "kept $1"
}
IFS=$line
for one in $memories; do
    unset IFS
    keep "${one%% *}" "${one#* }" || {
        rm -f -- "$state/.${one%% *}.$$"
        fail "$state/${one%% *} could not be written"
    }
done
