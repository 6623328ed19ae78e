# Writes compose files in place, and proves by Compose's own word that they mean what they should; or puts
# the former content back. A file may be mounted, so it keeps its inode, and with it owner, mode and labels.
#
# + paths: of the files, one a line
# + sums, new_sums: the sha256 of each as it was read, and as it is to be
# What they are compared with: resolved.sh; what is to be in them comes last over stdin, as base64.
. "$(dirname "$0")/../../engine/shell/audited.sh"
. "$(dirname "$0")/../../engine/shell/resolved.sh"
. "$(dirname "$0")/../../engine/shell/put.sh"
: "${paths:?}" "${sums:?}" "${new_sums:?}"

nth() { printf '%s\n' "$2" | sed -n "$1p"; }
sum_of() { sha256sum <"$1" | cut -d ' ' -f 1; }
each() {
    number=0
    IFS=$line
    for path in $paths; do
        unset IFS
        number=$((number + 1))
        "$@" || return
    done
    unset IFS
}

unchanged() {
    [ "$(sum_of "$path" 2>/dev/null)" = "$(nth "$number" "$sums")" ] ||
        fail "$path is not as it was read, or can't be read by this user; nothing was changed: run it again"
    formers=${formers:-}$(base64 <"$path" | tr -d '\n')$line
}
# Opened for writing and not written to: a file system or an attribute may forbid what the mode allows.
writable() {
    [ -f "$path" ] && [ -w "$path" ] && [ -w "${path%/*}/" ] &&
        dd if=/dev/null of="$path" conv=notrunc count=0 2>/dev/null ||
        fail "this user may not write $path, or no other file in its directory; nothing was changed: use --sudo, or apply the patch where the file comes from"
}
# The former file beside it, whole and with the same owner and mode, under a name that Compose does not
# look for. Where the user may not give it the same group, its owner alone can read it.
keep() {
    kept=$path.before-declared-networks-$at
    beside=$(umask 077 && mktemp "$path.pyinfra-runbooks-XXXXXX") &&
        { cp -p --preserve=all -- "$path" "$beside" 2>/dev/null || cp -p -- "$path" "$beside"; } &&
        [ "$(sum_of "$beside")" = "$(nth "$number" "$sums")" ] &&
        { [ "$(stat -c '%u %g %a' -- "$beside")" = "$(stat -c '%u %g %a' -- "$path")" ] || chmod go= -- "$beside"; } &&
        dd if=/dev/null of="$beside" conv=notrunc,fsync 2>/dev/null &&
        ln -- "$beside" "$kept"
    was_kept=$?
    rm -f -- "$beside"
    [ "$was_kept" = 0 ] || fail "the former $path could not be kept beside it; nothing was changed"
}
# write_all LIST SUMS: each file gets what is in LIST, as base64.
write_one() {
    content=$(nth "$number" "$1" | base64 -d; echo .)
    content=${content%.}
    (set +f && put "$path" '' '' '') && [ "$(sum_of "$path")" = "$(nth "$number" "$2")" ]
}
write_new() {
    [ "$(sum_of "$path")" = "$(nth "$number" "$sums")" ] || return
    write_one "$contents" "$new_sums" || {
        torn=$path
        return 1
    }
}
forget_kept() { rm -f -- "$path.before-declared-networks-$at"; }
# What another has written meanwhile is left to them. One that was cut short may have newlines at its end.
ours() {
    there=$(cat -- "$path")
    [ "$path" = "$torn" ] || [ "$there" = "$(nth "$number" "$formers" | base64 -d)" ] ||
        [ "$there" = "$(nth "$number" "$contents" | base64 -d)" ]
}
put_one_back() {
    [ "$(sum_of "$path")" = "$(nth "$number" "$sums")" ] || { ours && write_one "$formers" "$sums"; } ||
        not_back="$not_back $path"
}
go_back() {
    trap '' INT TERM
    [ -z "$beside" ] || rm -f -- "$beside"
    not_back=''
    each put_one_back >/dev/null
    if [ -z "$not_back" ]; then
        each forget_kept
        fail "$1; the former content is back, and proved to be"
    fi
    fail "$1; could not be put back, or has been edited by another since:$not_back; the former files are beside, NAME.before-declared-networks-$at"
}

write_files() {
    compared
    receive_lines "$(printf '%s\n' "$paths" | grep -c .)"
    contents=$received at=$(date -u +%Y%m%dT%H%M%SZ)
    each unchanged
    each writable
    [ "$verdict" = same ] || fail "Compose resolves the files otherwise than when they were read ($verdict); nothing was changed"
    torn='' beside=''
    trap 'go_back interrupted' INT TERM
    each keep
    each write_new || go_back "$path could not be written"
    now=$(everything_of "$config_files" '') && [ "$now" = "$expected" ] ||
        go_back 'Compose does not resolve from them what it should'
    trap - INT TERM
}
audited write_files
