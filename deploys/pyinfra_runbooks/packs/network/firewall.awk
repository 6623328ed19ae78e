# What of a firewall drops or rejects packets, of what iptables -S prints, or nft list ruleset: rules, and no more of
# them than 40. Docker's own chains, which keep networks apart, are left out, but for the one that is made for rules of
# others. A rule with a word that is no plain one is left out: it could not be shown. On the host only what is passed on is
# about containers: what it takes in for itself, or sends, is another matter, and so are the chains that only that runs
# through.
#
# In the environment: place: whose network it is; tool: iptables or nft; tables: those of nft that are left out
#
#   f PLACE iptables RULE            as iptables takes it after its own name: -A FORWARD -s ... -j DROP
#   f PLACE nft TABLE CHAIN RULE     separated by tabs
BEGIN {
    ours = ENVIRON["place"]
    nft = ENVIRON["tool"] == "nft"
    if (!nft) passed["FORWARD"] = passed["DOCKER-USER"] = 1
}
function is_plain(text) { return text ~ /^[A-Za-z0-9 _.:,\/!=<>@%{}"*+-]+$/ && length(text) < 240 }
function is_dockers(chain) { return chain ~ /^DOCKER/ && chain != "DOCKER-USER" }
function keep(from, name, text) {
    if (is_dockers(name) || !is_plain(text) || (nft && !is_plain(table " " chain))) return
    at[++many] = from
    kept[many] = (nft ? "nft\t" from : "iptables") "\t" text
}
function leads(from, to) {
    begins[++ways] = from
    ends[ways] = to
}
!nft && /^-A / && match($0, / -[jg] [^ ]+/) { leads($2, substr($0, RSTART + 4, RLENGTH - 4)) }
!nft && /^-A / && / -j (DROP|REJECT)( |$)/ { keep($2, $2, $0) }
!nft && /^-P / && $3 == "DROP" && ours != "host" { keep($2, $2, $0) }
!nft { next }
{ sub(/^[ \t]+/, "") }
/^table / { table = $2 " " $3; skipped = index(" " ENVIRON["tables"] ",", " " table ",") }
/^chain / { chain = $2; here = table "\t" chain }
/^type .* hook / && !/ hook (input|output) / { passed[here] = 1 }
/(^| )(jump|goto) / {
    rest = $0
    while (match(rest, /(jump|goto) [^ ,;}]+/)) {
        leads(here, table "\t" substr(rest, RSTART + 5, RLENGTH - 5))
        rest = substr(rest, RSTART + RLENGTH)
    }
}
/^type .* policy drop;/ && !skipped { sub(/.*policy/, "policy"); sub(/;.*/, ""); keep(here, chain, $0); next }
/(^| )(drop|reject)( |$)/ && !/^(type|table|chain|#)/ && !skipped { keep(here, chain, $0) }
END {
    do {
        more = 0
        for (way = 1; way <= ways; way++) if ((begins[way] in passed) && !(ends[way] in passed)) more = passed[ends[way]] = 1
    } while (more)
    for (n = 1; n <= many; n++) {
        if (ours == "host" && !(at[n] in passed)) continue
        if (++told <= 40) print "f\t" ours "\t" kept[n]
    }
}
