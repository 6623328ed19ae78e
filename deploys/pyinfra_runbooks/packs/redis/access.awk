# Whether a Redis' container gives it a password, in words that hold no value. Reads its command line and environment,
# each word as JSON after a or e; prints
#   arguments WORD NAME   whether its arguments do, and the variable that they name
#   conf PATH             the configuration file that it is started with
#   aclfile PATH          its ACL file, where they name one; ? where that is no plain path
# WORD: given; empty; chosen, where it is empty because that is what the file says for no value; literal, where it is
# the text of a variable, which nobody has put a value in the place of; none, where they do not say. NAME is ? where it
# may be a piece of a password that begins with $.

function name_in(text) {
    sub(/^['"$({]+/, "", text)
    sub(/[^A-Za-z0-9_].*$/, "", text)
    return text
}
function is_variable(text) { return text ~ /^[$]([A-Za-z_][A-Za-z0-9_]*|[{][A-Za-z_][A-Za-z0-9_]*[}])$/ }
function say(what, name, text) {
    word = what
    of = name == "" || name ~ /^[A-Z][A-Z0-9_]*$/ && text !~ /^['"\\]*[$][A-Z0-9_]+[^A-Z0-9_'" \t\n;&|)]/ ? name : "?"
}
# As a word that the server gets as it is.
function as_it_is(value) {
    if (value == "") say("empty")
    else if (is_variable(value)) say("literal", name_in(value))
    else say("given")
}
# In a line that a shell reads.
function in_line(text, rest, name) {
    while (match(text, /--requirepass[ \t]*/)) {
        rest = substr(text, RSTART + RLENGTH)
        text = rest
        if (rest ~ /^('|\\')[$][{]?[A-Za-z_][A-Za-z0-9_]*[}]?'/) say("literal", name_in(rest), rest)
        else if (rest ~ /^\\[$][{]?[A-Za-z_][A-Za-z0-9_]*[}]?/) say("literal", name_in(substr(rest, 2)), rest)
        else if (rest ~ /^"?[$][{]?[A-Za-z_]/) {
            name = name_in(rest)
            if (environment[name] != "") say("given", name, rest)
            else if (rest ~ /^"?[$][{][A-Za-z_0-9]+:?-[^}]/) say("given")
            else if (rest ~ /^"?[$][{][A-Za-z_0-9]+:?-[}]/) say("chosen", name)
            else say("empty", name, rest)
        } else if (rest ~ /^(""|''|--|;|&|\||\\n|$)/) say("empty")
        else say("given")
    }
}
function configuration_in(text, path) {
    if (conf == "" && match(text, /\/[A-Za-z0-9_.\/@+-]+[.]conf/)) conf = substr(text, RSTART, RLENGTH)
}
# The value of --aclfile: a path, or a variable that a shell puts one in the place of.
function acl_is(value, in_shell, name) {
    sub(/^["']/, "", value)
    sub(/["' \t\n;&|)].*$/, "", value)
    name = name_in(value)
    if (in_shell && is_variable(value)) value = environment[name]
    acl = value ~ /^\/[A-Za-z0-9_.\/@+-]+$/ ? value : "?"
}
/^a / { words[++many] = plain(substr($0, 3)) }
/^e / {
    each = plain(substr($0, 3))
    environment[substr(each, 1, index(each, "=") - 1)] = substr(each, index(each, "=") + 1)
}
END {
    if (!many) exit
    say("none")
    for (i = 1; i <= many; i++) {
        if (i > 1 && words[i - 1] ~ /^-[a-z]*c$/) {
            in_line(words[i])
            configuration_in(words[i])
            if (match(words[i], /--aclfile[ \t=]+/)) acl_is(substr(words[i], RSTART + RLENGTH), 1)
        } else if (words[i] == "--aclfile") acl_is(words[i + 1])
        else if (words[i] ~ /^--aclfile=/) acl_is(substr(words[i], 11))
        else if (words[i] == "--requirepass") as_it_is(words[i + 1])
        else if (words[i] ~ /^--requirepass=/) as_it_is(substr(words[i], 15))
        else if (words[i] ~ /^\/[A-Za-z0-9_.\/@+-]+[.]conf$/) configuration_in(words[i])
        if (words[i] ~ /^\/opt\/bitnami\//) bitnami = 1
    }
    if (word == "none" && bitnami) {
        if (environment["REDIS_PASSWORD"] != "") say("given", "REDIS_PASSWORD")
        else if (environment["VALKEY_PASSWORD"] != "") say("given", "VALKEY_PASSWORD")
    }
    if (word == "none" && match(environment["REDIS_ARGS"], /--requirepass +/)) say("given", "REDIS_ARGS")
    print "arguments " word " " of
    if (conf != "") print "conf " conf
    if (acl != "") print "aclfile " acl
}
