# Inside a Redis container: how its client prints. Sets form. One before Redis 7.0 knows no JSON, and speaks no other
# protocol.
#
# + client: see client.sh
# shellcheck disable=SC2154,SC2034 # of and for what uses this
form="-2 --json"
case $("$client" --help 2>&1 </dev/null) in *--json*) ;; *--no-raw*) form=--no-raw ;; esac
