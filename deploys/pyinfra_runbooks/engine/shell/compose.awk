# Of what Compose says of a project, what can hold no value of it: a file and a line, a name where a
# name stands, and our own words. An env file's error quotes the value, a compose file's the word that
# it stumbles over, so what has none of the shapes below is not shown at all.
#
# In the environment: status, Compose's exit code; directory; written, the variables that stand as
# ${NAME in a compose file. Of a warning about a variable that is not set: "unset NAME", and
# "unset ?" where the name may be a piece of a password (abc$DEF). Of an error: one line.
BEGIN {
    count = split(ENVIRON["written"], list, "\n")
    for (n = 1; n <= count; n++) is_written[list[n]] = 1
}
/^time=/ { warned(); next }
$0 == "{" && ENVIRON["status"] == 0 { exit }
/[^ \t\r]/ { said[++lines] = $0 }
END { if (ENVIRON["status"] != 0) print reason(said[1], said[2]) }

function warned(    name) {
    if (ENVIRON["status"] != 0 || !match($0, /The \\"[A-Za-z_][A-Za-z0-9_]*\\" variable is not set/)) return
    name = substr($0, RSTART + 6)
    sub(/\\".*/, "", name)
    if (!seen[name]++) print "unset " (name in is_written ? name : "?")
}

function reason(first, second,    file, n, key) {
    if (ENVIRON["status"] ~ /^(124|137|143)$/) return "it did not answer in time"
    if (first ~ /^sudo: /) return "sudo refuses it, or asks for a password"
    if (first ~ /^permission denied while trying to connect/) return "this user may not use Docker"
    if (first == ENVIRON["directory"] " does not exist on this host, or this user may not enter it") return first
    if (first ~ /^no configuration file provided/) return "there is no compose file in " ENVIRON["directory"]
    if (first ~ /^empty compose file/) return "the compose file is empty"
    if (first ~ /^(top-level|Top-level) object must be a mapping/) return "the compose file is no mapping"
    if (first ~ /^(dependency|include) cycle detected/) return "services or files refer to each other in a circle"
    if (first ~ /^invalid project name|is not a valid project name|^project name must/) return "the project's name is none that Compose allows"

    if (sub(/^(failed to read|Failed to load|failed to parse env_file) /, "", first) && path(first)) {
        file = path(first)
        return of_env(file, substr(first, length(file) + 3))
    }
    if (first ~ /^(line [0-9]+: )?(unterminated quoted value|unexpected character|key cannot contain|Invalid template)/)
        return of_env("an env file", first)
    if (first ~ /^env file .* not found/ || first ~ /^label file .* not found/) {
        sub(/^(env|label) file /, "", first)
        sub(/ not found.*/, "", first)
        return missing(first)
    }
    if (sub(/^[Cc]ouldn't (find|read) env file: /, "", first)) return missing(first)
    if (first ~ /^(open|stat|lstat|read) \/[^:]*: (no such file or directory|permission denied|is a directory)$/) {
        sub(/^[a-z]+ /, "", first)
        return first
    }

    file = "the compose file"
    if (sub(/^(failed to parse|parsing) /, "", first) && path(first)) {
        file = path(first)
        first = substr(first, length(file) + 3)
    }
    if (first ~ /^yaml: [a-z]+ errors:$/) return file number(second) ": no valid YAML"
    if (sub(/^yaml: /, "", first)) return file number(first) ": no valid YAML"
    if (sub(/^validating /, "", first) && path(first)) {
        file = path(first)
        first = substr(first, length(file) + 3)
        if (first ~ /^\(root\) /) return file ": its top level is not what Compose allows"
    }
    if (sub(/^error while interpolating /, "", first) && (key = member(first))) {
        sub(/^[^ ]*: required variable /, "", first)
        if (match(first, /^[A-Za-z_][A-Za-z0-9_]* is missing a value/))
            return "variable " substr(first, 1, RLENGTH - 19) " is required by " key ", and not set"
        return key " is not of the type that Compose expects"
    }
    if (sub(/^invalid interpolation format for /, "", first) && (key = member(first)))
        return key " holds a $ that is neither a variable's nor doubled"
    if (first ~ /^decoding failed due to the following error/) {
        first = second
        sub(/^(\* )?(error decoding )?'/, "", first)
    }
    if (key = member(first)) return file ": " key " is not what Compose allows"
    if (named(first)) return first
    return "what it said may hold a value, and is not shown; on the host: docker compose config in " ENVIRON["directory"]
}

# The file that a text begins with, up to a colon.
function path(text) { return match(text, /^\/[^:]*: /) ? substr(text, 1, RLENGTH - 2) : "" }
function missing(file) { return (file ~ /^\/[^:]*$/ ? file : "an env file") " does not exist, or can't be read" }
function number(text) { return match(text, /^ *line [0-9]+: /) ? ", line " (substr(text, index(text, "line ") + 5) + 0) : "" }
function of_env(file, text,    place) {
    place = file number(text)
    sub(/^line [0-9]+: /, "", text)
    if (text ~ /^unterminated quoted value/) return place ": a quote is not closed"
    if (text ~ /^unexpected character/) return place ": a variable's name holds a character that is not allowed"
    if (text ~ /^key cannot contain a space/) return place ": a variable's name holds a space"
    return place ": it is no valid env file"
}

# The member of the compose file that a text begins with: services.web.ports, and no further down,
# where a key may be a value that was indented wrongly.
function member(text,    token, part, key) {
    token = text
    sub(/[ :'].*/, "", token)
    sub(/\.$/, "", token)
    gsub(/\]/, "", token)
    gsub(/\[/, ".", token)
    split(token, part, ".")
    if (part[1] !~ /^(services|networks|volumes|secrets|configs)$/) return ""
    key = part[1]
    if (part[2] !~ /^[A-Za-z0-9_-]+$/) return key
    key = key "." part[2]
    return part[3] ~ /^[a-z_]+$/ ? key "." part[3] : key
}

# What is said of a service, in Compose's words, with nothing but names in it.
function named(text) {
    sub(/: invalid compose project$/, "", text)
    gsub(/"/, "", text)
    return text ~ /^service [A-Za-z0-9._-]+ refers to undefined (network|volume|secret|build secret|config|model) [A-Za-z0-9._-]+$/ ||
        text ~ /^service [A-Za-z0-9._-]+ depends on (undefined|unknown) service [A-Za-z0-9._-]+$/ ||
        text ~ /^service [A-Za-z0-9._-]+ has neither an image nor a build context specified$/ ||
        text ~ /^service [A-Za-z0-9._-]+ declares mutually exclusive `network_mode` and `networks`$/
}
