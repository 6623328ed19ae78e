# In a PostgreSQL container: whether it is ready, what it says of itself, what comes of a login, how full its disk is. Words:
#   user NAME, database NAME, at ADDRESS:PORT
#   socket accepting|rejecting|silent|unasked, and network the same
#   server JSON, or closed WHY       what it says over its own socket
#   sessions JSON                    how many there are of how many there may be
#   login works|open|password|refused|untried WHY
#   disk USED AVAILABLE PATH         in KiB
#
# Usage: sh postgres_look.sh ADDRESS PORT USER DATABASE given|file|nowhere DATA
. "$(dirname "$0")/../../packs/postgres/postgres_client.sh"

# ready OPTION...: in a word, as pg_isready says it. Without a name it would take that of its system's user, and the
# server would log that there is no role root.
ready() {
    pg_isready -t 3 -p "$port" -U "$user" -d "$database" "$@" >/dev/null 2>&1
    case $? in
        0) echo accepting ;;
        1) echo rejecting ;;
        2) echo silent ;;
        *) echo unasked ;;
    esac
}
says_of_itself() {
    over_socket -v role="$user" <<SQL
SELECT '=' || json_build_object(
    'version', current_setting('server_version'),
    'standby', pg_is_in_recovery(),
    'listens', current_setting('listen_addresses'),
    'admin', current_user,
    'superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    'role', (SELECT json_build_object(
        'login', rolcanlogin,
        'expired', coalesce(rolvaliduntil < now(), false),
        'clients', $sessions)
        FROM pg_roles WHERE rolname = :'role'))::text;
SQL
}
# Who is no superuser sees of others' sessions neither state nor kind, which is no column before version 10.
says_of_its_sessions() {
    over_socket -v role="$user" -v database="$database" <<'SQL'
WITH session AS (
    SELECT usename AS role, datname AS database, state FROM pg_stat_activity AS one
    WHERE pid <> pg_backend_pid() AND datname IS NOT NULL AND usename IS NOT NULL
    AND coalesce(row_to_json(one)->>'backend_type', 'client backend') = 'client backend'),
crowd AS (SELECT role, count(*) AS sessions FROM session GROUP BY role ORDER BY 2 DESC, 1 LIMIT 1)
SELECT '=' || json_build_object(
    'server', json_build_array(count(*), current_setting('max_connections')::int - (SELECT sum(setting::int)
        FROM pg_settings WHERE name IN ('superuser_reserved_connections', 'reserved_connections'))),
    'role', (SELECT json_build_array((SELECT count(*) FROM session WHERE role = rolname), rolconnlimit)
        FROM pg_roles WHERE rolname = :'role' AND NOT rolsuper AND rolconnlimit > 0),
    'database', (SELECT json_build_array((SELECT count(*) FROM session WHERE database = d.datname), datconnlimit)
        FROM pg_database AS d WHERE d.datname = :'database' AND datconnlimit > 0
        AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role' AND rolsuper)),
    'most', (SELECT json_build_array(role, sessions) FROM crowd),
    'states_known', count(*) = count(state),
    'idle', count(CASE WHEN state = 'idle' THEN 1 END),
    'in_transaction', count(CASE WHEN state LIKE 'idle in transaction%' THEN 1 END))::text FROM session;
SQL
}
outcome() {
    [ -n "$address" ] || { echo 'untried it has no address on a network' && return; }
    own_address || { echo "untried $not_own" && return; }
    ! let_in || { echo open && return; }
    case $refused in
        *'no password supplied'*) ;;
        "$no_file") echo "untried $refused" && return ;;
        *) echo "refused $refused" && return ;;
    esac
    [ -n "$password" ] || { echo "untried $why" && return; }
    if login "SELECT '=1'"; then echo works; elif wrong_password; then echo "password $refused"; elif in_clear; then echo "untried $asks_in_clear"; else echo "refused $refused"; fi
}
# room DIRECTORY: the file system that it is on
room() {
    df -Pk -- "$1" 2>/dev/null | at=$1 awk 'NR == 2 && NF > 5 { print "disk", $3, $4, ENVIRON["at"] }'
}

command -v pg_isready >/dev/null || {
    echo 'there is no pg_isready in its container'
    exit 1
}
settle "$1" "$2" "$3" "$4" "$5"
printf 'user %s\ndatabase %s\nat %s\n' "$user" "$database" "$address:$port"
socket=$(ready)
network=unasked
[ -z "$address" ] || network=$(ready -h "$address")
printf 'socket %s\nnetwork %s\n' "$socket" "$network"
data=${6:-}
if [ "$socket" = accepting ]; then
    if find_admin && said=$(says_of_itself 2>&1); then
        printf 'server %s\n' "$(value_in "$said")"
        ! said=$(says_of_its_sessions 2>/dev/null) || printf 'sessions %s\n' "$(value_in "$said")"
        data=${data:-$(over_socket -c 'SHOW data_directory' 2>/dev/null)}
    else
        echo "closed ${closed:-$(reason "$said")}"
    fi
fi
[ "$network" != accepting ] || echo "login $(outcome)"
data=${data:-${PGDATA:-/var/lib/postgresql/data}}
room "$data"
room "$data/pg_wal/."
