# Whether a configuration file, or an ACL file, lets in who has no password; no value of it is printed.
#   file WORD NAME   of requirepass: given, empty, literal or none; NAME: see access.awk
#   users WORD       of the default user: closed, open or none
#   aclfile PATH     where its users are
#   sets NAME PATH   what dir, dbfilename and loadmodule say; of replicaof only that it is set, and no value
{
    sub(/\r$/, "")
    sub(/^[ \t]+/, "")
    key = tolower($1)
}
key == "requirepass" {
    value = $0
    sub(/^[^ \t]+[ \t]*/, "", value)
    sub(/[ \t]+$/, "", value)
    bare = value
    sub(/^["']/, "", bare)
    sub(/["']$/, "", bare)
    name = ""
    if (bare == "") word = "empty"
    else if (bare ~ /^[$]([A-Za-z_][A-Za-z0-9_]*|[{][A-Za-z_][A-Za-z0-9_]*[}])$/) {
        word = "literal"
        name = bare
        gsub(/[${}]/, "", name)
        if (name !~ /^[A-Z][A-Z0-9_]*$/) name = "?"
    } else word = "given"
}
key == "user" && $2 == "default" {
    users = "closed"
    for (i = 3; i <= NF; i++) {
        if ($i == "nopass") users = "open"
        if ($i ~ /^(resetpass|reset|>.*|#.*)$/) users = "closed"
        if ($i == "on" || $i == "off") is_on = $i
    }
    if (is_on == "off") users = "closed"
}
key == "aclfile" && $2 ~ /^"?\/[A-Za-z0-9_.\/@+-]+"?$/ {
    acl = $2
    gsub(/"/, "", acl)
}
key ~ /^(dir|dbfilename|loadmodule|replicaof|slaveof)$/ {
    path = $2
    gsub(/"/, "", path)
    if (key ~ /of$/) { key = "replicaof"; path = "?" }
    if (path !~ /^[A-Za-z0-9_.\/@+-]+$/) path = "?"
    sets[++many] = "sets " key " " path
}
END {
    for (i = 1; i <= many; i++) print sets[i]
    print "file " (word == "" ? "none" : word) " " name
    print "users " (users == "" ? "none" : users)
    if (acl != "") print "aclfile " acl
}
