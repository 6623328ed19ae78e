# Which field depends on which variables: variables[SERVICE, FIELD, ITEM], ",A,B=". They may have been
# exported when the stack came up, and no record says as what: an export overrides a line in an env file.
# A name that an env file sets is followed by a "=".
#
# In the environment: env_files, the project's own, one a line.
function depend(    services, path, n, m, s) {
    m = split(ENVIRON["env_files"], list, "\n")
    for (n = 1; n <= m; n++) sets(list[n], in_files)
    services = "v" SUBSEP "services"
    for (n = 1; n <= members[services]; n++) {
        s = member[services, n]
        path = services SUBSEP s
        for (m = 1; m <= members[path]; m++) fields(s, member[path, m], path SUBSEP member[path, m])
        passed(s, path SUBSEP "env_file")
        mounted(s, path, "volumes", "")
        mounted(s, path, "secrets", "/run/secrets/")
        mounted(s, path, "configs", "/")
        m = names_in(path SUBSEP "deploy")
        note(s, "mem_limit", "", m)
        note(s, "cpus", "", m)
        note(s, "restart", "", m)
    }
}
function fields(s, field, path,    n, name, text, handed) {
    if (field !~ /^(environment|labels)$/ || path in value) {
        note(s, field, "", names_in(path))
        return
    }
    for (n = 1; n <= members[path]; n++) {
        name = member[path, n]
        text = of(path SUBSEP name)
        handed = (path SUBSEP name) in null
        if (name ~ /^[0-9]+$/ && match(text, /^[^=]+/)) {
            handed = RLENGTH == length(text)
            name = substr(text, 1, RLENGTH)
        }
        note(s, field, name ~ /[$]/ ? "" : name, names_in(path SUBSEP member[path, n]))
        if (field == "environment" && handed) note(s, field, name, "," marked(name))
    }
}
function mounted(s, service, kind, directory,    path, n, source, target) {
    path = service SUBSEP kind
    for (n = 1; n <= members[path]; n++) {
        source = of(path SUBSEP n SUBSEP "source")
        target = no_slash(target_of(path SUBSEP n, directory))
        note(s, "mounts", target ~ /[$]/ ? "" : target, names_in(path SUBSEP n) names_in("v" SUBSEP kind SUBSEP source))
    }
}
function note(s, field, item, names) { if (names != "") variables[s, field, item] = variables[s, field, item] "," names }
# sets FILE NAMES: adds the variables that an env file sets; whether it could be read.
function sets(file, names,    text, read) {
    while ((read = (getline text < file)) > 0)
        if (match(text, /^[ \t]*(export[ \t]+)?[A-Za-z_][A-Za-z0-9_.]*[ \t]*[=:]/)) names[name_of(text)] = 1
    close(file)
    return read == 0
}
function marked(name) { return name !~ /^[A-Za-z_][A-Za-z0-9_]*$/ ? "?" : name (name in in_files ? "=" : "") }
function name_of(text) {
    sub(/^[ \t]*(export[ \t]+)?/, "", text)
    match(text, /^[A-Za-z_][A-Za-z0-9_.]*/)
    return substr(text, 1, RLENGTH)
}
# What a service's env files take from elsewhere: a name alone, and what follows a $.
function passed(s, path,    n, p, file, own, text, name) {
    for (n = 1; n <= members[path]; n++) {
        p = path SUBSEP n
        file = p in value ? value[p] : of(p SUBSEP "path")
        split("", own)
        if (file ~ /[$]/ || !sets(file, own)) {
            note(s, "environment", "", ",?")
            continue
        }
        while ((getline text < file) > 0) {
            if (text ~ /^[ \t]*(#|$)/) continue
            name = name_of(text)
            if (text !~ /[=:]/) note(s, "environment", name, "," marked(name))
            else if (text !~ /=[ \t]*'/) note(s, "environment", name, names_of(text, own))
        }
        close(file)
    }
}
# The variables below a path, after a comma each. $$ is no variable; one that does not stand as ${NAME}, or
# stands in an env file and is set in none, may be a piece of a password, and is a "?".
function names_in(path,    n, names) {
    if (path in value) names = names_of(value[path])
    for (n = 1; n <= members[path]; n++) names = names names_in(path SUBSEP member[path, n])
    return names
}
# + own: given for a line of an env file: what that file sets
function names_of(text, own,    names, name, shown, braced, known, n) {
    shown = 1
    for (n in own) shown = 0
    gsub(/[$][$]/, "", text)
    while (match(text, /[$][{]?[A-Za-z_][A-Za-z0-9_]*/)) {
        name = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        braced = name ~ /[{]/
        gsub(/[${]/, "", name)
        if (name == "COMPOSE_PROJECT_NAME") continue
        known = name in in_files || name in own
        names = names "," (braced && (shown || known) ? name : "?") (known ? "=" : "")
    }
    return names
}
