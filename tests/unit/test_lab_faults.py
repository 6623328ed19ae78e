"""The lab's catalogue of faults, and what follows for sets of them; no host is needed."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest

from lab.faults import FAULTS, ByVersion, Fault, Refused, Repaired, Unaffected
from lab.faults.sets import EXCEPTIONS, combinable, conflict, drawn, in_order, outcome_of, smallest
from lab.hosts import HOSTS

REDIS7, REDIS8 = HOSTS
ALL = tuple(FAULTS.values())
HERE = Path(__file__).resolve().parents[2] / "lab"


def _named(*names: str) -> tuple[Fault, ...]:
    return tuple(FAULTS[name] for name in names)


def test_there_are_enough() -> None:
    assert len(FAULTS) >= 30
    pairs = [pair for pair in combinations(ALL, 2) if combinable(pair)]
    assert len(pairs) >= 200


def test_every_fault_is_in_the_catalogue_once() -> None:
    named = re.findall(r'    Fault\(\n        "([a-z-]+)"', "".join(_sources()))
    assert sorted(named) == sorted(FAULTS)


def _sources() -> list[str]:
    return [path.read_text() for path in (HERE / "faults").glob("*.py")]


@pytest.mark.parametrize("fault", ALL, ids=FAULTS)
def test_a_fault_says_what_it_does_and_what_comes_of_it(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z][a-z-]+[a-z]", fault.name)
    for text in (fault.does, fault.expect, fault.why_not or "the API breaks"):
        assert len(text) > 10
        assert not text.endswith(".")
    for host in HOSTS:
        outcome = fault.outcome_on(host)
        if isinstance(outcome, Refused):
            assert re.compile(outcome.reason)


def test_files_stay_small() -> None:
    for source in _sources():
        assert source.count("\n") < 300


def test_the_versions_differ_where_the_servers_do() -> None:
    (fault,) = _named("acl-default-on")
    assert isinstance(fault.outcome, ByVersion)
    assert fault.outcome_on(REDIS7) == Repaired("reconnect")
    assert fault.outcome_on(REDIS8) == Repaired("none")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("second-stack", "exporter-disagrees"), Unaffected()),
        (("second-stack", "wrong-network"), Repaired("none")),
        (("wrong-network", "api-stuck"), Repaired("restart")),
        (("missing-alias", "secret-not-mounted"), Repaired("recreate")),
        (("caddy-down", "api-stuck"), Refused("caddy: is not running")),
        (("caddy-down", "compose-invalid"), Refused("caddy: is not running|no valid YAML")),
        (
            ("acl-default-on", "acl-tampered", "image-untagged"),
            Refused("lacks users that the running Redis has: intruder"),
        ),
        (
            ("acl-default-on", "acl-tampered", "caddy-down"),
            Refused("lacks users that the running Redis has: intruder|caddy: is not running"),
        ),
    ],
)
def test_the_outcome_of_a_set_follows_from_its_members(
    names: tuple[str, ...], expected: object
) -> None:
    assert outcome_of(_named(*names), REDIS8) == expected


def test_exceptions_have_a_reason_and_can_be_combined() -> None:
    for names, (outcome, why) in EXCEPTIONS.items():
        assert combinable(_named(*names))
        assert len(why) > 10
        assert outcome_of((*_named(*names), FAULTS["second-stack"]), REDIS7) == outcome


def test_what_touches_the_same_thing_is_not_combined() -> None:
    one, other = _named("wrong-network", "missing-alias")
    assert conflict(one, other) == "both touch redis-networks"
    assert conflict(other, one) == conflict(one, other)
    assert not combinable((one, FAULTS["second-stack"], other))


def test_sets_are_drawn_again_from_the_same_seed() -> None:
    drawn_once = list(drawn(ALL, 250, seed=1))
    assert drawn_once == list(drawn(ALL, 250, seed=1))
    assert drawn_once != list(drawn(ALL, 250, seed=2))
    assert len({frozenset(fault.name for fault in faults) for faults in drawn_once}) == 250
    assert all(combinable(faults) for faults in drawn_once)
    assert all(list(faults) == in_order(faults) for faults in drawn_once)
    assert {len(faults) for faults in drawn_once} >= {2, 3, 4}


def test_drawing_ends_where_there_are_no_more() -> None:
    assert len(list(drawn(ALL[:3], 50, seed=1))) <= 4


def test_a_failing_set_shrinks_to_what_it_takes() -> None:
    tried = []

    def fails(faults: tuple[Fault, ...]) -> bool:
        tried.append(faults)
        return {ALL[1], ALL[3]} <= set(faults)

    assert smallest(ALL[:5], fails) == (ALL[1], ALL[3])
    assert smallest((ALL[1],), fails) == (ALL[1],)
    assert len(tried) < 16
