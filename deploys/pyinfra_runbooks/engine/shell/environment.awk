# The variables of services that are not empty, by name, and the service or the port that one names; of what
# Compose resolves, as JSON.
function key(text) { sub(/^ *"/, "", text); sub(/": .*$/, "", text); return text }
/^  "/ { services = key($0) == "services" }
!services { next }
/^    "/ { service = key($0); there[service] }
/^      "/ { part = key($0) }
/^        "[A-Za-z_][A-Za-z0-9_]*": / && part == "environment" && service ~ /^[A-Za-z0-9._-]+$/ {
    if (/^[^:]*: "",?$/) next
    name = key($0)
    named[++count] = service " " name
    sub(/^[^:]*: "/, "")
    sub(/",?$/, "")
    if (name ~ /PORT$/ && /^[0-9]+$/) port[count] = $0
    sub(/:[0-9]+$/, "")
    if (name ~ /(HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$/) host[count] = $0
}
END {
    for (i = 1; i <= count; i++) {
        if (i in host && host[i] in there) named[i] = named[i] " " host[i]
        if (i in port) named[i] = named[i] " " port[i]
        print "variable " named[i]
    }
}
