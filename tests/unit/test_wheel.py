"""The wheel, installed outside of the repository: it has all that a team needs to begin."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from sysconfig import get_path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def called(*command: str | Path, cwd: Path, code: int = 0) -> str:
    """What a command prints, in an environment that knows nothing of the checkout."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        [*map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of what is here: of a copy, as a build leaves files beside its sources."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("deploys", "runbooks", "inventories", "monitoring"):
        shutil.copytree(
            ROOT / name,
            source / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"),
        )
    alone = ("--no-index", "--no-deps", "--no-build-isolation", "--quiet")
    called(sys.executable, "-m", "pip", "wheel", *alone, "-w", place, ".", cwd=source)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel; what it needs is lent by this one."""
    place = tmp_path_factory.mktemp("installed")
    called(sys.executable, "-m", "venv", "--without-pip", place, cwd=place)
    python = place / "bin" / "python"
    alone = ("--no-index", "--no-deps", "--quiet", "--disable-pip-version-check")
    pip = (sys.executable, "-m", "pip", "--python", python)
    called(*pip, "install", *alone, wheel, cwd=place)
    (packages,) = place.glob("lib/*/site-packages")
    lent = place / "lent"
    lent.mkdir()
    for package in Path(get_path("purelib")).iterdir():
        if "pyinfra_runbooks" not in package.name and package.suffix != ".pth":
            (lent / package.name).symlink_to(package)
    (packages / "lent.pth").write_text(f"{lent}\n")
    return place / "bin"


def test_it_has_the_runbooks_an_example_and_what_watches_them(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = set(opened.namelist())
    share = "pyinfra_runbooks/share"
    pages = {f"{share}/runbooks/{path.name}" for path in (ROOT / "runbooks").glob("*.py")}
    others = {f"{share}/monitoring/{path.name}" for path in (ROOT / "monitoring").iterdir()}
    example = {f"{share}/inventories/{path}prod.py" for path in ("", "group_data/")}
    assert len(pages) > 8
    assert {name for name in names if "/share/" in name} == pages | others | example
    assert not {name for name in names if name.startswith(("lab", "tests")) or "/faults/" in name}


def test_it_says_its_version(installed: Path, tmp_path: Path) -> None:
    assert called(installed / "runbooks", "--version", cwd=tmp_path) == f"runbooks {VERSION}\n"


def test_it_says_where_what_comes_along_is(installed: Path, tmp_path: Path) -> None:
    share = Path(called(installed / "runbooks", "share", cwd=tmp_path).strip())
    assert share.is_relative_to(installed.parent)
    snippet = (share / "monitoring" / "logrotate.conf").read_text()
    assert snippet == (ROOT / "monitoring" / "logrotate.conf").read_text()


@pytest.mark.parametrize("runbook", [(), ("redis_recovery",), ("verify",)], ids=str)
def test_a_runbook_runs_by_its_name_where_none_is_kept(
    runbook: tuple[str, ...], installed: Path, tmp_path: Path
) -> None:
    """The host refuses connections: that is found out after the runbook was found."""
    (tmp_path / "hosts.py").write_text(
        'hosts = [("shop", {"ssh_hostname": "127.0.0.1", "ssh_port": 1, "ssh_connect_retries": 0})]'
    )
    (tmp_path / "group_data").mkdir()
    (tmp_path / "group_data" / "hosts.py").write_text(
        'from pyinfra_runbooks import Stack\n__all__ = ["stack"]\nstack = Stack("/srv/shop")\n'
    )
    said = called(installed / "runbooks", "check", "hosts.py", *runbook, cwd=tmp_path, code=1)
    assert "could not be reached" in said
    assert "Traceback" not in said


def test_a_runbook_that_is_not_there(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "hosts.py").write_text('hosts = ["127.0.0.1"]')
    said = called(installed / "runbooks", "check", "hosts.py", "netwrok", cwd=tmp_path, code=1)
    assert said.startswith("Error: there is no runbook netwrok (did you mean network?): expected a")
