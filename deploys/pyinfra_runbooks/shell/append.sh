# append PATH: has $content as a line of its own at the end of a file, and says so once it is there:
# {"step":"noted",...}. A line that was left unfinished there is no part of it.
append() {
    [ -z "$(tail -c 1 -- "$1")" ] || echo >>"$1"
    printf '%s\n' "$content" >>"$1" || return
    # Others may have added theirs meanwhile.
    tail -n 50 -- "$1" | while IFS= read -r last; do
        [ "$last" != "$content" ] || printf '{"step":"noted","path":"%s","bytes":%s}\n' \
            "$(json "$1")" "$(length_of "$content")"
    done
}
