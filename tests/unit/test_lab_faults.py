"""The lab's catalogue of faults, and what follows for sets of them; no host is needed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from subprocess import run
from types import ModuleType
from typing import ClassVar

import pytest

from lab.faults import catalogue
from lab.faults.catalogue import FAULTS
from lab.faults.model import ByVersion, Fault, Refused, Repaired, Unaffected
from lab.faults.order import ORDER, in_their_order
from lab.faults.sets import EXCEPTIONS, combinable, conflict, drawn, in_order, outcome_of, smallest
from lab.hosts import HOSTS
from lab.stacks import BARE
from pyinfra_runbooks import Component, Stack, setting

REDIS7, REDIS8 = HOSTS
BARE8 = REDIS8.having(BARE)
ALL = tuple(FAULTS.values())
ROOT = Path(__file__).resolve().parents[2]


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
    packs = ROOT.glob("deploys/pyinfra_runbooks/packs/*/faults/*.py")
    return [path.read_text() for path in (*packs, *(ROOT / "lab" / "faults").glob("*.py"))]


@pytest.mark.parametrize("fault", ALL, ids=FAULTS)
def test_a_fault_says_what_it_does_and_what_comes_of_it(fault: Fault) -> None:
    assert re.fullmatch(r"[a-z][a-z-]+[a-z]", fault.name)
    for text in (fault.does, fault.expect, fault.why_not or "the API breaks"):
        assert len(text) > 10
        assert not text.endswith(".")
    for host in (*HOSTS, BARE8):
        outcome = fault.outcome_on(host)
        if isinstance(outcome, Refused):
            assert re.compile(outcome.reason)
            assert re.compile(outcome.never or "")


def test_files_stay_small() -> None:
    for source in _sources():
        assert source.count("\n") < 300


def test_a_component_of_a_lab_s_stack_brings_its_packs_faults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As its class names its pack; one that has none brings none."""
    for name in ("kept", "plain"):
        (tmp_path / f"{name}_pack").mkdir()
    (tmp_path / "kept_pack" / "faults.py").write_text("FAULTS = ('of another package',)\n")
    monkeypatch.syspath_prepend(tmp_path)

    @setting
    class Kept(Component):
        pack: ClassVar[str] = "kept_pack.pack"

    @setting
    class Plain(Component):
        pack: ClassVar[str] = "plain_pack.pack"

    monkeypatch.setattr(catalogue, "_declared", list)
    usual = list(catalogue.modules())
    stack = Stack("/srv/shop", Kept("db"), Plain("web"), Component("cache"))
    monkeypatch.setattr(catalogue, "_declared", lambda: [stack])
    *others, new = catalogue.modules()
    assert (others, new.FAULTS) == (usual, ("of another package",))


@pytest.mark.parametrize("module", [*catalogue.modules()], ids=lambda module: str(module.__name__))
def test_what_undoes_them_is_a_script(module: ModuleType) -> None:
    done = run(["sh", "-n", "-c", getattr(module, "UNDO", "")], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_each_has_its_place_once() -> None:
    assert len(set(ORDER)) == len(ORDER)
    assert [name for name in FAULTS if name in ORDER] == ORDER


def test_what_is_new_comes_last() -> None:
    """Among the others it would change which sets a seed draws of them."""
    new = replace(ALL[0], name="new")
    assert in_their_order([new, *reversed(ALL)])[: len(ORDER)] == list(ALL[: len(ORDER)])


def test_the_versions_differ_where_the_servers_do() -> None:
    (fault,) = _named("acl-default-on")
    assert isinstance(fault.outcome, ByVersion)
    assert fault.outcome_on(REDIS7) == Repaired("reconnect")
    assert fault.outcome_on(REDIS8) == Repaired("none")


def test_what_depends_on_the_stack() -> None:
    (fault,) = _named("bgsave-failing")
    assert isinstance(fault.outcome_on(REDIS8), Refused)
    assert fault.outcome_on(BARE8) == Unaffected()
    assert fault.why_not_on(REDIS8) is None
    assert fault.why_not_on(BARE8)


def test_a_host_with_another_stack_is_the_same_host() -> None:
    assert (BARE8.name, BARE8.port, BARE8.rights) == (REDIS8.name, REDIS8.port, REDIS8.rights)
    assert BARE8.redis != REDIS8.redis
    assert BARE8.files == "/var/lib/docker/volumes/ai_workflow_engine_store/_data"
    assert REDIS8.files == "/var/lib/docker/volumes/ai_workflow_engine_redis_data/_data"


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
