"""When the API's container is looked into: where what it mounts may be another file now."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from awks import AWKS
from hosts import Host, in_directory
from prepared import looked

from pyinfra_runbooks.engine import shell

FAR, NEVER = "2999-12-31T23:59:59.999999999Z", "0001-01-01T00:00:00Z"
WEB = f"{2:064x}"
STAT = shutil.which("stat")

# Real answers, but only of what is below this directory: what is above it belongs to others, who
# may change it at any time.
_STAT = """#!/bin/sh
case "$*" in *%z*) ;; *) exec {stat} "$@" ;; esac
for word in "$@"; do
    shift
    case $word in {place}/* | -* | %*) set -- "$@" "$word" ;; esac
done
exec {stat} "$@"
"""
# What is in ANSWERS, for whatever file.
_FIXED_STAT = f"""#!/bin/sh
case "$*" in *%z*) exec cat "$ANSWERS/stat" ;; *) exec {STAT} "$@" ;; esac
"""


def now() -> str:
    """The time as Docker tells it, after all that was done before, and before all that is next.

    The clock of the file system lags behind the other one, by some milliseconds.
    """
    at = time.time_ns()
    with tempfile.TemporaryFile() as file:
        while os.fstat(file.fileno()).st_ctime_ns <= at:
            os.utime(file.fileno())
    seconds = datetime.fromtimestamp(at // 10**9, UTC)
    return f"{seconds:%Y-%m-%dT%H:%M:%S}.{at % 10**9:09d}Z"


def looked_into(
    host: Host,
    *mounted: Path | str,
    created: str = FAR,
    finished: str = NEVER,
    uid: int = 1000,
    pid: int = 4242,
) -> bool:
    """Whether a look at a stack, whose API mounts this since then, looks into the API."""
    host.of_user(uid)
    if not (host.place / "tools" / "stat").exists():
        host.tool("stat", f'#!/bin/sh\nexec {shutil.which("stat")} "$@"\n')  # it knows fractions
    host.stack(str(host.place), "cache", "web")
    sources = tuple(map(str, mounted))
    host.is_at("cache", pid=77, created=NEVER, finished=NEVER, mounted=("/etc/passwd",))
    host.is_at("web", pid=pid, created=created, finished=finished, mounted=sources)
    host.answer("docker-compose-json", json.dumps({"name": "shop", "services": {}}, indent=2))
    done = looked(host, in_directory(host.place, health=())).asked
    assert done
    mark = done.out.splitlines()[0].removeprefix("look ")
    assert f"\n{mark} whole\n\n{mark} =0\n" in done.out
    api = done.out.partition(f"{mark} api web\n")[2].partition(f"\n{mark} =")
    assert api[2][:2] == ("0\n" if pid and mounted else "")
    executed = [call for call in done.of("docker", "exec") if WEB in call]
    assert bool(executed) or uid == 0 or api[0] == ""
    return bool(executed) if uid else api[0] != ""


@pytest.fixture
def mounted(any_host: Host) -> Path:
    """A file that the API mounts, three directories down."""
    path = any_host.place / "mounted" / "outer" / "inner" / "key"
    path.parent.mkdir(parents=True)
    path.write_text("a key\n", encoding="utf-8")
    real = "busybox stat" if any_host.shell[0] == "busybox" else STAT
    any_host.tool("stat", _STAT.format(stat=real, place=any_host.place / "mounted"))
    return path


# Changes to real files


def in_place(path: Path) -> None:
    path.write_text("another key\n", encoding="utf-8")


def renamed(path: Path) -> None:
    """As editors and `docker secret`'s tools do: a file that was there for long takes its place."""
    (path.parents[2] / "new").rename(path)


def another_beside_it(path: Path) -> None:
    (path.parent / "other").touch()


def another_directory(path: Path) -> None:
    """The file itself was there for long, and so was its directory."""
    path.parent.rename(path.parents[1] / "old")
    (path.parents[2] / "twin").rename(path.parent)


def gone(path: Path) -> None:
    path.unlink()


def gone_with_its_directory(path: Path) -> None:
    path.parent.rename(path.parents[2] / "elsewhere")


def another_owner(path: Path) -> None:
    path.chmod(0o600)


def backdated(path: Path) -> None:
    """Whatever a file says of its own age."""
    path.write_text("another key\n", encoding="utf-8")
    os.utime(path, (0, 0))


CHANGES = (
    *(in_place, renamed, another_beside_it, another_directory),
    *(gone, gone_with_its_directory, another_owner, backdated),
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_was_changed_since(
    any_host: Host, mounted: Path, change: Callable[[Path], None]
) -> None:
    top = mounted.parents[2]
    (top / "new").write_text("another key\n", encoding="utf-8")
    (top / "twin").mkdir()
    (top / "twin" / "key").write_text("another key\n", encoding="utf-8")
    since = now()
    assert not looked_into(any_host, mounted, created=since)
    change(mounted)
    assert looked_into(any_host, mounted, created=since)
    assert looked_into(any_host, "/etc/hostname", mounted, created=since)
    if mounted.exists():
        assert not looked_into(any_host, mounted, created=now())


def test_what_was_read_or_stands_elsewhere_was_not_changed(any_host: Host, mounted: Path) -> None:
    since = now()
    mounted.read_bytes()
    (any_host.place / "beside").touch()
    assert not looked_into(any_host, mounted, created=since)


def test_a_restart_mounts_again(any_host: Host, mounted: Path) -> None:
    created = now()
    in_place(mounted)
    assert looked_into(any_host, mounted, created=created)
    assert not looked_into(any_host, mounted, created=created, finished=now())
    assert not looked_into(any_host, mounted, created=now(), finished=created)


@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_symbolic_link_may_lead_anywhere(any_host: Host, mounted: Path, above: int) -> None:
    path = [mounted, *mounted.parents][above]
    real = path.rename(any_host.place / "real")
    path.symlink_to(real)
    assert mounted.exists()
    assert looked_into(any_host, mounted, created=FAR)


def test_all_above_it_counts(host: Host, tmp_path: Path) -> None:
    """Up to the root's own entries, whose they may be."""
    file = tmp_path / "key"
    file.touch()
    host.tool("stat", '#!/bin/sh\necho "$@" >>"$ANSWERS/asked"\nexec ' + f'{STAT} "$@"\n')
    assert not looked_into(host, file)
    (asked,) = [
        line
        for line in (host.place / "answers" / "asked").read_text(encoding="utf-8").splitlines()
        if "%z" in line
    ]
    assert asked.split(" -- ")[1].split() == [str(p) for p in (file, *file.parents)][:-1]


# What is there at all


def test_nothing_that_is_mounted_alone(any_host: Host, tmp_path: Path) -> None:
    directory = tmp_path / "directory"
    directory.mkdir()
    assert not looked_into(any_host, created=NEVER)
    assert not looked_into(any_host, directory, created=NEVER)
    (tmp_path / "file").touch()
    assert looked_into(any_host, directory, tmp_path / "file", created=NEVER)


def test_a_container_that_does_not_run_has_no_inside(any_host: Host, mounted: Path) -> None:
    assert not looked_into(any_host, mounted, created=NEVER, pid=0)


@pytest.mark.parametrize("path", ["/nowhere/at/all", "relative", "/srv/two\nlines", "/srv/a\tb"])
def test_what_is_not_there_may_have_been_replaced(any_host: Host, path: str) -> None:
    assert looked_into(any_host, path)


@pytest.mark.parametrize(
    "name",
    ["it's", "$(touch canary)`touch canary`", "two  spaces", "-rf", "*", "back\\slash", "a%n%z"],
)
def test_a_file_of_any_name(any_host: Host, name: str) -> None:
    path = any_host.place / "x" / name / name
    path.parent.mkdir(parents=True)
    path.touch()
    assert not looked_into(any_host, path)
    assert looked_into(any_host, path, created=NEVER)
    assert not any_host.canary


@pytest.mark.needs("root")
def test_root_needs_no_tools_of_the_container(any_host: Host, mounted: Path) -> None:
    since = now()
    assert not looked_into(any_host, mounted, created=since, uid=0, pid=os.getpid())
    in_place(mounted)
    assert looked_into(any_host, mounted, created=since, uid=0, pid=os.getpid())


# What stat may print


@pytest.mark.parametrize(
    ("printed", "since", "expected"),
    [
        # coreutils
        ("2026-05-01 12:00:00.500000000 +0000 regular file", "2026-05-01T12:00:00.6Z", False),
        ("2026-05-01 12:00:00.500000000 +0000 regular file", "2026-05-01T12:00:00.5Z", True),
        ("2026-05-01 12:00:00.500000001 +0000 regular file", "2026-05-01T12:00:00.5Z", True),
        ("2026-05-01 12:00:00.499999999 +0000 regular file", "2026-05-01T12:00:00.5Z", False),
        ("2026-05-01 12:00:00.123456789 +0000 directory", "2026-05-01T12:00:00.1234567Z", True),
        ("2026-05-01 12:00:00.123456789 +0000 directory", "2026-05-01T12:00:00.1234568Z", False),
        ("2026-05-01 12:00:00.500000000 +0000 directory", "2026-05-01T12:00:00Z", True),
        ("2026-04-30 12:00:00.500000000 +0000 directory", "2026-05-01T00:00:00Z", False),
        ("2026-05-01 12:00:00.500000000 +0000 symbolic link", "2026-06-01T12:00:00.6Z", True),
        # One that knows no fraction, and tells zeros or nothing: any time in that second
        ("2026-05-01 12:00:00.000000000 regular file", "2026-05-01T12:00:00.999Z", True),
        ("2026-05-01 12:00:00.000000000 +0000 regular file", "2026-05-01T12:00:00.999Z", True),
        ("2026-05-01 12:00:00.000000000 regular file", "2026-05-01T12:00:01.000000001Z", False),
        ("2026-05-01 12:00:00.000000000 symbolic link", "2026-05-01T12:00:01Z", True),
        ("2026-05-01 12:00:00 regular file", "2026-05-01T12:00:00.9Z", True),
        ("2026-05-01 12:00:00 regular file", "2999-05-01T12:00:00.9Z", True),
        # Nobody's
        ("stat: cannot statx '/x': Permission denied", FAR, True),
        ("stat: unrecognized option: c", FAR, True),
        ("1777636800 regular file", FAR, True),
        ("? ?", FAR, True),
        ("", FAR, True),
        # Not Docker's, as Podman's: too often rather than too seldom
        ("2026-05-01 11:00:00.500000000 +0000 directory", "2026-05-01 12:00:00 +0000 UTC", True),
    ],
)
@pytest.mark.parametrize("awk", AWKS)
def test_what_stat_prints(
    host: Host, awk: tuple[str, ...], printed: str, since: str, expected: bool
) -> None:
    """One line among others that are old."""
    host.awk(*awk)
    host.of_user(0)
    host.tool("stat", _FIXED_STAT)
    old = "2020-01-01 00:00:00.500000000 +0000 directory"
    for lines in ([printed], [old, printed, old]):
        host.answer("stat", "".join(f"{line}\n" for line in lines))
        file = host.place / "answers" / "stat"
        about = {"id": WEB, "pid": 1, "since": since, "files": file}
        done = host.run(shell.script("ask_inside.sh", **about))
        assert (done.code, done.out != "") == (0, expected)


def test_of_the_two_times_the_later_one_counts(any_host: Host, tmp_path: Path) -> None:
    any_host.tool("stat", _FIXED_STAT)
    any_host.answer("stat", "2026-05-01 12:00:00.500000000 +0000 regular file\n")
    (tmp_path / "key").touch()
    before, after = "2026-05-01T12:00:00.4Z", "2026-05-01T12:00:00.6Z"
    for created, finished, expected in (
        (before, before, True),
        (before, after, False),
        (after, before, False),
        (after, NEVER, False),
        (before, NEVER, True),
    ):
        asked = looked_into(any_host, tmp_path / "key", created=created, finished=finished)
        assert asked is expected
