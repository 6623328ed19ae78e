# What a service's own health checks have come to, by the engine: c NUMBER 001 SECONDS STATE..., each state once; or
# c NUMBER 000 SECONDS WHY.
#
#     ids=0123456789ab sh ask_own_check.sh
#
# + number: what it is called; default: 0
# + service, ids: the service, and its containers, one a line
. "$(dirname "$0")/../../engine/shell/containers.sh"
. "$(dirname "$0")/../../packs/checks/seconds.sh"
: "${number:=0}" "${service=}" "${ids=}"

began=$(hundredths)
# shellcheck disable=SC2086 # an id a word
states=$(inspect '{{.State.Status}} {{with .State.Health}}{{.Status}}{{else}}none{{end}}' $ids 2>&1) ||
    states='the engine does not say'
[ -n "$ids" ] || states="$service has no container"
printf '%s\n' "$states" | number=$number service=$service took=$(since "$began") awk '
    !/^[a-z]+ [a-z]+$/ { why = $0 }
    $1 != "running" && why == "" { why = ENVIRON["service"] " does not run" }
    !seen[$2]++ { states = states " " $2 }
    END { print "c " ENVIRON["number"] " " (why == "" ? "001" : "000") " " ENVIRON["took"] " " (why == "" ? substr(states, 2) : why) }'
