"""What was attached by hand is declared only where it is asked for, and never what is drift."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from compose_projects import Project, project
from hosts import Host
from looks import BACK, attached, endpoint, healthy, joined, stranger

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.docker import Container
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.declarations import Declaration
from pyinfra_runbooks.packs.network.rules.declared_networks import recreated_anyway

pytestmark = pytest.mark.needs("compose")

SHOP = """\
name: shop
services:
  cache:
    image: example/cache:1
    restart: always
    networks: [back]
  web:
    image: example/web:1
    networks:
      back:
      front:
        aliases: [shop]
  db:
    image: example/db:1
    networks:
      - back
  mail:
    image: example/mail:1
    restart: always

networks:
  back:
    name: shop_back
  front:
    name: shop_front
"""


def shop(host: Host, look: Look, text: str = SHOP) -> Project:
    return project(host, {"compose.yaml": text}, look)


def by_hand(service: str, *networks: str) -> Look:
    """A service whose container is on these networks."""
    return attached(healthy(), service, {name: endpoint(service) for name in networks})


def declared(there: Project, *services: str) -> Declaration:
    found = there.declaration(*services)
    assert isinstance(found, Declaration), found
    return found


def test_it_is_left_out_with_the_words_to_ask_for_it(host: Host) -> None:
    found = declared(shop(host, by_hand("cache", BACK, "proxy")))
    (left,) = found.proposal.left
    assert left.startswith("service cache: it was attached to proxy by hand")
    assert left.endswith("recreates it: --data attached=cache")
    assert found.proposal.override == {}
    assert all(b"proxy" not in patch.after for patch in found.patches)


@pytest.mark.parametrize(
    ("service", "network"),
    [("cache", "proxy"), ("web", "proxy"), ("db", "proxy"), ("db", "shop_front")],
)
def test_where_it_is_asked_for_that_is_all_that_changes(
    host: Host, service: str, network: str
) -> None:
    there = shop(
        host, by_hand(service, *(("shop_front",) if service == "web" else ()), BACK, network)
    )
    before = there.resolved()
    there.write(declared(there, service))
    after = there.resolved()
    key = "front" if network == "shop_front" else network
    assert after["services"][service]["networks"].pop(key) is None
    if key == network:
        assert after["networks"].pop(key) == {"name": network, "ipam": {}, "external": True}
    assert after == before
    assert declared(there).proposal.override == {}


def test_a_service_that_lists_none_gets_both(host: Host) -> None:
    look = joined(
        by_hand("db", BACK), replace(stranger("shop-mail-1"), project="shop", service="mail")
    )
    mail = replace(
        look.containers[-1],
        networks={"shop_default": endpoint("mail"), "proxy": endpoint("mail")},
    )
    there = shop(host, replace(look, containers=(*look.containers[:-1], mail)))
    there.write(declared(there, "mail"))
    networks = there.resolved()["services"]["mail"]["networks"]
    assert networks == {"default": None, "proxy": None}


def test_drift_is_never_declared_not_even_where_it_is_asked_for(host: Host) -> None:
    """As in the incident: on another network, and not on its own."""
    there = shop(host, by_hand("cache", "ai_workflow_test"))
    for asked in ((), ("cache",)):
        found = declared(there, *asked)
        (left,) = found.proposal.left
        assert "it is on ai_workflow_test and not on shop_back, as declared" in left
        assert "runbooks/network.py repairs it" in left
        assert all(b"ai_workflow_test" not in patch.after for patch in found.patches)


def test_one_that_is_on_nothing_else_is_named(host: Host) -> None:
    found = declared(shop(host, healthy()), "cache")
    assert found.proposal.left == (
        "service cache: none of its containers is on a network that is not declared",
    )


def test_a_second_project_of_the_same_files_keeps_names_from_being_fixed(host: Host) -> None:
    """Both would be on one network then, and answer to each other's names."""
    text = SHOP.replace("    name: shop_back\n", "    driver: bridge\n")
    there = shop(host, healthy(), text)
    file = str(there.directory / "compose.yaml")
    other = replace(stranger("blue-web-1"), project="blue", service="web", config_files=(file,))
    for look in (joined(healthy(), other), joined(healthy(), *_copy("green"))):
        found = declared(replace(there, look=look))
        assert "no fixed name: project" in found.proposal.left[0]
        assert all(b"name: shop_back" not in patch.after for patch in found.patches)
        assert b"- default" in b"".join(patch.after for patch in found.patches)


def _copy(name: str) -> list[Container]:
    """The same services from a copy of the files; where nobody would know that they are."""
    there = {f"{name}_{key}": endpoint("web") for key in ("back", "front", "default")}
    return [
        replace(
            stranger(f"{name}-{service}-1"),
            project=name,
            service=service,
            networks=there,
            config_files=(f"/srv/{name}/compose.yaml",),
        )
        for service in ("cache", "web", "db", "mail")
    ]


def test_who_is_recreated_anyway_is_known_by_the_hash() -> None:
    look = healthy()
    assert recreated_anyway(look) == []
    web = replace(look.containers[1], config_hash="f" * 64)
    assert recreated_anyway(replace(look, containers=(web,))) == ["shop-web-1"]
    moved = replace(look, moved_tags=frozenset({look.containers[0].id}))
    assert recreated_anyway(moved) == ["shop-cache-1"]
    # Its label counts the id of the container whose network it is in; `config --hash` the name.
    services = dict(look.declared.services)
    services["web"] = replace(services["web"], network_mode="service:cache")
    shared = replace(look, declared=replace(look.declared, services=services), containers=(web,))
    assert recreated_anyway(shared) == []


def test_what_compose_takes_for_something_else_is_refused(host: Host) -> None:
    """Whatever the rules believe, Compose has the last word."""
    there = shop(host, healthy())
    plugin = host.place / "docker" / "cli-plugins" / "docker-compose"
    real = plugin.readlink()
    plugin.unlink()
    # One that resolves something else from descriptors, once these hold what is proposed.
    plugin.write_text(
        f'#!/bin/sh\ncase "$*" in *" - "*) {real} "$@" | sed s/default/other/ ;;'
        f' *) exec {real} "$@" ;; esac\n'
    )
    plugin.chmod(0o755)
    found = there.declaration()
    assert isinstance(found, Unknown)
    assert "Compose resolves something else" in found.reason
    assert Path(there.directory / "compose.yaml").read_text() == SHOP
