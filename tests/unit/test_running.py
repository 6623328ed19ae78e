"""A run of pyinfra that is asked to end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pyinfra_runbooks.jobs import running
from pyinfra_runbooks.jobs.options import PyinfraOptions
from pyinfra_runbooks.jobs.running import Running

# It loses signals; each that comes is a byte more in the file.
_LOSES = """
import pathlib, signal, sys, time
came = pathlib.Path(sys.argv[1])
def lost(*_):
    came.write_text(came.read_text() + "1")
    if came.read_text().count("1") == int(sys.argv[2]):
        sys.exit(7)
signal.signal(signal.SIGINT, lost)
came.write_text("ready ")
while True:
    time.sleep(0.05)
"""


@pytest.mark.parametrize(("ends_at", "code"), [(1, 7), (2, 7), (9, -9)])
def test_a_signal_that_is_lost_is_sent_once_more(
    ends_at: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, popen = tmp_path / "came", subprocess.Popen
    program = [sys.executable, "-c", _LOSES, str(came), str(ends_at)]

    def instead(_: object, **options: Any) -> subprocess.Popen[bytes]:
        return popen(program, **options)

    monkeypatch.setattr(running, "AGAIN", 0.2)
    monkeypatch.setattr(running, "PATIENCE", 1.5)
    monkeypatch.setattr(subprocess, "Popen", instead)
    run = Running([], PyinfraOptions())
    while not came.exists() or not came.read_text():
        time.sleep(0.01)
    run.end()
    assert run.result().code == code
    assert came.read_text() == "ready " + "1" * min(ends_at, 2)
