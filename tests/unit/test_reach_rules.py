"""What keeps a client from its server where the engine's own facts show nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from looks import (
    BACK,
    attached,
    container,
    endpoint,
    healthy,
    identity,
    joined,
    member,
    stack,
    stranger,
    unhealthy,
    with_container,
    with_declared,
    with_redis,
    without,
)

from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.resolution import Refusal, Symptom
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.compose import Attachment
from pyinfra_runbooks.engine.discovery.seen import Link, Seen
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.reach import Answer, Connections, Reach, Rule, Way
from pyinfra_runbooks.packs.findings import everything, puzzling
from pyinfra_runbooks.packs.network.asking import MOST, pairs, questions
from pyinfra_runbooks.packs.network.rules import reach as rules

CACHE, OTHER = "172.30.0.9", "172.30.0.77"


def alive(look: Look) -> Look:
    """All containers have a process, and an address of their own."""
    return replace(
        look,
        containers=tuple(
            replace(
                c,
                pid=number,
                networks={
                    name: replace(e, address=e.address if number == 1 else f"172.30.1.{number}")
                    for name, e in c.networks.items()
                },
            )
            for number, c in enumerate(look.containers, 1)
        ),
    )


def tried(look: Look, client: str = "shop-web-1", server: str = "cache", **what: Any) -> Look:
    """What the client made of its name for the server."""
    made = Reach(**{"name": "cache", "port": 6379, "said": Answer.FOUND, **what})
    return replace(look, reaches={**look.reaches, (client, server): made})


def found(look: Look) -> list[tuple[str, str, str]]:
    return [(f.kind.id, f.subject, f.problem) for f in rules.findings(look, stack())]


def only(look: Look) -> Finding[Any]:
    (finding,) = rules.findings(look, stack())
    return finding


def way(*ways: Way, **more: Any) -> dict[str, Any]:
    addresses = (CACHE, OTHER)[: len(ways)]
    return {"addresses": addresses, "ways": dict(zip(addresses, ways, strict=True)), **more}


DROPPED = "can't be reached by shop-web-1"


@pytest.mark.parametrize(
    ("what", "kind", "subject", "problem"),
    [
        (
            way(Way.DROPPED),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are dropped on the way",
        ),
        (
            way(Way.BARRED),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are rejected on the way",
        ),
        (
            way(Way.REFUSED, listens=(("*", 6379),)),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are rejected on the way",
        ),
        (
            way(Way.DROPPED, has={CACHE: Connections(open=2)}),
            "packets-dropped",
            "cache",
            f"{DROPPED}: new connections are dropped on the way; those that are open go on",
        ),
        (
            way(Way.DROPPED, has={CACHE: Connections(open=2, stuck=2)}),
            "packets-dropped",
            "cache",
            f"{DROPPED}: packets are dropped on the way",
        ),
        (
            way(Way.OPENS, has={CACHE: Connections(open=2, stuck=1)}),
            "connections-stuck",
            "web",
            "waits on dead connections to cache; new ones open",
        ),
        (
            way(Way.REFUSED, listens=(("127.0.0.1", 6379), ("::1", 6379))),
            "connection-refused",
            "cache",
            "refuses shop-web-1: it listens on port 6379 for itself alone",
        ),
        (
            way(Way.REFUSED, listens=(("*", 6380),)),
            "connection-refused",
            "cache",
            "refuses shop-web-1: nobody listens on port 6379 there",
        ),
        (
            way(Way.REFUSED),
            "connection-refused",
            "cache",
            "refuses shop-web-1: nobody listens on port 6379 there",
        ),
        ({"said": Answer.NOBODY}, "name-unanswered", "web", "nobody answers to its name cache"),
        ({"said": Answer.SILENT}, "name-unanswered", "web", "nobody answers to its name cache"),
        ({"said": Answer.DEAD}, "resolver-dead", "web", "no name is answered in its network"),
    ],
)
def test_what_stands_between(what: dict[str, Any], kind: str, subject: str, problem: str) -> None:
    assert found(tried(alive(healthy()), **what)) == [(kind, subject, problem)]


@pytest.mark.parametrize(
    "what",
    [
        way(Way.OPENS),
        way(Way.OPENS, has={CACHE: Connections(open=3, begun=1)}),
        {"addresses": (CACHE,), "port": None},
        way(Way.OPENS, said=Answer.FILE),
        {"addresses": ("192.0.2.1",), "said": Answer.FILE, "ways": {"192.0.2.1": Way.OPENS}},
    ],
    ids=["it opens", "a pool", "no port is known", "links", "extra_hosts"],
)
def test_nothing_stands_between(what: dict[str, Any]) -> None:
    assert found(tried(alive(healthy()), **what)) == []


def test_what_could_not_be_tried_is_said() -> None:
    look = replace(healthy(), reaches={("shop-web-1", "cache"): Unknown("no image with a shell")})
    finding = only(look)
    assert finding.kind.id == "reach-unknown"
    assert finding.evidence == "no image with a shell"
    assert not finding.breaks_health


def test_all_clients_of_a_server_are_one_finding() -> None:
    look = tried(alive(healthy()), **way(Way.DROPPED))
    look = tried(look, "shop-db-1", **way(Way.OPENS))
    two = tried(look, "shop-db-1", **way(Way.DROPPED))
    assert "; shop-db-1 reaches it" in only(look).evidence
    assert only(two).problem == (
        "can't be reached by shop-db-1, shop-web-1: packets are dropped on the way"
    )


def test_where_to_look_for_a_rule_names_both_networks() -> None:
    refusal = only(tried(alive(healthy()), **way(Way.DROPPED))).resolution
    assert isinstance(refusal, Refusal)
    assert "for c in shop-web-1 shop-cache-1;" in refusal.instead


@pytest.mark.parametrize(
    ("addresses", "problem"),
    [
        ((OTHER,), "its name cache leads to blog-cache-1 (project blog)"),
        (
            (CACHE, OTHER),
            "its name cache leads to ours, and in 1 of 2 cases to blog-cache-1 (project blog)",
        ),
        (("172.30.9.9",), "its name cache leads to an address that no container has"),
    ],
)
def test_a_name_leads_to_others(addresses: tuple[str, ...], problem: str) -> None:
    look = joined(alive(healthy()), stranger("blog-cache-1", "cache", project="blog"))
    finding = only(tried(look, addresses=addresses))
    assert (finding.kind.id, finding.subject) == ("name-elsewhere", "web")
    assert (finding.problem, finding.evidence) == (problem, f"cache is {', '.join(addresses)}")


def test_addresses_beyond_this_host_are_nobodys_mistake() -> None:
    look = tried(alive(healthy()), **{**way(Way.OPENS), "addresses": ("10.0.9.9",)})
    assert [kind for kind, *_ in found(look)] == ["name-elsewhere"]
    overlay = {**look.networks, BACK: replace(look.networks[BACK], driver="overlay")}
    assert found(replace(look, networks=overlay)) == []
    assert found(with_container(look, "cache", swarm="shop")) == []


def test_a_replica_and_a_declared_alias_are_ours() -> None:
    second = container(
        "cache", "shop-cache-2", {BACK: endpoint("cache", address="172.30.2.2")}, pid=9
    )
    look = joined(alive(healthy()), second)
    assert found(tried(look, addresses=(CACHE, "172.30.2.2"))) == []
    (database,) = alive(healthy()).members("db")
    look = with_declared(alive(healthy()), "db", networks={BACK: Attachment(frozenset({"cache"}))})
    assert found(tried(look, addresses=(CACHE, database.networks[BACK].address))) == []


def test_an_own_file_is_made_again_by_a_restart() -> None:
    look = tried(
        alive(healthy()),
        said=Answer.FILE,
        addresses=("172.30.9.9",),
        ways={"172.30.9.9": Way.BARRED},
    )
    finding = only(look)
    assert (finding.kind.id, finding.subject) == ("name-stale", "web")
    assert isinstance(finding.resolution, Symptom)
    causes = [f.kind.id for f in everything(unhealthy(look), stack()) if f.cause]
    assert causes == ["api-unhealthy"]


def test_a_server_that_starts_may_not_listen_yet() -> None:
    look = with_container(tried(alive(healthy()), **way(Way.REFUSED)), "cache", health="starting")
    assert isinstance(only(look).resolution, Symptom)


@pytest.mark.parametrize(
    "what",
    [way(Way.DROPPED), way(Way.REFUSED, listens=()), {"said": Answer.NOBODY}],
    ids=["dropped", "refused", "nobody"],
)
def test_it_is_the_cause_and_no_client_is_restarted(what: dict[str, Any]) -> None:
    """A restart would end the connections that go on, and open none."""
    seen = everything(tried(unhealthy(alive(healthy())), **what), stack())
    assert [f.kind.id for f in seen if f.cause] == [seen[0].kind.id]
    assert {f.kind.id for f in seen if f.symptom} == {"api-unhealthy", "unhealthy"}


@pytest.mark.parametrize(
    "what",
    [way(Way.OPENS, has={CACHE: Connections(open=1, stuck=1)}), {"said": Answer.DEAD}],
    ids=["dead connections", "a dead resolver"],
)
def test_what_a_restart_ends_does_not_keep_from_one(what: dict[str, Any]) -> None:
    seen = everything(tried(unhealthy(alive(healthy())), **what), stack())
    assert [f.kind.id for f in seen if f.cause] == ["api-unhealthy"]
    assert isinstance(seen[0].resolution, Symptom)
    assert seen[0].kind.part == "network"


# Who is tried, and when


@pytest.mark.parametrize(
    ("look", "services"),
    [
        (healthy(), None),
        (unhealthy(healthy()), {"health", "web"}),
        (with_container(healthy(), "db", health="unhealthy"), {"db"}),
        (with_container(healthy(), "db", health="starting"), None),
        (unhealthy(without(healthy(), "cache")), None),
        (unhealthy(attached(healthy(), "cache", {})), None),
        (unhealthy(joined(healthy(), stranger("thief", "cache"))), None),
    ],
    ids=[
        "nothing is wrong",
        "checks fail",
        "a container's own check fails",
        "it starts",
        "its Redis is gone",
        "it has no network",
        "another one has its name",
    ],
)
def test_only_a_riddle_is_looked_into(look: Look, services: set[str] | None) -> None:
    assert puzzling(look, stack()) == services


def test_a_declared_client_is_tried_with_its_redis() -> None:
    (pair,) = pairs(alive(healthy()), stack())
    assert (pair.client.name, pair.called, pair.name, pair.port) == (
        *("shop-web-1", "cache", "cache", 6379),
    )
    (question,) = questions([pair])
    assert question.name == "reach shop-web-1"
    assert question.values == {
        "id": identity("shop-web-1"),
        "pid": 2,
        "address": "172.30.1.2",
        "own": "shop-web-1",
        "images": (f"sha256:{identity('web')}",),
        "targets": (f"cache\t6379\t{identity('shop-cache-1')}\t1\tsha256:{identity('cache')}",),
    }


def linked(look: Look, name: str, *links: Link) -> Look:
    """What a container's environment names."""
    seen = {**look.found.seen, member(look, name).id: Seen("x", links=links)}
    return replace(look, found=replace(look.found, seen=seen))


@pytest.mark.parametrize(
    ("link", "pair"),
    [
        (Link("REDIS_HOST", "sessions"), ("cache", "sessions", 6379)),
        (Link("REDIS_URL", "cache", 6380, "redis"), ("cache", "cache", 6380)),
        (Link("DB", "db", None, "postgresql"), ("db", "db", 5432)),
        (Link("ANY", "shop-db-1"), ("db", "shop-db-1", 5432)),
        (Link("URL", "web", None, "https"), ("web", "web", 443)),
        (Link("URL", "web"), ("web", "web", None)),
    ],
)
def test_a_client_is_tried_by_the_names_that_it_has(
    link: Link, pair: tuple[str, str, int | None]
) -> None:
    """What an image exposes is no port that anybody listens on."""
    client = container("job", "shop-job-1", {BACK: endpoint("job")}, pid=9, ports=(1234,))
    look = linked(joined(alive(healthy()), client), "shop-job-1", link)
    (found,) = [p for p in pairs(look, stack()) if p.client.service == "job"]
    assert (found.called, found.name, found.port) == pair


@pytest.mark.parametrize(
    ("says", "port"),
    [
        ({"reach": ("-p", "6390")}, 6390),
        ({"reach": ()}, 6379),
        ({"reach": ("--tls", "-p", "6390")}, 6390),
        ({"reach": ("-s", "/run/redis.sock")}, None),
        ({"unaskable": "it has no client"}, None),
    ],
)
def test_a_redis_is_tried_where_it_was_found_to_listen(
    says: dict[str, Any], port: int | None
) -> None:
    """A declared one has no port in the inventory: its usual one would be a false cause."""
    (found,) = pairs(with_redis(alive(healthy()), **says), stack())
    assert (found.called, found.port) == ("cache", port)


@pytest.mark.parametrize(
    "change",
    [
        lambda look: with_container(look, "cache", status="exited"),
        lambda look: with_container(look, "web", status="restarting"),
        lambda look: with_container(look, "web", network_mode="host"),
        lambda look: with_container(look, "web", pid=0),
        lambda look: attached(look, "cache", {"shop_other": endpoint("cache")}),
        lambda look: attached(look, "web", {}),
    ],
    ids=[
        "no server",
        "restarting",
        "the host's network",
        "no process",
        "none shared",
        "no network",
    ],
)
def test_who_is_not_tried(change: Callable[[Look], Look]) -> None:
    assert pairs(change(alive(healthy())), stack()) == []


def test_links_of_a_socket_or_of_a_strange_name_are_not_tried() -> None:
    look = linked(
        alive(healthy()),
        "shop-db-1",
        Link("S", "/run/redis.sock", None, "unix"),
        Link("S", "-rf $(x)"),
        Link("S", "it\nself"),
    )
    assert {p.client.service for p in pairs(look, stack())} == {"web"}


def test_a_client_in_anothers_network_is_tried_there() -> None:
    sidecar = container(
        "job", "shop-job-1", {}, pid=9, network_mode=f"container:{identity('shop-web-1')}"
    )
    look = linked(joined(alive(healthy()), sidecar), "shop-job-1", Link("R", "cache"))
    (found,) = [p for p in pairs(look, stack()) if p.client.service == "job"]
    assert found.home.name == "shop-web-1"


def test_another_projects_server_is_called_by_its_container() -> None:
    other = stranger("infra-db-1", "pg", project="infra", pid=8)
    look = linked(joined(alive(healthy()), other), "shop-web-1", Link("DB", "pg", 5432))
    found = {p.called: p for p in pairs(look, stack())}
    assert found["infra-db-1"].name == "pg"
    reached = tried(look, "shop-web-1", "infra-db-1", name="pg", addresses=(OTHER,))
    assert [f.kind.id for f in rules.findings(reached, stack())] == []


@pytest.mark.parametrize("host", ["elsewhere", "cache.example.com", "203.0.113.9", "127.0.0.1"])
def test_a_name_that_no_container_has_is_never_tried(host: str) -> None:
    """Not even a connection is opened to another machine."""
    client = container("job", "shop-job-1", {BACK: endpoint("job")}, pid=9)
    look = linked(joined(alive(healthy()), client), "shop-job-1", Link("URL", host, 6379, "redis"))
    assert [p for p in pairs(look, stack()) if p.client.service == "job"] == []


def test_so_many_clients_are_tried_and_the_unwell_ones_first() -> None:
    clients = [
        container(f"job{n:02}", f"shop-job{n:02}-1", {BACK: endpoint("job")}, pid=n + 9)
        for n in range(30)
    ]
    look = joined(alive(healthy()), *clients)
    for one in clients:
        look = linked(look, one.name, Link("R", "cache"))
    found = pairs(look, stack(), {"job29"})
    assert len({p.client.name for p in found}) == MOST
    assert found[0].client.service == "job29"


# The rule that stands between them

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
