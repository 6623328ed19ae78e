# Which services name which others as a host, in their environment or their command, by any name that Compose gives
# these: its own, its container's, an alias: uses SERVICE OTHER, one a line. That much is shown of what Compose resolves, and none of the values: config.awk.
function indent(text) { match(text, /^ */); return RLENGTH / 2 }
function key(text) { sub(/^ *"/, "", text); sub(/":.*$/, "", text); return text }
# Whether what stands between these two is a host: redis://NAME, user:password@NAME, NAME:6379, HOST=NAME;
# but not IMAGE=NAME:2.
function host(before, after) {
    if (before ~ /:\/\/([^ ]*@)?$/ && after ~ /^([:\/,?;]|$)/) return 1
    if (toupper(before) ~ /^[^"=]*(IMAGE|TAG|VERSION)S?(": "|=)/) return 0
    if (before ~ /(^|[=,; "])$/ && after ~ /^:[0-9]/) return 1
    return toupper(before) ~ /(HOST|HOSTNAME|SERVER|ADDR|ADDRESS|URL|URI|ENDPOINT|BROKER|NODE)S?(": "|=)$/ && after ~ /^([,; ]|$)/
}
function named(text, name,    line, n, i, at, before) {
    n = split(text, line, "\n")
    for (i = 1; i <= n; i++) {
        before = ""
        while (at = index(line[i], name)) {
            before = before substr(line[i], 1, at - 1)
            line[i] = substr(line[i], at + length(name))
            if (host(before, line[i])) return 1
            before = before name
        }
    }
    return 0
}
function also(name) { if (name ~ /^[A-Za-z0-9][A-Za-z0-9._-]*$/) names[service] = names[service] name "\n" }
function any_named(text, other,    list, many, n) {
    many = split(names[other], list, "\n")
    for (n = 1; n < many; n++) if (index(text, list[n]) && named(text, list[n])) return 1
    return 0
}
!open { open = ($0 == "{"); next }
/^  "/ { top = key($0) }
top != "services" { next }
{ level = indent($0) }
level == 2 && /": \{$/ {
    service = key($0)
    if (service ~ /^[A-Za-z0-9._-]+$/) service_of[++services] = service
    also(service)
}
level == 3 { part = key($0) }
level == 3 && part == "container_name" || level == 6 && part == "networks" && in_aliases {
    name = $0
    sub(/^.*: "/, "", name)
    sub(/",?$/, "", name)
    sub(/^ *"/, "", name)
    also(name)
}
level == 5 { in_aliases = part == "networks" && key($0) == "aliases" }
level == 4 && part ~ /^(environment|command|entrypoint)$/ {
    sub(/^ *"/, "")
    sub(/",?$/, "")
    said[service] = said[service] $0 "\n"
}
END {
    for (i = 1; i <= services; i++) for (j = 1; j <= services; j++) {
        who = service_of[i]
        other = service_of[j]
        if (i != j && any_named(said[who], other)) print "uses " who " " other
    }
}
