# Which of some names of variables may be shown: one that is the name of a variable elsewhere. What looks like one may be
# a password that begins with $, and its name a piece of it. Prints what is said (in the environment: said), with ? in the
# place of the others.
#
# Reads the environment of the container, each word as JSON after e, and the files of its project, a line each after f: a
# variable is what one of them gives a value (NAME=, NAME:, - NAME), and what a compose file names as ${NAME}.
/^e "[A-Z][A-Z0-9_]*=/ { known[substr($0, 4, index($0, "=") - 4)] = 1 }
/^f / {
    text = substr($0, 3)
    if (text ~ /^[ \t]*#/) next
    given = text
    sub(/^[ \t]*(-[ \t]+)?["']?(export[ \t]+)?/, "", given)
    if (match(given, /^[A-Z][A-Z0-9_]*["']?[ \t]*([=:]|$)/)) {
        sub(/[^A-Z0-9_].*$/, "", given)
        known[given] = 1
    }
    gsub(/[$][$]/, "", text)
    while (match(text, /[$][{][A-Z][A-Z0-9_]*/)) {
        known[substr(text, RSTART + 2, RLENGTH - 2)] = 1
        text = substr(text, RSTART + RLENGTH)
    }
}
END {
    many = split(ENVIRON["said"], lines, "\n")
    for (n = 1; n <= many; n++) {
        if (match(lines[n], /^((arguments|file) [a-z]+|compose) [A-Z][A-Z0-9_]*$/)) {
            name = lines[n]
            sub(/.* /, "", name)
            if (!(name in known)) sub(/[^ ]*$/, "?", lines[n])
        }
        if (lines[n] != "") print lines[n]
    }
}
