# A JSON answer on one line, in which only the strings behind the keys in ENVIRON["shown"] stand as
# they are, at most 200 characters of each: of all other strings only whether they are empty.
# Numbers stay. What is not JSON, or not all of it, is not shown at all.
BEGIN { split(ENVIRON["shown"], list, "\n"); for (n in list) wanted[list[n]] = 1 }
{ text = text $0 " " }
END {
    size = length(text) - 1
    while (match(text, /"([^"\\]|\\.)*"/)) {
        plain = plain substr(text, 1, RSTART - 1)
        out = out substr(text, 1, RSTART - 1)
        string = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        if (text ~ /^[ \t\r]*:/) { out = out string; last = substr(string, 2, length(string) - 2) }
        else if (string == "\"\"") out = out string
        else if (last in wanted) out = out (length(string) > 202 ? "\"(too long)\"" : string)
        else out = out "\"(hidden)\""
    }
    out = out text
    plain = plain text
    gsub(/true|false|null|[0-9]([eE][+-]?[0-9])?|[-+.{}:, \t\r]|\[|\]/, "", plain)
    if (plain != "" || out !~ /^[ \t\r]*[{\[]/) out = "(" size " bytes that are not JSON)"
    print out
}
