"""Writing compose files on a host: whole or not at all, with the former one kept and put back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from compose_projects import SECRET, Project, project
from hosts import SHELLS, Done, Host

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.shell import compose_files as scripts
from pyinfra_runbooks.facts.declarations import Declaration

pytestmark = pytest.mark.needs("compose")

FILES: dict[str, str | bytes] = {
    "compose.yaml": f"services:\r\n  a:\r\n    image: a\r\n    labels:\r\n      k: {SECRET}\r\n",
    "compose.override.yaml": "services:\n  b:\n    image: b\n\nnetworks:\n  back:\n    name: it\n",
}


@pytest.fixture(params=SHELLS)
def there(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    return project(Host(tmp_path, request.param), FILES)


def declared(there: Project) -> Declaration:
    found = there.declaration()
    assert isinstance(found, Declaration), found
    assert found.trial
    return found


def script(there: Project, found: Declaration) -> tuple[str, str]:
    assert found.trial
    lines = scripts.written(found.trial, found.patches)
    sent = scripts.write(there.stack, Found(), found.trial, found.patches)
    return sent, "".join(f"{line}\n" for line in lines)


def write(there: Project, found: Declaration) -> Done:
    return there.host.run(*script(there, found))


def contents(found: Declaration) -> list[bytes]:
    return [Path(patch.path).read_bytes() for patch in found.patches]


def kept(there: Project) -> dict[str, bytes]:
    """The former files, by the names of those that took their places."""
    found = there.directory.glob("*.before-declared-networks-*")
    return {re.sub(r"\.before.*", "", path.name): path.read_bytes() for path in found}


def others(there: Project) -> set[str]:
    """All that is there besides."""
    return {p.name for p in there.directory.iterdir() if "before-declared" not in p.name} - {*FILES}


def test_they_are_written_in_place_and_the_former_ones_kept(there: Project) -> None:
    found, before = declared(there), there.resolved()
    (there.directory / "compose.yaml").chmod(0o640)
    inodes = [(s.st_ino, s.st_mode) for p in found.patches for s in [os.stat(p.path)]]
    done = write(there, found)
    assert done.code == 0, done.err
    assert SECRET not in done.out + done.err
    assert contents(found) == [patch.after for patch in found.patches]
    assert [(s.st_ino, s.st_mode) for p in found.patches for s in [os.stat(p.path)]] == inodes
    assert kept(there) == {Path(p.path).name: p.before for p in found.patches}
    modes = [path.stat().st_mode & 0o777 for path in there.directory.glob("compose.yaml.before*")]
    assert modes == [0o640]
    assert others(there) == set()
    assert there.resolved() == before
    again = there.declaration()
    assert isinstance(again, Declaration)
    assert again.patches == ()


def test_a_former_file_of_another_group_is_for_its_owner_alone(there: Project) -> None:
    """Only a member of a file's group can give that to a copy."""
    there.host.tool(
        "stat",
        """#!/bin/sh
        case $* in
            *pyinfra-runbooks-*) echo 1000 1000 640 ;;
            *) exec /usr/bin/stat "$@" ;;
        esac""",
    )
    found = declared(there)
    (there.directory / "compose.yaml").chmod(0o640)
    done = write(there, found)
    assert done.code == 0, done.err
    assert contents(found) == [patch.after for patch in found.patches]
    assert kept(there) == {Path(p.path).name: p.before for p in found.patches}
    modes = {path.stat().st_mode & 0o777 for path in there.directory.glob("*.before*")}
    assert modes == {0o600}


def test_whoever_gets_no_descriptors_can_still_ask_about_one_file(there: Project) -> None:
    """As by sudo, which closes all but the first three."""
    plugin = there.host.place / "docker" / "cli-plugins" / "docker-compose"
    real = plugin.readlink()
    plugin.unlink()
    plugin.write_text(f'#!/bin/sh\nexec 3<&- 4<&- 5<&-\nexec {real} "$@"\n')
    plugin.chmod(0o755)
    several = there.declaration()
    assert isinstance(several, Unknown)
    assert "Compose resolves something else" in several.reason
    (there.directory / "compose.override.yaml").unlink()
    assert write(there, declared(there)).code == 0


def test_a_link_is_followed(tmp_path: Path) -> None:
    there = project(Host(tmp_path), {"real/base.yaml": FILES["compose.yaml"]})
    (there.directory / "compose.yaml").symlink_to("real/base.yaml")
    assert write(there, declared(there)).code == 0
    assert (there.directory / "compose.yaml").is_symlink()
    assert b"networks" in (there.directory / "real" / "base.yaml").read_bytes()


def test_one_that_has_changed_since_is_left(there: Project) -> None:
    found = declared(there)
    path = Path(found.patches[-1].path)
    path.write_bytes(path.read_bytes() + b"# by another\n")
    before = contents(found)
    done = write(there, found)
    assert done.code == 1
    assert f"{path} is not as it was read" in done.err
    assert contents(found) == before
    assert kept(there) == {}
    assert others(there) == set()


def test_what_another_file_makes_of_it_since_is_left_too(there: Project) -> None:
    """A file that is not changed has a say in what the others mean."""
    found = declared(there)
    (there.directory / ".env").write_text("COMPOSE_PROJECT_NAME=other\n")
    done = write(there, found)
    assert done.code == 1
    assert "Compose resolves the files otherwise" in done.err
    assert contents(found) == [patch.before for patch in found.patches]
    assert kept(there) == {}


def lying(there: Project, once: str) -> None:
    """Compose says something else once a former file is kept, or hangs."""
    plugin = there.host.place / "docker" / "cli-plugins" / "docker-compose"
    real = plugin.readlink()
    plugin.unlink()
    there.host.tool("compose-that-lies", "")
    plugin.write_text(
        f"#!/bin/sh\nif ls {there.directory}/*.before-declared-* >/dev/null 2>&1; then {once}; fi\n"
        f'exec {real} "$@"\n'
    )
    plugin.chmod(0o755)


def test_the_former_content_is_back_where_compose_resolves_something_else(there: Project) -> None:
    found = declared(there)
    lying(there, "echo nonsense; exit 0")
    done = write(there, found)
    assert done.code == 1
    assert "the former content is back, and proved to be" in done.err
    assert contents(found) == [patch.before for patch in found.patches]
    assert kept(there) == {}
    assert others(there) == set()


def test_what_another_writes_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    """While Compose is asked for the last time; the other file is put back all the same."""
    there = project(Host(tmp_path), FILES)
    found = declared(there)
    first, second = (Path(patch.path) for patch in found.patches)
    edit = f"sed -i s/image:.*/image:\\ edited/ {first}"
    lying(there, f"[ -e {tmp_path}/once ] || {{ touch {tmp_path}/once; {edit}; }}")
    done = write(there, found)
    assert done.code == 1
    assert b"image: edited" in first.read_bytes()
    assert f"edited by another since: {first};" in done.err
    assert second.read_bytes() == found.patches[1].before
    assert kept(there) == {Path(p.path).name: p.before for p in found.patches}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_whoever_is_interrupted_leaves_whole_files(tmp_path: Path, how: signal.Signals) -> None:
    """While Compose is asked for the last time; ended, it is as it was before."""
    there = project(Host(tmp_path), FILES)
    found = declared(there)
    lying(there, f"touch {tmp_path}/asked; sleep 4")
    command, stdin = script(there, found)
    environment = {
        "PATH": f"{there.host._tools}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "DOCKER_CONFIG": str(tmp_path / "docker"),
        "CALLS": str(tmp_path / "calls"),
        "ANSWERS": str(tmp_path / "answers"),
    }
    process = subprocess.Popen(
        ["sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )
    assert process.stdin
    process.stdin.write(stdin.encode())
    process.stdin.close()
    deadline = time.monotonic() + 20
    while not (tmp_path / "asked").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, how)
    process.wait(20)
    now = contents(found)
    if how is signal.SIGTERM:
        assert now == [patch.before for patch in found.patches]
        assert kept(there) == {}
    else:
        assert now == [patch.after for patch in found.patches]
        assert kept(there) == {Path(p.path).name: p.before for p in found.patches}


def test_whoever_is_ended_while_a_former_file_is_kept_leaves_nothing(tmp_path: Path) -> None:
    there = project(Host(tmp_path), FILES)
    found = declared(there)
    there.host.tool("cp", '#!/bin/sh\nkill -TERM "$PPID"\nexec /bin/cp "$@"\n')
    assert write(there, found).code == 1
    assert contents(found) == [patch.before for patch in found.patches]
    assert (kept(there), others(there)) == ({}, set())


@pytest.mark.needs("root")
def test_one_that_can_not_be_written_is_left(tmp_path: Path) -> None:
    """Mode alone tells root nothing: an attribute, or a file system that is read only, does."""
    there = project(Host(tmp_path), FILES)
    found = declared(there)
    path = found.patches[-1].path
    if subprocess.run(["chattr", "+i", path], capture_output=True, check=False).returncode:
        there.host.tool("dd", "#!/bin/sh\nexit 1\n")
    try:
        done = write(there, found)
    finally:
        subprocess.run(["chattr", "-i", path], capture_output=True, check=False)
    assert done.code == 1
    assert "this user may not write" in done.err
    assert contents(found) == [patch.before for patch in found.patches]
    assert kept(there) == {}


def test_what_does_not_arrive_as_a_whole_changes_nothing(there: Project) -> None:
    found = declared(there)
    command, stdin = script(there, found)
    for lines in range(stdin.count("\n")):
        cut = "".join(stdin.splitlines(keepends=True)[:lines])
        done = there.host.run(command, cut)
        assert done.code == 1
        assert contents(found) == [patch.before for patch in found.patches]
        assert kept(there) == {}
