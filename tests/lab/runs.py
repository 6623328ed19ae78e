"""The real pyinfra command line, run as its users run it: in a pipe, and at a prompt."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PYINFRA = Path(sys.executable).parent / "pyinfra"
INVENTORY = "inventories/lab.py"
RECOVERY = "runbooks/redis_recovery.py"

_CONTROLS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PROMPT = "Press enter to execute..."
_OUTCOMES = {"Success": "success", "No changes": "no_change", "Error": "error"}


@dataclass(frozen=True)
class Run:
    """One run of the command line, and what came of it.

    + lines: stderr's lines (at a prompt: the terminal's), without colours and spinners
    """

    argv: tuple[str, ...]
    rc: int
    stdout: str
    stderr: str
    seconds: float

    @cached_property
    def lines(self) -> list[str]:
        text = _CONTROLS.sub("", self.stderr)
        return [
            line.rpartition("\r")[2].rstrip() for line in text.replace("\r\n", "\n").split("\n")
        ]

    @property
    def text(self) -> str:
        return "\n".join([*self.lines, self.stdout])

    @cached_property
    def json(self) -> Any:
        """What is on stdout; it has to be JSON, and nothing else."""
        return json.loads(self.stdout)

    def said(self, host: str) -> list[str]:
        """The lines that are said of one host, without its name and their indentation."""
        prefix = f"[{host}] "
        return [line.partition(prefix)[2].strip() for line in self.lines if prefix in line]

    def outcomes(self, host: str) -> dict[str, str]:
        """Each operation's outcome on a host: success, no_change or error."""
        found: dict[str, str] = {}
        operation = None
        for line in self.lines:
            if start := re.match(r"--> Starting operation: (.*)", line):
                operation = start[1].strip()
            elif line.startswith("-->"):
                operation = None
            elif operation and (said := re.match(rf"\s+\[{re.escape(host)}\]\s+(.*)", line)):
                for word, outcome in _OUTCOMES.items():
                    if re.match(rf"{word}\b", said[1]):
                        found[operation] = outcome
        return found

    def kinds(self, host: str) -> set[str]:
        """The kinds of the findings that are called causes."""
        causes: list[str] = []
        for line in self.said(host):
            if line.startswith("What fails at the moment"):
                break
            causes.append(line)
        return {found[1] for line in causes if (found := re.search(r"\[([a-z-]+)\]$", line))}

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
        """What pytest shows of it when an assertion fails."""
        return f"{' '.join(self.argv)}\nexit code {self.rc} after {self.seconds:.1f} s\n{self.text}"


def pyinfra(
    *arguments: str,
    inventory: str = INVENTORY,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Run:
    """Runs pyinfra on an inventory in a pipe, without anything to read."""
    return _in_a_pipe((str(PYINFRA), *_on(inventory, arguments)), env, timeout)


def runbooks(*arguments: str, timeout: float = 180) -> Run:
    """Runs the command ``runbooks`` in a pipe, from the project's root."""
    return _in_a_pipe((sys.executable, "-m", "pyinfra_runbooks", *arguments), None, timeout)


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


def at_a_prompt(
    *arguments: str,
    inventory: str = INVENTORY,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> Run:
    """Runs pyinfra at a terminal, as a person who presses enter when asked."""
    argv = (str(PYINFRA), *_on(inventory, arguments))
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
                said = _converse(ours, start + timeout)
            except BaseException:
                process.kill()
                raise
            process.wait(timeout=10)
    finally:
        os.close(ours)
    return Run(argv, process.returncode, "", said, time.monotonic() - start)


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


def _on(inventory: str, arguments: tuple[str, ...]) -> tuple[str, ...]:
    """pyinfra's options go before the inventory, what it runs goes behind it."""
    runs = [a for a in arguments if a.endswith(".py") or a == "debug-inventory"]
    return (*(a for a in arguments if a not in runs), inventory, *runs)


def _converse(terminal: int, deadline: float) -> str:
    said = b""
    answered = False
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError(f"nothing more came from pyinfra; so far:\n{said.decode()}")
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # EIO: the other side is closed
            chunk = b""
        if not chunk:
            return said.decode(errors="replace")
        said += chunk
        if not answered and _PROMPT.encode() in said:
            os.write(terminal, b"\n")
            answered = True
