# Ends with 0 once PostgreSQL accepts connections: by this name, on this network.
say() { echo "$PGHOST:$PGPORT: $*"; }
now() { read -r up _ </proc/uptime && echo "${up%.*}"; }
began=$(now)
while :; do
    lasts=$WAIT
    said=$(pg_isready -t 3 2>&1)
    case $? in
        0) say 'accepts connections' && exit ;;
        1) why='is starting, or recovers its data' lasts=$LOADING_WAIT ;;
        2)
            why='nobody answers'
            ! command -v getent >/dev/null || getent hosts "$PGHOST" >/dev/null ||
                why="no such name \"$PGHOST\" on this network"
            ;;
        *) why="pg_isready can't ask: $said" lasts=0 ;;
    esac
    [ $(($(now) - began)) -lt "$lasts" ] || break
    sleep 0.2 2>/dev/null || sleep 1
done
say "$why, after $(($(now) - began)) s"
exit 1
