# What a container's arguments and its environment say of how its Redis is reached, and of how to log in to it. Reads
# docker's JSON, see ask_redis.sh; prints what held_login.sh takes, a line each: words, and passwords escaped.
#
# A line of shell is read, never run: what it takes from the environment is put in its place, and of $(cat FILE) the
# file is named. What another command prints is not known.
#
# In the environment: look_for: empty: no login is asked for; variable or file: the one place that counts; else all are
# looked at.
BEGIN {
    root = "h"
    depth = 0
    for (i = 1; i < 256; i++) code[sprintf("%c", i)] = sprintf("\\x%02x", i)
    control["n"] = "\n"
    control["t"] = "\t"
    control["r"] = "\r"
    control["b"] = "\b"
    control["f"] = "\f"
}
{ json($0) }
END {
    list = root SUBSEP "env"
    for (i = 1; i <= members[list]; i++) {
        text = decoded(of(list SUBSEP i))
        named[i] = substr(text, 1, index(text, "=") - 1)
        env[named[i]] = substr(text, index(text, "=") + 1)
    }
    many = members[list]
    wanted = ENVIRON["look_for"] != "" && ENVIRON["file"] ENVIRON["variable"] == ""
    arguments()
    for (i = 1; i <= many; i++)
        if (named[i] ~ /^(REDIS_ARGS|(REDIS|VALKEY|KEYDB)_EXTRA_FLAGS)$/) {
            lex(env[named[i]])
            options(1)
        }
    if (!wanted) print "@only"
    if (ENVIRON["look_for"] == "") exit
    if (ENVIRON["file"] != "") from_file(ENVIRON["file"], ENVIRON["file"])
    else if (ENVIRON["variable"] != "") from_variable(ENVIRON["variable"])
    else {
        print "@weak"
        for (i = 1; i <= many; i++)
            if (named[i] ~ /^((REDIS|VALKEY|KEYDB|DFLY|DRAGONFLY)(CLI)?_(HOST_|SERVER_|DEFAULT_)?(PASSWORD|PASS|PASSWD|AUTH|REQUIREPASS|requirepass)|REQUIREPASS)(_FILE)?$/)
                from_variable(named[i])
    }
}

function from_variable(name) {
    if (env[name] == "") {
        if (ENVIRON["variable"] != "") print "@unseen $" name
        return
    }
    if (("$" name) in sent) return
    if (name ~ /_FILE$/) from_file(name, env[name])
    else print "@login $" name " default " escaped(env[name])
}
function from_file(by, path) {
    if (is_plain(path)) print "@file " by " default " path
    else print "@unseen " by
}
function is_plain(text) { return text ~ /^[A-Za-z0-9_.\/:@%*+-]+$/ }
function escaped(text,    i, out) {
    for (i = 1; i <= length(text); i++) out = out code[substr(text, i, 1)]
    return out
}
# The bytes of a string in JSON.
function decoded(text,    out, c) {
    while (match(text, /\\./)) {
        out = out substr(text, 1, RSTART - 1)
        c = substr(text, RSTART + 1, 1)
        text = substr(text, RSTART + 2)
        if (c in control) c = control[c]
        else if (c == "u") {
            c = utf8(substr(text, 1, 4))
            text = substr(text, 5)
        }
        out = out c
    }
    return out text
}
function utf8(digits,    i, n) {
    digits = tolower(digits)
    for (i = 1; i <= 4; i++) n = 16 * n + index("0123456789abcdef", substr(digits, i, 1)) - 1
    if (n < 128) return sprintf("%c", n)
    if (n < 2048) return sprintf("%c%c", 192 + int(n / 64), 128 + n % 64)
    return sprintf("%c%c%c", 224 + int(n / 4096), 128 + int(n / 64) % 64, 128 + n % 64)
}

# The server's options: after its name, or after the image's own script; or in a line that a shell reads.
function arguments(    list, i, n, text) {
    list = root SUBSEP "args"
    word[n = 1] = decoded(of(root SUBSEP "path"))
    for (i = 1; i <= members[list]; i++) word[++n] = decoded(of(list SUBSEP i))
    for (i = 2; i <= n; i++) if (word[i - 1] ~ /^-[a-z]*c$/) {
        lex(word[i])
        in_shell()
        return
    }
    count = 0
    for (i = 1; i <= n; i++) {
        token[++count] = word[i]
        kind[count] = "w"
        from[count] = ""
    }
    in_shell()
}
function in_shell(    i, server) {
    for (i = 1; i <= count; i++) if (kind[i] == "w" && token[i] ~ /(^|\/)((redis|valkey|keydb)-server|dragonfly)$/) {
        server = 1
        options(i + 1)
    }
    if (!server) for (i = 1; i <= count; i++) if (kind[i] == "w") {
        if (token[i] ~ /^\/opt\/bitnami\/scripts\/(redis|valkey)\/run[.]sh$/) {
            split(token[i], part, "/")
            print "@conf /opt/bitnami/" part[5] "/etc/" part[5] ".conf"
            server = 1
            options(i + 1)
        }
    }
    if (!server) for (i = 1; i < count; i++) if (token[i] ~ /entrypoint[.]sh$/ && token[i + 1] ~ /^-|[.]conf$/) options(i + 1)
}
function options(first,    i, at, name) {
    for (i = first; i <= count && kind[i] != "s"; i++) {
        if (i == first && kind[i] == "w" && token[i] !~ /^-/) {
            print (is_plain(token[i]) ? "@conf " token[i] : "@unseen its-configuration")
        } else if (kind[i] == "w" && token[i] ~ /^--[A-Za-z]/) {
            name = substr(token[i], 3)
            if (at = match(name, /[= ]/)) {
                option(substr(name, 1, at - 1), substr(name, at + 1), "w", from[i])
            } else if (i < count && kind[i + 1] != "s") option(name, token[i + 1], kind[i + 1], from[i + 1])
            else option(name, "", "w", "")
        }
    }
}
function option(name, text, what, whose) {
    name = tolower(name)
    gsub(/_/, "-", name)
    if (name == "requirepass") {
        if (!wanted) return
        print "@requirepass"
        many_names = split(whose, part, ",")
        for (name = 1; name <= many_names; name++) sent[part[name]] = 1
        if (what == "f") from_file(whose == "" ? text : whose, text)
        else if (what != "w") print "@unseen --requirepass"
        else if (text != "") {
            whose = "@login " (whose == "" ? "--requirepass" : whose) " default "
            print whose escaped(text)
            # Valkey reads its arguments as lines of its configuration.
            if (text ~ /^"[^"\\]+"$|^\047[^\047\\]+\047$/) print whose escaped(substr(text, 2, length(text) - 2))
        }
    } else if (name ~ /^(port|tls-port|bind|unixsocket|aclfile|include|tls|tls-(ca-cert|cert|key|client-cert|client-key)-file|tls-ca-cert-dir)$/) {
        if (what == "w" && is_plain(text)) print "@set " name " " text
        else if (name == "tls") print "@set tls yes"
    }
}

# A line of shell as words: token, and kind: w a word, f the file whose content it is, u not known, s what ends a command.
# from: the variables that it was made of.
function lex(text,    c, i) {
    count = 0
    begins = 1
    fresh()
    while (text != "") {
        c = substr(text, 1, 1)
        text = substr(text, 2)
        if (c == "\\") {
            if (text !~ /^\n/) add(substr(text, 1, 1))
            text = substr(text, 2)
        } else if (c == "\047") {
            i = index(text "\047", "\047")
            add(substr(text, 1, i - 1))
            text = substr(text, i + 1)
        } else if (c == "\"") text = in_quotes(text)
        else if (c == "$" || c == "`") text = expanded(c, text)
        else if (c == "#" && !any) sub(/^[^\n]*/, "", text)
        else if (c ~ /[ \t]/) finish()
        else if (c ~ /[\n;&|()]/) {
            finish()
            token[++count] = c
            kind[count] = "s"
            begins = 1
        } else add(c)
    }
    finish()
}
function in_quotes(text,    c) {
    any = 1
    while (text != "") {
        c = substr(text, 1, 1)
        text = substr(text, 2)
        if (c == "\"") return text
        if (c == "\\" && text ~ /^["$`\\]/) {
            add(substr(text, 1, 1))
            text = substr(text, 2)
        } else if (c == "$" || c == "`") text = expanded(c, text)
        else add(c)
    }
    return text
}
function fresh() {
    current = whose = assigned = ""
    state = "w"
    any = 0
}
function add(text) {
    if (state == "f") state = "u"
    append(text)
}
# What doubles a variable again and again is not followed: no password is that long.
function append(text) {
    any = 1
    if (length(current) + length(text) > 65535) state = "u"
    else current = current text
}
function finish(    at, name) {
    if (!any) return
    at = match(current, /^[A-Za-z_][A-Za-z0-9_]*=/) ? RLENGTH : 0
    if (begins && (assigned != "" || at)) {
        name = assigned != "" ? assigned : substr(current, 1, at - 1)
        env[name] = assigned != "" ? current : substr(current, at + 1)
        made_of[name] = state
        fresh()
        return
    }
    begins = begins && current ~ /^(export|exec|then|do|else|env|readonly|[{!])$/
    token[++count] = current
    kind[count] = state
    from[count] = whose
    fresh()
}
# What is no variable may be a piece of a password: it is not named.
function mention(name) { if (env[name] != "") whose = whose (whose == "" ? "" : ",") "$" name }
function use(name) {
    mention(name)
    if (made_of[name] == "f") file(env[name])
    else {
        add(env[name])
        if (made_of[name] == "u") state = "u"
    }
}
function file(path) {
    if (current ~ /^[A-Za-z_][A-Za-z0-9_]*=$/) {
        assigned = substr(current, 1, length(current) - 1)
        current = ""
    }
    state = current == "" && state == "w" ? "f" : "u"
    append(path)
}
# What follows a $, or stands between backquotes; the rest of the text is returned.
function expanded(c, text,    i, inner, name) {
    any = 1
    if (c == "`") {
        i = index(text "`", "`")
        substituted(substr(text, 1, i - 1))
        return substr(text, i + 1)
    }
    if (text ~ /^[(]/) {
        i = closing(text, "(", ")")
        substituted(substr(text, 2, i - 2))
        return substr(text, i + 1)
    }
    if (text ~ /^[{]/) {
        i = closing(text, "{", "}")
        inner = substr(text, 2, i - 2)
        if (match(inner, /^[A-Za-z_][A-Za-z0-9_]*/)) {
            name = substr(inner, 1, RLENGTH)
            inner = substr(inner, RLENGTH + 1)
            if (inner == "" || inner ~ /^:?[?]/) use(name)
            else if (inner ~ /^:?[-=]/) {
                if ((inner ~ /^:/ && env[name] != "") || (inner !~ /^:/ && name in env)) use(name)
                else {
                    sub(/^:?[-=]/, "", inner)
                    add(simple(inner))
                }
            } else state = "u"
        } else state = "u"
        return substr(text, i + 1)
    }
    if (match(text, /^[A-Za-z_][A-Za-z0-9_]*/)) {
        i = RLENGTH
        use(substr(text, 1, i))
        return substr(text, i + 1)
    }
    if (text ~ /^[0-9@*#?$!-]/) {
        state = "u"
        return substr(text, 2)
    }
    add("$")
    return text
}
function closing(text, opens, closes,    i, c, open) {
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == opens) open++
        if (c == closes && --open == 0) return i
    }
    return length(text) + 1
}
function substituted(text) {
    sub(/^[ \t\n]+/, "", text)
    sub(/[ \t\n]+$/, "", text)
    if (!sub(/^(\/bin\/|\/usr\/bin\/)?cat[ \t]+/, "", text) && !sub(/^<[ \t]*/, "", text)) {
        state = "u"
        return
    }
    text = simple(text)
    if (text ~ /[ \t\n|;&<>]/ || text == "") state = "u"
    else file(text)
}
# A default, or a path: quotes around it, and variables in it.
function simple(text,    out, name) {
    if (text ~ /^".*"$/) text = substr(text, 2, length(text) - 2)
    else if (text ~ /^\047[^\047]*\047$/) return substr(text, 2, length(text) - 2)
    while (match(text, /[$]([{][A-Za-z_][A-Za-z0-9_]*[}]|[A-Za-z_][A-Za-z0-9_]*)/)) {
        name = substr(text, RSTART + 1, RLENGTH - 1)
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        gsub(/[{}]/, "", name)
        mention(name)
        if (made_of[name] ~ /[fu]/ || length(out) > 65535) state = "u"
        if (length(out) > 65535) return
        out = out env[name]
    }
    if (text ~ /[$`"\047\\]/) state = "u"
    return out text
}
