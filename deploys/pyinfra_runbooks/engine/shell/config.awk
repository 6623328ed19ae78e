# Keeps of `docker compose config --format json` only what is looked at; the values of all other
# keys become null. Environments, commands, labels and contents never leave the host. Of healthcheck, deploy and build
# only that they are there, whether they are switched off, the mode, and the number of replicas.
# Compose prints one key a line, two spaces a level. What comes before the line that opens the document
# is not part of it (compose.awk).
function indent(text) { match(text, /^ */); return RLENGTH / 2 }
# A line up to the end of its key, in which a quote is escaped.
function named(text) { match(text, /^ *"([^"\\]|\\.)*"/); return substr(text, 1, RLENGTH) }
function key(text) { text = named(text); sub(/^ *"/, "", text); sub(/"$/, "", text); return text }
function kept(level, name) {
    if (level == 1) return name ~ /^(name|services|networks|volumes|secrets|configs)$/
    if (level == 4) return name ~ /^(mode|replicas|disable)$/
    if (top == "services" && name ~ /^(build|deploy|healthcheck)$/) return /": \{$/
    if (top == "services")
        return name ~ /^(container_name|depends_on|image|network_mode|networks|restart|secrets|configs|volumes)$/ ||
            name ~ /^(cap_add|cap_drop|extra_hosts|group_add|platform|ports|pull_policy|scale|user|working_dir)$/
    if (top == "networks") return name ~ /^(name|external|driver|internal|enable_ipv6|ipam)$/
    return name ~ /^(name|external|file)$/
}
!open { open = ($0 == "{"); if (open) print; next }
{
    level = indent($0)
    comma = /,$/ ? "," : ""
    if (hiding) {
        if (level == hiding) { print lead "null" comma; hiding = 0 }
        next
    }
    if (level == 1 && /^ *"/) top = key($0)
    if (level == 3) part = key($0)
    judged = level == 1 || level == 3 || level == 4 && top == "services" && part ~ /^(build|deploy|healthcheck)$/
    if (judged && /^ *"/ && !kept(level, key($0))) {
        lead = named($0) ": "
        if (/[{[]$/) hiding = level
        else print lead "null" comma
        next
    }
    print
}
