# What one PostgreSQL says; the words are those of postgres_look.sh. Of one that does not run, how full the disk is.
# All of it is what its container claims, or else all of it is this host's: `disk`, of one that does not run.
#
#     id=0123456789ab address=172.30.0.9 sh ask_postgres.sh
#
# + id: its container; empty: it does not run
# + address, port, user, database, data: see postgres_look.sh; default: as the container has them
# + password_from: given (default): what the container was given; file: password_file; nowhere
# + password_file: a file of this host that the container mounts
# + places: directories of this host that its data is in, one a line, where it does not run
. "$(dirname "$0")/../../engine/shell/engine.sh"
. "$(dirname "$0")/../../engine/shell/reading.sh"
. "$(dirname "$0")/../../packs/postgres/inside_postgres.sh"
. "$(dirname "$0")/../../engine/shell/text_of.sh"
: "${id=}" "${data=}" "${places=}"
postgres_look_sh=$(text_of packs/postgres/postgres_look.sh)

[ -z "$id" ] || places=''
IFS=$line
# shellcheck disable=SC2086 # one path a line
set -- $places
unset IFS
for place in "$@"; do
    in_time df -Pk -- "$place" 2>/dev/null | at=$place awk 'NR == 2 && NF > 5 { print "disk", $3, $4, ENVIRON["at"] }'
done
[ -z "$id" ] || inside_postgres "$postgres_look_sh" "$data"
