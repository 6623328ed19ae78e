# The variable from which a compose file takes the password of a Redis, where it names nothing for when that is empty;
# ? where the name may be a piece of a password.
function variable_in(text, name) {
    gsub(/[$][$]/, "", text)
    if (!match(text, /^[ \t"',=-]*[$]([A-Za-z_][A-Za-z0-9_]*|[{][A-Za-z_][A-Za-z0-9_]*[}])/)) return ""
    name = substr(text, RSTART, RLENGTH)
    text = substr(text, RSTART + RLENGTH)
    if (name !~ /}/ && text !~ /^([]"', \t\r]|$)/) return "?"
    gsub(/[^A-Za-z0-9_]/, "", name)
    return name ~ /^[A-Z][A-Z0-9_]*$/ ? name : "?"
}
/^[ \t]*#/ { next }
awaited && variable_in($0) != "" { print "compose " variable_in($0) }
{ awaited = 0 }
match($0, /requirepass/) {
    rest = substr($0, RSTART + RLENGTH)
    if (variable_in(rest) != "") print "compose " variable_in(rest)
    awaited = rest ~ /^[ \t"',]*$/
}
