"""The one door: each change is locked or says why not, is audited, and is followed by a look.

Each operation of the package is in `CASES`. One that is added has to be given a case, and what it
yields there has to have come through the door; no other module makes a command.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from fakes import FakeHost
from looks import attached, healthy, locked_out, stack
from pyinfra.api import StringCommand
from recoveries import Ran, a_host, all_ran, ran

import pyinfra_runbooks
from pyinfra_runbooks.core.locking import Held
from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.patching.patches import Edit, Patch
from pyinfra_runbooks.engine.patching.proposals import Proposal
from pyinfra_runbooks.engine.patching.trials import Trial
from pyinfra_runbooks.engine.run import run_of
from pyinfra_runbooks.facts import journal
from pyinfra_runbooks.facts.audit import AppendAudit, AuditLog
from pyinfra_runbooks.facts.declarations import Declaration
from pyinfra_runbooks.facts.runs import RUN
from pyinfra_runbooks.facts.units import UnitStates
from pyinfra_runbooks.operations import change, compose_file, lock, pause, proving, recovery
from pyinfra_runbooks.operations import schedule as schedules
from pyinfra_runbooks.units.steps import Unit

PACKAGE = Path(pyinfra_runbooks.__file__).parent
DOOR = Path(change.__file__)

AWAY = attached(healthy(), "cache", {})
NOTHING = Declaration(Proposal())
PATCHED = Declaration(
    Proposal(does=("service web lists default",)),
    (Patch("/srv/app/compose.yaml", "compose.yaml", b"a\n", (Edit(1, ("b\n",)),)),),
    Trial(("-",), (b"a\n",), (b"a\nb\n",)),
)
WANTED = {"x.timer": "a timer", "x.service": "a service"}
STARTED = {
    "x.timer": Unit(sha256(b"a timer").hexdigest(), "waiting", enabled=True),
    "x.service": Unit(sha256(b"a service").hexdigest()),
}


def recovered() -> Ran:
    return ran(recovery.recover, a_host(AWAY, healthy()), prove=True)


def declared() -> Ran:
    """It is read before anything is asked, before and after the lock, and once it is written."""
    with patch.object(compose_file, "declaration", side_effect=[*[PATCHED] * 3, NOTHING]):
        return ran(compose_file.declare_networks, a_host(healthy()))


def released() -> Ran:
    return ran(lock.release, a_host(healthy(), lock=Held("ann@desk")))


def paused() -> Ran:
    return ran(pause.pause, a_host(healthy()), until=2**31, reason="moving")


def unproved() -> Ran:
    return ran(proving.verify, a_host(locked_out(healthy())))


def scheduled(*there: Mapping[str, Unit] | Unknown) -> Ran:
    """A controller has no stack; it says this of the schedule's units, one after the other."""
    host = FakeHost(
        {UnitStates: there or [{}, STARTED], AuditLog: [[{"run": RUN}]], AppendAudit: [[]]}
    )
    return all_ran(host, (schedules.units, {"schedule": "x", "wanted": WANTED}), asks=False)


CASES: dict[Any, Callable[[], Ran]] = {
    compose_file.declare_networks: declared,
    lock.release: released,
    pause.pause: paused,
    proving.verify: unproved,
    recovery.recover: recovered,
    schedules.units: scheduled,
}
LOCKED = {compose_file.declare_networks, recovery.recover}
READS = {proving.verify}


def operations() -> Iterator[str]:
    """Those of the whole package, wherever they stand."""
    for path in PACKAGE.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for function in (node for node in nodes if isinstance(node, ast.FunctionDef)):
            made_by = [ast.unparse(each).partition("(")[0] for each in function.decorator_list]
            if any(name.rpartition(".")[2] == "operation" for name in made_by):
                yield f"{path.stem}.{function.name}"


def name_of(operation: Any) -> str:
    return f"{operation._inner.__module__.rpartition('.')[2]}.{operation._inner.__name__}"


def test_every_operation_has_a_case() -> None:
    assert sorted(operations()) == sorted(map(name_of, CASES))


@pytest.mark.parametrize("operation", CASES, ids=name_of)
def test_what_an_operation_does_comes_through_the_door(operation: Any) -> None:
    came = CASES[operation]()
    assert {type(command).__module__ for command in came.sent} <= {change.__name__}
    assert (bool(came.sent), bool(came.refused)) == (operation not in READS, operation in READS)
    assert all(map(noted, came.sent))


@pytest.mark.parametrize("operation", CASES, ids=name_of)
def test_an_operation_takes_the_lock_or_says_why_not(operation: Any) -> None:
    came = CASES[operation]()
    assert came.locked == (operation in LOCKED)
    why = [words for words in ("takes no lock", "no lock itself") if words in operation.__doc__]
    assert bool(why) == (operation not in LOCKED | READS)


@pytest.mark.parametrize("operation", CASES, ids=name_of)
def test_an_operation_is_in_the_journal(
    operation: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "journal"
    monkeypatch.setenv(journal.VARIABLE, str(kept))
    CASES[operation]()
    events = [json.loads(line)["event"] for line in kept.read_text().splitlines()]
    assert ("refusal" if operation in READS else "changing") in events


def noted(command: StringCommand) -> bool:
    """Whether the host notes what came of it, by a script that says whose run it is; a pause by
    words of its own."""
    script = command.get_raw_value()
    own = script.startswith(f"run={RUN}\n") and 'note "$result"' in script
    return own or 'note paused "$reason"' in script


def entry(came: Ran) -> str:
    """What the controller says for the audit: the first line that the command reads."""
    return str(_stdin(came)[0])


def _stdin(came: Ran) -> list[Any]:
    (command,) = came.sent
    return list(command.connector_arguments["_stdin"])


def test_a_remedy_is_followed_by_a_look() -> None:
    came = recovered()
    assert '"remedy": "attach shop-cache-1 to shop_back as ' in entry(came)
    assert "[no-network]" in entry(came)
    assert run_of(came.host).changed


def test_so_are_a_declaration_and_a_schedule() -> None:
    assert declared().looks > 1
    came = scheduled()
    assert came.host.facts.count(UnitStates) == 2
    assert '"findings": ["schedule x: write x.timer, write x.service, daemon-reload,' in entry(came)
    assert '"stack"' not in entry(came)


def test_a_schedule_that_is_another_one_after_it_fails() -> None:
    came = scheduled({})
    assert [said.partition("needs: ")[2] for said in came.refused] == [
        "write x.timer, write x.service, daemon-reload, start x.timer, enable x.timer"
    ]


def test_a_schedule_of_which_nothing_is_said_fails() -> None:
    came = scheduled(Unknown("the bus is busy"))
    assert (came.did, came.refused) == ([], ["Refused: nothing was changed: the bus is busy"])
    came = scheduled({}, Unknown("the bus is busy"))
    assert len(came.did) == 1
    assert came.refused == ["Refused: it can't be proved that this helped: the bus is busy"]


def test_a_schedule_that_is_there_is_left_alone() -> None:
    came = scheduled(STARTED)
    assert (came.did, came.host.noops) == ([], ["the schedule is as it is wanted"])


def test_what_is_sent_is_shown_nowhere() -> None:
    came = recovered()
    assert repr(came.sent[0].connector_arguments["_stdin"]) == "(hidden)"


def test_the_end_of_a_hold_is_audited_with_whose_it_was() -> None:
    came = released()
    assert '"findings": ["end the hold of ann@desk"], "remedy": ""' in entry(came)
    assert came.host.said[0] == "The lock is held by ann@desk"


def test_where_nobody_holds_it_nothing_is_done() -> None:
    host = a_host(healthy())
    came = ran(lock.release, host)
    assert (came.did, {*host.noops}) == ([], {"no run has the lock"})


def test_a_pause_has_its_own_words_in_the_audit() -> None:
    came = paused()
    assert "moving" in _stdin(came)[1]
    assert AuditLog not in came.host.facts
    assert run_of(came.host).of(stack()).seen is None


# What no case shows: a command that is made elsewhere

COMMANDS = {"StringCommand", "FunctionCommand", "FileUploadCommand", "FileDownloadCommand"}
COMMANDS |= {"RsyncCommand", "run_shell_command", "put_file", "get_file", "rsync"}
# It reads compose files, and shows nothing of them.
READERS = {PACKAGE / "facts" / "compose_files.py"}


@pytest.mark.parametrize(
    "path", sorted({*PACKAGE.rglob("*.py")} - {DOOR} - READERS), ids=lambda p: p.stem
)
def test_no_other_module_makes_a_command(path: Path) -> None:
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    named = {node.id for node in nodes if isinstance(node, ast.Name)}
    named |= {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    assert not named & COMMANDS
    modules = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    assert not any(name.startswith("pyinfra.operations") for name in modules)


@pytest.mark.parametrize("path", sorted({*DOOR.parent.glob("*.py")} - {DOOR}), ids=lambda p: p.stem)
def test_operations_yield_only_what_others_make(path: Path) -> None:
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef) and node.returns]
    commands = [f for f in functions if "Command" in ast.unparse(f.returns or f)]
    own = [f.name for f in commands if any(isinstance(node, ast.Yield) for node in ast.walk(f))]
    assert own == []
