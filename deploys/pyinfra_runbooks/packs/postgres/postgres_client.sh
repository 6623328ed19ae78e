# In a PostgreSQL container: its own socket, and a login as its clients log in. The password is in no argument, no
# environment of ours and no output; it is in the memory of this shell, and in a file in memory that has no name.
#
# Usage of what uses this: sh FILE ADDRESS PORT USER DATABASE given|file|nowhere
# Empty ones are as the container's own environment has them. The password is what the container was given, or, as a
# file of the host, it comes over stdin.
set -uf
# Names of ours that its container's environment may have: what is exported goes to all that is started here, with
# whatever we put there, the password among it.
unset password value value_file said answer refused former has address port user database own_port own_user why client \
    admin admin_at closed file logged_in required proving at_most first second third last unproved data socket network
LC_ALL=C PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=5
export LC_ALL PGCLIENTENCODING PGCONNECT_TIMEOUT
own_port=${PGPORT:-}
unset PGPASSWORD PGPASSFILE PGSERVICE PGSERVICEFILE PGOPTIONS PGUSER PGDATABASE PGHOSTADDR PGPORT PGREQUIREAUTH
# A directory is where its socket is; a name is where the container's own clients look for a server.
case ${PGHOST:-} in /*) ;; *) unset PGHOST ;; esac
line='
'
return_key=$(printf '\r')

# A server that hangs keeps no time-out of its own: no psql of ours lives longer than this, where there is a `timeout`
# that knows how (an old busybox's does not).
at_most='timeout 12'
$at_most true 2>/dev/null || at_most=''

# value_of NAME: sets value, what the container was given under this name, or as a file: NAME_FILE.
value_of() {
    eval "value=\${$1:-} value_file=\${${1}_FILE:-}"
    [ -z "$value" ] || return 0
    [ -n "$value_file" ] || return
    value=$(cat -- "$value_file" 2>/dev/null) || why="$value_file can't be read in the container"
    value=${value%"$return_key"}
    [ -n "$value" ]
}
# settle ADDRESS PORT USER DATABASE FROM: sets address, port, user, database and own_user; password, or why there is none.
settle() {
    address=$1 port=${2:-${own_port:-5432}} user=$3 database=$4 why=''
    own_user=postgres
    ! { value_of POSTGRES_USER || value_of POSTGRESQL_USERNAME; } || own_user=$value
    user=${user:-$own_user}
    [ -n "$database" ] || ! { value_of POSTGRES_DB || value_of POSTGRESQL_DATABASE; } || database=$value
    database=${database:-$user}
    why='' password=''
    case $5 in
        file)
            IFS= read -r password
            password=${password%"$return_key"}
            [ -n "$password" ] || why='its file on this host can not be read, or has not exactly one line'
            ;;
        nowhere) why='its container does not mount the file that has it, and so does not get it' ;;
        *) [ "$user" != "$own_user" ] || ! { value_of POSTGRES_PASSWORD || value_of POSTGRESQL_PASSWORD; } || password=$value ;;
    esac
    client=$(psql --version 2>&1) || why='there is no psql in its container'
    client=${client##*) } client=${client%%.*}
    # A request for the password itself is not answered, where its psql knows how to refuse one.
    proving=''
    [ "0${client%%[!0-9]*}" -lt 16 ] || proving=scram-sha-256,md5
    case $password in
        '') why=${why:-'nothing says what it is'} ;;
        *"$line"* | *"$return_key"*) why='it has several lines, which no login can have' ;;
        *) [ ${#password} -lt 100 ] || [ "0${client%%[!0-9]*}" -ge 14 ] ||
            why="it is longer than the 99 bytes that psql $client takes" ;;
    esac
    [ -z "$why" ] || password=''
}

# over_socket [OPTION...]: psql as an administrator, over the server's own socket; SQL comes over stdin. It never asks for a
# password: it gets in only where the server trusts who is in its container.
session='-c statement_timeout=5s'
over_socket() { PGOPTIONS=$session $at_most psql -X -q -A -t -w -v ON_ERROR_STOP=1 -p "$port" -U "$admin" -d "$admin_at" "$@"; }
# value_in TEXT: what comes after an = at the start of a line. psql prints warnings besides, such as one of a collation's
# version, at each login.
value_in() { printf '%s\n' "$1" | sed -n 's/^=//p'; }
# find_admin: sets admin and admin_at; or closed, why its socket lets nobody in.
find_admin() {
    closed=''
    for admin in "$own_user" postgres; do
        for admin_at in postgres "$database"; do
            said=$(over_socket -c "SELECT '=1'" 2>&1) && [ "$(value_in "$said")" = 1 ] && return
            closed=${closed:-$(reason "$said")}
        done
    done
    return 1
}

# SQL, of a row of pg_roles: how many are logged in as that role, but for ourselves; over whichever socket, as a volume may
# share it, and standbys too. Of PostgreSQL 9, which has no backend_type, all are.
# shellcheck disable=SC2034 # for what uses this
sessions="(SELECT count(*) FROM pg_stat_activity a WHERE usename = rolname AND pid <> pg_backend_pid()
    AND coalesce(to_json(a)->>'backend_type', 'client backend') IN ('client backend', 'walsender'))"

# login SQL: as a client logs in, over the network that pg_hba.conf knows it by. Within the container 127.0.0.1 may be trusted
# with any password; its own address on a network is not. Sets answer, its value; or refused, why not.
login() {
    with_password "$password" "$1"
}
# own_address: whether the address is one of this container, by what the kernel says, or else its tools. If it was started
# again since the look, another container may have it now, and ask for the password.
own_address() {
    case $address in
        *:*) [ ! -r /proc/net/if_inet6 ] || { own_six && return; } ;;
        *) [ ! -r /proc/net/fib_trie ] || { own_four </proc/net/fib_trie && return; } ;;
    esac
    [ ! -r /proc/net/fib_trie ] || return 1
    case " $(hostname -i 2>/dev/null) " in *" $address "*) ;; *) return 1 ;; esac
}
own_four() {
    while read -r first second third _; do
        case $first in
            '|--') last=$second ;;
            /32) [ "$second $third $last" != "host LOCAL $address" ] || return 0 ;;
        esac
    done
    return 1
}
# The kernel writes one as 32 hex digits, without colons.
own_six() {
    at=$address awk '
        function digits(words, n,   i, text) {
            for (i = 1; i <= n; i++) text = text substr("0000" words[i], length(words[i]) + 1)
            return text
        }
        BEGIN {
            at = tolower(ENVIRON["at"])
            split(at, halves, "::")
            l = split(halves[1], left, ":")
            r = split(halves[2], right, ":")
            if (at ~ /::/) zeros = substr("00000000000000000000000000000000", 1, 4 * (8 - l - r))
            whole = digits(left, l) zeros digits(right, r)
        }
        $1 == whole { found = 1 }
        END { exit !found }' /proc/net/if_inet6
}
# shellcheck disable=SC2034 # for what uses this
not_own='its address is not one of its own any more: look again'

no_file='no file can be made in /dev/shm'
# let_in: whether it takes anybody who gives no password: then no password is proved by a login.
let_in() {
    with_password '' "SELECT '=1'"
}
with_password() {
    refused='' file=/dev/shm/.pyinfra-runbooks.$$
    rm -f "$file"
    (umask 077 && set -C && : >"$file") 2>/dev/null || {
        refused=$no_file
        return 1
    }
    # It has no name any more when the password goes into it.
    exec 3>"$file" 4<"$file"
    rm -f "$file"
    # Who gives no password is to see whether none is asked for.
    required=$proving
    [ -n "$1" ] || required=''
    [ -z "$1" ] || printf '*:*:*:*:%s\n' "$(printf '%s' "$1" | sed 's/[\\:]/\\&/g')" >&3
    # An empty one would be a requirement that no server meets.
    # shellcheck disable=SC2086 # a word each
    said=$(PGPASSFILE=/proc/self/fd/4 ${required:+env PGREQUIREAUTH=$required} $at_most psql -X -q -A -t -w -h "$address" -p "$port" -U "$user" -d "$database" -c "$2" 2>&1)
    logged_in=$?
    exec 3>&- 4<&-
    [ "$logged_in" = 0 ] || {
        refused=$(reason "$said")
        return 1
    }
    answer=$(value_in "$said")
    [ -n "$answer" ] || {
        refused='it answered nothing'
        return 1
    }
}
# Whether psql refused to answer, as it was asked for the password itself.
in_clear() { case $refused in *'authentication method requirement'*) ;; *) return 1 ;; esac; }
# shellcheck disable=SC2034 # for what uses this
asks_in_clear='it asks for the password in clear text (pg_hba.conf: password, ldap, pam ...), which is not answered'

# Whether it was refused as the wrong password. psql shows no code of an error at a login; these are the words of 28P01.
wrong_password() { case $refused in *'password authentication failed for user'*) ;; *) return 1 ;; esac; }

# reason TEXT: the server's own words, of what psql printed; no statement is in that.
reason() {
    printf '%s\n' "$1" | sed -nE 's/^.*(FATAL|ERROR|PANIC):  *//p; t; s/^psql: (error: )?//p' |
        sed -n '1{s/[^[:print:]]/?/g;p;}' | cut -c 1-200
}
