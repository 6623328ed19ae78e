#!/bin/sh
# Behaves as the official image's entry point does: options alone mean redis-server, root gives
# its rights away, and the server ends up as PID 1, so that `docker stop` reaches it.
set -e

if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
    set -- redis-server "$@"
fi

if [ "$1" = redis-server ] && [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$0" "$@"
fi

if [ "$(umask)" = 0022 ]; then
    umask 0077
fi

# The official image is compiled with protected mode off; Debian's is not. A setting
# in a configuration file or on the command line counts in both.
if [ "$1" = redis-server ] && ! printf '%s\n' "$@" | grep -q -e --protected-mode; then
    conf=$2
    if ! { [ -f "$conf" ] && grep -qi '^[[:space:]]*protected-mode' "$conf"; }; then
        set -- "$@" --protected-mode no
    fi
fi

exec "$@"
