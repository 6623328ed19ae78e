# What curl printed, in one line: number of the check, status, seconds, body. Of a body that is JSON only the strings after
# the keys in ENVIRON["shown"] stand as they are, at most 200 characters of each: of all other strings
# only whether they are empty. Numbers stay. What is not JSON, or not all of it, is not shown at all; where
# a text is expected (ENVIRON["text"]), it is shown if it is that one; where it is to be a part of the answer
# (ENVIRON["part"]), the text is shown if it is there. Where the status says all (ENVIRON["unread"]), nothing is.
# Its last line is curl's own: the status and the seconds.
BEGIN {
    part = ENVIRON["part"]
    most = part == "" ? 64000 : 1048000
    split(ENVIRON["shown"], list, "\n"); for (n in list) wanted[list[n]] = 1
}
NR > 1 && part == "" { text = text last " " }
NR > 1 && part != "" {
    holds = holds || index(last, part)
    size += length(last) + 1
    text = substr(text last " ", 1, 400)
}
{ last = $0 }
END {
    printf "c %s ", ENVIRON["number"]
    size = (part == "" ? length(text) : size) - 1
    if (size > most || last !~ /^[0-9][0-9][0-9] [0-9]+(\.[0-9]+)?$/)
        print "000 0 its answer is longer than " most " bytes"
    else if (last ~ /^000/)
        print last " " substr(printable(text), 1, 300)
    else if (ENVIRON["unread"] != "")
        print last
    else if (part != "")
        print last " " (holds ? part : "(" size " bytes without that text)")
    else
        print last " " (ENVIRON["text"] == "" ? printable(masked(text)) : compared(text))
}
function printable(text) { gsub(/[^ -~\200-\377]/, "", text); return text }
function compared(text) {
    gsub(/^[ \t\r]+|[ \t\r]+$/, "", text)
    return text "" == ENVIRON["text"] "" ? text : "(" size " bytes of other text)"
}
function masked(text,    string, out, plain, key) {
    while (match(text, /"([^"\\]|\\.)*"/)) {
        plain = plain substr(text, 1, RSTART - 1)
        out = out substr(text, 1, RSTART - 1)
        string = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (text ~ /^[ \t\r]*:/) { out = out string; key = substr(string, 2, length(string) - 2) }
        else if (string == "\"\"") out = out string
        else if (key in wanted) out = out (length(string) > 202 ? "\"(too long)\"" : string)
        else out = out "\"(hidden)\""
    }
    out = out text
    plain = plain text
    gsub(/true|false|null|[0-9]([eE][+-]?[0-9])?|[-+.{}:, \t\r]|\[|\]/, "", plain)
    return plain != "" || out !~ /^[ \t\r]*[{\[]/ ? "(" size " bytes that are not JSON)" : out
}
