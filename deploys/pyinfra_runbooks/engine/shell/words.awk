# The words of a command line, each as it is where it can be no secret, else ***; of a variable that a shell replaces
# there, its name: $NAME. A text that has a $ and is replaced by no shell is ***$.

function begin_words() {
    words = in_shell = fresh = 0
    program = option = awaits = ""
    split("", masked)
}
function put(text) { masked[++words] = text }
function base(text) { sub(/.*\//, "", text); return text }
# One more argument of the command; the one after `sh -c` is a line of shell.
function argument(text) {
    if (awaits == "line") {
        awaits = ""
        line(text)
    } else {
        if (is_shell(base(masked[words])) || option == "of a shell") {
            if (text ~ /^-[a-z]*c$/) awaits = "line"
            if (text ~ /^[-+][a-z]+$/) {
                put(text)
                option = "of a shell"
                return
            }
            option = ""
        }
        word(text, 0)
    }
}
function is_shell(text) { return text ~ /^(sh|bash|dash|ash|zsh|ksh|busybox)$/ }
function is_server(text) { return text ~ /^(redis-server|valkey-server|keydb-server|dragonfly|redis-stack-server|redis-sentinel|valkey-sentinel|keydb-sentinel)$/ }
function is_client(text) { return text ~ /^(redis-cli|valkey-cli|keydb-cli)$/ }
function is_known(text) {
    return is_server(text) || is_client(text) || is_shell(text) ||
        text ~ /^(tini|dumb-init|catatonit|gosu|su-exec|setpriv|chroot|s6-setuidgid|env|exec|nice|ionice|timeout|docker-init|stdbuf|sudo|su|redis-check-aof|redis-check-rdb|redis-benchmark)$/ ||
        text ~ /^(docker-entrypoint|entrypoint|run|start)([.]sh)?$/ ||
        text ~ /^(if|then|else|elif|fi|for|in|do|done|while|until|case|esac|set|export|unset|trap|wait|true|false|exit|return|test|echo|printf|cat|grep|egrep|sed|awk|sleep|ls|cp|mv|mkdir|chown|chmod|rm|cd|curl|wget|nc|ncat|pgrep|ps|kill|python|python3|node|ruby|php|pg_isready|mysqladmin)$/ ||
        text ~ /^(PING|ping|PONG|pong|INFO|info|incr|INCR|localhost)$/ || text ~ /^(\[|\]|\[\[|\]\]|!|=|==|!=|\{|\}|-|--)$/
}
# word TEXT SHELL: one word; in a line of shell, what that replaces is marked (line).
function word(text, shell,    name, at) {
    if (text ~ /^--[A-Za-z][A-Za-z0-9_.-]*$/ && length(text) <= 40 && !(is_hidden(option) && fresh)) {
        put(text)
        take(tolower(substr(text, 3)))
    } else if (text ~ /^--[A-Za-z][A-Za-z0-9_.-]*=/) {
        at = index(text, "=")
        name = tolower(substr(text, 3, at - 3))
        put(substr(text, 1, at) of_option(name, substr(text, at + 1), shell, 1))
        option = ""
    } else if (text ~ /^-[A-Za-z]$/ && !(is_hidden(option) && fresh)) {
        put(text)
        take(text)
    } else if (option != "") {
        if (!fresh && length(option) == 2) option = ""
        else if (is_known(base(text)) && !fresh_secret()) option = ""
        if (option == "") plain_word(text, shell)
        else put(of_option(option, text, shell, fresh))
        fresh = 0
    } else plain_word(text, shell)
}
function take(name) { option = name; fresh = 1 }
function fresh_secret() { return is_hidden(option) || kind_of(option) != "" }
function is_hidden(name) { return name ~ /pass|auth|secret|token|key|user|cred|^-[aup]$/ && kind_of(name) == "" }
function plain_word(text, shell,    name) {
    if (text == "--" || is_known(base(text)) && (text !~ /\// || is_path(text))) {
        if (is_server(base(text)) || is_client(base(text))) program = base(text)
        put(text !~ /\// || is_place(text) ? text : base(text))
    } else if (text ~ /^-[A-Za-z0-9]/) put(is_shell(base(masked[words])) && text ~ /^-[a-z]+$/ ? text : substr(text, 1, 2) "***")
    else if (name = assigned(text, base(masked[words]), shell)) put(name "=" hidden(substr(text, length(name) + 2), shell))
    else if (is_place(text) || text ~ /^[A-Za-z0-9._-]+[.](conf|sh|py|js|rb|php|jar|yml|yaml|toml|json|ini|aof|rdb)$/) put(text)
    else if (masked[words] == "exit" && text ~ /^[0-9]+$/) put(text)
    else if (text ~ /^https?:\/\/(localhost|127[.]0[.]0[.]1|0[.]0[.]0[.]0|\[::1\])(:[0-9]+)?(\/|$)/) {
        match(text, /^https?:\/\/[^\/]*/)
        put(substr(text, 1, RLENGTH) "/***")
    } else put(hidden(text, shell))
}
# The variable that a word gives a value, where it can do so. A token may end with =.
function assigned(text, before, shell,    name) {
    if (!match(text, /^[A-Za-z_][A-Za-z0-9_]*=/) || substr(text, RLENGTH) ~ /^=+$/) return ""
    name = substr(text, 1, RLENGTH - 1)
    if (!(name in environment) && name !~ /^[A-Z_][A-Z0-9_]*$/) return ""
    if (before ~ /^(env|export)$|^[A-Za-z_][A-Za-z0-9_]*=/) return name
    return shell && before ~ /^(CMD-SHELL|-[a-z]*c|[;&|(){!]|&&|[|][|]|if|then|elif|else|while|until|do)$/ ? name : ""
}
# A token may begin with a slash, too, and the last part of a path be one: only what runs is none, and a configuration.
function is_place(text) {
    return is_path(text) && (words == 0 && !in_shell || text ~ /[.]conf$/ || text ~ /^(\/usr(\/local)?)?\/s?bin\/[^\/]*$/ && is_known(base(text)))
}
# What may be shown of an option's value: a number, a path, a choice, an address; "": nothing. Of a server or its
# client: elsewhere an option of that name may be another one.
function kind_of(name) {
    if (name == "port") return "number"
    if (program == "" && (in_shell || masked[1] !~ /([.]sh|entrypoint|tini)$/)) return ""
    if (program ~ /-cli$/) return name == "-p" ? "number" : name == "-h" ? "address" : name ~ /^(-s|cacert|cert|key)$/ ? "path" : ""
    if (name ~ /^((tls-|admin_|http_|memcached_|health_)port|unixsocketperm|databases|timeout|tcp-keepalive|tcp-backlog|io-threads|maxclients|hz|server-threads|proactor_threads)$/) return "number"
    if (name ~ /^(appendonly|appendfsync|protected-mode|daemonize|cluster-enabled|maxmemory|maxmemory-policy|maxmemory-samples|loglevel|tls-auth-clients|tls-replication|tls-cluster|tls|supervised|cache_mode|stop-writes-on-bgsave-error|rdbcompression|activedefrag|lazyfree-lazy-eviction|active-replica|multi-master|always-show-logo|aof-use-rdb-preamble|replica-read-only)$/) return "choice"
    if (name ~ /^(dir|dbfilename|appenddirname|appendfilename|aclfile|unixsocket|tls-(cert|key|ca-cert)-file|tls_(cert|key|ca_cert)_file|tls-client-(cert|key)-file|tls-ca-cert-dir|include|loadmodule|pidfile|logfile|flagfile)$/) return "path"
    if (name == "bind") return "address"
    return name == "save" ? "times" : ""
}
# + first: whether it is the first value of the option: but for addresses and times it has no more
function of_option(name, text, shell, first,    kind) {
    kind = kind_of(name)
    if (kind == "times" && text ~ /^[0-9 ]*$/) return text
    if (kind == "address" && (text == "localhost" || text ~ /^[0-9a-fA-F.:* -]*$/ && text ~ /[.:*]/)) return text
    if (first && kind == "number" && text ~ /^[0-9]+$/) return text
    if (first && kind == "choice" && is_choice(tolower(text))) return text
    if (first && kind == "path" && text ~ /^[A-Za-z0-9._\/+-]*$/ && (text ~ /[.\/]/ || name ~ /name$/) && length(text) <= 200) return text
    return hidden(text, shell)
}
function is_choice(text) {
    return text ~ /^(yes|no|true|false|on|off|everysec|always|optional|auto|systemd|upstart|debug|verbose|notice|warning|nothing)$/ ||
        text ~ /^(noeviction|(allkeys|volatile)-(lru|lfu|random|lrm|ttl))$/ || text ~ /^[0-9]+(b|k|kb|m|mb|g|gb|%)?$/
}
# What it is, if not its text: empty, a variable of the container, a file that is read there.
function hidden(text, shell,    name) {
    if (text == "") return ""
    if (!shell) return text ~ /[$][{(A-Za-z_]/ ? "***$" : "***"
    if (text ~ /^\001[{]?[A-Za-z_][A-Za-z0-9_]*[}]?$/ || text ~ /^\001[{][A-Za-z_][A-Za-z0-9_]*:?[-?=][^}]*[}]$/) {
        name = text
        sub(/^\001[{]?/, "", name)
        sub(/[^A-Za-z0-9_].*$/, "", name)
        return name in environment ? "$" name : "***"
    }
    if (text ~ /^\001[(](cat|<) *"?[\001$]?[{]?[A-Za-z0-9._\/-]+[}]?"? *[)]$/) {
        name = text
        sub(/^\001[(](cat|<) *"?/, "", name)
        sub(/"? *[)]$/, "", name)
        if (is_path(name)) return "$(cat " name ")"
        gsub(/[\001${}]/, "", name)
        return name in environment ? "$(cat $" name ")" : "***"
    }
    return text ~ /[$][{(A-Za-z_]/ && text !~ /\001/ ? "***$" : "***"
}
# A line of shell: its words and what stands between them. What a shell replaces begins with \001 in the place of $.
function line(text,    n, c, all, token, quote, some, depth) {
    in_shell = 1
    all = length(text)
    option = ""
    for (n = 1; n <= all; n++) {
        c = substr(text, n, 1)
        if (quote == "'") {
            if (c == "'") quote = ""
            else token = token c
        } else if (c == "\\") {
            c = substr(text, ++n, 1)
            if (c != "\n") { token = token (quote && c !~ /["\\$`]/ ? "\\" : "") c; some = 1 }
        } else if (c == "$" && substr(text, n + 1, 1) == "(") {
            token = token "\001("
            depth = 1
            for (n += 2; n <= all && depth; n++) {
                c = substr(text, n, 1)
                depth += (c == "(") - (c == ")")
                token = token c
            }
            n--
            some = 1
        } else if (c == "$" && substr(text, n + 1, 1) ~ /[{A-Za-z_0-9@*?!#]/) {
            token = token "\001"
            some = 1
            if (substr(text, n + 1, 1) == "{") {
                for (n++; n <= all && c != "}"; n++) {
                    c = substr(text, n, 1)
                    token = token c
                }
                n--
            }
        } else if (c == "`") {
            token = token "\001`"
            some = 1
        } else if (c == "\"") {
            quote = quote == "" ? "\"" : ""
            some = 1
        } else if (quote != "") token = token c
        else if (c == "'") { quote = "'"; some = 1 }
        else if (c ~ /[ \n;|&()<>]/) {
            if (token != "" || some) word(token, 1)
            token = some = ""
            if (c != " ") operator(c)
        } else token = token c
    }
    if (token != "" || some) word(token, 1)
    option = ""
}
function operator(c) {
    option = program = ""
    if (c == "\n") c = ";"
    if ((c == "|" || c == "&") && masked[words] == c) masked[words] = c c
    else put(c)
}
