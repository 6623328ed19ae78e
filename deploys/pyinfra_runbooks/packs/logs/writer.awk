# Which server wrote the first bytes of an RDB, in which all that can't be printed is a line's end: Redis 8.0.2.
/^(redis|valkey)-ver$/ { server = $0; next }
server && /^[0-9]+(\.[0-9]+)+$/ {
    print (server ~ /^redis/ ? "Redis " : "Valkey ") $0
    exit
}
server && $0 != "" { server = "" }
