"""Measuring one call: wall time, CPU and peak memory of all of its processes.

A call's processes are found by a mark in their environment, or in the title that ssh gives
itself: Ansible's connections outlive it, and belong to it. Memory is looked at so seldom that
looking takes a fiftieth of the time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .contenders import Contender
from .targets import Files, Target

LIMIT = 900.0  # seconds, after which a call is stopped
_OFTEN = 0.05  # seconds between two looks at memory, at least
_MARK = "BENCH_RUN"
_TICK = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


@dataclass(frozen=True)
class Measured:
    """What a call took.

    + start: when it began, by time.perf_counter
    + wall, cpu: seconds
    + memory: MB at the peak, shared pages counted once
    """

    start: float
    wall: float
    cpu: float
    memory: float
    code: int


def measure(contender: Contender, targets: list[Target], files: Files, log: Path) -> Measured:
    """Call a contender, and see what it takes; what it says goes to `log`."""
    with _fresh() as fresh, log.open("wb") as output:
        call = contender.call(targets, files, fresh)
        family = _Family(str(fresh))
        start = time.perf_counter()
        process = subprocess.Popen(
            call.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=call.directory,
            env=os.environ | call.environment | {_MARK: str(fresh)},
            start_new_session=True,
        )
        with _stopped_in_time(process), family.watched():
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime + family.end()
        return Measured(start, wall, cpu, family.peak, process.returncode)


@contextmanager
def _fresh() -> Iterator[Path]:
    """A new directory with a short name: sockets are made in it."""
    path = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _stopped_in_time(process: subprocess.Popen[bytes]) -> Iterator[None]:
    def stop() -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)

    timer = threading.Timer(LIMIT, stop)
    timer.start()
    try:
        yield
    except BaseException:
        stop()
        raise
    finally:
        timer.cancel()


class _Family:
    """All processes that bear a mark."""

    def __init__(self, mark: str) -> None:
        self.peak = 0.0
        self._mark = mark.encode()
        self._known: dict[str, bool] = {}
        self._over = threading.Event()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look at their memory as long as the block takes."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()

    def end(self) -> float:
        """End those that are left, and return the CPU seconds that they took."""
        left = [pid for pid in self._members() if _is_alive(pid)]
        spent = sum(map(_cpu, left))
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGTERM)
        return spent

    def _watch(self) -> None:
        pause = _OFTEN
        while not self._over.wait(pause):
            began = time.thread_time()
            self.peak = max(self.peak, sum(map(_memory, self._members())))
            pause = max(_OFTEN, 50 * (time.thread_time() - began))

    def _members(self) -> list[str]:
        for pid in filter(str.isdigit, os.listdir(_PROC)):
            if pid not in self._known:
                self._known[pid] = self._mark in _read(pid, "environ") + _read(pid, "cmdline")
        return [pid for pid, ours in self._known.items() if ours]


def _read(pid: str, name: str) -> bytes:
    """A file of a process, or nothing if that has ended."""
    try:
        return (_PROC / pid / name).read_bytes()
    except OSError:
        return b""


def _is_alive(pid: str) -> bool:
    return b" Z " not in (_read(pid, "stat") or b" Z ")


def _memory(pid: str) -> float:
    """Its proportional share, in MB."""
    for line in _read(pid, "smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _cpu(pid: str) -> float:
    fields = _read(pid, "stat").rpartition(b")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK if fields else 0.0
