# Prints the services that Compose resolves otherwise from changed compose files, and whether it resolves what it
# should. Its values: resolved.sh.
. "$(dirname "$0")/../../engine/shell/resolved.sh"

compared
printf '%s\n' "$changed" "$verdict"
