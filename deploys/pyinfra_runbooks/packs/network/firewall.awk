# What of a firewall drops or rejects packets, of what iptables -S prints, or nft list ruleset: rules, and no more of
# them than 40. Docker's own chains, which keep networks apart, are left out, but for the one that is made for rules of
# others. A rule with a word that is no plain one is left out: it could not be shown.
#
# In the environment: place: of whose network; tool: iptables or nft; tables: those that nft does not have to tell of
#
#   f PLACE iptables RULE            as iptables takes it after its own name: -A FORWARD -s ... -j DROP
#   f PLACE nft TABLE CHAIN RULE     separated by tabs
BEGIN {
    ours = ENVIRON["place"]
    nft = ENVIRON["tool"] == "nft"
}
function is_plain(text) { return text ~ /^[A-Za-z0-9 _.:,\/!=<>@%{}"*+-]+$/ && length(text) < 240 }
function is_dockers(chain) { return chain ~ /^DOCKER/ && chain != "DOCKER-USER" }
function tell(text) { if (is_plain(text) && ++told <= 40) print "f\t" ours "\t" (nft ? "nft\t" table "\t" chain : "iptables") "\t" text }
!nft && /^-A / && / -j (DROP|REJECT)( |$)/ && !is_dockers($2) { tell($0) }
!nft && /^-P / && $3 == "DROP" && ($2 != "FORWARD" || ours != "host") { tell($0) }
!nft { next }
{ sub(/^[ \t]+/, "") }
/^table / { table = $2 " " $3; skipped = index(" " ENVIRON["tables"] ",", " " table ",") }
/^chain / { chain = $2 }
/^type .* policy drop;/ && !skipped && !is_dockers(chain) { sub(/.*policy/, "policy"); sub(/;.*/, ""); tell($0); next }
/(^| )(drop|reject)( |$)/ && !/^(type|table|chain|#)/ && !skipped && !is_dockers(chain) { tell($0) }
