"""Never worse, whatever fails: the scripts that go to hosts, against real servers.

A failing case is printed as the line that runs it again, on its own and in full:

    python -m tests.redis.unkind.cases 'restart call=7 how=late ...'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.redis.unkind import planning, servers
from tests.redis.unkind.cases import Case, Outcome, outcome, simplest
from tests.redis.unkind.mutants import MUTANTS, PACKAGE, Mutant, shown
from tests.redis.unkind.promises import DROPPED, FALSE_ZERO, LOST, STOPPED

SEED = 12
ENOUGH = 2000
# Of those that are put back, the new one never runs.
FAILING = {"put-back", "put-back-refused"}


@pytest.fixture(scope="module")
def unharmed() -> list[Outcome]:
    for name in servers.USUAL:
        servers.programs(servers.SERVERS[name])
    found = list(planning.outcomes(planning.unharmed()))
    # On a busy machine a save may take longer than the short deadline here: once more, alone.
    return [f if f.breaches or f.done.code == _expected(f) else outcome(f.case) for f in found]


def _expected(found: Outcome) -> int:
    return 1 if found.case.script in FAILING else 0


def test_with_nothing_that_fails(unharmed: list[Outcome]) -> None:
    """What is injected below meets scripts that work otherwise."""
    assert not [str(found) for found in unharmed if found.breaches]
    for found in unharmed:
        assert found.done.code == _expected(found), str(found)
        assert found.acknowledged > 100, str(found)


def test_a_sample(unharmed: list[Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    profiles = planning.profiles_of(unharmed)
    found = list(_shown(planning.outcomes(planning.sample(profiles, SEED)), capsys))
    assert sum(each.counted for each in found) > 60
    _kept(found)


@pytest.mark.thorough
def test_two_thousand(unharmed: list[Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    for server in servers.SERVERS.values():
        servers.programs(server)
    profiles = planning.profiles_of(unharmed)
    cases = planning.everything(profiles, SEED)
    found = list(_shown(_enough(planning.outcomes(cases)), capsys))
    _kept(found)


def _enough(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    counted = 0
    for found in outcomes:
        yield found
        counted += found.counted
        if counted >= ENOUGH:
            return


def _shown(outcomes: Iterable[Outcome], capsys: pytest.CaptureFixture[str]) -> Iterator[Outcome]:
    """Prints each case that breaks a promise, and the figures now and then."""
    found: list[Outcome] = []
    try:
        for each in outcomes:
            found.append(each)
            with capsys.disabled():
                if each.breaches:
                    print(f"\n{each}")
                if len(found) % 200 == 0:
                    print(f"\n{_figures(found)}")
            yield each
    finally:
        with capsys.disabled():
            print(f"\n{_figures(found)}")


def _figures(found: list[Outcome]) -> str:
    kinds = Counter(kind for each in found for kind in {b.kind for b in each.breaches})
    counted = sum(each.counted for each in found)
    acknowledged = sum(each.acknowledged for each in found)
    return (
        f"{len(found)} cases, {sum(each.hit > 0 for each in found)} failures, {counted} of them"
        f" between the first change and the proof; {acknowledged} acknowledged writes."
        f" Cases with writes lost: {kinds[LOST]}, servers left stopped: {kinds[STOPPED]},"
        f" false zeros: {kinds[FALSE_ZERO]}, dropped users: {kinds[DROPPED]}"
    )


def _kept(found: list[Outcome]) -> None:
    broken = [each for each in found if each.breaches]
    assert not broken, f"{len(broken)} cases; the simplest of the first:\n{simplest(broken[0])}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_still_one(mutant: Mutant) -> None:
    for change in mutant.changes:
        assert (PACKAGE / change.file).read_text(encoding="utf-8").count(change.old) == 1, change


def test_what_shows_a_mutant_is_harmless_otherwise() -> None:
    cases = dict.fromkeys(Case.read(mutant.case) for mutant in MUTANTS)
    assert not [str(each) for each in planning.outcomes(cases) if each.breaches]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_found(mutant: Mutant, tmp_path: Path) -> None:
    assert f"\n  {mutant.breaks}: " in shown(mutant, tmp_path)
