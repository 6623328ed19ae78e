"""The runbook as it is run, on this machine with a stand-in for Docker: what it shows, where."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

import pytest
from compose_projects import SECRET, project
from hosts import Host
from prepared import prepare

ROOT = Path(__file__).parents[2]
TEXT = f"services:\n  a:\n    image: a\n    environment:\n      PASSWORD: {SECRET}\n"
INVENTORY = """\
from pyinfra_runbooks.settings import Api, HostFile, Redis, RedisUser, Stack

clerk = RedisUser("clerk", rules="~* &* +@all", password=HostFile("keys/cache.txt"))
stack = Stack({directory!r}, Redis(users=(clerk,)), Api())
local = [("@local", {{"stack": stack}})]
"""

pytestmark = pytest.mark.needs("compose")


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    err: str


class Here:
    """A project in a directory of this machine, and the runbook on it."""

    def __init__(self, place: Path, text: str = TEXT) -> None:
        self.host = Host(place)
        self.directory = place / "app"
        prepare(self.host, self.directory)
        self.host.stack(str(self.directory))
        self.host.inspected("")
        project(self.host, {"compose.yaml": text})
        (place / "calls").mkdir()
        self.inventory = place / "inventory.py"
        self.inventory.write_text(INVENTORY.format(directory=str(self.directory)))

    def run(self, *options: str) -> Run:
        place = self.host.place
        done = subprocess.run(
            [Path(sys.executable).parent / "pyinfra", *options, self.inventory, self.runbook],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={
                **os.environ,
                "PATH": f"{place / 'tools'}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(place),
                "DOCKER_CONFIG": str(place / "docker"),
                "CALLS": str(place / "calls"),
                "ANSWERS": str(place / "answers"),
            },
        )
        return Run(done.returncode, done.stdout, done.stderr)

    runbook = "runbooks/declare_networks.py"

    @property
    def text(self) -> str:
        return (self.directory / "compose.yaml").read_text()


def test_the_patch_is_on_standard_output_and_nothing_else(tmp_path: Path) -> None:
    here = Here(tmp_path)
    run = here.run("-y")
    assert run.code == 0, run
    git = subprocess.run(
        ["git", "apply"],
        cwd=here.directory,
        input=run.out,
        text=True,
        capture_output=True,
        check=False,
    )
    assert git.returncode == 0, git
    assert "    networks:\n      - default\n" in here.text
    assert "The next `up` recreates nothing for it." in run.err
    assert "--data confirm=true" in run.err
    again = here.run("-y")
    assert (again.code, again.out) == (0, ""), again
    assert "Nothing is left to declare" in again.err


@pytest.mark.parametrize("options", [("-y", "-vvv"), ("--dry", "-vvv", "--debug"), ("--json",)])
def test_no_secret_of_the_file_is_shown(tmp_path: Path, options: tuple[str, ...]) -> None:
    here = Here(tmp_path)
    run = here.run(*options)
    assert run.code == 0, run
    whole = b64encode(TEXT.encode()).decode()
    for shown in (run.out, run.err):
        assert SECRET not in shown
        assert whole[:40] not in shown
    assert here.text == TEXT


def test_dry_writes_nothing_though_it_is_confirmed(tmp_path: Path) -> None:
    here = Here(tmp_path)
    run = here.run("--dry", "--data", "confirm=true")
    assert run.code == 0, run
    assert here.text == TEXT
    assert {p.name for p in here.directory.iterdir()} == {"compose.yaml", "keys"}


def test_a_file_that_is_no_yaml_is_one_sentence(tmp_path: Path) -> None:
    here = Here(tmp_path, TEXT + f"---\nx-other: {SECRET}\n")
    run = here.run("-y")
    assert run.code == 0, run
    assert run.out == ""
    assert "Nothing can be declared" in run.err
    assert SECRET not in run.err
    assert "Traceback" not in run.err


CLIENT = """\
services:
  web:
    image: web
    environment:
      REDIS_HOST: redis
      REDIS_PASSWORD: ${REDIS_PASSWORD}
    restart: always
  redis:
    image: redis:7
    restart: always
"""


@pytest.mark.parametrize("said", ["all", "web, web"])
def test_start_up_validation_is_added_where_it_is_asked_for(tmp_path: Path, said: str) -> None:
    here = Here(tmp_path, CLIENT)
    (here.directory / ".env").write_text(f"REDIS_PASSWORD={SECRET}\n")
    assert "serves" not in here.run("-y").out
    assert "serves" not in here.run("-y", "--data", "validate=false").out
    run = here.run("-y", "-vvv", "--data", f"validate={said}")
    assert run.code == 0, run
    assert "+  redis-serves-web:\n" in run.out
    assert "but for what was asked for of web, and for what is new: redis-serves-web" in run.err
    assert "From then on web is started only once its server serves it" in run.err
    assert SECRET not in run.out + run.err


def test_who_has_its_password_in_the_file_is_named_with_the_place(tmp_path: Path) -> None:
    here = Here(tmp_path, CLIENT.replace("${REDIS_PASSWORD}", SECRET))
    run = here.run("-y", "--data", "validate=all")
    assert run.code == 0, run
    assert f"{here.directory}/compose.yaml, line 4): not validated against redis" in run.err
    assert "serves" not in run.out
    assert SECRET not in run.out + run.err


@pytest.mark.parametrize("asked", ["attached=a,cellar", "validate=cellar"])
def test_nothing_is_declared_where_a_service_is_asked_for_that_is_not_there(
    tmp_path: Path, asked: str
) -> None:
    here = Here(tmp_path)
    run = here.run("-y", "--data", asked)
    assert run.out == ""
    assert "Nothing can be declared: there is no service cellar, but a" in run.err
    assert here.run("-y", "--data", asked, "--data", "confirm=true").code == 1
    assert here.text == TEXT


@pytest.mark.parametrize("said", ["perhaps", "1", "yes"])
def test_a_confirmation_that_is_none_is_one_error(tmp_path: Path, said: str) -> None:
    run = Here(tmp_path).run("-y", "--data", f"confirm={said}")
    assert run.code == 1, run
    assert "confirm: expected true or false" in run.err
    assert "Traceback" not in run.err


RUNBOOK = """\
from pathlib import Path

from pyinfra_runbooks import compose_file
from pyinfra_runbooks.engine.shell import audit, lock

audit.LOG, lock.LOCKS = {log!r}, {locks!r}
compose_file.declare_networks(confirm=True)
# What follows is done before pyinfra executes anything.
with Path({file!r}).open("a") as file:
    file.write({more!r})
"""


@pytest.mark.needs("root")  # takes the lock as it
def test_a_file_that_changes_after_it_was_shown_is_not_written(tmp_path: Path) -> None:
    here = Here(tmp_path)
    file = here.directory / "compose.yaml"
    values = {"log": str(tmp_path / "log" / "audit.log"), "locks": str(tmp_path / "locks")}
    runbook = tmp_path / "runbook.py"
    here.runbook = str(runbook)
    more = "  b:\n    image: b\n"
    runbook.write_text(RUNBOOK.format(file=str(file), more=more, **values))
    run = here.run("-y")
    assert run.code == 1, run
    assert here.text == TEXT + more
    assert "the patch has become another one since it was shown" in run.err
    assert run.out.count("+++ b/compose.yaml") == 1
    assert run.err.count("+++ b/compose.yaml") == 1
    assert SECRET not in run.out + run.err

    runbook.write_text(RUNBOOK.format(file=str(file), more="", **values))
    run = here.run("-y")
    assert run.code == 0, run
    assert here.text.count("      - default\n") == 2
