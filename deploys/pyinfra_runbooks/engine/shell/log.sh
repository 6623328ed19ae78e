# What a server's log says of why it does not start. Its log holds what others say, too: an entrypoint that
# quotes its command, a script that logs. So of all lines only those whose words are known are shown.
#
# + id: the container's
. "$(dirname "$0")/../../engine/shell/container.sh"
: "${id=}"

# last_words: the last of them, or where to see the others.
last_words() {
    words=$(docker logs --tail 20 "$id" 2>&1 | server_words | tail -n 5)
    if [ -n "$words" ]; then printf '%s\n' "$words"; else where_its_log_is; fi
}
# Of a line of its configuration, which it quotes, only the directive is shown, and only where more follows: a
# password may stand alone on a line.
server_words() {
    tr -cd '\11\12\40-\176' |
        sed -E -e 's/^[0-9]+:[A-Z] [-0-9A-Za-z:.+ ]+ [-.*#] //' \
            -e "s/^>>> *['\"]?([a-z][a-z0-9-]*) .*/>>> \1 .../" |
        grep -E -e '^[*]{3} FATAL CONFIG FILE ERROR( [(][A-Za-z]+ [0-9.]+[)])? [*]{3}$' \
            -e '^Reading the configuration file, at line [0-9]+$' -e '^>>> [a-z][a-z0-9-]* [.]{3}$' \
            -e '^(Bad directive or wrong number of arguments|[Ww]rong number of arguments|argument )' \
            -e '^Invalid (save parameters|port|log level|number of databases|memory|user|socket|argument)' \
            -e '^(Fatal error|Unrecoverable error|Internal error in RDB|Out Of Memory|Configured to not listen)' \
            -e "^Can't (open|create|chdir|handle RDB|load module|rename|remove|initialize|append)" \
            -e '^(Warning: )?Could not create server TCP listening socket' \
            -e '^Failed (opening|listening|to configure TLS|to load (certificate|private key|CA))' \
            -e '^(Bad file format|Unexpected end of file) reading the append' -e '^Short read or OOM' \
            -e '^(Wrong signature|Error) (trying to load|loading) ' -e '^Aborting Redis startup because of ACL' \
            -e '^Module [^ ]+ failed to load' -e '^Module Configuration detected' \
            -e '^(Redis|Valkey) [0-9.]+ crashed by signal: [0-9]+' -e '^Ready to accept connections' \
            -e '^docker: Error response from daemon: ' |
        shown_safely
}
