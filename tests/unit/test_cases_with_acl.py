"""Other people's outages where Redis has an ACL, and no inventory names it: what is named first.

As their compose files have it: an override gives Redis an ACL file, and its clients the password,
both as secrets. The login is the one whose hash the ACL has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from looks import identity
from shapes import NOAUTH, OPEN, Project, Service, look

from pyinfra_runbooks.core.resolution import Refusal, Remedy
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.remembered import Memory, Remembered, Used
from pyinfra_runbooks.packs.findings import everything
from pyinfra_runbooks.settings import Redis, Stack

BY_HASH = ('login as "\\x61\\x70\\x70" /run/secrets/redis_password',)
_OFF = '["flags",["off"],"passwords",[],"commands","+@all"]'
WITH_ACL = tuple(
    {'["default"]': '["default","app"]'}.get(line, line)
    for line in ('"RESET"', NOAUTH, '"OK"', *OPEN[3:])
)
FILES = ("compose.yaml", "acl.yaml")
REDIS, API, THIRD = "172.19.0.2", "172.19.0.3", "172.19.0.4"
USUAL, WORKER = Used("cccc", True, True), Used("tttt", True, True)


def saying(*about: str, refused: Sequence[str] = (), **info: str) -> tuple[str, ...]:
    """A Redis that lets in who has the ACL's password, with these connections."""
    start = WITH_ACL.index('"@5"')
    head = [line for line in WITH_ACL[:start] if '"on","nopass"' not in line.replace(" ", "")]
    head.insert(head.index('"@4"'), _OFF)
    told = [f"{name}:{value}" for name, value in info.items()]
    at = head.index("role:master")
    log = [*refused, f"refused all {len(refused)}"] if refused else ["[]"]
    connected = [f"connected all {len(about)}", *about]
    return (*head[:at], *told, *head[at:], '"@5"', *connected, '"@6"', *log)


def connected(address: str, waits: int, old: int, command: str, default: int = 0) -> str:
    """A line of `connections.awk`."""
    return f"connected {address} {REDIS} 1 {waits} {default} {old} 1 {waits} {old} {command}"


def of_files(name: str, *files: str) -> dict[str, Any]:
    return {"config_files": ",".join(f"/srv/{name}/{file}" for file in files)}


def remembering(seen: Look, name: str, **clients: Used) -> Look:
    """Healthy looks have left who uses Redis."""
    memory = Memory(f"/srv/{name}", name, seen.at - 600, {"redis": clients})
    found = replace(seen.found, remembered=Remembered({(f"/srv/{name}", name): memory}))
    return replace(seen, found=found)


def first(seen: Look, stack: Stack) -> tuple[str, str] | None:
    """Kind and subject of the first cause that breaks health."""
    causes = [f for f in everything(seen, stack) if f.cause and f.breaks_health]
    return (causes[0].kind.id, causes[0].subject) if causes else None


# A worker that does not listen again once its connection was lost

DEAF = Stack("/srv/deaf", Redis("redis"))


def deaf(*about: str, **info: str) -> Look:
    files = of_files("deaf", *FILES)
    services = (
        Service("redis", says=saying(*about, **info), login=BY_HASH, more=files),
        Service("api", more=files),
        Service("worker", more=files),
    )
    return remembering(look(DEAF, Project("deaf", services)), "deaf", api=USUAL, worker=WORKER)


SINCE = {"uptime_in_seconds": "300", "cmdstat_get": "calls=9,usec=1"}
SERVES = connected(API, 0, 299, "get")


def test_a_worker_that_waits_on_its_queue_is_well() -> None:
    seen = deaf(SERVES, connected(THIRD, 1, 299, "brpop"), **SINCE)
    assert first(seen, DEAF) is None


def test_a_deaf_worker_is_named_first() -> None:
    seen = deaf(SERVES, connected(THIRD, 0, 299, "ping"), **SINCE)
    assert first(seen, DEAF) == ("client-takes-nothing", "worker")
    (finding,) = [f for f in everything(seen, DEAF) if f.kind.id == "client-takes-nothing"]
    assert isinstance(finding.resolution, (Remedy, Refusal))


# Redis was made from another override than its clients, without its ACL

SIDECAR = Stack("/srv/sidecar", Redis("redis"))
_WITHOUT = ("compose.yaml", "acl.cut")


def sidecar(redis: dict[str, Any], says: Sequence[str], login: Sequence[str]) -> Look:
    exporter = {"network_mode": f"container:{identity('sidecar-redis-1')}", "networks": {}}
    files = of_files("sidecar", *FILES)
    services = (
        Service("redis", says=says, login=login, more=redis),
        Service("api", more=files),
        Service(
            "exporter",
            declared={"network_mode": "service:redis"},
            more=files | redis | exporter,
        ),
    )
    seen = look(SIDECAR, Project("sidecar", services))
    return remembering(seen, "sidecar", api=USUAL)


def test_a_sidecar_of_a_redis_with_an_acl_is_well() -> None:
    files = of_files("sidecar", *FILES)
    seen = sidecar(files, saying(SERVES, **SINCE), BY_HASH)
    assert first(seen, SIDECAR) is None


def without_acl(*files: str, refused: bool = True) -> Look:
    log = [f"refused {API} auth 40 1", "refused all 1"] if refused else ["[]"]
    says = [*OPEN[: OPEN.index('"@5"')], '"@5"', "connected all 1", '"@6"', *log]
    return sidecar(of_files("sidecar", *files), says, ("login open",))


@pytest.mark.parametrize("files", [_WITHOUT, ("compose.yaml",)], ids=["another", "none"])
def test_a_redis_that_was_made_without_its_acl(files: Sequence[str]) -> None:
    seen = without_acl(*files)
    assert first(seen, SIDECAR) == ("redis-of-other-files", "redis")
    (finding,) = [f for f in everything(seen, SIDECAR) if f.kind.id == "redis-of-other-files"]
    assert finding.problem == "was made without acl.yaml, from which api is, and refuses it"
    assert isinstance(finding.resolution, Refusal)
    assert "-f compose.yaml -f acl.yaml up --detach redis" in finding.resolution.instead


@pytest.mark.parametrize(
    "seen",
    [
        without_acl(*_WITHOUT, refused=False),
        without_acl(*FILES),
        without_acl("other.yaml"),
        without_acl("compose.yaml", "acl.yaml", "more.yaml"),
    ],
    ids=["nobody is refused", "the same", "another name", "one is added"],
)
def test_other_files_alone_are_no_cause(seen: Look) -> None:
    """That one adds to another is how people work."""
    assert "redis-of-other-files" not in [f.kind.id for f in everything(seen, SIDECAR)]
