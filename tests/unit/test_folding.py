"""Causes with their consequences folded under them."""

from __future__ import annotations

from journals import WRONG, finding, look

from pyinfra_runbooks.core.deeds import Deed
from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import from_json
from pyinfra_runbooks.jobs.reports.folding import troubles

FOUND = from_json(look("shop-1", 1, WRONG, finding("open", "redis", "refusal"))["findings"])
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


def test_a_step_for_what_is_not_found_any_more() -> None:
    """The proof of a repair may find something else than the look that was planned from."""
    assert [t.deed for t in troubles(FOUND, [deed("redis: has stopped [redis-stopped]")])] == [
        None,
        None,
    ]
