"""The incident of the report, on the invented stack: a cache without its secrets, elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from journals import START, run
from looks import (
    differing,
    endpoint,
    healthy,
    network_id,
    stack,
    unhealthy,
    with_inside,
    with_redis,
)

from pyinfra_runbooks.core.plan import Plan
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.docker import Network
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings
from pyinfra_runbooks.packs.look_event import look_event

TEST = "shop_test"
HOST, INVENTORY = "shop-1", "inventories/prod.py"
POLICY = Policy(inventory=INVENTORY, host=HOST, elevated="sudo")
OPEN = ["flags", ["on", "nopass"], "passwords", [], "commands", "+@all", "keys", "~*"]


def broken() -> Look:
    """Made from another compose file: no secrets, no ACL, and only on a test network."""
    look = unhealthy(healthy())
    look = replace(
        look, networks={**look.networks, TEST: Network(network_id(TEST), TEST, "bridge")}
    )
    (made,) = look.members("cache")
    look = differing(
        look,
        "cache",
        *(Difference("absent", "mounts", f"/run/secrets/cache_{of}") for of in ("acl", "password")),
        Difference("absent", "networks", "back"),
        networks={TEST: endpoint("cache", network=TEST)},
        mounts=tuple(m for m in made.mounts if "/run/secrets" not in m.target),
        config_files=("/home/tester/shop/docker-compose.yml",),
        working_dir="/home/tester/shop",
    )
    look = with_inside(look, files={})
    return with_redis(
        look,
        open=True,
        logins={},
        config={"aclfile": ""},
        users=frozenset({"default"}),
        acl={"default": [*OPEN, "channels", "&*", "selectors", []]},
    )


def plan() -> Plan:
    return findings.planned(broken(), stack(), POLICY)


def looked(look: Look, at: float) -> dict[str, Any]:
    """A run's event: a look at the host."""
    event = look_event(look, stack(), POLICY)
    return {"event": "look", "host": HOST, "directory": "/srv/shop", "at": START + at, **event}


def asks() -> dict[str, Any]:
    """A run's event: what it has planned, before it asks."""
    made = plan()
    steps = [(step.thing, step.does, step.disruption) for step in made.steps]
    later = [(one.thing, one.does, one.disruption) for one in made.later]
    named = [
        [{"thing": thing, "does": does, "disruption": str(d)} for thing, does, d in deeds]
        for deeds in (steps, later)
    ]
    planned = {"host": HOST, "directory": "/srv/shop", "steps": named[0], "later": named[1]}
    return {"event": "asks", "at": START + 1, "plans": [planned], "others": []}


def checked() -> list[dict[str, Any]]:
    """The journal of a run that only looks."""
    return [run(HOST), looked(broken(), 1)]


def repaired() -> list[dict[str, Any]]:
    """The journal of a run that repairs it."""
    (step,) = plan().steps
    about = {"host": HOST, "directory": "/srv/shop"}
    done = {"does": [step.does], "disruption": str(step.disruption), "done": True, "seconds": 2.3}
    proof = {"findings": [], "api_healthy": True, "asked": looked(healthy(), 0)["asked"]}
    return [
        *checked(),
        {"event": "changing", **about, "does": [step.does], "things": [step.thing]},
        {"event": "change", **about, "at": START + 4, **done},
        {"event": "waiting", **about, "passed": 2, "of": 3, "failed": []},
        looked(healthy(), 8),
        {"event": "proof", **about, "at": START + 8.2, **proof},
    ]
