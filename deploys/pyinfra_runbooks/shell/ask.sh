# Inside a Redis container: asks Redis what comes over stdin, one command a line. Nothing secret is
# in an argument or in the environment.
unset REDISCLI_AUTH
client=redis-cli
command -v "$client" >/dev/null || client=valkey-cli
if [ -n "$port" ]; then set -- -p "$port"; else set --; fi
if command -v timeout >/dev/null; then set -- timeout 10 "$client" "$@"; else set -- "$client" "$@"; fi
exec "$@" -2 --json
