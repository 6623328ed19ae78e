# A file is written as a whole or not at all, and says so: {"step":"wrote",...}.

# receive: sets content to what comes over stdin, after a line with its length in bytes.
receive() {
    IFS= read -r length || length=none
    content=$(cat; echo .)
    content=${content%.}
    [ "$(length_of "$content")" = "$length" ] || {
        echo 'what was to be written did not arrive as a whole; nothing was changed' >&2
        return 1
    }
}
length_of() { printf '%s' "$1" | wc -c | tr -d ' '; }

# put PATH OWNER GROUP MODE: writes $content; empty OWNER, GROUP or MODE stay as they are.
put() {
    path=$1
    umask 077
    left_beside
    if [ -e "$path" ]; then
        own "$@" && overwrite
    else
        create "$@"
    fi && sum=$(sha256sum <"$path") && holds "$content" &&
        printf '{"step":"wrote","path":"%s","sha256":"%s","bytes":%s}\n' \
            "$(json "$path")" "${sum%% *}" "$(length_of "$content")" || {
        echo "$path could not be written" >&2
        return 1
    }
}
holds() { [ "$(cat -- "$path"; echo .)" = "$1." ]; }

# A container may have it mounted, so it keeps its inode; and it is whole at every moment, since an
# empty ACL file is an open Redis. Whichever content is shorter gets newlines to the length of the
# other one: the former, which proves that there is space for the new one, or the new one, which is
# then written at once.
overwrite() {
    former=$(cat -- "$path"; echo .) || return
    former=${former%.}
    was=$(length_of "$former") is=$(length_of "$content")
    # One that holds zeros could not be put back.
    [ -f "$path" ] && [ "$(wc -c <"$path")" -eq "$was" ] || return
    trap 'put_back; exit 143' INT TERM
    newlines $((is - was)) >>"$path" &&
        write "$content" && cut_to "$is" && holds "$content" || {
        put_back
        return 1
    }
    trap - INT TERM
}
put_back() {
    write "$former" && cut_to "$was" && holds "$former" || echo "$path could not be put back" >&2
}
newlines() { [ "$1" -le 0 ] || head -c "$1" /dev/zero | tr '\0' '\n'; }
# In a single write, over all that is there.
write() {
    there=$(($(wc -c <"$path"))) more=$(length_of "$1")
    [ "$there" -ge "$more" ] || there=$more
    [ "$there" = 0 ] || { printf '%s' "$1" && newlines $((there - more)); } |
        dd of="$path" bs="$there" iflag=fullblock conv=notrunc,fsync 2>/dev/null
}
cut_to() { dd if=/dev/null of="$path" bs=1 seek="$1" 2>/dev/null; }

# What one that was killed has left: a secret, perhaps.
left_beside() {
    for left in "$path".pyinfra-runbooks-??????; do
        [ ! -f "$left" ] || find "$left" -prune -type f -mmin +1 -exec rm -f -- {} \;
    done
}
# A new file is made beside its place, and replaces nothing there.
create() {
    beside=$(mktemp "$path.pyinfra-runbooks-XXXXXX") || return
    trap 'rm -f -- "$beside"' EXIT
    trap 'exit 143' INT TERM
    printf '%s' "$content" | dd of="$beside" conv=fsync 2>/dev/null &&
        [ "$(cat -- "$beside"; echo .)" = "$content." ] &&
        own "$beside" "$2" "$3" "$4" && ln -- "$beside" "$path"
    created=$?
    rm -f -- "$beside"
    return "$created"
}

# own PATH OWNER GROUP MODE; empty ones stay as they are.
own() {
    [ -z "$2$3" ] || chown -- "$2${3:+:$3}" "$1" || return
    [ -z "$4" ] || chmod -- "$4" "$1"
}

# json TEXT: as what stands between the quotes of a JSON string. Bytes that no text holds become "?".
json() {
    printf '%s\n' "$1" | tr '\1-\10\13-\37\177' '?' |
        sed -e ':all' -e '$!{' -e 'N' -e 'b all' -e '}' \
            -e 's/[\\"]/\\&/g' -e 's/\n/\\n/g' -e "s/$(printf '\t')/\\\\t/g"
}
