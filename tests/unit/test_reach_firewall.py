"""The rule of a firewall that stands between a client and its server."""

from __future__ import annotations

from dataclasses import replace

import pytest
from looks import (
    BACK,
    attached,
    healthy,
)
from reaching import CACHE, alive, only, tried, way

from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.reach import Rule, Way

WEB = "172.30.1.2"


def barred(*rules: Rule) -> Look:
    look = alive(healthy())
    (web,) = (c for c in look.containers if c.name == "shop-web-1")
    (end, *_) = web.networks.values()
    look = attached(look, "web", {BACK: replace(end, address=WEB)})
    return tried(look, **way(Way.DROPPED, rules=rules))


@pytest.mark.parametrize(
    ("place", "text", "takes_away"),
    [
        ("host", "-A DOCKER-USER -p tcp -m tcp --dport 6379 -j DROP", "iptables -D DOCKER-USER -p"),
        ("host", f"-A FORWARD -s {WEB}/32 -d {CACHE}/32 -j DROP", "iptables -D FORWARD -s"),
        ("host", f"-A FORWARD -s {CACHE}/32 -j REJECT", "iptables -D FORWARD -s"),
        ("host", "-A FORWARD ! -s 10.0.0.0/8 -j DROP", "iptables -D FORWARD '!' -s"),
        ("host", "-A FORWARD -p tcp -m multiport --dports 80,6000:6999 -j DROP", "--dports"),
        (
            "shop-cache-1",
            "-A INPUT ! -i lo -p tcp --dport 6379 -j DROP",
            "shop-cache-1) -n iptables",
        ),
        ("shop-web-1", "-P OUTPUT DROP", "shop-web-1) -n iptables -S OUTPUT;"),
    ],
)
def test_the_rule_is_shown_and_what_takes_it_away(place: str, text: str, takes_away: str) -> None:
    finding = only(barred(Rule(place, "iptables", text)))
    assert text in finding.evidence
    assert isinstance(finding.resolution, Refusal)
    assert text in finding.resolution.because
    assert takes_away in finding.resolution.instead


@pytest.mark.parametrize(
    "text",
    [
        "-A FORWARD -p udp -j DROP",
        "-A FORWARD -p tcp -m tcp --dport 22 -j DROP",
        "-A FORWARD -s 10.0.0.0/8 -j DROP",
        f"-A FORWARD ! -s 172.16.0.0/12 -d {CACHE}/32 -j DROP",
        "-A INPUT -i lo -j DROP",
        "-A FORWARD -s nonsense -j DROP",
    ],
)
def test_a_rule_about_other_packets_is_not(text: str) -> None:
    finding = only(barred(Rule("host", "iptables", text)))
    assert text not in finding.evidence
    assert isinstance(finding.resolution, Refusal)
    assert "iptables -S DOCKER-USER" in finding.resolution.instead


def test_what_names_them_is_shown_first_and_no_policy_is_taken_away() -> None:
    policies = [Rule("shop-web-1", "iptables", f"-P {c} DROP") for c in ("INPUT", "OUTPUT")]
    nft = Rule("shop-web-1", "nft", "policy drop", "inet own input")
    others = [Rule("host", "iptables", f"-A FORWARD -i eth{n} -j DROP") for n in range(3)]
    port = Rule("host", "iptables", "-A DOCKER-USER -p tcp -m tcp --dport 6379 -j DROP")
    own = Rule("host", "iptables", f"-A DOCKER-USER -s {WEB}/32 -j DROP")
    finding = only(barred(*policies, nft, *others, port, own))
    assert isinstance(finding.resolution, Refusal)
    because = finding.resolution.because
    assert because.index(own.text) < because.index(port.text) < because.index(others[0].text)
    assert "-P INPUT DROP" not in because
    finding = only(barred(*policies, nft))
    assert isinstance(finding.resolution, Refusal)
    assert "ACCEPT" not in finding.resolution.instead
    assert "nft delete rule" not in finding.resolution.instead
    assert "iptables -S INPUT;" in finding.resolution.instead
    assert "nft -a list chain inet own input;" in finding.resolution.instead


def test_what_a_container_calls_its_chains_is_no_command() -> None:
    for rule in (
        Rule("shop-web-1", "iptables", "-A a>{b}<c -j DROP"),
        Rule("shop-web-1", "nft", "tcp dport 6379 drop", "inet x a>{b}<c"),
    ):
        finding = only(barred(rule))
        assert isinstance(finding.resolution, Refusal)
        assert " 'a>{b}<c'" in finding.resolution.instead


def test_a_rule_of_nft() -> None:
    rules = (
        Rule("host", "nft", "tcp dport 6379 drop", "inet filter forward"),
        Rule("host", "nft", "tcp dport 22 drop", "inet filter input"),
        Rule("host", "nft", "policy drop", "inet filter output"),
    )
    finding = only(barred(*rules))
    assert "nft inet filter forward: tcp dport 6379 drop (on the host)" in finding.evidence
    assert "dport 22" not in finding.evidence
    assert "policy drop" in finding.evidence
    assert isinstance(finding.resolution, Refusal)
    assert "nft delete rule inet filter forward handle N" in finding.resolution.instead
