"""What Compose declares of a part in the stack: who waits for whom, and names whom."""

from __future__ import annotations

import json
from typing import Any

import pytest
import samples

from pyinfra_runbooks.engine import compose
from pyinfra_runbooks.engine.compose import DeclaredService
from pyinfra_runbooks.engine.look import Look


def service(**data: Any) -> DeclaredService:
    config = {"name": "shop", "services": {"web": {"image": "x", **data}}}
    return compose.declared(json.dumps(config), {}, (), [("web", "db"), ("db", "cache")]).services[
        "web"
    ]


@pytest.mark.parametrize(
    ("data", "serves"),
    [
        ({}, False),
        ({"ports": None}, True),
        ({"expose": None}, True),
        ({"healthcheck": None}, True),
        ({"healthcheck": {"test": None}}, True),
        ({"healthcheck": {"disable": True}}, False),
    ],
)
def test_a_port_or_a_health_check_makes_a_server(data: dict[str, Any], serves: bool) -> None:
    """What they are stays on the host: there they are null."""
    assert service(**data).serves is serves


def test_who_waits_for_whom_and_names_whom() -> None:
    waits = {
        "db": {"condition": "service_healthy", "required": True},
        "seed": {"condition": "service_completed_successfully"},
        "mail": {"condition": "service_started", "required": False},
    }
    web = service(depends_on=waits, restart="on-failure:3", deploy={"mode": "replicated-job"})
    assert web.waits_for == {"db": "service_healthy", "seed": "service_completed_successfully"}
    assert (web.uses, web.restart, web.job) == ({"db"}, "on-failure:3", True)
    assert not service(deploy={"mode": "replicated"}).job


def test_a_look_tells_who_names_whom() -> None:
    lines = samples.lines("redis-8.0")
    start = lines.index("config|{")
    seen = samples.parsed([*lines[:start], "config|uses api redis", *lines[start:]])
    assert isinstance(seen, Look)
    assert seen.declared.services["api"].uses == {"redis"}
    assert seen.declared.services["redis"].uses == frozenset()
