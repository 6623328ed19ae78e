# Runs a command in a container, with a deadline where its image can keep one; else what asks for it gives up.
#
#     sh inside_deadline.sh SECONDS COMMAND...
if timeout -k 1 9 true 2>/dev/null; then exec timeout -k 1 "$@"; fi
shift
exec "$@"
