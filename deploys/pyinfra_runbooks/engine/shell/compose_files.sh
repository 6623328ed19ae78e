# Reads a stack's compose files: each as base64, since a byte more or less counts. What it prints is for
# the controller alone, which shows nothing of it.
#
# + more_files: these instead, one a line; default: those that the stack consists of
# + clients: not empty: it also prints what says who is whose client
. "$(dirname "$0")/../../engine/shell/text_of.sh"
. "$(dirname "$0")/../../engine/shell/reading.sh"
: "${more_files=}" "${clients=}"
config_awk=$(text_of engine/shell/config.awk)
uses_awk=$(text_of engine/shell/uses.awk)
environment_awk=$(text_of engine/shell/environment.awk)

chosen=yes
if [ -n "$more_files" ]; then
    config_files=$more_files
elif [ -z "$config_files" ]; then
    # Compose's own choice, in its order; that it is, is proved later.
    chosen=no
    for family in 'compose docker-compose' 'compose.override docker-compose.override'; do
        found=''
        for name in $family; do
            for file in "$directory/$name.yaml" "$directory/$name.yml"; do
                [ -n "$found" ] || [ ! -f "$file" ] || found=$file
            done
        done
        [ -z "$found" ] || config_files=$config_files${config_files:+$line}$found
    done
fi
as_base64() { base64 | tr -d '\n'; }
printf 'directory %s\n' "$(printf '%s' "$(cd -P -- "$directory" 2>/dev/null && pwd -P)" | as_base64)"
printf 'chosen %s\n' "$chosen"
IFS=$line
for file in $config_files; do
    unset IFS
    case $file in /*) at=$file ;; *) at=$directory/$file ;; esac
    there=$(readlink -f -- "$at") && [ -n "$there" ] || there=$at
    if said=$(read_file "$at" 2>&1 >/dev/null); then
        printf 'file %s %s %s.\n' "$(printf '%s' "$file" | as_base64)" "$(printf '%s' "$there" | as_base64)" "$(read_file "$at" | as_base64)"
    else
        printf 'unread %s %s\n' "$(printf '%s' "$file" | as_base64)" "$(printf '%s' "${said:-there is no such file}" | as_base64)"
    fi
done
unset IFS
[ -z "$more_files" ] || exit 0
config=$(compose --profile '*' config --format json 2>/dev/null) ||
    config=$(compose config --format json 2>/dev/null) || exit 0
printf 'config %s\n' "$(printf '%s\n' "$config" | awk "$config_awk" | as_base64)"
[ -n "$clients" ] || exit 0
# Who is whose client, and where its password is: by the files, in which no value of a variable is; and of
# what these come to only the names of those that are not empty, and the service or the port that one names.
printf '%s\n' "$config" | awk "$uses_awk"
printf '%s\n' "$config" | awk "$environment_awk"
written=$(compose --profile '*' config --format json --no-interpolate 2>/dev/null) ||
    written=$(compose config --format json --no-interpolate 2>/dev/null) || exit 0
printf 'written %s %s\n' "$(printf '%s' "$directory" | as_base64)" "$(printf '%s\n' "$written" | as_base64)"
