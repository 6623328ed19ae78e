# What each container is started with, with all masked that may be a secret: seen, a tab, and its JSON, one a line;
# last, how many there are. Reads what container.template and seen.template come to, a value a line.
#
# Of an environment only variables that name other containers leave, with these names (links.awk); of a command line the
# words that can be no secret (words.awk).
/^\{/ { names_of($0); next }
/^id / { id[++count] = $2; next }
# What is that long would take long, and a piece of it may be another thing than the whole.
/^(path|arg|env|check) / && length($0) > 16384 { $0 = $1 " " (match($2, /^"[A-Za-z_][A-Za-z0-9_]*=/) ? substr($2, 1, RLENGTH) : "\"") "*\"" }
/^[a-z]+ / { n = ++lines[count]; kind[count, n] = $1; text[count, n] = substr($0, length($1) + 2) }
END {
    for (c = 1; c <= count; c++) show(c)
    print "seen\tall " count + 0
}

function show(c,    n, t, name, bindings, ports) {
    begin()
    for (n = 1; n <= lines[c]; n++) if (kind[c, n] == "env") {
        t = meant(text[c, n])
        name = t
        sub(/=.*/, "", name)
        if (!index(t, "=") || !is_variable(name)) continue
        environment[name] = substr(t, length(name) + 2)
    }
    for (n = 1; n <= lines[c]; n++) {
        t = text[c, n]
        if (kind[c, n] == "path") word(meant(t), 0)
        else if (kind[c, n] == "arg") argument(meant(t))
        else if (kind[c, n] == "bindings") bindings = t
        else if (kind[c, n] == "ports") ports = t
    }
    printf "seen\t{\"id\":%s,\"program\":%s,\"arguments\":%s,", id[c], quoted(masked[1]), list_of(masked, 2, words)
    printf "\"links\":[%s],", links()
    printf "\"bindings\":%s,\"ports\":%s}\n", bindings == "" ? "null" : bindings, ports == "" ? "null" : ports
}
function begin() {
    split("", environment)
    begin_words()
}
# What of JSON in one line is a text. What has another escape than these keeps a character that nothing harmless has.
function meant(json) {
    json = substr(json, 2, length(json) - 2)
    gsub(/\\\\/, SUBSEP, json)
    gsub(/\\"/, "\"", json)
    gsub(/\\n/, "\n", json)
    gsub(/\\[trfb]/, " ", json)
    gsub(/\\u0026/, "\\&", json)
    gsub(/\\u003c/, "<", json)
    gsub(/\\u003e/, ">", json)
    gsub(SUBSEP, "\\", json)
    return json
}
# Only what is harmless comes here: it has neither quotes nor backslashes.
function quoted(harmless) {
    return harmless ~ /["\\\n]/ || harmless ~ /[^ -~]/ ? "\"***\"" : "\"" harmless "\""
}
function list_of(list, from, to,    n, out) {
    for (n = from; n <= to; n++) out = out (n == from ? "" : ",") quoted(list[n])
    return "[" out "]"
}
function is_variable(name) { return name ~ /^[A-Za-z_][A-Za-z0-9_.:-]*$/ && length(name) <= 100 }
function is_name(name) { return name ~ /^[A-Za-z0-9][A-Za-z0-9_.-]*$/ }
function is_path(text) { return text ~ /^[.]?[.]?\/[A-Za-z0-9._\/+-]*$/ }
