# Who is connected to a Redis, and whom it refused: of what it printed, CLIENT LIST and ACL LOG are counted by address
# before anything leaves the host. Names of connections, of users, of keys and what was typed for a login may hold
# anything, and stay. Nothing else passes where they were asked for, and of an error its code alone. Of all else passes
# what it is, but for the words that an unknown command was called with, which may be a password; and for hashes of
# passwords, where no login is declared: nothing is compared with them. Zeros stand for those.
#
# In the environment: questions: what is asked, as ask_redis.sh has it; login_users: see there
#
#   connected all N               so many connections, of whatever sort
#   connected ADDRESS LOCAL N TAKING DEFAULT OLDEST IDLE BLOCKED NEWEST COMMANDS
#                                 those from one address to one of the server's own: how many, how many of them wait
#                                 on a queue or did so last, how many are the default user's, how many seconds the
#                                 oldest is there, how long that was silent which spoke last, how many are blocked
#                                 right now, how many seconds the newest is there, and what they said last
#   refused ADDRESS REASON N AGE  how often one was refused, and how many seconds ago at last
#   refused all N                 so many entries of its log
#
# Likewise from MODULE LIST and GETRANGE, which are asked for traces of an intruder:
#   module NAME PATH              a module that is loaded; ? stands for what is no plain name
#   planted WHAT                  crontab: a line of one that runs something; ssh: an SSH key
#
# At most 400 addresses; "connected more N" where there are others.
BEGIN {
    taking = "^(b(l|r|z)(m?pop|popmin|popmax)|brpoplpush|blmove|blmpop|bzmpop|xread|xreadgroup)$"
    most = 400
    many = split(ENVIRON["questions"], asked, "\n")
    for (i = 2; i <= many; i++)
        if (asked[i] ~ /^(CLIENT LIST|ACL LOG|MODULE LIST|GETRANGE )/) strict[substr(asked[i - 1], 7)] = asked[i]
    hash = "[0-9a-f]"
    zeros = "0"
    for (i = 0; i < 6; i++) {
        hash = hash hash
        zeros = zeros zeros
    }
}
function field(text, name,    at) {
    at = index(text, " " name "=")
    if (!at) return ""
    text = substr(text, at + length(name) + 2)
    at = index(text, " ")
    return at ? substr(text, 1, at - 1) : text
}
# 10.0.0.3:4567, [fd00::3]:4567, /run/redis.sock:0
function address(text) {
    if (text ~ /^\//) return "socket"
    sub(/:[0-9]*$/, "", text)
    gsub(/[][]/, "", text)
    return text ~ /^[0-9a-fA-F.:]+$/ && length(text) < 60 ? text : "other"
}
function number(text) { return text ~ /^[0-9]+(\.[0-9]+)?$/ ? int(text) : 0 }
function counted(text,    key, flags, age, idle, command) {
    total++
    flags = field(text, "flags")
    # A replica, a master, and a monitor: none of them is a client.
    if (flags ~ /[SMO]/) return
    key = address(field(text, "addr")) " " address(field(text, "laddr"))
    if (!(key in count)) {
        if (known == most) { more++; return }
        keys[known++] = key
        count[key] = waits[key] = unnamed[key] = oldest[key] = blocked[key] = 0
        silent[key] = newest[key] = -1
    }
    count[key]++
    command = field(text, "cmd")
    if (flags ~ /b/ || command ~ taking) waits[key]++
    if (flags ~ /b/) blocked[key]++
    if (field(text, "user") == "default") unnamed[key]++
    age = number(field(text, "age"))
    if (age > oldest[key]) oldest[key] = age
    if (newest[key] < 0 || age < newest[key]) newest[key] = age
    idle = number(field(text, "idle"))
    if (silent[key] < 0 || idle < silent[key]) silent[key] = idle
    if (command !~ /^[a-z][a-z0-9._|-]*$/ || length(command) > 40) command = "other"
    if (!((key, command) in said) && commands[key] < 12) {
        said[key, command] = 1
        commands[key]++
        spoken[key] = spoken[key] " " command
    }
}
function tell(    i, key) {
    if (!total) return
    print "connected all " total
    for (i = 0; i < known; i++) {
        key = keys[i]
        print "connected " key " " count[key] " " waits[key] " " unnamed[key] " " oldest[key] " " silent[key] " " blocked[key] " " newest[key] spoken[key]
        delete count[key]
        delete commands[key]
        delete spoken[key]
    }
    if (more) print "connected more " more
    total = known = more = 0
}
function text_of(text, key) {
    if (!match(text, "\"" key "\",\"?[a-z0-9.]+")) return ""
    text = substr(text, RSTART, RLENGTH)
    sub(/.*[,"]/, "", text)
    return text
}
function refusals(text,    parts, n, i, key, at, known_here, here, times, last) {
    # What a client chose itself stands between quotes of its own, and with that it can't end them.
    gsub(/\\./, "", text)
    n = split(text, parts, "\"client-info\",\"")
    for (i = 2; i <= n; i++) {
        at = parts[i]
        sub(/".*/, "", at)
        key = address(field(" " at, "addr")) " " (text_of(parts[i - 1], "reason") == "" ? "other" : text_of(parts[i - 1], "reason"))
        if (!(key in times)) { here[known_here++] = key; times[key] = 0; last[key] = -1 }
        times[key] += number(text_of(parts[i - 1], "count"))
        at = number(text_of(parts[i - 1], "age-seconds"))
        if (last[key] < 0 || at < last[key]) last[key] = at
    }
    for (i = 0; i < known_here; i++) print "refused " here[i] " " times[here[i]] " " last[here[i]]
    print "refused all " n - 1
}
function is_plain(text) { return text ~ /^[A-Za-z0-9_.\/@+-]+$/ && length(text) < 200 ? text : "?" }
# As JSON, or a word a line: "name", and its value on the next line.
function loaded(text,    parts, n, i, name, path) {
    n = split(text, parts, "\"name\",\"")
    for (i = 2; i <= n; i++) {
        name = path = parts[i]
        sub(/".*/, "", name)
        if (sub(/.*"path","/, "", path)) sub(/".*/, "", path)
        else path = ""
        print "module " is_plain(name) (path == "" ? "" : " " is_plain(path))
    }
}
function loaded_by_line(text) {
    sub(/^( *[0-9]+\) )+/, "", text)
    if (last_word == "\"name\"") {
        gsub(/^"|"$/, "", text)
        print "module " is_plain(text)
    }
    last_word = text
}
# A planted crontab line comes after an empty one, or fetches something.
function is_planted(text) {
    if (text ~ /(ssh-(rsa|ed25519|dss)|ecdsa-sha2-nistp[0-9]+) AAAA/) return "ssh"
    if (text !~ /[0-9*]( |\t|\\t)+[0-9*,\/-]+( |\t|\\t)+[0-9*,\/-]+( |\t|\\t)+[0-9*,\/-]+( |\t|\\t)/) return ""
    return text ~ /^"(\\n|\\r|\\t| )*\\n|curl |wget |https?:|\/dev\/tcp|base64 / ? "crontab" : ""
}
/^id=[0-9]+ addr=/ { counted(" " $0); next }
{ tell() }
about == "MODULE LIST" && /^\[\[/ { loaded($0); next }
/^\[\[/ { if (/"client-info"/) refusals($0); next }
$0 == "r" { inside = 1 }
# ECHO's answer; where that was renamed, the error repeats its argument.
/^("|(error:"|\(error\) )(ERR )?unknown command [^ ]+, with args beginning with: .)@[0-9]+.?,? ?"?$/ {
    marker = $0
    gsub(/.*@|[^0-9]/, "", marker)
    counting = marker in strict
    about = counting ? strict[marker] : ""
    last_word = ""
    print
    next
}
about == "MODULE LIST" && /^ *[0-9]+\) / { loaded_by_line($0); next }
about ~ /^GETRANGE / && /^"/ && is_planted($0) != "" { print "planted " is_planted($0); next }
counting {
    if (match($0, /^(error:"|\(error\) )?(NOPERM|NOAUTH|ERR|LOADING)/)) print substr($0, 1, RLENGTH) (/^error:"/ ? "\"" : "")
    else if ($0 == "[]") print
    next
}
/unknown command/ { sub(/, with args.*/, /^error:"/ ? "\"" : "") }
inside && ENVIRON["login_users"] == "" { gsub(hash, zeros) }
{ print }
END { tell() }
