# What a DNS server answered, a byte a field in hex (od -tx1): its addresses, one a line. Ends with 0 where there are
# some, with 3 where it says that there are none, and with 4 where that is no whole answer, or one of a failure.
function hex(text,    n, i) {
    for (i = 1; i <= length(text); i++) n = 16 * n + index("0123456789abcdef", substr(text, i, 1)) - 1
    return n
}
function two(i) { return 256 * byte[i] + byte[i + 1] }
# The byte after the name that begins at this one.
function after(i) {
    while (i < bytes && byte[i] != 0) {
        if (byte[i] >= 192) return i + 2
        i += byte[i] + 1
    }
    return i + 1
}
{ for (i = 1; i <= NF; i++) byte[bytes++] = hex($i) }
END {
    if (bytes < 12 || byte[2] < 128 || two(0) != 4660) exit 4
    code = byte[3] % 16
    if (code != 0 && code != 3) exit 4
    at = 12
    for (questions = two(4); questions > 0; questions--) at = after(at) + 4
    for (answers = two(6); answers > 0; answers--) {
        at = after(at)
        kind = two(at)
        size = two(at + 8)
        at += 10
        if (at + size > bytes) exit 4
        if (kind == 1 && size == 4) {
            print byte[at] "." byte[at + 1] "." byte[at + 2] "." byte[at + 3]
            found = 1
        }
        if (kind == 28 && size == 16) {
            text = ""
            for (i = 0; i < 16; i += 2) text = text (i ? ":" : "") sprintf("%x", two(at + i))
            print text
            found = 1
        }
        at += size
    }
    exit found ? 0 : 3
}
