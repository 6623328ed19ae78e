# An answer of several sections. Each stands between two lines that start with its mark, which no container
# knows: nothing that one prints can pass for something else.
#
# + mark: that line's first word; default: a hyphen
# + of_part: what stands before each section's name, where several stacks are asked about; default: nothing
: "${mark:=-}" "${of_part=}"
# Compose and docker live for some 50 ms: collecting garbage is a tenth of that, for nothing.
export GOGC=off

# section NAME COMMAND...
section() {
    printf '%s %s\n' "$mark" "$of_part$1"
    shift
    "$@" 2>&1
    printf '\n%s =%s\n' "$mark" "$?"
}

# What runs side by side prints one after the other, without a temporary file: the answers of those
# before wait in the pipe until this one has answered: in_parallel COMMAND...
in_parallel() { "$@" </dev/null; cat; }

# What runs one after the other, beside others like it: a pipe would hold up one that has more to say than fits
# into it: in_turn COMMAND...
in_turn() {
    printf '%s\n' "$(for each in "$@"; do "$each" </dev/null; done)"
}
