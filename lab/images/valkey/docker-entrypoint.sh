#!/bin/sh
# Behaves as the official image's entry point does: options alone mean valkey-server, root gives
# its rights away, and the server ends up as PID 1, so that `docker stop` reaches it.
set -e

if [ "${1#-}" != "$1" ] || [ "${1%.conf}" != "$1" ]; then
    set -- valkey-server "$@"
fi

if [ "$1" = valkey-server ] && [ "$(id -u)" = 0 ]; then
    find . ! -user valkey -exec chown valkey:valkey {} +
    exec setpriv --reuid=valkey --regid=valkey --clear-groups -- "$0" "$@"
fi

if [ "$(umask)" = 0022 ]; then
    umask 0077
fi

# The official image is compiled with protected mode off; Debian's is not. A setting
# in a configuration file or on the command line counts in both.
if [ "$1" = valkey-server ] && ! printf '%s\n' "$@" | grep -q -e --protected-mode; then
    conf=$2
    if ! { [ -f "$conf" ] && grep -qi '^[[:space:]]*protected-mode' "$conf"; }; then
        set -- "$@" --protected-mode no
    fi
fi

exec "$@"
