# Prints what is in a file. Fails with 100 where there is none, or this user may not read it.
#
# Usage: sh print_file.sh PATH
[ -f "$1" ] && [ -r "$1" ] || exit 100
exec cat -- "$1"
