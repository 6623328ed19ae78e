"""firewall.awk, in every awk there is: which rules of a firewall are told."""

from __future__ import annotations

import pytest
from awks import AWKS, filtered

from pyinfra_runbooks.engine.reach import Rule, parse

RULES = """\
-P INPUT ACCEPT
-P FORWARD DROP
-N DOCKER-USER
-A FORWARD -j DOCKER-USER
-A DOCKER-ISOLATION-STAGE-2 -o br-1f2e3d4c5b6a -j DROP
-A DOCKER ! -i docker0 -o docker0 -j DROP
-A DOCKER-USER -s 172.20.0.3/32 -p tcp -m tcp --dport 6379 -j DROP
-A FORWARD -m comment --comment "it's $(x)" -j DROP
-A INPUT -p tcp -j REJECT --reject-with tcp-reset
"""
RULESET = """\
table ip filter {
\tchain FORWARD {
\t\ttype filter hook forward priority filter; policy drop;
\t\tcounter packets 0 bytes 0 jump DOCKER-USER
\t\ttcp dport 6379 drop
\t}
}
table inet guard {
\tset dropped { type ipv4_addr; }
\tchain forward {
\t\ttype filter hook forward priority 0; policy drop;
\t\tip saddr 172.20.0.3 tcp dport 6379 counter packets 4 bytes 240 drop
\t\taccept
\t}
}
"""


def told(awk: tuple[str, ...], text: str, **named: str) -> list[Rule]:
    said = filtered(awk, "firewall.awk", text, **{"place": "host", "tool": "iptables", **named})
    reach = ["r\tcache\t6379\tfound\ts1\t172.20.0.2", ".", *said.splitlines()]
    (found,) = parse(reach).values()
    return list(getattr(found, "rules", ()))


@pytest.mark.parametrize("awk", AWKS)
def test_iptables(awk: tuple[str, ...]) -> None:
    """Not Docker's own, nor one with words that are not plain."""
    user = "-A DOCKER-USER -s 172.20.0.3/32 -p tcp -m tcp --dport 6379 -j DROP"
    reject = "-A INPUT -p tcp -j REJECT --reject-with tcp-reset"
    host = [Rule("host", "iptables", user), Rule("host", "iptables", reject)]
    assert told(awk, RULES) == host
    # Docker sets that of the host, and of no container.
    inside = [rule.text for rule in told(awk, RULES, place="s1")]
    assert inside == ["-P FORWARD DROP", user, reject]


@pytest.mark.parametrize("awk", AWKS)
def test_nft(awk: tuple[str, ...]) -> None:
    own = [
        Rule("host", "nft", "policy drop", "inet guard forward"),
        Rule(
            "host",
            "nft",
            "ip saddr 172.20.0.3 tcp dport 6379 counter packets 4 bytes 240 drop",
            "inet guard forward",
        ),
    ]
    assert told(awk, RULESET, tool="nft", tables=" ip filter, ip6 filter,") == own
    assert len(told(awk, RULESET, tool="nft")) == 4


@pytest.mark.parametrize("awk", AWKS)
def test_no_more_than_can_be_read(awk: tuple[str, ...]) -> None:
    many = "".join(f"-A FORWARD -s 10.0.0.{n} -j DROP\n" for n in range(100))
    assert len(told(awk, many)) == 40
    assert told(awk, "") == []
