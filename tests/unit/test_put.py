"""Writing a mounted file in place: its inode stays, it is never empty, and nothing is left over."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import HOSTILE, Host
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.shell import words

root_only = pytest.mark.needs("root")  # may give files away


def put(host: Host, path: Path, content: str, *owner_group_mode: object) -> int:
    """Writes it; what it proves by that, is so."""
    about = owner_group_mode or ("", "", "")
    script = f"LC_ALL=C\n{shell.text('put.sh')}receive && put {words(path, *about)}\n"
    sent = f"{len(content.encode())}\n{content}"
    done = host.run(script, stdin=sent)
    if done.code:
        assert done.out == ""
    else:
        assert json.loads(done.out) == {
            "step": "wrote",
            "path": str(path),
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
    return done.code


def about(path: Path) -> tuple[int, int, int, int]:
    found = path.stat()
    return found.st_ino, found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_of_any_name_keeps_its_inode_and_mode(host: Host, name: str) -> None:
    directory = host.place / "files"
    directory.mkdir()
    path = directory / name
    path.write_text("former, and longer than what comes\n", encoding="utf-8")
    path.chmod(0o604)
    before = about(path)
    assert put(host, path, "new\n") == 0
    assert path.read_text(encoding="utf-8") == "new\n"
    assert about(path) == before
    assert [p.name for p in directory.iterdir()] == [name]
    assert not host.canary


@pytest.mark.parametrize(
    "content", ["short", "", "\n", "x\n\n\n", "a" * 100_000, "\\n%s\t\N{SNOWMAN}"]
)
@pytest.mark.parametrize("former", ["former\n", "", "b" * 50_000, None])
def test_every_byte_arrives(tmp_path: Path, content: str, former: str | None) -> None:
    path = tmp_path / "files" / "secret"
    path.parent.mkdir()
    if former is not None:
        path.write_text(former, encoding="utf-8")
    assert put(Host(tmp_path), path, content) == 0
    assert path.read_text(encoding="utf-8") == content
    assert list(path.parent.iterdir()) == [path]


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("put") / "file"
    path.write_text("former\n", encoding="utf-8")
    return path


@settings(max_examples=40)
@examples(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_whatever_comes_is_what_is_there(there: Path, text: str) -> None:
    inode = there.stat().st_ino
    assert put(Host(there.parent), there, text) == 0
    assert there.read_bytes().decode() == text
    assert there.stat().st_ino == inode


# What may be there at any moment: Redis may read it, and the power may fail


_STEP = r"""#!/bin/sh
step() {{
    n=$(cat '{place}/steps' 2>/dev/null || echo 0)
    n=$((n + 1))
    echo "$n" >'{place}/steps'
    if [ -e '{path}' ]; then cp '{path}' "$(mktemp '{place}/seen/XXXXXX')"; fi
    [ "$n" != '{kill_at}' ] || kill -9 0
}}
PATH={path_of_tools}
step
{real} "$@"
code=$?
step
exit $code
"""


def stepping(host: Host, path: Path, kill_at: int = 0) -> None:
    """Every tool notes what is in the file before and after it works; the n-th such moment may be
    the script's last."""
    for tool in ("dd", "cat", "head", "tr", "wc", "mktemp", "rm", "ln", "sha256sum", "chmod"):
        step = _STEP.format(
            place=host.place,
            path=path,
            real=shutil.which(tool),
            kill_at=kill_at,
            path_of_tools=os.environ["PATH"],
        )
        host.tool(tool, step)
    (host.place / "seen").mkdir(exist_ok=True)


def seen(host: Host) -> set[str]:
    return {p.read_text(encoding="utf-8") for p in (host.place / "seen").iterdir()}


FORMER, LONGER, SHORTER = "user default off\n", "user default off\nuser clerk on\n", "user x off\n"


@pytest.mark.parametrize("new", [LONGER, SHORTER, "user a b c off\n."])
def test_it_is_whole_at_every_moment(any_host: Host, new: str) -> None:
    """An empty ACL file is an open Redis, and Redis may read it at any moment. What is there is the
    one or the other; and empty lines are none."""
    path = any_host.place / "users.acl"
    path.write_text(FORMER, encoding="utf-8")
    stepping(any_host, path)
    assert put(any_host, path, new) == 0
    assert len([*(any_host.place / "seen").iterdir()]) > 20
    assert {text.rstrip("\n") for text in seen(any_host)} == {FORMER.rstrip("\n"), new.rstrip("\n")}


def test_a_new_file_is_there_as_a_whole(any_host: Host) -> None:
    path = any_host.place / "users.acl"
    stepping(any_host, path)
    assert put(any_host, path, LONGER) == 0
    assert seen(any_host) == {LONGER}


@pytest.mark.parametrize("former", [FORMER, None])
@pytest.mark.parametrize("new", [LONGER, SHORTER])
@pytest.mark.parametrize("kill_at", range(1, 40, 2))
def test_killed_at_any_moment(host: Host, former: str | None, new: str, kill_at: int) -> None:
    path = host.place / "users.acl"
    if former:
        path.write_text(former, encoding="utf-8")
    stepping(host, path, kill_at)
    script = f"LC_ALL=C\n{shell.text('put.sh')}receive && put {words(path)} '' '' ''\n"
    alone = ("setsid", "--wait", "sh")
    Host(host.place, alone).run(script, stdin=f"{len(new)}\n{new}")
    left = path.read_text(encoding="utf-8").rstrip("\n") if path.exists() else None
    assert left in (former and former.rstrip("\n"), new.rstrip("\n"))


def test_what_is_cut_short_is_not_written(any_host: Host) -> None:
    path = any_host.place / "users.acl"
    path.write_text(FORMER, encoding="utf-8")
    script = f"LC_ALL=C\n{shell.text('put.sh')}receive && put {words(path)} '' '' ''\n"
    for sent in ("", "29", f"{len(LONGER)}\n", f"{len(LONGER)}\n{LONGER[:-1]}", LONGER):
        done = any_host.run(script, stdin=sent)
        assert done.code == 1
        assert "did not arrive as a whole" in done.err
        assert path.read_text(encoding="utf-8") == FORMER


@pytest.mark.parametrize("new", [LONGER, SHORTER])
@pytest.mark.parametrize("after", [0, 5])
def test_a_write_that_fails_half_way_is_put_back(any_host: Host, new: str, after: int) -> None:
    """Only the first one of dd's that writes fails."""
    path = any_host.place / "users.acl"
    real, once = shutil.which("dd"), any_host.place / "once"
    any_host.tool(
        "dd",
        f"""#!/bin/sh
if [ -e {once} ]; then exec {real} "$@"; fi
touch {once}
head -c {after} | {real} "$1" conv=notrunc
exit 1
""",
    )
    path.write_text(FORMER, encoding="utf-8")
    inode = path.stat().st_ino
    assert put(any_host, path, new) != 0
    assert path.read_text(encoding="utf-8") == FORMER
    assert path.stat().st_ino == inode


def test_what_could_not_be_put_back_is_not_touched(any_host: Host) -> None:
    """A shell holds no zeros."""
    path = any_host.place / "key"
    path.write_bytes(b"a\0b\n")
    assert put(any_host, path, "new\n") != 0
    assert path.read_bytes() == b"a\0b\n"


def test_a_new_file_replaces_nothing(any_host: Host) -> None:
    """Not even what nobody could see before: a link that leads nowhere."""
    path = any_host.place / "files" / "key"
    path.parent.mkdir()
    path.symlink_to("nowhere")
    assert put(any_host, path, "new\n") != 0
    assert path.is_symlink()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["two\nlines", "ends\n", 'a"b\\c\td', "\x01"])
def test_the_proof_is_json_whatever_the_name_is(any_host: Host, name: str) -> None:
    path = any_host.place / name
    path.write_text("former\n", encoding="utf-8")
    script = f"LC_ALL=C\n{shell.text('put.sh')}receive && put {words(path)} '' '' ''\n"
    done = any_host.run(script, stdin="4\nnew\n")
    shown = json.loads(done.out)
    assert shown["path"] == str(path).replace("\x01", "?")
    assert shown["bytes"] == 4


def test_a_new_file_is_for_its_owner_alone(any_host: Host) -> None:
    path = any_host.place / "new"
    assert put(any_host, path, "secret\n") == 0
    assert path.read_text(encoding="utf-8") == "secret\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", ["400", "440", "604"])
def test_mode(any_host: Host, mode: str) -> None:
    path = any_host.place / "file"
    path.write_text("former\n", encoding="utf-8")
    assert put(any_host, path, "new\n", "", "", mode) == 0
    assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)
    assert path.read_text(encoding="utf-8") == "new\n"


@root_only
@pytest.mark.parametrize(
    ("owner", "group", "expected"),
    [(4321, "", (4321, 7)), ("", 1234, (6, 1234)), (4321, 1234, (4321, 1234)), ("", "", (6, 7))],
)
def test_owner_and_group(
    any_host: Host, owner: object, group: object, expected: tuple[int, int]
) -> None:
    path = any_host.place / "file"
    path.write_text("former\n", encoding="utf-8")
    os.chown(path, 6, 7)
    assert put(any_host, path, "new\n", owner, group, "") == 0
    assert about(path)[1:3] == expected
    path.chmod(0o604)
    script = f"{shell.text('put.sh')}own {words(path, owner, group, '400')}\n"
    assert any_host.run(script).code == 0
    assert about(path)[1:] == (*expected, 0o400)
    assert path.read_text(encoding="utf-8") == "new\n"


@pytest.mark.parametrize("name", HOSTILE)
def test_own_touches_no_content(host: Host, name: str) -> None:
    path = host.place / name
    path.write_text("content\n", encoding="utf-8")
    inode = path.stat().st_ino
    script = f"{shell.text('put.sh')}own {words(path)} '' '' 400\n"
    assert host.run(script).code == 0
    assert (path.stat().st_ino, stat.S_IMODE(path.stat().st_mode)) == (inode, 0o400)
    assert path.read_text(encoding="utf-8") == "content\n"


def test_a_directory_that_is_not_there(any_host: Host) -> None:
    assert put(any_host, any_host.place / "nowhere" / "file", "new\n") != 0


def test_an_owner_that_does_not_exist_changes_nothing(any_host: Host) -> None:
    path = any_host.place / "file"
    path.write_text("former\n", encoding="utf-8")
    assert put(any_host, path, "new\n", "nobody-of-that-name", "", "") != 0
    assert path.read_text(encoding="utf-8") == "former\n"
    assert not list(any_host.place.glob("file.*"))


@pytest.mark.parametrize("former", ["former\n", None])
def test_what_a_killed_one_has_left_beside_it_is_taken_away(
    any_host: Host, former: str | None
) -> None:
    """It may be a secret; and nobody's own copy is."""
    path = any_host.place / "files" / "key [1]*"
    path.parent.mkdir()
    if former is not None:
        path.write_text(former, encoding="utf-8")
    left, young, backup, other = (
        path.with_name(path.name + end)
        for end in (
            ".pyinfra-runbooks-aB3xYz",
            ".pyinfra-runbooks-zzzzzz",
            ".backup",
            ".pyinfra-runbooks-mine",
        )
    )
    for each in (left, young, backup, other):
        each.write_text("a secret\n", encoding="utf-8")
    for each in (left, backup, other):
        os.utime(each, (0, 0))
    assert put(any_host, path, "new\n") == 0
    assert {*path.parent.iterdir()} == {path, young, backup, other}


# A full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of eight pages."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(disk)]
    subprocess.run(mount, check=True, capture_output=True, timeout=10)
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True, timeout=10)


def fill(disk: Path, leave: int) -> None:
    """Leaves so many bytes free."""
    free = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(b"x" * (free - leave))


@pytest.mark.needs("mount")
@pytest.mark.parametrize("former", ["former\n", "f" * 4096])
@pytest.mark.parametrize("leave", [0, 4096])
def test_without_space_nothing_is_changed(small_disk: Path, former: str, leave: int) -> None:
    path = small_disk / "users.acl"
    path.write_text(former, encoding="utf-8")
    inode = path.stat().st_ino
    fill(small_disk, leave)
    assert put(Host(small_disk.parent), path, "n" * 12288) != 0
    assert path.read_text(encoding="utf-8") == former
    assert path.stat().st_ino == inode
    assert sorted(p.name for p in small_disk.iterdir()) == ["ballast", "users.acl"]


@pytest.mark.needs("mount")
def test_space_for_the_proof_alone_is_not_enough(small_disk: Path) -> None:
    path = small_disk / "users.acl"
    path.write_text("former\n", encoding="utf-8")
    fill(small_disk, 8192)
    code = put(Host(small_disk.parent), path, "n" * 8192)
    assert path.read_text(encoding="utf-8") == ("former\n" if code else "n" * 8192)
