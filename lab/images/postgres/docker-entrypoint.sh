#!/bin/sh
# Makes a cluster at the first start, then runs the server as PID 1 and as user postgres.
# POSTGRES_PASSWORD_FILE names a file with the password of the user postgres.
set -eu

if [ "$1" = postgres ] && [ "$(id -u)" = 0 ]; then
    install -d -o postgres -g postgres -m 700 "$PGDATA"
    install -d -o postgres -g postgres -m 2775 /var/run/postgresql
    exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$0" "$@"
fi

if [ "$1" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
    initdb --no-sync --locale=C.UTF-8 --auth-local=trust --auth-host=scram-sha-256 \
        --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE"
    echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi

exec "$@"
