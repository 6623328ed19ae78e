# Reads JSON in any awk. Set before: root, what its paths begin with, and depth = 0 where a document begins.
#
# value[PATH]: a string as it is written, without its quotes; a number, true or false
# null[PATH]: it is null, and has no value; the word "null" is one
# members[PATH], member[PATH, n]: what is in an object or a list    exists[PATH]: it is there, however empty
# A path's parts are separated by SUBSEP. What one line leaves open goes on with the next.

function json(text,    c, quoted) {
    while (match(text, /[^ \t,:]/)) {
        text = substr(text, RSTART)
        c = substr(text, 1, 1)
        if (c == "}" || c == "]") {
            depth--
            text = substr(text, 2)
        } else if (c == "{" || c == "[") {
            at[depth + 1] = place("")
            depth++
            list_of[depth] = (c == "[")
            key[depth] = ""
            text = substr(text, 2)
        } else {
            if (c == "\"") {
                match(text, /^"([^"\\]|\\.)*"/)
                c = plain(substr(text, 2, RLENGTH - 2))
            } else {
                match(text, /^[^],} ]+/)
                c = substr(text, 1, RLENGTH)
            }
            quoted = substr(text, 1, 1) == "\""
            text = substr(text, RLENGTH + 1)
            if (depth && !list_of[depth] && key[depth] == "") key[depth] = "=" c
            else if (quoted || c != "null") value[place(c)] = c
            else null[place(c)] = 1
        }
    }
}
# The path of what comes now, which is noted as a member of what it is in.
function place(what,    path) {
    path = depth ? at[depth] : root
    if (depth) {
        key[depth] = list_of[depth] ? "=" (members[path] + 1) : key[depth]
        member[path, ++members[path]] = substr(key[depth], 2)
        path = path SUBSEP substr(key[depth], 2)
        key[depth] = ""
    }
    exists[path] = 1
    return path
}
function plain(text) {
    gsub(/\\u0026/, "\\&", text)
    gsub(/\\u003c/, "<", text)
    gsub(/\\u003e/, ">", text)
    if (root == "c") gsub(/[$][$]/, "$", text)
    return text
}
# The value at a path; nothing where there is none.
function of(path) { return (path in value) ? value[path] : "" }
# All that a list holds, as one text; "" where there is no list, or an empty one.
function all(path,    n, text) {
    for (n = 1; n <= members[path]; n++) text = text SUBSEP of(path SUBSEP n)
    return text
}
