# What comes on stdin, as redis-cli reads it from its input, whatever is in it: \x61\x62. Without the
# line's end.
escaped() {
    od -An -v -tx1 | while read -r bytes; do
        for byte in $bytes; do
            case $byte in 0a | 0d) ;; *) printf '\\x%s' "$byte" ;; esac
        done
    done
}
