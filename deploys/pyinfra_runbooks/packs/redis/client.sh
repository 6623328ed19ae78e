# Inside a Redis container: the program that asks its Redis. No login of the environment is sent by it.
unset REDISCLI_AUTH
for client in redis-cli valkey-cli keydb-cli; do ! command -v "$client" >/dev/null || break; done
