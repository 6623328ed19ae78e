# Which other containers a container names in its environment. Nothing of a value leaves but a name that some container
# of the host has, a port, and a scheme of those that are known here; and nothing at all of what is called a secret.

# The names of a container, of its JSON as container.template has it.
function names_of(json,    rest, list) {
    named(json, "\"service\":\"")
    named(json, "\"name\":\"/")
    rest = json
    while (match(rest, /"(Aliases|DNSNames)":\[[^]]*\]/)) {
        list = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        each_name(list)
    }
    # The host's own names, and its addresses on the networks of containers.
    known["localhost"] = known["127.0.0.1"] = known["host.docker.internal"] = 1
    rest = json
    while (match(rest, /"Gateway":"[0-9.]+"/)) {
        known[substr(rest, RSTART + 11, RLENGTH - 12)] = 1
        rest = substr(rest, RSTART + RLENGTH)
    }
}
function named(json, key,    at) {
    if (!(at = index(json, key))) return
    json = substr(json, at + length(key))
    sub(/".*/, "", json)
    if (is_name(json)) known[json] = 1
}
function each_name(list,    name) {
    sub(/^[^[]*/, "", list)
    while (match(list, /"[A-Za-z0-9][A-Za-z0-9_.-]*"/)) {
        name = substr(list, RSTART + 1, RLENGTH - 2)
        list = substr(list, RSTART + RLENGTH)
        # The short id, which nobody asks for by name.
        if (length(name) != 12 || name ~ /[^0-9a-f]/) known[name] = 1
    }
}

# The links of the environment, as JSON lists of a variable, a name, a port and a scheme.
function links(    name) {
    linked = ""
    for (name in environment) if (environment[name] != "") links_of(name, environment[name])
    return substr(linked, 2)
}
function links_of(name, value,    upper) {
    upper = toupper(name)
    if (is_secret(upper)) return
    if (value ~ /:\/\//) of_urls(name, value)
    else if (value ~ /^[ \n]*[{[]/ || value ~ /[{,] *"[A-Za-z_]+" *:/) of_json(name, value)
    else of_words(name, upper, value)
}
function link(name, host, port, scheme) {
    if (host in known) linked = linked ",[" quoted(name) "," quoted(host) ",\"" (port ~ /^[0-9]+$/ && length(port) < 6 ? port : "") "\",\"" scheme "\"]"
}
# By the parts of its name, but for one whose last part says that it is an address: AUTH_REDIS_HOST.
function is_secret(upper,    part, many, n, last) {
    many = split(upper, part, /[_.:-]+/)
    while (many > 1 && part[many] ~ /^[0-9]*$/) many--
    last = part[many]
    if (last ~ /^(PIN|CODE|USER|USERNAME|LOGIN|SALT|PEPPER|SEED)S?$/) return 1
    if (last ~ /(HOST|HOSTNAME|SERVER|ADDR|ADDRESS|URL|URI|DSN|ENDPOINT|BROKER|NODE)E?S?$/) return 0
    for (n = 1; n <= many; n++)
        if (part[n] ~ /(PASS|PASSWORD|PASSWD|PASSPHRASE|PWD|SECRET|TOKEN|APIKEY|CREDENTIAL|CREDS)S?[0-9]*$|^(PW|KEY|CRED|(BASIC|HTTP|O)?AUTH)S?[0-9]*$/) return 1
    return 0
}
function is_host(upper) {
    sub(/[_0-9]+$/, "", upper)
    return upper ~ /(HOST|HOSTNAME|SERVER|ADDR|ADDRESS|URL|URI|DSN|ENDPOINT|BROKER|NODE|SENTINEL|MASTER)E?S?$/ || upper ~ /(^|[_.:-])(REDIS|VALKEY|KEYDB|DRAGONFLY)$/
}
function is_reached(upper) { return is_host(upper) || upper ~ /(CONNECTION|STRING|CACHE|QUEUE|UPSTREAM|BACKEND|TARGET|BOOTSTRAP|PEER|PROXY|CLUSTER)S?$|(^|_)WAIT/ }
# scheme://user:password@HOST:PORT/0, several of them, or with several hosts each; what stands before the last @ is
# never looked at.
function of_urls(name, value,    at, scheme, rest) {
    while (at = index(value, "://")) {
        scheme = tolower(substr(value, 1, at - 1))
        sub(/.*[^a-z0-9+.-]/, "", scheme)
        value = substr(value, at + 3)
        rest = value
        # Up to the next URL, or to what ends one.
        if (match(rest, /[a-z0-9+.-]+:\/\//)) rest = substr(rest, 1, RSTART - 1)
        sub(/^.*@/, "", rest)
        sub(/[ \n"'`;|<>{}].*/, "", rest)
        if (scheme ~ /^(unix|redis\+unix|redis\+socket|redis-socket|rediss?\+unix)$/) of_socket(name, rest)
        else of_list(name, rest, known_scheme(scheme))
    }
}
function known_scheme(scheme) {
    return scheme ~ /^(redis|rediss|valkey|valkeys|redis-sentinel|redis\+sentinel|sentinel|tcp|tls|http|https|amqp|amqps|postgres|postgresql|mysql|mongodb|memcached|ws|wss|nats|kafka|grpc)$/ ? scheme : ""
}
function of_list(name, rest, scheme,    list, many, n, host, port) {
    many = split(rest, list, ",")
    for (n = 1; n <= many; n++) {
        sub(/[\/?#].*/, "", list[n])
        host = port = list[n]
        sub(/:.*/, "", host)
        if (!sub(/^[^:]*:/, "", port)) port = ""
        link(name, host, port, scheme)
    }
}
function of_socket(name, rest) {
    sub(/[?#].*/, "", rest)
    socket(name, rest)
}
function socket(name, path) {
    if (path ~ /^\/[A-Za-z0-9._\/-]+$/ && path ~ /[.]sock(et)?$/) linked = linked ",[" quoted(name) "," quoted(path) ",\"\",\"unix\"]"
}
# HOST, HOST:PORT, USER:PASSWORD@HOST:PORT, LABEL:HOST:PORT:..., lists of them, host=HOST port=PORT. A name alone is a
# host only where the variable is called one: CACHE_DRIVER=redis is none. So is one with a number, which may be a login.
function of_words(name, upper, value,    list, many, n, token, key, host, port, reached) {
    if (upper ~ /(IMAGE|TAG|VERSION)/) return
    if (value ~ /^\// && (is_host(upper) || upper ~ /SOCK/)) socket(name, value)
    reached = sub(/^[^=]*@/, "", value) || is_reached(upper) || tolower(value) ~ /,(password|ssl|user|abortconnect|defaultdatabase|allowadmin|[a-z]+timeout)=/
    gsub(/["']/, " ", value)
    many = split(value, list, /[ \n,;|]+/)
    for (n = 1; n <= many; n++) {
        token = list[n]
        key = upper
        if (match(token, /^[A-Za-z_.]+=/)) {
            key = toupper(substr(token, 1, RLENGTH - 1))
            token = substr(token, RLENGTH + 1)
            if (is_secret(key)) continue
        } else if (n > 1 && value ~ /=/ && value !~ /:/) continue
        sub(/^.*@/, "", token)
        sub(/\/.*/, "", token)
        host = port = token
        sub(/:.*/, "", host)
        if (!sub(/^[^:]*:/, "", port)) port = ""
        if (port == "") {
            if (is_host(key)) link(name, host, key == upper ? beside(name) : port_in(value), "")
            continue
        }
        if (!(host in known) && upper ~ /REDIS|VALKEY/ && port ~ /^[A-Za-z0-9._-]+:[0-9]+/) {
            host = port # A label first: redis-commander's.
            sub(/:.*/, "", host)
            sub(/^[^:]*:/, "", port)
        }
        if (port ~ /:/) sub(/:.*/, "", port)
        if (port !~ /^[0-9]+$/) continue
        if (is_host(key) || reached && port + 0 >= 20) link(name, host, port, "")
    }
}
# The port of REDIS_HOST is in REDIS_PORT.
function beside(name,    other) {
    other = name
    if (!sub(/(HOSTNAME|HOST|ADDRESS|ADDR|SERVER|hostname|host|address|addr|server)$/, "PORT", other)) return ""
    if (!(other in environment) && name ~ /[a-z]$/) sub(/PORT$/, "port", other)
    return other in environment ? environment[other] : ""
}
function port_in(value) {
    if (!match(tolower(value), /(^|[^a-z])port"? *[=:] *"?[0-9]+/)) return ""
    value = substr(value, RSTART, RLENGTH)
    sub(/^.*[^0-9]/, "", value)
    return value
}
# {"host":"HOST","port":PORT}: what stands after a key that says that it is a host.
function of_json(name, value,    rest, host, key) {
    rest = value
    while (match(rest, /"[A-Za-z_]+" *: *\[? *"[A-Za-z0-9][A-Za-z0-9_.-]*(:[0-9]+)?"/)) {
        host = key = substr(rest, RSTART + 1, RLENGTH - 2)
        rest = substr(rest, RSTART + RLENGTH)
        sub(/".*/, "", key)
        sub(/^.*"/, "", host)
        key = toupper(key)
        if (!is_host(key) || is_secret(key)) continue
        if (host ~ /:/) link(name, substr(host, 1, index(host, ":") - 1), substr(host, index(host, ":") + 1), "")
        else link(name, host, port_in(value), "")
    }
}
