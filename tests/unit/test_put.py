"""Writing a mounted file in place: its inode stays, it is never empty, and nothing is left over."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import HOSTILE, SHELLS, Host
from hypothesis import given, settings
from hypothesis import strategies as st
from looks import stack as shop

from pyinfra_runbooks import shell
from pyinfra_runbooks.rules.secrets import PutSecret
from pyinfra_runbooks.settings import Compose, EnvironmentVariable, HostFile, Secret
from pyinfra_runbooks.shell import secrets, words

root_only = pytest.mark.needs("root")  # may give files away


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture(params=SHELLS)
def any_host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return Host(tmp_path, request.param)


def put(host: Host, path: Path, content: str, *owner_group_mode: object) -> int:
    about = owner_group_mode or ("", "", "")
    script = f"{shell.text('put.sh')}put {words(path, *about)}\n"
    return host.run(script, stdin=content).code


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
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_whatever_comes_is_what_is_there(there: Path, text: str) -> None:
    inode = there.stat().st_ino
    assert put(Host(there.parent), there, text) == 0
    assert there.read_bytes().decode() == text
    assert there.stat().st_ino == inode


def test_it_is_never_empty_on_the_way(tmp_path: Path) -> None:
    """An empty ACL file is an open Redis, and Redis may read it at any moment."""
    host, sizes = Host(tmp_path), tmp_path / "sizes"
    path = tmp_path / "users.acl"
    for tool in ("dd", "cmp", "stat", "mktemp", "rm"):
        real = shutil.which(tool)
        note = f"stat=$(PATH={os.environ['PATH']} stat -c %s {path}); echo $stat >>{sizes}"
        host.tool(tool, f'#!/bin/sh\n{note}\n{real} "$@"\ncode=$?\n{note}\nexit $code\n')
    path.write_text("user default off\n", encoding="utf-8")
    for content in ("user default off\nuser clerk on\n", "user x off\n"):
        assert put(host, path, content) == 0
    seen = [int(size) for size in sizes.read_text(encoding="utf-8").split()]
    assert len(seen) > 10
    assert min(seen) > 0


def test_a_write_that_is_cut_short_does_not_empty_it(tmp_path: Path) -> None:
    host, path = Host(tmp_path), tmp_path / "users.acl"
    # What dd does to a file when it opens it, and nothing more.
    host.tool("dd", f'#!/bin/sh\nexec {shutil.which("dd")} "$@" count=0\n')
    path.write_text("user default off\n", encoding="utf-8")
    assert put(host, path, "user clerk on\n") != 0
    assert path.read_text(encoding="utf-8").startswith("user default")


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
    assert put(Host(small_disk.parent), path, "n" * 8192) != 0
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


# The whole script


@root_only
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ["plain", "json"])
def test_a_secret_is_copied_from_another_file(tmp_path: Path, name: str, form: str) -> None:
    host, source, path = Host(tmp_path), tmp_path / f"from {name}", tmp_path / name
    source.write_text('pa"ss\\ word\n', encoding="utf-8")
    host.stack(str(tmp_path), "cache")
    secret = Secret(str(path), content=HostFile(source.name), format=form, mode=0o440)  # type: ignore[arg-type]
    declared = shop(compose=Compose(str(tmp_path)))
    done = host.run(secrets.put(declared, PutSecret(str(path), secret, True)))
    assert done.code == 0, done.err
    wanted = {"plain": 'pa"ss\\ word\n', "json": '"pa\\"ss\\\\ word"\n'}[form]
    assert path.read_text(encoding="utf-8") == wanted
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert not host.canary


@root_only
def test_a_secret_of_the_controller_comes_over_stdin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUT_SECRET", "s3cret $(touch canary)")
    host, path = Host(tmp_path), tmp_path / "token"
    host.stack(str(tmp_path), "cache")
    secret = Secret(str(path), content=EnvironmentVariable("PUT_SECRET"), owner=4321)
    action = PutSecret(str(path), secret, True)
    script = secrets.put(shop(compose=Compose(str(tmp_path))), action)
    (line,) = secrets.content(action)
    assert "s3cret" not in script
    assert host.run(script, stdin=f"{line}\n").code == 0
    assert path.read_text(encoding="utf-8") == "s3cret $(touch canary)\n"
    assert path.stat().st_uid == 4321
    digest = hashlib.sha256(path.read_bytes().rstrip(b"\n")).hexdigest()
    assert digest == hashlib.sha256(b"s3cret $(touch canary)").hexdigest()


@pytest.mark.parametrize("name", HOSTILE)
def test_who_is_not_root_writes_through_a_container(host: Host, name: str) -> None:
    host.tool("id", "#!/bin/sh\necho 1000\n")
    host.stack(str(host.place), "cache")
    path = f"/srv/keys/{name}"
    secret = Secret("cache_password", owner=999, mode=0o400)
    declared = shop(compose=Compose(str(host.place)))
    done = host.run(secrets.put(declared, PutSecret(path, secret, False)))
    (run,) = done.of("docker", "run")
    assert run[run.index("--mount") + 1] == 'type=bind,"src=/srv/keys","dst=/srv/keys"'
    assert run[run.index("--user") + 1] == "0:0"
    assert run[run.index("--network") + 1] == "none"
    assert run[-3:-1] == ["example/cache:1", "-c"]
    assert run[-1].endswith(f"own {words(path)} 999 '' 400")
    assert not host.canary
