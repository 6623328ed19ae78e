# Reads a stack's compose files: each as base64, since a byte more or less counts. What it prints is for
# the controller alone, which shows nothing of it.
#
# Set before: more_files; config_awk; uses_awk (empty: nobody asks who is whose client).
list_stack || {
    printf 'failed %s\n' "$(printf 'Docker did not answer: %s' "$everything" | tr '\n\t' '  ')"
    exit 0
}
chosen=yes
if [ -n "$more_files" ]; then
    config_files=$more_files
elif [ -z "$config_files" ]; then
    # Compose's own choice, in its order; that it is, is proved later.
    chosen=no
    for family in 'compose docker-compose' 'compose.override docker-compose.override'; do
        found=
        for name in $family; do
            for file in "$directory/$name.yaml" "$directory/$name.yml"; do
                [ -n "$found" ] || [ ! -f "$file" ] || found=$file
            done
        done
        [ -z "$found" ] || config_files=$config_files${config_files:+$line}$found
    done
fi
as_base64() { base64 | tr -d '\n'; }
printf 'directory %s\n' "$(printf '%s' "$physical" | as_base64)"
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
[ -n "$uses_awk" ] || exit 0
# Who is whose client, and where its password is: by the files, in which no value of a variable is; and of
# what these come to only the names of those that are not empty, and the service or the port that one names.
printf '%s\n' "$config" | awk "$uses_awk"
printf '%s\n' "$config" | awk '
    function key(text) { sub(/^ *"/, "", text); sub(/": .*$/, "", text); return text }
    /^  "/ { services = key($0) == "services" }
    !services { next }
    /^    "/ { service = key($0); there[service] }
    /^      "/ { part = key($0) }
    /^        "[A-Za-z_][A-Za-z0-9_]*": / && part == "environment" && service ~ /^[A-Za-z0-9._-]+$/ {
        if (/^[^:]*: "",?$/) next
        name = key($0)
        named[++count] = service " " name
        sub(/^[^:]*: "/, "")
        sub(/",?$/, "")
        if (name ~ /PORT$/ && /^[0-9]+$/) port[count] = $0
        sub(/:[0-9]+$/, "")
        if (name ~ /(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$/) host[count] = $0
    }
    END {
        for (i = 1; i <= count; i++) {
            if (i in host && host[i] in there) named[i] = named[i] " " host[i]
            if (i in port) named[i] = named[i] " " port[i]
            print "variable " named[i]
        }
    }'
written=$(compose --profile '*' config --format json --no-interpolate 2>/dev/null) ||
    written=$(compose config --format json --no-interpolate 2>/dev/null) || exit 0
printf 'written %s %s\n' "$(printf '%s' "$directory" | as_base64)" "$(printf '%s\n' "$written" | as_base64)"
