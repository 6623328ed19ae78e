# Which services run a Redis or Valkey server, by the words that start them: of these, which stay on the host,
# only the server's name, paths of its configuration and its ACL, and its data directory are shown. Reads lines of
# JSON, each after a word that says what it is part of:
#   c        docker compose config --format json     i NAME   an image's entrypoint and cmd
#
# With options_of=SERVICE in the environment: the words after the server's name, one a line, for a trial; what
# may be a password there has x in its place.
/^i [^ ]+ / {
    root = "i" SUBSEP $2
    depth = 0
    json(substr($0, length($2) + 4))
    next
}
/^c / {
    if (root != "c") { root = "c"; depth = 0; opened = 0 }
    if ($0 == "c {") opened = 1
    if (opened) json(substr($0, 3))
}
END {
    services = "c" SUBSEP "services"
    for (n = 1; n <= members[services]; n++) judge(member[services, n], services SUBSEP member[services, n])
}

function judge(service, path,    image, entries, starts, first, options) {
    image = of(path SUBSEP "image")
    if (image == "") image = of("c" SUBSEP "name") "-" service
    entries = taken(path SUBSEP "entrypoint", "i" SUBSEP image SUBSEP "entrypoint")
    count = 0
    add(entries)
    starts = count
    # Who has another entrypoint does without the image's command.
    if (members[path SUBSEP "command"]) add(path SUBSEP "command")
    else if (!members[path SUBSEP "entrypoint"]) add("i" SUBSEP image SUBSEP "cmd")
    first = starts + 1
    server = script = conf = dir = acl = keeps = becomes = ""
    find(starts, "i" SUBSEP image SUBSEP "cmd")
    if (server == "" && (word[first] ~ /^-/ || word[first] ~ /[.]conf$/)) {
        server = brought("i" SUBSEP image SUBSEP "cmd")
        if (server == "") server = brought("i" SUBSEP image SUBSEP "entrypoint")
        if (server != "") after = first
    }
    if (server == "" || is_sentinel()) return
    if (script == "") read_words()
    options = ENVIRON["options_of"]
    if (options != "") {
        if (options "" == service "" && script == "") print_options()
        return
    }
    printf "{\"service\":\"%s\",\"server\":\"%s\",\"script\":%s,\"entry\":\"%s\",", service, server, script == "" ? "false" : "true", entry(entries)
    printf "\"conf\":\"%s\",\"dir\":\"%s\",\"acl\":\"%s\",\"keeps\":%s,\"becomes\":\"%s\",", conf, dir, acl, keeps == "" ? "false" : "true", becomes
    printf "\"stays\":%s}\n", of(path SUBSEP "environment" SUBSEP "SKIP_DROP_PRIVS") == "" ? "false" : "true"
}
# What is declared, or else what the image brings.
function taken(declared, from_image) { return members[declared] ? declared : from_image }
function add(path,    n) { for (n = 1; n <= members[path]; n++) word[++count] = of(path SUBSEP n) }
function base(text) { sub(/.*\//, "", text); return text }
function is_server(text) { return base(text) ~ /^(redis|valkey)-server$/ }
function brought(path,    n) {
    for (n = 1; n <= members[path]; n++) if (is_server(of(path SUBSEP n))) return base(of(path SUBSEP n))
    return ""
}
# The server is a word of the entrypoint, or the first one of the command: as a later one it may be a host's name.
# Or it is started by a line of shell, be it by the image's script, which puts the server before options and a
# configuration (image_cmd is what it does that for).
function find(starts, image_cmd,    n, text) {
    for (n = 1; n <= count && n <= starts + 1; n++) if (is_server(word[n])) {
        server = base(word[n])
        after = n + 1
        give_up(n)
        return
    }
    for (n = 1; n <= count; n++) {
        text = word[n]
        gsub(/\\n/, ";", text)
        gsub(/\\t/, " ", text)
        text = ";" text " "
        # As the word that is run: as a later one it may be a host's name here, too.
        if (text ~ /[^ ] +[^ ]/ && match(text, /([;&|(]|exec |then |do ) *(\/[^ ;&|]*\/)?(redis|valkey)-server[ ;]/)) {
            script = "yes"
            server = substr(text, RSTART, RLENGTH - 1)
            sub(/.*[^a-z-]/, "", server)
            read_text(substr(text, RSTART + RLENGTH))
            return
        }
        if (match(text, /([;&|(]|exec |then |do ) *(\/[^ ;&|]*\/)?docker-entrypoint[.]sh +(-|[^ ;&|]+[.]conf[ ;])/)) {
            server = brought(image_cmd)
            if (server == "") continue
            script = "yes"
            text = substr(text, RSTART)
            sub(/.*docker-entrypoint[.]sh /, "", text)
            read_text(text)
            return
        }
    }
}
# It has no data, and does not end by itself where it is tried.
function is_sentinel(    n) {
    for (n = 1; n <= count; n++) if (word[n] ~ /(^|[^A-Za-z0-9-])--sentinel([^A-Za-z0-9-]|$)/) return 1
    return 0
}
# The user that it becomes by the words in front of it.
function give_up(last,    n) {
    for (n = 1; n < last; n++) {
        if (base(word[n]) ~ /^(gosu|su-exec|s6-setuidgid)$/ || word[n] ~ /^--(reuid|userspec)$/) becomes = word[n + 1]
        if (word[n] ~ /^--(reuid|userspec)=/) becomes = substr(word[n], index(word[n], "=") + 1)
    }
    sub(/:.*/, "", becomes)
}
function read_words(    n) {
    if (after <= count && word[after] !~ /^-/) conf = word[after]
    for (n = after; n < count; n++) option(tolower(word[n]), word[n + 1])
}
function option(name, text) {
    if (name == "--dir") dir = text
    if (name == "--aclfile") acl = text
    if (name == "--appendonly" && text == "yes" || name == "--save" && text ~ /^[0-9]/) keeps = "yes"
}
function read_text(text,    words, list, n) {
    sub(/[;&|].*/, "", text)
    gsub(/\\"/, "", text)
    words = split(text, list, " ")
    for (n = 1; n <= words; n++) {
        if (list[n] ~ /[$`]/) continue
        if (conf == "" && list[n] ~ /^[^-].*[.]conf$/) conf = list[n]
        if (n > 1) option(list[n - 1], list[n])
    }
}
# The script that the image starts everything with.
function entry(path,    n) {
    for (n = 1; n <= members[path]; n++) if (of(path SUBSEP n) ~ /[.]sh$|entrypoint/) return of(path SUBSEP n)
    n = of(path SUBSEP 1)
    return is_server(n) || base(n) ~ /^(tini|dumb-init|catatonit|gosu|su-exec|setpriv|chroot|s6-setuidgid)$/ ? "" : n
}
function print_options(    n, name, text, kept) {
    for (n = conf == "" ? after : after + 1; n <= count; n++) {
        text = word[n]
        if (text ~ /^--/) {
            name = tolower(substr(text, 3))
            kept = name !~ /^user([ =]|$)/
        } else if (name ~ /pass|auth/) text = "x"
        else if (name == "dir") text = "/tmp"
        gsub(/\\"/, "\"", text)
        gsub(/\\\\/, "\\", text)
        if (kept) print text
    }
}
