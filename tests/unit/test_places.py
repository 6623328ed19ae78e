"""The temporary directory of a job, and the removal of one whose job was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pyinfra_runbooks.jobs import places, reports
from pyinfra_runbooks.jobs.places import Place, tidy_up


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places.tempfile, "tempdir", str(tmp_path))
    return tmp_path


def old(path: Path) -> Path:
    """As if it had been there for an hour."""
    at = time.time() - 3601
    os.utime(path, (at, at))
    return path


def test_it_goes_with_its_job(temporary: Path) -> None:
    with Place() as place:
        (place / "journal").touch()
        tidy_up(temporary)
        assert old(place).stat().st_mode & 0o777 == 0o700
        tidy_up(temporary)
        assert (place / "journal").exists()
    assert [*temporary.iterdir()] == []


KILLED = """
import os, signal
from pyinfra_runbooks.jobs.places import Place
place = Place()
(place.path / "journal").write_text("what was done")
print(place.path, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_directory_of_a_killed_job_is_removed(temporary: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(temporary)}
    done = subprocess.run(
        [sys.executable, "-c", KILLED], env=environment, capture_output=True, text=True, check=False
    )
    place = Path(done.stdout.strip())
    assert (place / "journal").exists()
    tidy_up(temporary)
    assert place.exists(), "it may have been made just now"
    old(place)
    tidy_up(temporary)
    assert not place.exists()


def test_what_is_not_ours_stays(temporary: Path) -> None:
    mine = temporary / "pyinfra-runbooks-job-checkout"
    names = ("pyinfra-runbooks-job-12345678", "pyinfra-runbooks-abcdefgh", "pyinfra-runbooks-job-1")
    kept = [mine, *(temporary / name for name in names)]
    for path in kept:
        path.mkdir(mode=0o700)
        (path / "notes").touch()
        old(path)
    linked = temporary / "pyinfra-runbooks-job-abcdefgh"
    linked.symlink_to(mine)
    open_to_others = temporary / "pyinfra-runbooks-job-stuvwxyz"
    open_to_others.mkdir()
    open_to_others.chmod(0o755)
    old(open_to_others)
    empty = old_empty(temporary / "pyinfra-runbooks-job-_bcdefgh")
    tidy_up(temporary)
    assert all((path / "notes").exists() for path in kept)
    assert linked.is_symlink()
    assert open_to_others.exists()
    assert not empty.exists()


def old_empty(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return old(path)


def test_a_report_that_was_cut_off_leaves_nothing_either(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    left, young = tmp_path / ".report.html.abc_1234", tmp_path / ".report.html.zzzzzzzz"
    others = [tmp_path / ".report.html.backup", tmp_path / ".other.html.abcdefgh"]
    for path in (left, young, *others):
        path.touch()
    for path in (left, *others):
        old(path)
    reports.replaced(report, "text")
    assert sorted(tmp_path.iterdir()) == sorted([report, young, *others])
