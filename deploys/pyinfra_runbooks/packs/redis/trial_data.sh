# In a container that may only read the data: who owns what is in it, after "=f ", and whether a server can read what
# another one wrote, of the first bytes of each file alone.
#
# Usage: sh trial_data.sh DIRECTORY SERVER
. "$(dirname "$0")/../../packs/redis/trial_server.sh"

stat -c '=f %F|%u|%g|%a|%i|%s|%n' -- "$1" "$1"/*.rdb "$1"/*.aof "$1"/*/*.rdb "$1"/*/*.aof "$1"/*/*.manifest 2>/dev/null
find_server "$2" || :
for file in "$1"/*.rdb "$1"/*/*.rdb; do
    [ -s "$file" ] || continue
    head -c 9 "$file" >/tmp/trial.rdb || exit
    (try_server --appendonly no --dir /tmp --dbfilename trial.rdb)
done
