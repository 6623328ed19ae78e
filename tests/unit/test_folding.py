"""Causes with their consequences folded under them."""

from __future__ import annotations

from dataclasses import replace

from journals import WRONG, finding, look

from pyinfra_runbooks.core.deeds import Deed
from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import from_json
from pyinfra_runbooks.core.plan import WAITS
from pyinfra_runbooks.core.resolution import Refusal
from pyinfra_runbooks.jobs.reports.folding import troubles

FOUND = from_json(look("shop-1", 1, WRONG, finding("missing-alias", "redis", "remedy"))["findings"])
FIRST, SECOND = (each.headline() for each in FOUND)


def deed(*repairs: str) -> Deed:
    return Deed("redis", "attach it", Disruption.NONE, repairs)


def test_what_one_step_repairs_is_one_trouble() -> None:
    (trouble,) = troubles(FOUND, [deed(FIRST, SECOND)])
    assert (trouble.cause, trouble.others) == (FOUND[0], (FOUND[1],))


def test_what_no_step_repairs_has_its_own() -> None:
    first, second = troubles(FOUND, [deed(FIRST)])
    assert (first.cause, first.deed) == (FOUND[0], deed(FIRST))
    assert (second.cause, second.deed, second.others) == (FOUND[1], None, ())


def test_a_refusal_is_never_folded_under_a_step() -> None:
    """A replica that can't be repaired, beside one with the same headline that can."""
    refused = finding("missing-alias", "redis", "refusal", problem=FOUND[1].problem)
    found = (*FOUND, *from_json([refused]))
    assert found[2].headline() == SECOND
    first, second = troubles(found, [deed(FIRST, SECOND)])
    assert (first.others, second.cause, second.others) == ((FOUND[1],), found[2], ())


def test_what_waits_is_folded_under_what_it_waits_for() -> None:
    waits = from_json([finding("open", "redis", "refusal")])[0]
    waits = replace(waits, resolution=Refusal(f"{WAITS}{SECOND}", ""))
    (trouble,) = troubles((*FOUND, waits), [deed(FIRST, SECOND)])
    assert trouble.others == (FOUND[1], waits)


def test_a_step_for_what_is_not_found_any_more() -> None:
    """The proof of a repair may find something else than the look that was planned from."""
    assert [t.deed for t in troubles(FOUND, [deed("redis: has stopped [redis-stopped]")])] == [
        None,
        None,
    ]
