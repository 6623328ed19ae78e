#!/bin/sh
# recover.sh SSH_CONFIG HOSTS: look at every host, repair what is wrong, prove it. Hosts side by
# side, one ssh each. HOSTS has a line for each: its name, and what makes one root there, if that
# is needed ("sudo -n").
set -u
config=$1 hosts=$2
here=$(dirname "$0")

jobs=
while read -r name become; do
    # shellcheck disable=SC2086 # several words, or none
    ssh -F "$config" "$name" $become sh -s <"$here/on_host.sh" &
    jobs="$jobs $!"
done <"$hosts"

failed=0
for job in $jobs; do
    wait "$job" || failed=1
done
exit "$failed"
