# Which fields of a container are others than Compose would give it. Values are compared here, on the
# host; only the names of fields, environment variables, labels and places leave it.
#
# Lines of JSON, each after a word that says what it is part of:
#   c        docker compose config --format json     v   the same with --no-interpolate (variables.awk)
#   s ID SERVICE IMAGE   a container's service, and its image's id
#   k ID                 its Name, Config, HostConfig and Mounts     i ID   an image's Config
#
# For each container "d ID", and for each difference "x ID HOW FIELD ITEM VARIABLES", "-" for none. HOW:
#   absent   Compose declares it, and the container lacks it     changed   it has another value
#   extra    the container has it, and nothing declares it
# VARIABLES: those which it depends on, "?" where that is not known; "=" after one that an env file sets.
#
# In the environment: spellings, the names that the project's directory has by links, one a line.
#
# What an image brings counts as declared. What the engine fills in by itself, or tells in another form
# from one version to the next, is compared only where Compose declares it, or not at all.

/^s / { service[$2] = $3; image[$2] = $4; ids[++containers] = $2; next }
/^[ki] [^ ]+ / {
    root = $1 SUBSEP $2
    depth = 0
    json(substr($0, length($2) + 4))
    next
}
/^[cv] / {
    if (root != $1) { root = $1; depth = 0; opened = 0 }
    if ($0 == $1 " {") opened = 1
    if (opened) json(substr($0, 3))
}
END {
    known = ("v", "services") in exists
    if (!(("c", "services") in exists)) exit
    if (known) depend()
    spelled = split(ENVIRON["spellings"], spelling, "\n")
    for (n = 1; n <= containers; n++)
        if (("c", "services", service[ids[n]]) in exists && ("k", ids[n], "Mounts") in exists) compare(ids[n])
}

# Seconds of "1h2m3.5s", and of a number of nanoseconds.
function seconds(text,    sum) {
    if (text ~ /^[0-9]+$/) return text / 1000000000
    while (match(text, /^[0-9.]+[^0-9.]+/)) {
        sum += (text + 0) * unit(substr(text, 1, RLENGTH))
        text = substr(text, RLENGTH + 1)
    }
    return sum + 0
}
function unit(text) {
    sub(/^[0-9.]+/, "", text)
    if (text == "h") return 3600
    if (text == "m") return 60
    if (text == "s") return 1
    if (text == "ms") return 0.001
    return text == "ns" ? 0.000000001 : 0.000001
}
function no_slash(path) { if (length(path) > 1) sub(/\/+$/, "", path); return path }

# want and have: what is declared of a field, and what the container has. An item's name is all that is
# said of it; ("ports", "80/tcp", "8080") is one of several with one name.
function wanted(field, item, text, also) { want[field, item, also] = text }
function found(field, item, text, also) { have[field, item, also] = text }
# Where it is declared, and only there.
function both(field, item, declared, actual) {
    if (declared == "") return
    wanted(field, item, declared)
    if (actual != "") found(field, item, actual)
}
# Where nothing declares it, that is a value as well.
function one(field, declared, actual) {
    if (declared "" == actual "") return
    wanted(field, "", declared)
    found(field, "", actual)
}
function each(field, declared, actual,    n) {
    for (n = 1; n <= members[declared]; n++) wanted(field, "", "", item_of(field, of(declared SUBSEP n)))
    for (n = 1; n <= members[actual]; n++) found(field, "", "", item_of(field, of(actual SUBSEP n)))
}
function item_of(field, text) {
    if (field ~ /^cap_/) { text = toupper(text); sub(/^CAP_/, "", text) }
    return text
}

function compare(id,    s, c, h, i, has_image) {
    split("", want)
    split("", have)
    s = "c" SUBSEP "services" SUBSEP service[id]
    c = "k" SUBSEP id SUBSEP "Config"
    h = "k" SUBSEP id SUBSEP "HostConfig"
    i = "i" SUBSEP image[id]
    has_image = i in exists
    both("image", "", of(s SUBSEP "image"), of(c SUBSEP "Image"))
    commands(s, c, i, has_image)
    environment(s, c, i, has_image)
    labels(s, c, i, has_image)
    healthcheck(s SUBSEP "healthcheck", c SUBSEP "Healthcheck", i SUBSEP "Healthcheck", has_image)
    mounts(s, id, h, i)
    if (has_image || of(s SUBSEP "user")) one("user", or_else(of(s SUBSEP "user"), of(i SUBSEP "User")), of(c SUBSEP "User"))
    if (has_image || of(s SUBSEP "working_dir"))
        one("working_dir", no_slash(or_else(of(s SUBSEP "working_dir"), of(i SUBSEP "WorkingDir"))), no_slash(of(c SUBSEP "WorkingDir")))
    both("hostname", "", of(s SUBSEP "hostname"), of(c SUBSEP "Hostname"))
    both("domainname", "", of(s SUBSEP "domainname"), of(c SUBSEP "Domainname"))
    both("stop_signal", "", of(s SUBSEP "stop_signal"), of(c SUBSEP "StopSignal"))
    if (of(s SUBSEP "stop_grace_period"))
        one("stop_grace_period", int(seconds(of(s SUBSEP "stop_grace_period"))), of(c SUBSEP "StopTimeout"))
    one("tty", or_else(of(s SUBSEP "tty"), "false"), or_else(of(c SUBSEP "Tty"), "false"))
    one("stdin_open", or_else(of(s SUBSEP "stdin_open"), "false"), or_else(of(c SUBSEP "OpenStdin"), "false"))
    one("read_only", or_else(of(s SUBSEP "read_only"), "false"), or_else(of(h SUBSEP "ReadonlyRootfs"), "false"))
    one("privileged", or_else(of(s SUBSEP "privileged"), "false"), or_else(of(h SUBSEP "Privileged"), "false"))
    both("init", "", of(s SUBSEP "init"), or_else(of(h SUBSEP "Init"), "false"))
    restart(s, h SUBSEP "RestartPolicy")
    each("cap_add", s SUBSEP "cap_add", h SUBSEP "CapAdd")
    each("cap_drop", s SUBSEP "cap_drop", h SUBSEP "CapDrop")
    each("dns", s SUBSEP "dns", h SUBSEP "Dns")
    each("dns_search", s SUBSEP "dns_search", h SUBSEP "DnsSearch")
    each("dns_opt", s SUBSEP "dns_opt", h SUBSEP "DnsOptions")
    each("group_add", s SUBSEP "group_add", h SUBSEP "GroupAdd")
    network(of(s SUBSEP "network_mode"), of(h SUBSEP "NetworkMode"))
    if (of(s SUBSEP "network_mode") !~ /^(host|none|service:|container:)/) ports(s SUBSEP "ports", h SUBSEP "PortBindings")
    hosts(s SUBSEP "extra_hosts", h SUBSEP "ExtraHosts")
    limits(s, h)
    security(s SUBSEP "security_opt", h SUBSEP "SecurityOpt")
    devices(s SUBSEP "devices", h SUBSEP "Devices")
    logging(s SUBSEP "logging", h SUBSEP "LogConfig")
    both("shm_size", "", of(s SUBSEP "shm_size"), of(h SUBSEP "ShmSize"))
    both("ipc", "", simple(of(s SUBSEP "ipc")), of(h SUBSEP "IpcMode"))
    both("pid", "", simple(of(s SUBSEP "pid")), of(h SUBSEP "PidMode"))
    both("userns_mode", "", of(s SUBSEP "userns_mode"), of(h SUBSEP "UsernsMode"))
    both("runtime", "", of(s SUBSEP "runtime"), of(h SUBSEP "Runtime"))
    if (of("k" SUBSEP id SUBSEP "Name") !~ /^\/[0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f][0-9a-f]_/)
        both("container_name", "", of(s SUBSEP "container_name"), substr(of("k" SUBSEP id SUBSEP "Name"), 2))
    report(id)
}
function or_else(text, other) { return text == "" ? other : text }
function simple(mode) { return mode ~ /:/ ? "" : mode }

# Where an entrypoint is declared, the command of the image does not count.
function commands(s, c, i, has_image,    entrypoint, command, own) {
    entrypoint = all(s SUBSEP "entrypoint")
    command = all(s SUBSEP "command")
    if (!entrypoint && (s SUBSEP "entrypoint") in exists && of(s SUBSEP "entrypoint") == "" && !((s SUBSEP "entrypoint") in null)) return
    own = has_image || entrypoint
    if (own) one("entrypoint", or_else(entrypoint, all(i SUBSEP "Entrypoint")), all(c SUBSEP "Entrypoint"))
    if (own || command) one("command", or_else(command, entrypoint ? "" : all(i SUBSEP "Cmd")), all(c SUBSEP "Cmd"))
}
# What Docker's client is configured to add is nobody's declaration.
function environment(s, c, i, has_image,    path, n, name, text, proxy) {
    proxy = "^([Hh][Tt][Tt][Pp][Ss]?|[Ff][Tt][Pp]|[Nn][Oo]|[Aa][Ll][Ll])_[Pp][Rr][Oo][Xx][Yy]$"
    path = i SUBSEP "Env"
    for (n = 1; n <= members[path]; n++) {
        text = of(path SUBSEP n)
        name = substr(text, 1, index(text, "=") - 1)
        if (name !~ proxy) wanted("environment", name, substr(text, length(name) + 2))
    }
    path = s SUBSEP "environment"
    for (n = 1; n <= members[path]; n++) {
        name = member[path, n]
        if (!((path SUBSEP name) in null)) wanted("environment", name, of(path SUBSEP name))
        else note(service_of(s), "environment", name, "," marked(name))
    }
    path = c SUBSEP "Env"
    for (n = 1; n <= members[path]; n++) {
        text = of(path SUBSEP n)
        name = substr(text, 1, index(text, "=") - 1)
        if (("environment", name, "") in want || (has_image && name !~ proxy)) found("environment", name, substr(text, length(name) + 2))
    }
}
function service_of(s) { return substr(s, length("c" SUBSEP "services" SUBSEP) + 1) }
function labels(s, c, i, has_image,    path, n, name, own) {
    own = "^(com[.]docker[.]compose[.]|desktop[.]docker[.]io/)"
    path = i SUBSEP "Labels"
    for (n = 1; n <= members[path]; n++) {
        name = member[path, n]
        if (name !~ own) wanted("labels", name, of(path SUBSEP name))
    }
    path = s SUBSEP "labels"
    for (n = 1; n <= members[path]; n++) {
        name = member[path, n]
        if (name !~ own) wanted("labels", name, of(path SUBSEP name))
    }
    path = c SUBSEP "Labels"
    for (n = 1; n <= members[path]; n++) {
        name = member[path, n]
        if (name !~ own && (has_image || ("labels", name, "") in want)) found("labels", name, of(path SUBSEP name))
    }
}
function healthcheck(s, c, i, has_image,    test) {
    if (of(s SUBSEP "disable") == "true") {
        one("healthcheck", SUBSEP "NONE", all(c SUBSEP "Test"))
        return
    }
    test = all(s SUBSEP "test")
    if (has_image || test) checked("test", or_else(test, all(i SUBSEP "Test")), all(c SUBSEP "Test"))
    timed("interval", "Interval", s, c, i, has_image)
    timed("timeout", "Timeout", s, c, i, has_image)
    timed("start_period", "StartPeriod", s, c, i, has_image)
    if (has_image || of(s SUBSEP "retries"))
        checked("retries", or_else(of(s SUBSEP "retries"), of(i SUBSEP "Retries")) + 0, of(c SUBSEP "Retries") + 0)
}
function timed(name, theirs, s, c, i, has_image) {
    if (has_image || of(s SUBSEP name))
        checked(name, seconds(or_else(of(s SUBSEP name), of(i SUBSEP theirs))), seconds(of(c SUBSEP theirs)))
}
function checked(name, declared, actual) {
    if (declared "" == actual "") return
    wanted("healthcheck", "", declared, name)
    found("healthcheck", "", actual, name)
}
function restart(s, policy,    declared, actual) {
    # Of two policies Compose takes deploy's, which is not compared.
    if ((s SUBSEP "deploy" SUBSEP "restart_policy") in exists) return
    declared = or_else(of(s SUBSEP "restart"), "no")
    actual = or_else(of(policy SUBSEP "Name"), "no")
    if (of(policy SUBSEP "MaximumRetryCount") + 0) actual = actual ":" of(policy SUBSEP "MaximumRetryCount")
    sub(/:0$/, "", declared)
    one("restart", declared, actual)
}
function network(declared, actual,    shared) {
    shared = actual ~ /^container:/ ? "container" : actual ~ /^(host|none)$/ ? actual : ""
    if (declared ~ /^(service|container):/) declared = "container"
    one("network_mode", declared ~ /^(host|none|container)$/ ? declared : "", shared)
}
function ports(declared, actual,    n, m, p, name) {
    for (n = 1; n <= members[declared]; n++) {
        p = declared SUBSEP n
        name = of(p SUBSEP "target") "/" or_else(of(p SUBSEP "protocol"), "tcp")
        wanted("ports", name, "", of(p SUBSEP "host_ip") " " port(of(p SUBSEP "published")))
    }
    for (n = 1; n <= members[actual]; n++) {
        name = member[actual, n]
        for (m = 1; m <= members[actual, name]; m++) {
            p = actual SUBSEP name SUBSEP m
            found("ports", name, "", of(p SUBSEP "HostIp") " " port(of(p SUBSEP "HostPort")))
        }
    }
}
function port(text) { return text == "0" ? "" : text }
# host=address since 2.24, host:address before.
function hosts(declared, actual,    n) {
    for (n = 1; n <= members[declared]; n++) host(of(declared SUBSEP n), 1)
    for (n = 1; n <= members[actual]; n++) host(of(actual SUBSEP n), 0)
}
function host(text, declares,    name, address) {
    match(text, /[=:]/)
    name = substr(text, 1, RSTART - 1)
    address = substr(text, RSTART + 1)
    gsub(/\[|\]/, "", address)
    if (declares) wanted("extra_hosts", name, "", address)
    else found("extra_hosts", name, "", address)
}
function limits(s, h,    l, n, name, p) {
    l = s SUBSEP "deploy" SUBSEP "resources" SUBSEP "limits"
    one("mem_limit", or_else(or_else(of(l SUBSEP "memory"), of(s SUBSEP "mem_limit")), 0), or_else(of(h SUBSEP "Memory"), 0))
    one("cpus", sprintf("%.0f", or_else(of(l SUBSEP "cpus"), of(s SUBSEP "cpus")) * 1000000000), sprintf("%.0f", of(h SUBSEP "NanoCpus") + 0))
    p = h SUBSEP "Ulimits"
    for (n = 1; n <= members[p]; n++)
        limit[h, of(p SUBSEP n SUBSEP "Name")] = of(p SUBSEP n SUBSEP "Soft") ":" of(p SUBSEP n SUBSEP "Hard")
    p = s SUBSEP "ulimits"
    for (n = 1; n <= members[p]; n++) {
        name = member[p, n]
        both("ulimits", name, (p SUBSEP name) in value ? of(p SUBSEP name) ":" of(p SUBSEP name) : of(p SUBSEP name SUBSEP "soft") ":" of(p SUBSEP name SUBSEP "hard"), limit[h, name])
    }
    p = s SUBSEP "sysctls"
    for (n = 1; n <= members[p]; n++) {
        name = member[p, n]
        both("sysctls", name, of(p SUBSEP name), of(h SUBSEP "Sysctls" SUBSEP name))
    }
}
# A profile's file is replaced by what is in it.
function security(declared, actual,    n, text, there) {
    for (n = 1; n <= members[actual]; n++) {
        text = of(actual SUBSEP n)
        sub(/:/, "=", text)
        there = there SUBSEP text SUBSEP
    }
    for (n = 1; n <= members[declared]; n++) {
        text = of(declared SUBSEP n)
        sub(/:/, "=", text)
        if (text !~ /^seccomp/ && !index(there, SUBSEP text SUBSEP)) wanted("security_opt", "", "", text)
    }
}
function devices(declared, actual,    n, p) {
    for (n = 1; n <= members[declared]; n++) {
        p = declared SUBSEP n SUBSEP "source"
        if (!(p in value) || value[p] ~ /=/) return
    }
    for (n = 1; n <= members[declared]; n++) {
        p = declared SUBSEP n
        wanted("devices", of(p SUBSEP "target"), of(p SUBSEP "source") " " or_else(of(p SUBSEP "permissions"), "rwm"))
    }
    for (n = 1; n <= members[actual]; n++) {
        p = actual SUBSEP n
        found("devices", of(p SUBSEP "PathInContainer"), of(p SUBSEP "PathOnHost") " " of(p SUBSEP "CgroupPermissions"))
    }
}
# The engine adds options of its own, and has a driver where none is declared.
function logging(declared, actual,    n, name, p) {
    both("logging", "", of(declared SUBSEP "driver"), of(actual SUBSEP "Type"))
    p = declared SUBSEP "options"
    for (n = 1; n <= members[p]; n++) {
        name = member[p, n]
        both("logging", name, of(p SUBSEP name), of(actual SUBSEP "Config" SUBSEP name))
    }
}
function mounts(s, id, h, i,    p, n, target, kind, text, unsure, writes) {
    p = s SUBSEP "volumes"
    for (n = 1; n <= members[p]; n++) {
        target = no_slash(of(p SUBSEP n SUBSEP "target"))
        kind = of(p SUBSEP n SUBSEP "type")
        text = of(p SUBSEP n SUBSEP "source")
        if (kind == "volume") text = or_else(of("c" SUBSEP "volumes" SUBSEP text SUBSEP "name"), text)
        if (kind !~ /^(bind|volume|tmpfs)$/) unsure[target] = 1
        else wanted("mounts", target, kind " " at_home(no_slash(text)) (kind == "tmpfs" || text == "" ? "" : of(p SUBSEP n SUBSEP "read_only") == "true" ? " ro" : " rw"))
    }
    files(s, "secrets", "/run/secrets/", unsure)
    files(s, "configs", "/", unsure)
    p = "k" SUBSEP id SUBSEP "Mounts"
    for (n = 1; n <= members[p]; n++) {
        target = no_slash(of(p SUBSEP n SUBSEP "Destination"))
        kind = of(p SUBSEP n SUBSEP "Type")
        text = kind == "volume" ? of(p SUBSEP n SUBSEP "Name") : at_home(no_slash(of(p SUBSEP n SUBSEP "Source")))
        writes = of(p SUBSEP n SUBSEP "RW") == "true" ? " rw" : " ro"
        if (target in unsure || (h SUBSEP "Tmpfs" SUBSEP target) in exists) continue
        if (("mounts", target, "") in want) {
            if (want["mounts", target, ""] ~ /^(volume|tmpfs) $/) text = ""
            if (want["mounts", target, ""] !~ / r[ow]$/) writes = ""
        } else if ((s SUBSEP "volumes_from") in exists || (kind == "volume" && (!(i in exists) || (i SUBSEP "Volumes" SUBSEP target) in exists))) continue
        found("mounts", target, kind " " text writes)
    }
    p = s SUBSEP "tmpfs"
    for (n = 1; n <= members[p]; n++) {
        target = text = of(p SUBSEP n)
        sub(/:.*/, "", target)
        wanted("tmpfs", target, substr(text, length(target) + 2))
    }
    p = h SUBSEP "Tmpfs"
    for (n = 1; n <= members[p]; n++) found("tmpfs", member[p, n], of(p SUBSEP member[p, n]))
}
# A path in the project's directory, by the first of its names.
function at_home(path,    n) {
    for (n = 2; n <= spelled; n++)
        if (spelling[n] != "" && index(path "/", spelling[n] "/") == 1)
            return spelling[1] substr(path, length(spelling[n]) + 1)
    return path
}
# What comes out of a variable, or is written into the compose file itself, is no mount.
function files(s, kind, directory, unsure,    p, n, target, file) {
    p = s SUBSEP kind
    for (n = 1; n <= members[p]; n++) {
        target = target_of(p SUBSEP n, directory)
        file = of("c" SUBSEP kind SUBSEP of(p SUBSEP n SUBSEP "source") SUBSEP "file")
        if (file == "") unsure[target] = 1
        else wanted("mounts", target, "bind " at_home(file))
    }
}
function target_of(path, directory,    target) {
    target = or_else(of(path SUBSEP "target"), of(path SUBSEP "source"))
    return target ~ /^\// ? target : directory target
}

function report(id,    k, part, how, names) {
    print "d " id
    split("", how)
    for (k in want) {
        split(k, part, SUBSEP)
        if (!(k in have)) how[part[1], part[2]] = how[part[1], part[2]] "a"
        else if (have[k] "" != want[k] "") how[part[1], part[2]] = how[part[1], part[2]] "c"
    }
    for (k in have) {
        split(k, part, SUBSEP)
        if (!(k in want)) how[part[1], part[2]] = how[part[1], part[2]] "e"
    }
    for (k in how) {
        split(k, part, SUBSEP)
        names = variables[service[id], part[1], part[2]] (part[2] == "" ? "" : variables[service[id], part[1], ""])
        print "x " id " " (how[k] ~ /^a+$/ ? "absent" : how[k] ~ /^e+$/ ? "extra" : "changed") " " part[1] " " \
            (part[2] ~ /^[A-Za-z0-9_.\/:@-]+$/ ? part[2] : "-") " " (known ? once(names) : "?")
    }
}
function once(names,    n, count, list, seen, text) {
    count = split(names, list, ",")
    for (n = 1; n <= count; n++) if (list[n] != "" && !seen[list[n]]++) text = text (text == "" ? "" : ",") list[n]
    return text == "" ? "-" : text
}
