"""The faults of the incident and their kin, on each host: broken, named, repaired, left alone.

These are looked at closely, step by step; `test_matrix.py` has all faults. A fault is rehearsed
once for all hosts together, as a fleet would have it; the tests then judge what was seen at each
step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import seen
from seen import on_each

from lab import keyspace
from lab.faults.catalogue import FAULTS, break_host
from lab.faults.common import TEST_NETWORK
from lab.faults.model import Fault
from lab.hosts import HOSTS, NETWORK, REDIS, Host
from lab.keyspace import Keys
from lab.runs import RECOVERY, Run, at_a_prompt, pyinfra
from pyinfra_runbooks.packs.network.faults.networks import OTHER_REDIS

CONFLICT_FAULT = "alias-conflict"
NAMES = [host.name for host in HOSTS]

# The causes that a look at the broken host has to name, and no other.
_NO_SECRETS = {"config-differs", "file-not-mounted", "secret-not-mounted", "acl-not-configured"}
KINDS = {
    "wrong-network": {"wrong-network", "extra-network"},
    "acl-tampered": {"acl-locked-out"},
    "incident": {"wrong-network", "extra-network"} | _NO_SECRETS,
}
# What users may notice of each repair.
DISRUPTION = {"wrong-network": "none", "acl-tampered": "restart", "incident": "recreate"}
# What nobody can log in to can't be made to save: a person has to accept that first.
ACCEPT = {"acl-tampered": ("--data", "allow_data_loss=redis")}


@dataclass(frozen=True, repr=False)
class Rehearsal:
    """What was seen of one fault, host by host."""

    fault: Fault
    seeded: dict[str, Keys]
    process: dict[str, str]
    broken: dict[str, bool]
    health: dict[str, dict[str, str] | None]
    before: dict[str, Any]
    dry: Run
    after_dry: dict[str, Any]
    repair: Run
    problems: dict[str, list[str]]
    kept: dict[str, Keys]
    process_after: dict[str, str]
    converged: dict[str, Any]
    again: Run
    prompted: Run
    after_all: dict[str, Any]


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=[pytest.mark.thorough] * (name != "incident")) for name in KINDS
    ],
)
def rehearsal(request: pytest.FixtureRequest, ssh: dict[str, Any]) -> Iterator[Rehearsal]:
    fault = FAULTS[request.param]
    seeded = on_each(keyspace.seed)
    process = on_each(seen.run_id)
    try:
        on_each(lambda host: break_host(host, fault.name))
        broken, health, before = on_each(BROKEN[fault.name]), on_each(Host.health), _snapshots()
        accept = ACCEPT.get(fault.name, ())
        dry = pyinfra("--dry", RECOVERY, *accept)
        after_dry = _snapshots()
        repair = pyinfra("-y", RECOVERY, *accept)
        problems = on_each(lambda host: seen.problems(host, ssh[host.name]))
        kept, process_after = on_each(_keys), on_each(_process)
        converged = _snapshots()
        again = pyinfra("-y", "--json", RECOVERY)
        prompted = at_a_prompt(RECOVERY)
        yield Rehearsal(
            fault=fault,
            seeded=seeded,
            process=process,
            broken=broken,
            health=health,
            before=before,
            dry=dry,
            after_dry=after_dry,
            repair=repair,
            problems=problems,
            kept=kept,
            process_after=process_after,
            converged=converged,
            again=again,
            prompted=prompted,
            after_all=_snapshots(),
        )
    finally:
        on_each(seen.healed)


def _snapshots() -> dict[str, Any]:
    return on_each(seen.snapshot)


def _keys(host: Host) -> Keys:
    """What is left of the keys; none where Redis does not answer."""
    try:
        return keyspace.read(host)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test has to tell it
        return Keys(0, f"{error}")


def _process(host: Host) -> str:
    try:
        return seen.run_id(host)
    except Exception as error:  # noqa: BLE001
        return f"{error}"


def _redis(host: Host) -> dict[str, Any]:
    attributes: dict[str, Any] = host.docker().containers.get(REDIS).attrs
    return attributes


def _networks(host: Host) -> dict[str, set[str]]:
    """Redis' networks, with the names that it answers to there."""
    networks = _redis(host)["NetworkSettings"]["Networks"]
    return {name: set(endpoint["Aliases"] or ()) for name, endpoint in networks.items()}


def _mounts(host: Host) -> set[str]:
    return {mount["Destination"] for mount in _redis(host)["Mounts"]}


def _is_open(host: Host) -> bool:
    return "PONG" in host.run(f"echo PING | docker exec -i {REDIS} redis-cli")


# Whether the fault is really there, by Docker's API and the files, not by what the API says.
BROKEN = {
    "wrong-network": lambda host: set(_networks(host)) == {TEST_NETWORK},
    "acl-tampered": lambda host: (
        "PONG"
        in host.run(f"echo PING | docker exec -i {REDIS} redis-cli --user intruder --pass any")
    ),
    "incident": lambda host: (
        set(_networks(host)) == {TEST_NETWORK} and _mounts(host) == {"/data"} and _is_open(host)
    ),
}


def test_what_is_judged_here_is_in_the_catalogue() -> None:
    """A fault that is added here says how to see it, and what its repair disturbs."""
    assert set(KINDS) | {CONFLICT_FAULT} <= set(FAULTS)
    assert set(BROKEN) == set(DISRUPTION) == set(KINDS) >= set(ACCEPT)


@pytest.mark.parametrize("host", NAMES)
class TestFault:
    """One fault on one host."""

    def test_is_broken(self, rehearsal: Rehearsal, host: str) -> None:
        assert rehearsal.broken[host]
        degraded = {"status": "degraded", "redis_connection": "error"}
        expected = seen.HEALTHY if rehearsal.fault.why_not else degraded
        assert rehearsal.health[host] == expected, rehearsal.fault.why_not

    def test_a_dry_run_names_it(self, rehearsal: Rehearsal, host: str) -> None:
        dry = rehearsal.dry
        assert dry.rc == 0, str(dry)
        assert dry.kinds(host) == KINDS[rehearsal.fault.name], str(dry)
        assert dry.promise(host) == DISRUPTION[rehearsal.fault.name], str(dry)

    def test_a_dry_run_changes_nothing(self, rehearsal: Rehearsal, host: str) -> None:
        assert seen.changes(rehearsal.before[host], rehearsal.after_dry[host]) == {}

    def test_is_repaired(self, rehearsal: Rehearsal, host: str) -> None:
        assert rehearsal.repair.rc == 0, str(rehearsal.repair)
        assert rehearsal.repair.changes(host), str(rehearsal.repair)
        assert rehearsal.problems[host] == [], str(rehearsal.repair)

    def test_loses_no_key(self, rehearsal: Rehearsal, host: str) -> None:
        assert rehearsal.kept[host] == rehearsal.seeded[host]

    def test_is_the_same_process_where_it_can_be(self, rehearsal: Rehearsal, host: str) -> None:
        same = rehearsal.process_after[host] == rehearsal.process[host]
        assert same == (DISRUPTION[rehearsal.fault.name] == "none")

    def test_is_left_alone_afterwards(self, rehearsal: Rehearsal, host: str) -> None:
        again = rehearsal.again
        assert again.rc == 0, str(again)
        assert set(again.results(host).values()) == {"no_change"}, str(again)
        assert len(again.results(host)) == len(again.json["plan"]) > 0
        assert seen.changes(rehearsal.converged[host], rehearsal.after_all[host]) == {}

    def test_is_left_alone_at_a_prompt(self, rehearsal: Rehearsal, host: str) -> None:
        prompted = rehearsal.prompted
        assert prompted.rc == 0, str(prompted)
        assert set(prompted.outcomes(host).values()) == {"no_change"}, str(prompted)
        assert len(prompted.outcomes(host)) == len(rehearsal.again.json["plan"])


@pytest.mark.thorough
@pytest.mark.parametrize("host", HOSTS, ids=NAMES)
@pytest.mark.parametrize("fault", ACCEPT)
def test_what_could_lose_data_is_refused_until_a_person_accepts_it(fault: str, host: Host) -> None:
    """What came with it is `TestFault`'s; here it is that nothing is changed before."""
    only = ("--limit", host.name)
    try:
        break_host(host, fault)
        before = seen.snapshot(host)
        for run in (pyinfra("-y", RECOVERY, *only), pyinfra("-y", "--json", RECOVERY, *only)):
            assert run.rc == 1, str(run)
            assert run.kinds(host.name) == KINDS[fault], str(run)
            assert run.promise(host.name) is None, str(run)
            assert " ".join(ACCEPT[fault]) in "\n".join(run.said(host.name)), str(run)
        assert seen.changes(before, seen.snapshot(host)) == {}
    finally:
        seen.healed(host)


@pytest.mark.parametrize(
    "host", [HOSTS[0], pytest.param(HOSTS[1], marks=pytest.mark.thorough)], ids=NAMES
)
def test_an_alias_conflict_is_refused(host: Host, ssh: dict[str, Any]) -> None:
    """Another project's container is reported with the way to be rid of it, and never removed."""
    command = f"docker network disconnect {NETWORK} {OTHER_REDIS}"
    try:
        keys = keyspace.seed(host)
        break_host(host, CONFLICT_FAULT)
        before = seen.snapshot(host)
        assert OTHER_REDIS in before["containers"]
        dry = pyinfra("--dry", RECOVERY, "--limit", host.name)
        assert dry.rc == 0, str(dry)
        assert dry.kinds(host.name) == {"alias-conflict"}, str(dry)
        for _ in range(2):
            refused = pyinfra("-y", RECOVERY, "--limit", host.name)
            assert refused.rc == 1, str(refused)
            assert refused.kinds(host.name) == {"alias-conflict"}, str(refused)
            assert command in "\n".join(refused.said(host.name)), str(refused)
            assert refused.changes(host.name) == [], str(refused)
            assert seen.changes(before, seen.snapshot(host)) == {}
        host.run(command)  # what it says has to work
        healed = pyinfra("-y", RECOVERY, "--limit", host.name)
        assert healed.rc == 0, str(healed)
        assert seen.problems(host, ssh[host.name]) == []
        assert keyspace.read(host) == keys
        assert OTHER_REDIS in seen.snapshot(host)["containers"]
    finally:
        seen.healed(host)
