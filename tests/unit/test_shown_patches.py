"""What is written to compose files is what was shown, or nothing is."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from looks import healthy, stack
from recoveries import Ran, a_host, all_ran

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.patching.patches import Edit, Patch
from pyinfra_runbooks.engine.patching.proposals import Proposal
from pyinfra_runbooks.engine.patching.trials import Trial
from pyinfra_runbooks.facts.declarations import Declaration, Wanted
from pyinfra_runbooks.operations import compose_file, patches

NOTHING = Declaration(Proposal())


def declaration(before: str = "a\n", adds: str = "b\n") -> Declaration:
    edit = Edit(0, (adds,))
    written = Patch("/srv/shop/compose.yaml", "compose.yaml", before.encode(), (edit,))
    return Declaration(
        Proposal(does=("service web lists default",)),
        (written,),
        Trial(("-",), (written.before,), (written.after,)),
    )


SHOWN = declaration()
OTHERS = {
    "another line": declaration(adds="c\n"),
    "the same line, of another file": declaration(before="a\nz\n"),
    "a file more": replace(SHOWN, patches=(*SHOWN.patches, *declaration("x\n").patches)),
}


def ran(*found: Declaration | Unknown, shown: Declaration | Unknown | None = SHOWN) -> Ran:
    """Without a question, as jobs do; each answer is what a reading of the files says."""
    host = a_host(healthy())
    if shown is not None:
        patches.show(host.real, stack(), Wanted(), shown)
    with patch.object(compose_file, "declaration", side_effect=found):
        return all_ran(host, (compose_file.declare_networks, {"stack": stack()}), asks=False)


def assert_refused(came: Ran, shown: Declaration) -> None:
    (said,) = came.refused
    assert said.startswith("Refused: the patch has become another one since it was shown")
    assert "nothing was written" in said
    assert came.sent == []
    for one in shown.patches:
        assert "\n    ".join(one.diff().splitlines()) in came.host.said


def test_what_was_shown_is_written() -> None:
    came = ran(SHOWN, SHOWN, NOTHING)
    assert (len(came.sent), came.locked, came.refused) == (1, 1, [])


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_patch_is_shown_and_not_written(other: Declaration) -> None:
    """It is seen under the lock at the latest: the files are read again for that."""
    assert_refused(ran(other, other), other)
    assert_refused(ran(SHOWN, other), other)


def test_it_is_on_standard_output_only_once(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    """Two patches of a file can't be applied one after the other."""
    ran(SHOWN, OTHERS["another line"])
    out = capsysbinary.readouterr().out
    assert out.decode() == (f"# shop-1: to be applied in /srv/shop\n{SHOWN.patches[0].diff()}")


def test_what_could_not_be_shown_is_not_written() -> None:
    for shown in (Unknown("there is no Compose"), NOTHING):
        assert_refused(ran(SHOWN, SHOWN, shown=shown), SHOWN)


def test_what_another_has_declared_meanwhile_is_left() -> None:
    came = ran(SHOWN, NOTHING)
    assert (came.sent, came.refused) == ([], [])


def test_what_can_no_longer_be_read_is_refused() -> None:
    came = ran(SHOWN, Unknown("compose.yaml is no YAML"))
    assert came.sent == []
    assert "compose.yaml is no YAML" in came.refused[0]


def test_an_operation_by_itself_shows_nothing_and_writes() -> None:
    came = ran(SHOWN, SHOWN, NOTHING, shown=None)
    assert (len(came.sent), came.refused) == (1, [])


def test_one_wish_is_not_compared_with_another() -> None:
    host = a_host(healthy())
    patches.show(host.real, stack(), Wanted(("web",)), SHOWN)
    assert patches.is_shown(host.real, stack(), Wanted(), OTHERS["another line"])
    assert not patches.is_shown(host.real, stack(), Wanted(("web",)), OTHERS["another line"])
