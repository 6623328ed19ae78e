# Which labels and options of networks Compose declares and they have not: their values stay here. Reads
# what `docker compose config --format json` printed, and then, where anything was inspected, what
# SUBNETS_TEMPLATE came to, of which all else is printed as it is.
# With names=yes in the environment: the names of the declared networks, one a line, if there is anything
# to ask of any of them.
function value(text) {
    sub(/,$/, "", text)
    gsub(/[$][$]/, "$", text)
    gsub(/\\u0026/, "\\&", text)
    gsub(/\\u003c/, "<", text)
    gsub(/\\u003e/, ">", text)
    return text
}
function key_of(text) { match(text, /"([^"\\]|\\.)*"/); return substr(text, RSTART, RLENGTH) }
function rest_of(text) { sub(/^ *"([^"\\]|\\.)*": /, "", text); return value(text) }
/^  "/ { top = key_of($0) }
/^ +"ipv[46]_address": "/ { asked = 1 }
top == "\"networks\"" && /^    "/ { network = key_of($0) }
top == "\"networks\"" && /^      "/ {
    part = key_of($0)
    if (part == "\"name\"") name[network] = rest_of($0)
    if (part ~ /^"(ipam|labels|driver_opts)"$/ && $NF ~ /[{]$/) asked = 1
}
top == "\"networks\"" && /^        "/ && part ~ /^"(labels|driver_opts)"$/ {
    kind = part == "\"labels\"" ? "label" : "option"
    wanted[kind, network, key_of($0)] = rest_of($0)
}
/^[}]/ { top = "" }
/^(label|option)\t/ { split($0, field, "\t"); has[field[1], field[2], value(field[3])] = value(field[4]); next }
/^[{]"name":/ { print; split($0, field, "\""); there["\"" field[4] "\""] = 1 }
END {
    if (ENVIRON["names"] == "yes") {
        if (asked) for (network in name) print substr(name[network], 2, length(name[network]) - 2)
        exit
    }
    for (pair in wanted) {
        split(pair, part_of, SUBSEP)
        real = name[part_of[2]]
        if ((real in there) && has[part_of[1], real, value(part_of[3])] != wanted[pair])
            printf "[\"%s\",%s,%s]\n", part_of[1], real, part_of[3]
    }
}
