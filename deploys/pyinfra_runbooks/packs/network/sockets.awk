# Of the kernel's table of TCP connections (/proc/net/tcp, tcp6), in words separated by tabs:
#   e ADDRESS OPEN STUCK BEGUN     the connections to an address and the port: established; of these those whose packets
#                                  are sent over and over; and those that wait for the first answer
#   l SERVER ADDRESS PORT          where a process listens; * for every address
#
# + addresses, port: to which connections are counted; server: whose listening sockets are shown, where it is
BEGIN {
    server = ENVIRON["server"]
    many = split(ENVIRON["addresses"], address, " ")
    for (i = 1; i <= many; i++) wanted[coded(address[i])] = address[i]
}
function hex(text,    n, i) {
    for (i = 1; i <= length(text); i++) n = 16 * n + index("0123456789ABCDEF", substr(text, i, 1)) - 1
    return n
}
# An IPv4 address as the kernel prints it: the last byte first.
function coded(text,    part) {
    return split(text, part, ".") == 4 ? sprintf("%02X%02X%02X%02X", part[4], part[3], part[2], part[1]) : ""
}
function plain(text,    i, words) {
    if (text ~ /^0+$/) return "*"
    if (text == "00000000000000000000000001000000") return "::1"
    sub(/^0000000000000000FFFF0000/, "", text)
    if (length(text) != 8) return "[" tolower(text) "]"
    for (i = 7; i > 0; i -= 2) words = words (i < 7 ? "." : "") hex(substr(text, i, 2))
    return words
}
$4 == "0A" && server != "" {
    split($2, local, ":")
    key = plain(local[1]) "\t" hex(local[2])
    if (!listed[key]++) print "l\t" server "\t" key
}
$4 == "01" || $4 == "02" {
    split($3, other, ":")
    sub(/^0000000000000000FFFF0000/, "", other[1])
    if (!(other[1] in wanted) || hex(other[2]) != ENVIRON["port"] + 0) next
    to = wanted[other[1]]
    if ($4 == "01") {
        open[to]++
        # Packets are lost now and then: three times the same one, each after twice as long, is more than that.
        if (hex($7) > 2) stuck[to]++
    } else begun[to]++
}
END {
    for (code in wanted) if (code != "") {
        to = wanted[code]
        print "e\t" to "\t" open[to] + 0 "\t" stuck[to] + 0 "\t" begun[to] + 0
    }
}
