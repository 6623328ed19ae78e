"""Stacks that the product never saw: another owner's deploy, and another server on the lab's."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from shlex import quote
from typing import Any

import pytest
import seen
import shop_stack as shop

from lab import keyspace, versions
from lab.faults.catalogue import break_host
from lab.healing import start_over
from lab.hosts import HOSTS, Host
from lab.runs import RECOVERY, pyinfra

REDIS7, REDIS8 = HOSTS
_WITHOUT_SECRETS = (Path(__file__).parent / "shop" / "without-secrets.yml").read_text()
_SECRET = quote(f"{shop.DIRECTORY}/private/web password.txt")


@pytest.fixture(scope="module", autouse=True)
def _closing_time() -> Iterator[None]:
    """The shops are taken away after all tests."""
    yield
    seen.on_each(shop.take_away)


@pytest.fixture
def shop_host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host on which the shop is open, beside the lab's own stack."""
    host: Host = request.param
    if shop.problems(host):  # the first test, or the last one failed
        shop.bring_up(host)
    yield host
    # Where a repair leaves it: nobody but its owner removes an extra network.
    host.run(f"docker network disconnect elsewhere {shop.CACHE}", check=False)
    host.run("docker network rm elsewhere", check=False)


def _wrong_network(host: Host) -> None:
    host.run(
        "docker network create elsewhere"
        f" && for n in {' '.join(shop.NETWORKS)}; do"
        f" docker network disconnect $n {shop.CACHE}; done"
        f" && docker network connect elsewhere {shop.CACHE}"
    )


def _reattach(*options: str) -> Callable[[Host], None]:
    def fault(host: Host) -> None:
        host.run(
            f"docker network disconnect shop_backend {shop.CACHE}"
            f" && docker network connect {' '.join(options)} shop_backend {shop.CACHE}"
        )

    return fault


def _tampered(host: Host) -> None:
    shop.ask(host, "ACL SETUSER shop-reports ~* +@all")


def _without_secrets(host: Host) -> None:
    host.run(
        f"""set -eu
        directory=$(mktemp -d)
        trap 'rm -r "$directory"' EXIT
        printf %s {quote(_WITHOUT_SECRETS)} >"$directory/docker-compose.yml"
        docker compose --project-name shop --file "$directory/docker-compose.yml" up -d cache"""
    )


def _stale(host: Host) -> None:
    """The web reads an old password, and keeps seeing it when the file is replaced."""
    host.run(
        f"cp -p {_SECRET} {_SECRET}.right && echo old >{_SECRET}"
        f" && docker restart -t 2 {shop.WEB} && mv {_SECRET}.right {_SECRET}"
    )


def _overwritten(host: Host) -> None:
    host.run(f"echo other >{_SECRET} && chown root:root {_SECRET} && chmod 644 {_SECRET}")


def _removed(host: Host) -> None:
    host.run(f"docker stop {shop.CACHE} && docker rm {shop.CACHE}")


FAULTS: dict[str, tuple[Callable[[Host], None], set[str]]] = {
    "wrong-network": (_wrong_network, {"wrong-network", "extra-network"}),
    "lost-alias": (_reattach("--alias cache", f"--ip {shop.ADDRESS}"), {"missing-alias"}),
    "lost-address": (_reattach("--alias cache", "--alias sessions"), {"wrong-address"}),
    "tampered": (_tampered, {"acl-differs"}),
    "without-secrets": (
        _without_secrets,
        {
            "wrong-network",
            "missing-alias",
            "config-differs",
            "file-not-mounted",
            "secret-not-mounted",
            "acl-not-configured",
        },
    ),
    "stale-secret": (_stale, {"api-stale"}),
    "overwritten-secret": (_overwritten, {"secret-file"}),
    "removed": (_removed, {"redis-removed"}),
}


# As a member of the group docker, who can't read the secrets, and as root. Some take either way.
_CASES = [(REDIS7, fault) for fault in FAULTS if fault not in ("wrong-network", "lost-alias")] + [
    (REDIS8, fault) for fault in ("wrong-network", "lost-alias", "without-secrets", "stale-secret")
]
_THOROUGH = [
    (REDIS7, "stale-secret"),
    (REDIS7, "tampered"),
    (REDIS8, "lost-alias"),
    (REDIS7, "lost-address"),
    (REDIS7, "overwritten-secret"),
    (REDIS7, "without-secrets"),
    (REDIS7, "removed"),
    (REDIS8, "stale-secret"),
    (REDIS8, "wrong-network"),
]


@pytest.mark.parametrize(
    ("shop_host", "fault"),
    [
        pytest.param(
            host,
            fault,
            id=f"{host.name}-{fault}",
            marks=[pytest.mark.thorough] * ((host, fault) in _THOROUGH),
        )
        for host, fault in _CASES
    ],
    indirect=["shop_host"],
)
def test_the_shop_is_recovered_by_its_own_deploy(shop_host: Host, fault: str) -> None:
    """Named, repaired, proved, nothing lost, left alone; and its neighbour is not touched."""
    breaks, kinds = FAULTS[fault]
    keys = keyspace.seed(shop_host, shop.ask)
    breaks(shop_host)
    assert shop.problems(shop_host) != []
    before = seen.snapshot(shop_host, "/srv")
    dry = shop.recover(shop_host, "--dry")
    assert dry.rc == 0, str(dry)
    assert dry.kinds(shop_host.name) == kinds, str(dry)
    assert seen.changes(before, seen.snapshot(shop_host, "/srv")) == {}

    done = shop.recover(shop_host, "-y")
    assert done.rc == 0, str(done)
    assert not (wrong := shop.problems(shop_host)), f"{wrong}\n{done}"
    assert keyspace.read(shop_host, shop.ask) == keys

    converged = seen.snapshot(shop_host, "/srv")
    again = shop.recover(shop_host, "-y", "--json")
    assert again.rc == 0, str(again)
    assert set(again.results(shop_host.name).values()) == {"no_change"}, str(again)
    assert seen.changes(converged, seen.snapshot(shop_host, "/srv")) == {}
    assert _of_the_neighbour(converged) == _of_the_neighbour(before)
    for password in shop.USERS.values():
        assert not any(password in run.text for run in (dry, done, again))


def _of_the_neighbour(snapshot: dict[str, Any]) -> dict[str, Any]:
    containers = snapshot["containers"].items()
    return {name: it for name, it in containers if name.startswith("ai_workflow_engine")} | {
        path: it for path, it in snapshot["files"].items() if path.startswith("/srv/ai")
    }


@pytest.fixture(scope="module")
def _with_valkey() -> Iterator[Host]:
    host = dataclasses.replace(REDIS8, redis=versions.VALKEY)
    start_over(host)
    yield host
    start_over(REDIS8)  # no Redis reads what a later server has written


@pytest.fixture
def valkey(_with_valkey: Host) -> Iterator[Host]:
    """The lab's stack with Valkey instead of Redis, by its .env file."""
    yield _with_valkey
    seen.healed(_with_valkey)


@pytest.mark.parametrize(
    ("fault", "kind", "options"),
    [
        pytest.param("acl-not-loaded", "acl-open", (), marks=pytest.mark.thorough),
        pytest.param(
            *("acl-tampered", "acl-locked-out", ("--data", "allow_data_loss=redis")),
            marks=pytest.mark.thorough,
        ),
        ("incident", "wrong-network", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_stack_runs_valkey(
    valkey: Host, ssh: dict[str, Any], fault: str, kind: str, options: tuple[str, ...]
) -> None:
    """Valkey's ACLs read back differently from Redis'."""
    healthy = pyinfra("-y", "--json", RECOVERY, "--limit", valkey.name)
    assert set(healthy.results(valkey.name).values()) == {"no_change"}, str(healthy)
    assert "Valkey 8.1" in "".join(healthy.said(valkey.name)), str(healthy)
    keys = keyspace.seed(valkey)
    break_host(valkey, fault)
    dry = pyinfra("--dry", RECOVERY, "--limit", valkey.name)
    assert kind in dry.kinds(valkey.name), str(dry)
    done = pyinfra("-y", RECOVERY, "--limit", valkey.name, *options)
    assert done.rc == 0, str(done)
    assert seen.problems(valkey, ssh[valkey.name]) == [], str(done)
    assert keyspace.read(valkey) == keys
    again = pyinfra("-y", "--json", RECOVERY, "--limit", valkey.name)
    assert set(again.results(valkey.name).values()) == {"no_change"}, str(again)
