# Why a container ended, of the last lines of its log. A log may hold anything, and no line of it leaves a host: of
# those whose words are known, what they are about is said, and what of it can be no secret: a path, a version, a port,
# a line's number, an error of the system in its own words. Words separated by tabs: WHAT KEY=VALUE...; nothing, where
# no line is known.
#
# + ENVIRON["names"]: the names that other containers of its stack have, one a line

function path(text) {
    return text ~ /^\.?\/[A-Za-z0-9_.\/@+-]+$/ && length(text) < 201 ? text : ""
}
# said FORM: what of the line matches it; empty: nothing does.
function said(form) {
    return match($0, form) ? substr($0, RSTART, RLENGTH) : ""
}
# quoted AFTER: the path that stands after these words, in quotes or not.
function quoted(after, text) {
    if (!match($0, after)) return ""
    text = substr($0, RSTART + RLENGTH)
    sub(/^ *["'`\\]*/, "", text)
    sub(/["'`,;()\\ ].*$/, "", text)
    sub(/[:.]+$/, "", text)
    return path(text)
}
# place AFTER: as file=... line=..., where a file and a line's number stand after these words.
function place(after, text, at) {
    if (!match($0, after)) return ""
    text = substr($0, RSTART + RLENGTH)
    if (!match(text, /\.?\/[A-Za-z0-9_.\/@+-]+:[0-9]+/)) return ""
    text = substr(text, RSTART, RLENGTH)
    at = text
    sub(/.*:/, "", at)
    sub(/:[0-9]+$/, "", text)
    return key("file", path(text)) key("line", at)
}
# system: the error of the system that the line ends with or names, in its own words.
function system_error(low) {
    low = tolower($0)
    if (low ~ /no space left on device|enospc/) return "No space left on device"
    if (low ~ /read-only file ?system|erofs/) return "Read-only file system"
    if (low ~ /permission denied|eacces/) return "Permission denied"
    if (low ~ /operation not permitted|eperm/) return "Operation not permitted"
    if (low ~ /is a directory|eisdir/) return "Is a directory"
    if (low ~ /not a directory|enotdir/) return "Not a directory"
    if (low ~ /no such file or directory|enoent/) return "No such file or directory"
    if (low ~ /input\/output error/) return "Input/output error"
    return ""
}
function key(name, value) { return value == "" ? "" : "\t" name "=" value }

# found RANK WHAT KEYS: the words of a server that ends by them (2) count more than those that may be a warning (1), which
# have to be near the end; of those that count the same, the last ones.
function found(rank, what, keys) {
    if (rank < best) return
    best = rank
    last = what keys
    at_line = NR
}
# file_error RANK PATH: by what the system says of it.
function file_error(rank, where, error) {
    error = system_error()
    if (error == "No such file or directory") found(rank, "missing", key("path", where))
    else if (error != "") found(rank, "denied", key("path", where) key("error", error))
}
# port_of: the port that a line about a listening socket names last; before it a time may stand.
function port_of(text, port) {
    text = $0
    while (match(text, /(:|port )[0-9]+( |: |\)|,|$)/)) {
        port = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH - 1)
    }
    gsub(/[^0-9]/, "", port)
    return port
}
# elsewhere WHY RANK SERVER: what it says of another one, and which kind of server that is, where only one says so.
function elsewhere(why, rank, server, words, n, i, host) {
    n = split($0, words, /[^A-Za-z0-9_.-]+/)
    for (i = 1; i <= n; i++) {
        sub(/\.+$/, "", words[i])
        if (words[i] in known) host = words[i]
    }
    found(rank, "elsewhere", key("host", host) key("error", why) key("server", server))
}
# program TEXT: what was to be executed, where that is a path or a script's name.
function program(text) {
    if (text ~ /^[A-Za-z0-9_.-]+\.(sh|py|js)$/ || text ~ /^(redis|valkey)-server$/) return text
    return path(text)
}
function after_exec(text) {
    if (!match($0, /exec:? \\*["']?/)) return ""
    text = substr($0, RSTART + RLENGTH)
    sub(/[\\"': ].*$/, "", text)
    return program(text)
}

BEGIN {
    n = split(ENVIRON["names"], given, "\n")
    for (i = 1; i <= n; i++) if (given[i] != "") known[given[i]]
}
# What takes long with a long line can't be asked of it; a word that is cut may be a piece of another one.
length($0) > 1000 {
    $0 = substr($0, 1, 1000)
    sub(/[^ ]*$/, "")
}
{
    gsub(/\033\[[0-9;]*[A-Za-z]/, "")
    gsub(/[^ -~]/, " ")
    sub(/ +$/, "")
}

# Redis and Valkey: what they say before they exit.
/Can't handle RDB format version [0-9]+/ {
    format = said("version [0-9]+")
    sub(/.* /, "", format)
    found(2, "newer", key("format", format))
}
/Error reading the RDB (base file|preamble of the AOF file) / && last ~ /^newer/ && last !~ /base=/ {
    base = said("[A-Za-z0-9_.-]+\\.rdb")
    last = last key("base", base)
}
/Wrong signature trying to load DB|Bad file format reading the append.only file|Unexpected end of file reading the append.only file|Internal error in RDB|Short read or OOM loading DB|FATAL AOF MANIFEST FILE ERROR|Wrong RDB checksum/ {
    found(2, "damaged", "")
}
/Fatal error,? can't open config file/ { file_error(2, quoted("open config file")) }
/Fatal error: can't open the (RDB|append log|AOF manifest) file/ { file_error(2, "") }
/Can't open or create append-only dir |Can't open the append-only file/ { file_error(2, "") }
/Can't open the log file/ { file_error(2, "") }
/Configured to not listen anywhere/ { found(2, "configuration", key("directive", "port")) }
/Failed opening Unix socket/ { file_error(2, "") }
/Failed trying to load the MASTER synchronization DB/ { found(2, "damaged", "") }
/FATAL CONFIG FILE ERROR/ { fatal = 4; at = ""; directive = "" }
fatal && /^Reading the configuration file, at line [0-9]+/ { at = $NF }
# Of a line of a configuration only its directive is shown, and only a known one: a password may stand there instead.
BEGIN {
    directives = "^(acl(file|log-max-len|-pubsub-default)|activedefrag|activerehashing|always-show-logo|" \
        "aof-(load-truncated|timestamp-enabled|use-rdb-preamble)|append(dirname|filename|fsync|only)|" \
        "auto-aof-rewrite-(min-size|percentage)|bind(-source-addr)?|busy-reply-threshold|" \
        "client-output-buffer-limit|client-query-buffer-limit|" \
        "cluster-(announce-(bus-port|hostname|ip|port|tls-port)|config-file|enabled|node-timeout|require-full-coverage)|" \
        "daemonize|databases|dbfilename|dir|disable-thp|dynamic-hz|" \
        "enable-(debug-command|module-command|protected-configs)|hz|include|io-threads(-do-reads)?|" \
        "latency-monitor-threshold|lfu-(decay-time|log-factor)|loadmodule|log(file|level)|lua-time-limit|" \
        "masterauth|masteruser|max(clients|memory(-clients|-policy|-samples)?)|" \
        "min-replicas-(max-lag|to-write)|no-appendfsync-on-rewrite|notify-keyspace-events|" \
        "oom-score-adj(-values)?|pidfile|port|proc-title-template|protected-mode|" \
        "rdb(checksum|compression|-save-incremental-fsync|-del-sync-files)|rename-command|" \
        "repl-(backlog-size|backlog-ttl|disable-tcp-nodelay|diskless-(load|sync|sync-delay)|ping-replica-period|timeout)|" \
        "replica(of|-announce-ip|-announce-port|-priority|-read-only|-serve-stale-data)|requirepass|save|" \
        "sentinel|set-proc-title|shutdown-(on-sigint|on-sigterm|timeout)|slaveof|" \
        "slowlog-(log-slower-than|max-len)|stop-writes-on-bgsave-error|supervised|" \
        "syslog-(enabled|facility|ident)|tcp-(backlog|keepalive)|timeout|" \
        "tls-(auth-clients|ca-cert-dir|ca-cert-file|cert-file|ciphers|ciphersuites|client-cert-file|client-key-file|cluster|dh-params-file|key-file|port|protocols|replication)|" \
        "unixsocket(perm)?|user)$"
}
fatal && /^>>> / {
    directive = $0
    sub(/^>>> *['"]?/, "", directive)
    empty = directive ~ /^[a-z][a-z0-9-]*(['"]?| +(""|'')'?)$/
    sub(/[ '"].*/, "", directive)
    if (directive !~ directives) directive = ""
    next
}
fatal && /^(Bad directive|[Ww]rong number of arguments|argument |Unbalanced quotes|Invalid |No such file|Permission denied|Can't |Module |sentinel directive|replicaof directive|Unresolved)/ {
    keys = key("line", at) key("directive", directive)
    if (empty && directive != "" && /rong number of arguments/) keys = keys key("empty", "yes")
    keys = keys key("error", system_error())
    found(2, "configuration", keys)
    fatal = 0
    empty = 0
}
fatal { fatal-- }
/Configuring (Redis|Valkey|server) with users defined in .* and at the same setting an ACL file path is invalid/ {
    found(2, "acl", key("error", "users are defined in the configuration as well"))
}
/startup because of ACL errors: / {
    if (/opening file/) {
        where = quoted("opening file")
        error = system_error()
        found(2, error ~ /^No such/ ? "missing" : "denied", key("path", where) key("error", error))
    } else {
        error = ""
        if (/should start with user keyword/) error = "it does not begin with the word user"
        else if (/unbalanced quotes/) error = "its quotes are not balanced"
        else if (/Duplicate user/) error = "a user is defined twice"
        else if (/Unknown command or category name/) error = "a command or category is not known"
        else if (/password hash must be/) error = "a hash of a password is not one"
        else if (/Syntax error/) error = "a rule is not known"
        found(2, "acl", place("ACL errors: ") key("error", error))
    }
}
/Error loading ACL rule '/ { found(2, "acl", "") }
/Can't load module from |Module [^ ]+ failed to load: / { found(2, "missing", key("path", quoted("(module from|Module) "))) }
/Failed to configure TLS|Failed to load (certificate|private key|CA)/ { found(2, "configuration", key("directive", "tls")) }
/Out Of Memory allocating|[Cc]annot allocate memory|JavaScript heap out of memory|java\.lang\.OutOfMemoryError|std::bad_alloc|^MemoryError/ { found(2, "memory", "") }

# PostgreSQL.
/data directory was initialized by PostgreSQL version [0-9.]+, which is not compatible with this version [0-9.]+/ {
    made = said("initialized by PostgreSQL version [0-9.]+")
    runs = said("this version [0-9.]+")
    sub(/.* /, "", made)
    sub(/,$/, "", made)
    sub(/.* /, "", runs)
    found(2, "newer", key("made", made) key("runs", runs))
}
/there appears to be PostgreSQL data in:/ { unused = 3 }
unused && /\(unused mount\/volume\)/ { found(2, "newer", key("path", quoted("^ *[a-z0-9 |_-]*")) key("unused", "yes")) }
unused { unused-- }
/data directory ".*" has (wrong ownership|invalid permissions)|[Cc]ould not (open|create|access|change permissions of) (file|directory) |could not access (the )?server configuration file/ {
    error = system_error()
    if (/has (wrong ownership|invalid permissions)/) error = "Permission denied"
    where = quoted("(directory|file) ")
    if (error ~ /^No such/) found(2, "missing", key("path", where))
    else if (error != "") found(2, "denied", key("path", where) key("error", error))
}
/superuser password is not specified/ { found(2, "configuration", key("directive", "POSTGRES_PASSWORD") key("empty", "yes")) }
/FATAL: +configuration file ".*" contains errors|syntax error in file ".*" line [0-9]+/ {
    at = said("line [0-9]+")
    sub(/.* /, "", at)
    found(2, "configuration", key("file", quoted("file ")) key("line", at))
}

# Caddy and nginx.
/^(Error|run): (adapting config using caddyfile|loading initial config|parsing)|^Error: .*Caddyfile:[0-9]+/ {
    if (/address already in use/) found(2, "port", key("port", port_of()))
    else if (/permission denied/) found(2, "denied", key("path", quoted("open ")) key("error", "Permission denied"))
    else found(2, "configuration", place("^(Error|run): "))
}
/reading config( from)? file: open / { file_error(2, quoted("file: open ")) }
/\[emerg\]/ {
    if (/host not found/) elsewhere("name", 2)
    else if (/Address already in use|98:/) found(2, "port", key("port", port_of()))
    else if (system_error() != "") file_error(2, quoted("(open\\(\\)|load certificate|load certificate key) "))
    else found(2, "configuration", place(" in "))
}

# What is to be executed.
/exec format error/ { found(2, "program", key("path", after_exec()) key("error", "exec format error")) }
/executable file not found in/ { found(2, "program", key("path", after_exec()) key("error", "not found")) }
/exec:? .*: (stat .*: )?no such file or directory/ { found(2, "program", key("path", after_exec()) key("error", "not found")) }
/exec:? .*: permission denied/ { found(2, "program", key("path", after_exec()) key("error", "permission denied")) }
/exec: [^ ]+: not found$/ { found(2, "program", key("path", after_exec()) key("error", "not found")) }
/env: .*(bash|sh|python3?|node) *('|"|\\r)?.*: No such file or directory/ { found(2, "program", key("error", "not found")) }

# Of whatever it is written in. npm says where it can't write its own log once all is over.
/npm (ERR!|error)/ { next }
/^([a-z0-9_.]*\.)?(PermissionError|FileNotFoundError|OSError|IsADirectoryError|NotADirectoryError): / {
    if (/Address already in use/) found(1, "port", key("port", port_of()))
    else file_error(1, quoted(": ['\"]"))
}
/can't open file ['"]/ { file_error(1, quoted("can't open file ")) }
/(ModuleNotFoundError|ImportError): No module named / {
    module = said("named ['\"]?[A-Za-z0-9_.]+")
    sub(/named ['"]?/, "", module)
    found(1, "missing", key("module", module))
}
/Error: Cannot find module '/ {
    module = said("module '[A-Za-z0-9_./@-]+")
    sub(/module '/, "", module)
    found(1, "missing", key("module", module))
}
/Error: (EACCES|EPERM|EROFS|ENOSPC|ENOENT|EISDIR|ENOTDIR): / { file_error(1, quoted(", [a-z]+ ")) }
/EADDRINUSE|bind: [Aa]ddress already in use|Address already in use|port is already allocated|ailed to bind (host )?port/ { found(1, "port", key("port", port_of())) }
/bind: [Pp]ermission denied|listen EACCES/ { found(1, "denied", key("port", port_of()) key("error", "Permission denied")) }
/can't open '?\/|cannot (open|create|touch|access) |cannot create directory/ { file_error(1, quoted("(open|create|touch|access|directory) ")) }
/No space left on device/ { found(1, "denied", key("error", "No space left on device")) }

# What it says of others is no cause.
/ENOTFOUND|EAI_AGAIN|[Nn]ame or service not known|[Tt]emporary failure in name resolution|could not translate host name|no such host|server misbehaving|UnknownHostException|getaddrinfo failed|Name does not resolve|nodename nor servname/ { elsewhere("name", 1) }
/ECONNREFUSED|[Cc]onnection refused/ { elsewhere("refused", 1) }
/ETIMEDOUT|[Cc]onnection timed out|i\/o timeout|[Nn]o route to host|[Nn]etwork is unreachable/ { elsewhere("timeout", 1) }
/NOAUTH|WRONGPASS|AUTH <?password>? called without any password|AUTH called without any password|invalid username-password pair|redis[a-z0-9_.]*AuthenticationError|(Redis|Reply)[A-Za-z]*Error: ERR invalid password/ { elsewhere("login", 1, "redis") }
/password authentication failed/ { elsewhere("login", 1) }

END { if (last != "" && (best > 1 || NR - at_line < 50)) print last }
