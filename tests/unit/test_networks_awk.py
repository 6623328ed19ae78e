"""networks.awk, in every awk there is: what differs is named, and no value of it is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from awks import AWKS, SECRET, filtered

from pyinfra_runbooks.engine.docker import subnets


def printed(**networks: Any) -> str:
    """What Compose prints of a project with these networks."""
    services = {"cache": {"environment": {"A": '"labels": {'}, "networks": {"back": None}}}
    config = {"name": "shop", "networks": networks, "services": services}
    return json.dumps(config, indent=2) + "\n"


def asked(awk: tuple[str, ...], config: str) -> set[str]:
    return set(filtered(awk, "networks.awk", config, names="yes").split())


BACK = {"name": "shop_back", "ipam": {}}
SUBNET = {"name": "shop_back", "ipam": {"config": [{"subnet": "10.88.0.0/24"}]}}


@pytest.mark.parametrize("awk", AWKS)
def test_networks_are_asked_only_where_something_depends_on_it(awk: tuple[str, ...]) -> None:
    front = {"name": "front", "external": True}
    assert asked(awk, printed(back=BACK)) == set()
    assert asked(awk, printed(back=SUBNET, front=front)) == {"shop_back", "front"}
    assert asked(awk, printed(back={**BACK, "labels": {"a": "b"}})) == {"shop_back"}
    assert asked(awk, printed(back={**BACK, "driver_opts": {"a": "b"}})) == {"shop_back"}
    static = json.loads(printed(back=BACK))
    static["services"]["cache"]["networks"] = {"back": {"ipv4_address": "10.88.0.5"}}
    assert asked(awk, json.dumps(static, indent=2)) == {"shop_back"}


def shown(awk: tuple[str, ...], config: str, *inspected: str) -> Any:
    out = filtered(awk, "networks.awk", config + "\n".join(inspected) + "\n")
    assert SECRET not in out
    return subnets(filter(None, out.splitlines()))


SEEN = '{"name":"shop_back","subnets":[{"Subnet":"10.88.0.0/24","Gateway":"10.88.0.1"}]}'


@pytest.mark.parametrize("awk", AWKS)
def test_labels_and_options_that_are_not_there_are_named(awk: tuple[str, ...]) -> None:
    declared = {
        **SUBNET,
        "driver_opts": {"com.example.mtu": "1400"},
        "labels": {"a": "1", "b": f"{SECRET} $$x & y", 'c"d': SECRET},
    }
    found = shown(
        *(awk, printed(back=declared, front={"name": "shop_front", "labels": {"a": "1"}}), SEEN),
        'label\t"shop_back"\t"a"\t"1"',
        f'label\t"shop_back"\t"b"\t"{SECRET} $x \\u0026 y"',
        f'label\t"shop_back"\t"e"\t"{SECRET}"',
        'option\t"shop_back"\t"com.example.mtu"\t"1500"',
    )
    lacks = ('label c"d', "option com.example.mtu")
    assert found == ({"shop_back": frozenset({"10.88.0.0/24"})}, {"shop_back": lacks})


@pytest.mark.parametrize("awk", AWKS)
def test_what_is_as_declared_lacks_nothing(awk: tuple[str, ...]) -> None:
    declared = {**SUBNET, "labels": {"a": "1"}}
    assert shown(awk, printed(back=declared), SEEN, 'label\t"shop_back"\t"a"\t"1"')[1] == {}
    gone = shown(awk, printed(back=declared))
    assert gone == ({}, {})
