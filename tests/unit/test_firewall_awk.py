"""firewall.awk, in every awk there is: which rules of a firewall are shown."""

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


def shown(awk: tuple[str, ...], text: str, **named: str) -> list[Rule]:
    said = filtered(awk, "firewall.awk", text, **{"place": "host", "tool": "iptables", **named})
    reach = ["r\tcache\t6379\tfound\ts1\t172.20.0.2", ".", *said.splitlines()]
    (found,) = parse(reach).values()
    return list(getattr(found, "rules", ()))


@pytest.mark.parametrize("awk", AWKS)
def test_iptables(awk: tuple[str, ...]) -> None:
    """Not Docker's own, nor one with words that are not plain."""
    user = "-A DOCKER-USER -s 172.20.0.3/32 -p tcp -m tcp --dport 6379 -j DROP"
    reject = "-A INPUT -p tcp -j REJECT --reject-with tcp-reset"
    assert shown(awk, RULES) == [Rule("host", "iptables", user)]
    # Docker sets that of the host, and of no container.
    inside = [rule.text for rule in shown(awk, RULES, place="s1")]
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
    assert shown(awk, RULESET, tool="nft", tables=" ip filter, ip6 filter,") == own
    assert len(shown(awk, RULESET, tool="nft")) == 4


UFW = """\
-P INPUT DROP
-P FORWARD DROP
-N DOCKER-USER
-N ufw-before-input
-N ufw-before-forward
-N ours
-A INPUT -j ufw-before-input
-A FORWARD -j DOCKER-USER
-A FORWARD -g ufw-before-forward
-A ufw-before-input -m conntrack --ctstate INVALID -j DROP
-A ufw-before-forward -j ours
-A ours -s 172.20.0.3/32 -j DROP
-A DOCKER-USER -s 172.20.0.3/32 -j DROP
"""
GUARDED = """\
table inet guard {
\tchain input {
\t\ttype filter hook input priority 0; policy drop;
\t\tct state invalid drop
\t\tjump own
\t}
\tchain forward {
\t\ttype filter hook forward priority 0; policy accept;
\t\ttcp dport vmap { 22 : jump shell, 6379 : goto redis }
\t}
\tchain own {
\t\ttcp dport 6379 drop
\t}
\tchain redis {
\t\tip saddr 172.20.0.3 drop
\t}
}
"""


@pytest.mark.parametrize("awk", AWKS)
def test_on_a_host_what_is_passed_on(awk: tuple[str, ...]) -> None:
    """What the host takes in for itself keeps it safe, and no container from another."""
    texts = ["-A ours -s 172.20.0.3/32 -j DROP", "-A DOCKER-USER -s 172.20.0.3/32 -j DROP"]
    assert [rule.text for rule in shown(awk, UFW)] == texts
    assert len(shown(awk, UFW, place="s1")) == 5
    (rule,) = shown(awk, GUARDED, tool="nft")
    assert (rule.chain, rule.text) == ("inet guard redis", "ip saddr 172.20.0.3 drop")
    assert len(shown(awk, GUARDED, tool="nft", place="s1")) == 4


@pytest.mark.parametrize("awk", AWKS)
def test_a_chain_that_is_no_plain_word(awk: tuple[str, ...]) -> None:
    for text, tool in (
        ("-A $(id) -j DROP\n", "iptables"),
        ("table inet $(id) {\n\tchain b`x` {\n\t\ttcp dport 6379 drop\n", "nft"),
    ):
        assert shown(awk, text, tool=tool, place="s1") == []


@pytest.mark.parametrize("awk", AWKS)
def test_no_more_than_can_be_read(awk: tuple[str, ...]) -> None:
    many = "".join(f"-A FORWARD -s 10.0.0.{n} -j DROP\n" for n in range(100))
    assert len(shown(awk, many)) == 40
    assert shown(awk, "") == []
