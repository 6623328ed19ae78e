# What Compose says, without a value of the project.
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/engine.sh"
compose_awk=$(text_of engine/shell/compose.awk)

# without_values STATUS: what it said, which comes over stdin, when it ended with that: compose.awk.
without_values() {
    if [ "$1" != 0 ] && ! docker compose version >/dev/null 2>&1; then
        echo 'no Compose v2'
    else
        status=$1 directory=$directory written=$(written_variables) awk "$compose_awk"
    fi
}
# The names that stand as ${NAME in the compose files, one a line; $${NAME is no variable.
written_variables() {
    cd -- "$directory" 2>/dev/null || return 0
    IFS=$line
    set -- $config_files
    unset IFS
    [ $# -gt 0 ] || set -- compose.yaml compose.yml docker-compose.yaml docker-compose.yml \
        compose.override.yaml compose.override.yml docker-compose.override.yaml docker-compose.override.yml
    cat -- "$@" 2>/dev/null </dev/null | sed 's/[$][$]//g' | tr '$' '\n' |
        sed -n 's/^{\([A-Za-z_][A-Za-z0-9_]*\).*/\1/p'
}
# The lines of what it printed that are a service and its hash.
only_hashes() { grep -E '^[A-Za-z0-9._-]+ [0-9a-f]{64}$'; }
