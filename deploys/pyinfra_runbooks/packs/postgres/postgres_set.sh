# In a PostgreSQL container: has a role take the password that its clients have, and proves it by a login as they log in.
#
# Usage: sh postgres_set.sh ADDRESS PORT USER DATABASE given|file|nowhere [alone]
# alone: only where no client is logged in as that role
#
# psql makes the verifier of the password here, and sends that alone (\password), so that no statement has the password: none
# that is logged, shown in pg_stat_activity, or kept by pg_stat_statements. A verifier is worth guessing by, and an md5 one is
# as good as the password: so that session is not logged either. What pgaudit writes stays: it leaves passwords out.
#
# What ends this between the change and its proof puts the former one back; but KILL, of which nothing can be said: then
# whatever is so is found by the next look.
. "$(dirname "$0")/../../packs/postgres/postgres_client.sh"

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}
session="-c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic -c log_duration=off
    -c track_activities=off -c pg_stat_statements.track_utility=off -c statement_timeout=5s -c lock_timeout=3s"
# quoted MARK TEXT: as a name ("), or as a value (')
quoted() { printf '%s%s%s' "$1" "$(printf '%s' "$2" | sed "s/$1/$1$1/g")" "$1"; }

# The verifier that it has now, after an =; a hyphen: it has no password; nothing: there is no such role.
verifier() {
    over_socket -v role="$user" <<'SQL'
SELECT '=' || coalesce('=' || rolpassword, '-') FROM pg_authid WHERE rolname = :'role';
SQL
}
# How many clients are logged in as it.
clients() { over_socket -v role="$user" <<SQL
SELECT '=' || $sessions FROM pg_roles WHERE rolname = :'role';
SQL
}
now_has() { value_in "$(verifier 2>/dev/null)"; }
take() {
    printf '%s\n%s\n' "$password" "$password" | over_socket -c "\\password $(quoted '"' "$user")" 2>&1
}
put_back() {
    case $former in
        -) printf 'ALTER ROLE %s PASSWORD NULL;\n' "$(quoted '"' "$user")" ;;
        *) printf 'ALTER ROLE %s PASSWORD %s;\n' "$(quoted '"' "$user")" "$(quoted "'" "${former#=}")" ;;
    esac | over_socket >/dev/null 2>&1 && [ "$(now_has)" = "$former" ]
}
# undone WHY: puts back what is not proved, at a second try at last, and says what came of that.
undone() {
    trap '' HUP INT TERM
    if put_back || put_back; then
        echo "$1, so its former password was put back"
    elif [ -n "$(now_has)" ]; then
        echo "$1: $user has the password, and its former one could not be put back"
    else
        echo "$1, and it does not answer any more: it is not known whether the role's password was changed: look again"
    fi >&2
}
proved() {
    login "SELECT '=' || json_build_object('step', 'logged in', 'role', session_user, 'database', current_database(),
        'address', host(inet_server_addr()), 'port', inet_server_port(), 'version', current_setting('server_version'))::text"
}

settle "$1" "$2" "$3" "$4" "$5"
[ -n "$password" ] || fail "the password of $user is not known: $why; nothing was changed"
[ -n "$address" ] || fail 'it has no address on a network, so no login could prove it; nothing was changed'
own_address || fail "$not_own; nothing was changed"
! let_in || fail "it lets in $user without a password, so no login could prove it; nothing was changed"
proved && {
    printf '%s\n' "$answer"
    exit
}
wrong_password || fail "it refuses $user, and not for its password: $refused; nothing was changed"
find_admin || fail "its own socket lets nobody in ($closed); nothing was changed"
former=$(verifier 2>&1) || fail "$admin may not do it: $(reason "$former"); nothing was changed"
former=$(value_in "$former")
[ -n "$former" ] || fail "there is no role $user; nothing was changed"
[ "${6:-}" != alone ] || [ "$(value_in "$(clients 2>/dev/null)")" = 0 ] ||
    fail "clients are logged in as $user since it was looked at: run this again; nothing was changed"
trap 'exit 1' HUP INT TERM
trap 'undone "it was interrupted"' EXIT
said=$(take) && said='it has its former password still' || said="it was refused: $(reason "$said")"
has=$(now_has)
if [ "$has" = "$former" ]; then
    trap - EXIT
    fail "$said; nothing was changed"
fi
refused="$said"
if [ -n "$has" ] && proved; then
    trap - EXIT
    printf '%s\n' "$answer"
    exit
fi
trap - EXIT
undone "$user could not log in with it ($refused)"
exit 1
