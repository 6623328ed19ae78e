"""Reading what this user may not: nothing is started, and nothing but the whole counts."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import Engine, given, unreadable, users_host
from hosts import NAMES, SHELLS, Done, Host, in_directory
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st
from looks import stack as shop
from prepared import target

from pyinfra_runbooks.engine import files
from pyinfra_runbooks.engine.files import File
from pyinfra_runbooks.engine.shell import text, values, words
from pyinfra_runbooks.engine.shell.stack import of
from pyinfra_runbooks.settings import Timeouts

ABSENT = 3


@pytest.fixture(params=SHELLS)
def user(request: pytest.FixtureRequest) -> Iterator[Host]:
    """A host whose user may not read everything."""
    with users_host(request.param) as host:
        yield host


@pytest.fixture
def engine(user: Host) -> Engine:
    return Engine(user)


def read(host: Host, path: Path, before: str = "") -> Done:
    stack = in_directory(host.place, timeouts=Timeouts(look=1))
    return host.run(f"{target(stack)}{before}\nread_file {words(path)}\n")


def file(host: Host, content: bytes = b"s3cret\n", name: str = "key") -> Path:
    path = host.place / "files" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    given(path.parent)
    return given(path)


def test_what_may_be_read_is_read_without_an_engine(user: Host, engine: Engine) -> None:
    done = read(user, file(user))
    assert (done.code, done.out) == (0, "s3cret\n")
    assert engine.calls("create") == []


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_any_name(name: str) -> None:
    with users_host(("sh",)) as host:
        engine = Engine(host)
        with unreadable(file(host, name=name)) as path:
            done = read(host, path)
        assert (done.code, done.out) == (0, "s3cret\n"), done.err
        assert not host.canary
        assert engine.containers == []


def test_nothing_is_started_and_nothing_is_logged(user: Host, engine: Engine) -> None:
    with unreadable(file(user)) as path:
        assert read(user, path).out == "s3cret\n"
    (made,) = engine.calls("create")
    for option in ("--network none", "--pull never", "--log-driver none", "readonly"):
        assert option in made
    # Nor does it become a member of a stack by what its image says.
    assert "--label com.docker.compose.project= " in made
    assert not any(engine.calls(verb) for verb in ("run", "start", "exec", "logs"))
    assert engine.containers == []


def test_the_inventorys_image_is_taken_first(user: Host, engine: Engine) -> None:
    stack = shop(helper_image="example/tools:1")
    with unreadable(file(user)) as path:
        done = user.run(f"{target(stack)}read_file {words(path)}\n")
    assert done.out == "s3cret\n"
    assert engine.calls("create")[0].rstrip().endswith("example/tools:1")


@pytest.mark.parametrize("content", [b"", b"a", b"\0\1\0", b"x" * 511, b"x" * 512, b"\xff" * 70000])
def test_every_byte_arrives(user: Host, engine: Engine, content: bytes) -> None:
    out = user.place / "files" / "out"
    with unreadable(file(user, content)) as path:
        stack = in_directory(user.place)
        done = user.run(f"{target(stack)}read_file {words(path)} >{words(out)}\n")
    assert done.code == 0
    assert out.read_bytes() == content


def test_a_warning_is_no_id(user: Host, engine: Engine) -> None:
    engine.fails("warning")
    with unreadable(file(user)) as path:
        assert read(user, path).out == "s3cret\n"


# What is not there


def test_what_is_not_there_is_reported_apart(user: Host, engine: Engine) -> None:
    path = file(user)
    assert read(user, path.with_name("nothing")).code == ABSENT
    assert engine.calls("create") == []
    with unreadable(path.parent):
        assert read(user, path.with_name("nothing")).code == ABSENT
        assert read(user, path).out == "s3cret\n"


def test_an_engine_that_does_not_answer_says_nothing_of_a_file(user: Host, engine: Engine) -> None:
    path = file(user)
    engine.fails("silent-create")
    with unreadable(path.parent):
        done = read(user, path.with_name("nothing"))
    assert done.code not in (0, ABSENT)
    assert "can't be read" in done.err


@pytest.mark.parametrize(
    "how",
    [
        *("silent-create", "error-create", "hang-create"),
        *("silent-cp", "error-cp", "hang-cp"),
        *("silent-image", "error-image"),
    ],
)
def test_an_engine_that_fails_is_no_empty_file(user: Host, engine: Engine, how: str) -> None:
    engine.fails(how)
    with unreadable(file(user)) as path:
        done = read(user, path)
    assert done.code not in (0, ABSENT)
    assert "can't be read by way of Docker" in done.err
    assert done.out == ""
    assert engine.containers == []


@pytest.mark.parametrize("bytes_", [0, 1, 511, 512, 513, 700, 1023, 1024 + 200])
def test_what_is_cut_short_is_not_taken_for_the_whole(
    user: Host, engine: Engine, bytes_: int
) -> None:
    engine.fails("cut", bytes_)
    with unreadable(file(user, b"secret " * 100)) as path:
        done = read(user, path)
    # The content ends at 512 + 700 bytes: what comes after that is padding.
    assert done.code not in (0, ABSENT)
    assert done.out == ""


def test_a_directory_is_no_file(user: Host, engine: Engine) -> None:
    path = file(user).parent
    with unreadable(path):
        done = read(user, path)
    assert done.code not in (0, ABSENT)
    assert done.out == ""


def test_a_file_that_is_too_large_to_be_kept(user: Host, engine: Engine) -> None:
    with unreadable(file(user, b"x" * 5000)) as path:
        done = read(user, path, "most_read=4096")
    assert done.code not in (0, ABSENT)
    assert "at most 4096 bytes" in done.err


# What is left


def test_what_a_killed_script_left_is_removed_by_the_next_one(user: Host, engine: Engine) -> None:
    ages = {
        "a" * 12: "Less than a second ago",
        "b" * 12: "59 seconds ago",
        "c" * 12: "About a minute ago",
        "d" * 12: "3 minutes ago",
        "e" * 12: "About an hour ago",
        "f" * 12: "2 weeks ago",
    }
    for left in ages:
        (engine.place / f"container-{left}").touch()
    listed = "".join(f"{left} {age}\n" for left, age in ages.items())
    (engine.place / "left").write_text(listed, encoding="utf-8")
    with unreadable(file(user)) as path:
        assert read(user, path).out == "s3cret\n"
    assert {p.name[-1] for p in engine.containers} == {"a", "b", "c"}
    (asked,) = engine.calls("ps")
    assert "label=pyinfra-runbooks.helper" in asked


# What it is


def described(host: Host, path: Path) -> File:
    """As a look tells of it."""
    stack = in_directory(host.place)
    script = values(**of(stack), json_matters="yes") + text("declared.sh")
    script = f"{script}describe_as_root {words(path)}\n"
    return files.parse(host.run(script).out.splitlines())[str(path)]


def test_a_file_that_can_not_be_seen(user: Host, engine: Engine) -> None:
    path = file(user, b'pa"ss\n')
    path.chmod(0o640)
    about = path.stat()
    with unreadable(path.parent):
        found = described(user, path)
        missing = described(user, path.with_name("nothing"))
    assert (found.kind, found.mode, found.size) == ("regular file", 0o640, 6)
    assert (found.uid, found.gid) == (about.st_uid, about.st_gid)
    assert all((found.sha256, found.password_sha256, found.json_sha256))
    assert found.line_count == 1
    assert missing.missing


def test_an_acl_file_that_can_not_be_read(user: Host, engine: Engine) -> None:
    acl = b"user default off\nnonsense\nuser clerk on >hunter2 #00\n"
    with unreadable(file(user, acl)) as path:
        found = described(user, path)
    assert found.acl == ("user default off", "?", "user clerk on >(hidden) #00")


@settings(max_examples=20)
@examples(st.binary(max_size=2000))
def test_a_header_of_anything_is_no_file(header: bytes) -> None:
    """What came is the start of no tar stream: nothing is taken out of it."""
    assert header[257:262] == b"ustar" or described_header(header) == ""


def described_header(header: bytes) -> str:
    script = f"LC_ALL=C\n{text('reading.sh')}packed={base64.b64encode(header).decode()}\nheader"
    done = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)
    return done.stdout


def test_a_directory_that_can_not_be_seen(user: Host, engine: Engine) -> None:
    """Docker makes one where the file of a mount is missing."""
    path = file(user).with_name("made")
    path.mkdir()
    given(path)
    with unreadable(path.parent):
        found = described(user, path)
    assert found.kind == "directory"
    assert found.error is None
