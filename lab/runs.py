"""The command line as its users run it: in a pipe, and at a prompt.

What a run says is read here, and nowhere else.
"""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import Any

from .faults.model import DISRUPTIONS, Disruption
from .paths import SOURCE

ROOT = SOURCE.parent
PYINFRA = Path(sys.executable).with_name("pyinfra")
INVENTORY = "inventories/lab.py"
RECOVERY = "runbooks/redis_recovery.py"

_PROMPT = "Press enter to execute..."
_CONTROLS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_OUTCOMES = {"Success": "success", "No changes": "no_change", "Error": "error"}
CHANGED = re.compile(r"Success\b|Error: executed [1-9]")
"""Of an operation that did something; a recovery ends with an error where something is refused."""
_FINDING = re.compile(r"[^<>]*: .* \[([a-z-]+)\]$")  # what is verbose begins otherwise
_PROMISE = re.compile(r"; the repair's disruption: (\w+)$")
_SYMPTOMS = "What fails at the moment:"
_LATER = "After that, if it then proves needed:"
_RESTART = re.compile(r"restart \S+, if it does not recover by itself")


@dataclass(frozen=True)
class Run:
    """One run of a command line, and what came of it.

    + stderr: at a prompt, all that came from the terminal
    """

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str
    seconds: float

    @cached_property
    def lines(self) -> list[str]:
        """The lines of stderr, without colours and spinners."""
        plain = _CONTROLS.sub("", self.stderr).replace("\r\n", "\n")
        return [line.rpartition("\r")[2].rstrip() for line in plain.split("\n")]

    @property
    def text(self) -> str:
        """All that can be read."""
        return "\n".join([*self.lines, self.stdout])

    @cached_property
    def json(self) -> Any:
        """What is on stdout; it has to be JSON, and nothing else."""
        return json.loads(self.stdout)

    def said(self, host: str) -> list[str]:
        """The lines that are about a host, without its name and their indentation."""
        prefix = f"[{host}] "
        return [line.partition(prefix)[2].strip() for line in self.lines if prefix in line]

    def kinds(self, host: str) -> frozenset[str]:
        """The kinds of the findings that are called causes: they come before the symptoms."""
        return _kinds(takewhile(lambda line: line != _SYMPTOMS, self.said(host)))

    def named(self, host: str) -> frozenset[str]:
        """The kinds of all findings, the symptoms' too."""
        return _kinds(self.said(host))

    def promise(self, host: str) -> Disruption | None:
        """What users will notice of the repair; None where none is promised."""
        found = next((text[1] for x in self.said(host) if (text := _PROMISE.search(x))), None)
        return next((disruption for disruption in DISRUPTIONS if disruption == found), None)

    def may_restart_api(self, host: str) -> bool:
        """Whether it says that the API may have to be restarted besides."""
        said = self.said(host)
        later = said[said.index(_LATER) :] if _LATER in said else []
        return any(_RESTART.search(line) for line in later)

    def outcomes(self, host: str) -> dict[str, str]:
        """Each operation's outcome on a host, as it is printed: success, no_change or error."""
        found = {
            operation: outcome
            for operation, text in self._lines(host)
            for word, outcome in _OUTCOMES.items()
            if re.match(rf"{word}\b", text)
        }
        assert found, f"it says of no operation what came of it on {host}: {self}"  # noqa: S101
        return found

    def changes(self, host: str) -> list[str]:
        """The operations that changed a host, as it is printed; one may have failed after that."""
        assert self.outcomes(host)  # noqa: S101
        return [name for name, text in self._lines(host) if CHANGED.match(text)]

    def _lines(self, host: str) -> Iterator[tuple[str, str]]:
        """What is printed of a host, with the operation that it is printed below."""
        operation = None
        for line in self.lines:
            if start := re.match(r"--> Starting operation: (.*)", line):
                operation = start[1].strip()
            elif line.startswith("-->"):
                operation = None
            elif operation and (text := re.match(rf"\s+\[{re.escape(host)}\]\s+(.*)", line)):
                yield operation, text[1]

    def plan(self) -> dict[str, list[str]]:
        """From --json: each operation's hosts with a change, as far as the plan knows."""
        return {step["name"]: step["hosts_with_change"] for step in self.json["plan"]}

    def results(self, host: str) -> dict[str, str]:
        """From --json: each operation's outcome on a host."""
        return {
            operation["name"]: outcome
            for operation in self.json["results"]["operations"]
            for outcome in _OUTCOMES.values()
            if host in operation[outcome]
        }

    def __str__(self) -> str:
        """All of it, for a person who has to find out why."""
        return f"{' '.join(self.argv)}\nexit code {self.rc} after {self.seconds:.1f} s\n{self.text}"


def _kinds(said: Iterable[str]) -> frozenset[str]:
    return frozenset(found[1] for line in said if (found := _FINDING.match(line)))


def pyinfra(
    *arguments: str,
    inventory: str = INVENTORY,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Run:
    """Runs pyinfra on an inventory in a pipe, without anything to read."""
    return _in_a_pipe(_command(inventory, arguments), env, timeout)


def runbooks(*arguments: str, timeout: float = 180) -> Run:
    """Runs the command ``runbooks`` in a pipe, from the project's root."""
    return _in_a_pipe((*_RUNBOOKS, *arguments), None, timeout)


def repaired(*arguments: str, typed: str = "y", timeout: float = 180) -> Run:
    """Runs ``runbooks repair`` at a terminal, as a person who answers its question.

    + typed: the answer
    """
    return _at_a_terminal((*_RUNBOOKS, "repair", *arguments), None, timeout, _QUESTION, typed)


_RUNBOOKS = (sys.executable, "-m", "pyinfra_runbooks")
_QUESTION = "[y/N]"
"""What is answered."""


def at_a_prompt(
    *arguments: str,
    inventory: str = INVENTORY,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Run:
    """Runs pyinfra at a terminal, as a person who presses enter when asked."""
    return _at_a_terminal(_command(inventory, arguments), env, timeout, _PROMPT, "")


def _at_a_terminal(
    argv: tuple[str, ...],
    env: Mapping[str, str] | None,
    timeout: float,
    question: str,
    answer: str,
) -> Run:
    ours, theirs = pty.openpty()
    start = time.monotonic()
    try:
        with subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm", **(env or {})},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            os.close(theirs)
            try:
                stdout = _converse(ours, start + timeout, question, answer)
            except BaseException:
                process.kill()
                raise
            process.wait(timeout=10)
    finally:
        os.close(ours)
    return Run(argv, process.returncode, "", stdout, time.monotonic() - start)


def with_stack(directory: Path, changes: str) -> tuple[str, str]:
    """Options for a run in which the lab's stack is declared otherwise.

    + directory: an empty one
    + changes: what `dataclasses.replace` is given for the stack, which is called `lab` there
    """
    (directory / "lab.py").write_text(
        "import runpy\n"
        "from dataclasses import replace\n"
        "from pyinfra_runbooks.settings import *\n"
        "__all__ = ['stack']\n"
        f"lab = runpy.run_path({str(ROOT / 'inventories' / 'group_data' / 'lab.py')!r})['stack']\n"
        f"stack = replace(lab, {changes})\n"
    )
    return "--group-data", str(directory)


def _command(inventory: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """pyinfra's options go before the inventory, what it runs goes after it."""
    runs = [a for a in arguments if a.endswith(".py") or a == "debug-inventory"]
    return (str(PYINFRA), *(a for a in arguments if a not in runs), inventory, *runs)


def _in_a_pipe(argv: tuple[str, ...], env: Mapping[str, str] | None, timeout: float) -> Run:
    start = time.monotonic()
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=os.environ | (env or {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Run(argv, done.returncode, done.stdout, done.stderr, time.monotonic() - start)


def _converse(terminal: int, deadline: float, question: str, answer: str) -> str:
    heard = b""
    answered = False
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"nothing more came from pyinfra; so far:\n{heard.decode()}")
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # EIO: the other side is closed
            chunk = b""
        if not chunk:
            return heard.decode(errors="replace")
        heard += chunk
        if not answered and question.encode() in heard:
            os.write(terminal, f"{answer}\n".encode())
            answered = True
