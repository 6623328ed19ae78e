# How long something takes, by the host's clock that nobody sets.

# Hundredths of seconds since some time in the past.
hundredths() {
    read -r up _ </proc/uptime
    printf '%s' "${up%.*}${up#*.}"
}
# since HUNDREDTHS: how many seconds ago that was.
since() {
    passed=$(($(hundredths) - $1))
    printf '%s.%02d' "$((passed / 100))" "$((passed % 100))"
}
