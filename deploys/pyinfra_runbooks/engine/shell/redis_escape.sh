# What comes on stdin, as redis-cli reads it from its input, whatever is in it: \x61\x62. Without the
# line's end.
redis_escape() {
    od -An -v -tx1 | while read -r bytes; do
        for byte in $bytes; do
            case $byte in 0a | 0d) ;; *) printf '\\x%s' "$byte" ;; esac
        done
    done
}
# redis_unescape TEXT: the same bytes as they were.
redis_unescape() {
    printf '%b' "$(printf '%s\n' "$1" | awk '{
        digits = "0123456789abcdef"
        for (i = 1; i < length($0); i += 4)
            printf "\\0%03o", 16 * (index(digits, substr($0, i + 2, 1)) - 1) + index(digits, substr($0, i + 3, 1)) - 1
    }')"
}
