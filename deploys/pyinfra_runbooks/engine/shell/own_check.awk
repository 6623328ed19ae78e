# Of a container's own health check (own_check.template) what may leave the host: how often it runs, how it ended last, and
# whether it can fail. Its command stays here. All other lines are left as they are.
#   check ID INTERVAL TIMEOUT START RETRIES STREAK CODE VERDICT
# separated by tabs; nanoseconds. CODE is that of its last run: -1 where it took too long; VERDICT is why it does not fail when it should:
#   always  it ends with 0 whatever happens     redis  redis-cli without -e, which ends with 0 where the answer is an error
#   curl    curl without -f, which ends with 0 whatever the status is      -  it can fail, or that is not known, as of one
#           that is long: what it would take grows with the square of that
BEGIN { FS = "\t" }
$1 != "check" { print; next }
NF == 6 && $6 ~ /^\["/ && $6 !~ /^\["NONE"/ {
    split($3 " 0 0 0 0", time, " ")
    runs = split($4, ended, " ")
    # What the engine could not start at all has no code of its own.
    if (ended[runs] == -1 && $5 ~ /executable file not found|o such file or directory/) ended[runs] = 127
    printf "check\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", $2, number(time[1]), number(time[2]), number(time[3]),
        number(time[4]), number(ended[1]), (runs > 1 ? number(ended[runs]) : ""), (length($6) > 4096 ? "-" : verdict($6))
}
function number(text) { return text ~ /^-?[0-9]+$/ ? text : 0 }

function verdict(test,    n, i, line) {
    n = strings(test)
    if (word[1] == "CMD-SHELL") return of_line(word[2])
    if (word[1] != "CMD" || n < 2) return "-"
    if (n > 3 && word[2] ~ /(^|\/)(ba|da|a)?sh$/ && word[3] ~ /^-[a-z]*c$/) return of_line(word[4])
    for (i = 2; i <= n; i++) line = line " " (word[i] ~ /^[-A-Za-z0-9_.,:=%@+\/]+$/ ? word[i] : "Q")
    return of_command(substr(line, 2))
}
# The strings of a JSON list, as word[1], word[2]...
function strings(list,    n) {
    n = 0
    while (match(list, /"([^"\\]|\\.)*"/)) {
        word[++n] = substr(list, RSTART + 1, RLENGTH - 2)
        list = substr(list, RSTART + RLENGTH)
        word[n] = plain(word[n])
    }
    return n
}
function plain(text,    out, c) {
    gsub(/\\u0026/, "\\&", text)
    gsub(/\\u003c/, "<", text)
    gsub(/\\u003e/, ">", text)
    while (match(text, /\\./)) {
        c = substr(text, RSTART + 1, 1)
        out = out substr(text, 1, RSTART - 1) (c == "n" || c == "r" ? "\n" : c == "t" ? " " : c == "u" ? "?" : c)
        text = substr(text, RSTART + 2)
    }
    return out text
}

# What a shell ends with is known where nothing ends it before, and its last command says it.
function of_line(text,    others) {
    gsub(/\\\n/, " ", text)
    gsub(/'[^']*'/, "Q", text)
    gsub(/"([^"\\]|\\.)*"/, "Q", text)
    if (text ~ /['"`#\\]/) return "-"
    gsub(/[ \t]+/, " ", text)
    gsub(/ ?\n+ ?/, ";", text)
    gsub(/^[ ;]+|[ ;]+$/, "", text)
    others = text
    gsub(/exit 0+( |;|\||&|\)|}|$)/, "Z ", others)
    if (others ~ /(^|[^-A-Za-z0-9_.\/])(exit|exec|kill|return|trap|set)([^-A-Za-z0-9_.\/]|$)/) others = ""
    if (others != "" && text ~ /(\|\||;) ?(true|:|exit 0|(echo|printf)( [^|;&(){}]*)?)$/) return "always"
    sub(/ ?\|\| ?(exit( [1-9][0-9]*)?|false)$/, "", text)
    gsub(/ ?[0-9]?>+ ?(&[0-9]|[^ ;|&<>()]+)/, "", text)
    return text ~ /[|;&(){}<>\n]/ ? "-" : of_command(text)
}
# One command, whose words hold nothing that a shell would change.
function of_command(text,    n, i, words, program, options) {
    n = split(text, words, " ")
    for (i = 1; i < n; i++) {
        if (words[i] == "timeout") while (i < n && words[i + 1] ~ /^(-|[0-9])/) i++
        else if (words[i] !~ /^([A-Za-z_][A-Za-z0-9_]*=.*|env|exec|command)$/) break
    }
    program = words[i]
    sub(/.*\//, "", program)
    for (i++; i <= n; i++) options = options " " words[i]
    options = options " "
    if (program ~ /^(true|:|echo|printf)$/ || program options == "exit 0 ") return "always"
    if (program ~ /^(redis|valkey|keydb)-cli$/) return options ~ / -e / ? "-" : "redis"
    if (program == "curl" && options !~ / -[A-Za-z0-9#]*f| --fail| [a-gi-z][a-z]*:\/\//) return "curl"
    return "-"
}
