"""Turns data files into unit cases of facts and operations, with pyinfra-testing.

A case names a sample of a real look, and says what differs from it:

    sample: redis-8.0
    containers:                 # by service: other fields of ``docker inspect``; null: it has none
      redis: {status: exited}
    differs: {redis: [command]} # by service: the fields that Compose would make otherwise
    more: [{name: /thief, ...}] # other containers, each like the first one but for these fields
    edit:                       # in the raw text: what is found, and what stands there instead
      - ["check\\|c 0 200", "check|c 0 503"]
    after:                      # the same for the look behind a repair; default: the sample

An operation's case runs in the execution phase, where refusals are commands that fail; and once
more in the phase before, up to its first command as pyinfra does, which has to be the same, or the
one that ``planned`` names. Of a command's script it tells what is done, without what every script
brings along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any
from unittest import TestCase
from unittest.mock import patch

import pyinfra_testing.facts as testing_facts
import samples
from pyinfra.api import StringCommand
from pyinfra.context import ctx_host, ctx_state
from pyinfra_cli.util import json_encode  # type: ignore[import-untyped]
from pyinfra_testing.facts import make_fact_tests
from pyinfra_testing.operations import make_operation_tests, parse_commands
from pyinfra_testing.util import FakeState, create_host

from pyinfra_runbooks.facts import health, locks
from pyinfra_runbooks.facts.runs import RUN
from pyinfra_runbooks.locking import Taken
from pyinfra_runbooks.look import Look
from pyinfra_runbooks.settings import Stack

FACTS, OPERATIONS = "pyinfra_runbooks.facts", "pyinfra_runbooks.operations"
HERE = samples.DATA.parent


def output(case: dict[str, Any]) -> list[str]:
    """The look's output that a case describes, each line behind its section's name."""
    lines = samples.lines(case["sample"])
    changes = dict(case.get("containers", {}))
    differs = case.get("differs", {})
    for service in differs:
        changes[service] = {**changes.get(service, {}), "config_hash": "another"}
    lines = [
        changed
        for line in lines
        if (changed := _container(line, changes) if line.startswith("container|{") else line)
    ]
    assert not changes, f"no container of {', '.join(changes)}"
    first = next(n for n, line in enumerate(lines) if line.startswith("container|{"))
    told = json.loads(lines[first].partition("|")[2])
    lines[first:first] = [*_fields(lines, differs)]
    for other in case.get("more", ()):
        lines.insert(first, f"container|{json.dumps({**told, **other})}")
    text = "\n".join(lines)
    for pattern, by in case.get("edit", ()):
        text, count = re.subn(pattern, by, text, flags=re.MULTILINE)
        assert count, f"nothing to edit: {pattern}"
    return text.split("\n")


def _fields(lines: list[str], differs: dict[str, list[str]]) -> Iterator[str]:
    """The section of the fields that differ, which a real look has where a hash does."""
    for line in lines:
        told = json.loads(line.partition("|")[2]) if line.startswith("container|{") else {}
        for field in differs.get(told.get("service"), ()):
            yield f"field|x {told['id']} changed {field} - -"
    yield from ("field|", "field|=0") if differs else ()


def _container(line: str, changes: dict[str, Any]) -> str | None:
    told = json.loads(line.partition("|")[2])
    if told["service"] not in changes:
        return line
    change = changes.pop(told["service"])
    return None if change is None else f"container|{json.dumps({**told, **change})}"


def stack_of(case: dict[str, Any]) -> Stack:
    """The samples' stack, with what the case says of it."""
    return samples.stack(**case.get("stack", {}))


# Facts


def _plain(value: object) -> Any:
    """Frozen sets, which pyinfra-testing can't print, as it prints sets."""
    return sorted(value) if isinstance(value, frozenset) else json_encode(value)


class _Part(dict[str, Any]):
    """What a case expects of a fact: it may leave out what it is not about."""

    def __eq__(self, found: object) -> bool:
        return _holds(found, dict(self))

    __hash__ = None


def _holds(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(key in found and _holds(found[key], expected[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        pairs = zip(found, expected, strict=False)
        return len(found) == len(expected) and all(_holds(*pair) for pair in pairs)
    return bool(found == expected)


def fact_tests(name: str) -> type[TestCase]:
    """The cases of one fact, one data file each."""
    module, _, attribute = name.rpartition(".")
    fact = getattr(import_module(f"{FACTS}.{module}"), attribute)

    class FactTests(make_fact_tests(FACTS, name, HERE / "facts" / name)):  # type: ignore[misc]
        def _test(self, test_name: str, case: dict[str, Any], **_: Any) -> None:
            stack = stack_of(case)
            if "sample" in case:
                case["output"] = samples.marked(output(case))
            case |= {"arg": {"stack": stack}, "fact": _Part(case["fact"])}
            case["command"] = fact().command(stack=stack)
            with patch.object(testing_facts, "_json_default", _plain):
                super()._test(test_name, case)

    FactTests.__name__ = FactTests.__qualname__ = name
    return FactTests


# Operations


class _Looks:
    """The looks of a host, one after the other; the last one stays."""

    def __init__(self, looks: list[Any]) -> None:
        self._looks = looks

    def __contains__(self, arguments: object) -> bool:
        return True

    def __getitem__(self, arguments: object) -> Any:
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


class _Clock:
    """Time that passes by itself, so that nothing has to be waited for."""

    def __init__(self) -> None:
        self._now = 0.0

    def monotonic(self) -> float:
        self._now += 0.25
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


class _Command:
    """A command as a case describes it."""

    def __init__(self, expected: Any) -> None:
        self._expected = expected

    def __eq__(self, command: object) -> bool:
        if isinstance(self._expected, dict):
            (wanted,) = self._expected.values()
            if not (isinstance(command, list) and command[0] == "_refuse"):
                return False
            reasons, _stack, _entry, _unknown = command[1]
            return len(reasons) == len(wanted) and all(
                part in "\n".join(reason) for reason, part in zip(reasons, wanted, strict=True)
            )
        return isinstance(command, dict) and done(command["command"]) == self._expected

    __hash__ = None  # type: ignore[assignment]

    def to_json(self) -> Any:
        return self._expected


def done(script: str) -> str:
    """What a script does, without what every script brings along."""
    if work := re.search(r"^work\(\) \{\n\(\n(.*)\n\)\n\}$", script, re.MULTILINE | re.DOTALL):
        script = work[1]
    if step := re.search(r"^step=(.*)$", script, re.MULTILINE):
        (service,) = re.findall(r"^service=(.*)$", script, re.MULTILINE)
        return f"{service}: {step[1]}"
    if anew := re.search(r"^as_wanted\(\) \{\n(.*)\n\}$", script, re.MULTILINE):
        return f"anew: {anew[1]}" if script.strip().endswith("\nreattach") else anew[1]
    last = script.strip().splitlines()[-1]
    named = dict(re.findall(r"^(container|network)=(.*)$", script, re.MULTILINE))
    if last == "detach":
        return f"docker network disconnect {named['network']} {named['container']}"
    if not last.startswith("create up "):
        return last
    instead_of = "" if named["network"] == "''" else f"docker network rm {named['network']}; "
    return f"{instead_of}compose up {last.split()[-1]}"


def operation_tests(name: str) -> type[TestCase]:
    """The cases of one operation, one data file each."""
    module, _, attribute = name.rpartition(".")
    operation = getattr(import_module(f"{OPERATIONS}.{module}"), attribute)
    folder = HERE / "operations" / name

    class OperationTests(make_operation_tests(OPERATIONS, name, folder)):  # type: ignore[misc]
        def _test(self, test_name: str, case: dict[str, Any]) -> None:
            stack = stack_of(case)
            case["kwargs"] = {"stack": stack, **case.get("kwargs", {})}
            case["facts"] = dict(_facts(case))
            planned = _planned(operation, case)
            changing = [c for c in case["commands"] if not isinstance(c, dict)]
            wanted = case.get("planned", changing)
            case["commands"] = [_Command(command) for command in case["commands"]]
            case["facts"] = dict(_facts(case))
            self.state.is_executing, self.state.check_for_changes = True, False
            # pyinfra-testing's hosts are connected to nothing.
            unconnected = patch.object(locks, "_connection", lambda host: None)
            with patch.object(health, "time", _Clock()), unconnected:
                super()._test(test_name, case)
            assert planned == [_Command(command) for command in wanted[:1]]
            assert all(command["command"].startswith(f"run={RUN}\n") for command in planned)

    OperationTests.__name__ = OperationTests.__qualname__ = name
    return OperationTests


def _facts(case: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    after = {"sample": case["sample"]} | (case.get("after") or {})
    looks = [samples.parsed(output(described)) for described in (case, after)]
    yield "stack.StackLook", _Looks(looks)
    answers = [look.answers if isinstance(look, Look) else {} for look in looks]
    yield "audit.AuditLog", _Looks([[{"run": RUN}]])
    yield "locks.StackLock", _Looks([case.get("lock", Taken())])
    yield "stack.StackHealth", _Looks(answers if case.get("recovers") else answers[:1])


def _planned(operation: Any, case: dict[str, Any]) -> list[Any]:
    """The first command in the phase before execution, in which nothing may be done."""
    state = FakeState()
    with ctx_state.use(state), ctx_host.use(create_host(state, facts=case["facts"])):
        commands = operation._inner(**case["kwargs"])
        first = next(commands, None)
        commands.close()
    assert first is None or isinstance(first, StringCommand)
    told: list[Any] = parse_commands([first] if first else [])
    return told
