# Inside a Redis container: runs a script that asks its Redis, reached and logged in to as is found there; see
# held_login.sh. Prints what that says of the login, a line with r, and what the script prints. Where what listens is not
# proved to be the server of this container, the script asks without a login; and fails, where nothing else proves it.
#
# Over stdin come first what is known of its arguments, up to a line @ask; then what the script gets, up to a line @end,
# in which the login stands for a line @held.
#
# + does: the script
# + reach, look_for, shared: see held_login.sh; all other values are those of the script
. "$(dirname "$0")/../../packs/redis/client.sh"
. "$(dirname "$0")/../../packs/redis/client_form.sh"
: "${does:?}"
if command -v timeout >/dev/null; then in_time="timeout -k 1 5"; else in_time=; fi
. "$(dirname "$0")/../../packs/redis/held_login.sh"
set +f
echo r
case $withheld in "") ;; yes) by_words leads_here || exit 1 ;; *) exit 1 ;; esac
as_json=yes
export reach form as_json
# What it is asked is known to end: an end of input is sometimes never reported (moby#37870).
while IFS= read -r each && [ "$each" != @end ]; do
    case $each in
        @held) printf "%s\n" "${held:+AUTH }${held:-ECHO nobody}" ;;
        *) printf "%s\n" "$each" ;;
    esac
done | sh -c "$does"
