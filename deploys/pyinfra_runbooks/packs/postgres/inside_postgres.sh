# Runs a script in a PostgreSQL container, which gets a password only from a file that it mounts itself.
#
# + id: the container
# + address, port, user, database: see postgres_client.sh; default: as the container has them
# + password_from: given (default), file or nowhere
# + password_file: that file on this host
. "$(dirname "$0")/../../engine/shell/reading.sh"
: "${id=}" "${address=}" "${port=}" "${user=}" "${database=}" "${password_from:=given}" "${password_file=}"

# inside_postgres SCRIPT WORD...
inside_postgres() {
    postgres_script=$1
    shift
    from_file | docker_with_input exec -i "$id" sh -c "$postgres_script" postgres \
        "$address" "$port" "$user" "$database" "$password_from" "$@"
}
# A password is one line; of several it is not known which. There always is one: an end of input that comes at once does
# not always arrive (moby#37870).
from_file() {
    [ "$password_from" = file ] || return 0
    unset password # A user may export one of that name; then it goes to all that is started here.
    password=$(read_file "$password_file" 2>/dev/null) || password=''
    case $password in *"$line"*) password='' ;; esac
    printf '%s\n' "$password"
}
