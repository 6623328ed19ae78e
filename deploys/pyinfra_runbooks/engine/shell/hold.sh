# Holds what it inherited open until the session is gone, or its time is up; then until no command of that run is
# at work any more. It counts how often it slept: no clock that jumps frees it.
#
# Usage: sh hold.sh PLACE RUN SESSION START SECONDS WORD...
# + locks: the directory of the locks
. "$(dirname "$0")/../../engine/shell/holder.sh"

turns=$(($5 * 10 / 3))
while [ "$turns" -gt 0 ] && [ "$(begun "$3")" = "$4" ]; do
    turns=$((turns - 1))
    sleep 0.3
done
while at_work "$2" "$$"; do sleep 0.1; done
