# hold DIRECTORY RUN SESSION START UNTIL ...: until the session is gone, or its time is up; then until
# no command of that run is at work any more.
while [ "$(date +%s)" -lt "$5" ] && [ "$(begun "$3")" = "$4" ]; do sleep 0.3; done
while at_work "$2" "$$"; do sleep 0.1; done
