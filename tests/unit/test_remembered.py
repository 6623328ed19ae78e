"""What looks leave on a host, and what the next one makes of it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from hosts import Host
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.engine import remembered, shell
from pyinfra_runbooks.engine.remembered import (
    Memory,
    Remembered,
    Used,
    dumped,
    file_name,
    loaded,
    parse,
)

MEMORY = Memory(
    "/srv/shop",
    "shop",
    1_800_000_000,
    {"cache": {"web": Used("c-c"), "jobs": Used("ttt", lasting=True, lively=True)}},
    {"cache": "/data"},
)
FORM = json.loads(dumped(MEMORY))


def test_a_memory_is_read_as_it_was_left() -> None:
    assert loaded(dumped(MEMORY)) == MEMORY
    assert "\n" not in dumped(replace(MEMORY, directory="/srv/a\nb c"))
    assert parse([dumped(MEMORY), ""]) == Remembered({("/srv/shop", "shop"): MEMORY})


def test_it_holds_names_of_services_and_nothing_else() -> None:
    assert set(FORM) == {"version", "directory", "project", "at", "clients", "directories"}
    assert FORM["directories"] == {"cache": "/data"}
    assert FORM["clients"] == {"cache": {"jobs": ["ttt", True, True], "web": ["c-c", False, False]}}


def test_one_of_before_is_read_too() -> None:
    former = {name: value for name, value in FORM.items() if name != "directories"}
    assert loaded(json.dumps(former)) == replace(MEMORY, directories={})


def test_the_later_of_two_counts() -> None:
    later = replace(MEMORY, at=MEMORY.at + 9, clients={})
    for lines in ((MEMORY, later), (later, MEMORY)):
        assert parse([dumped(m) for m in lines]).of("/srv/shop", "shop") == later
    assert parse([dumped(MEMORY)]).of("/srv/shop", "shop2") is None
    assert file_name(MEMORY) == file_name(later)
    assert file_name(MEMORY) != file_name(replace(MEMORY, project="shop2"))


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 2},
        {"directory": "srv"},
        {"directory": 3},
        {"project": None},
        {"at": "now"},
        {"at": 10**400},
        {"clients": []},
        {"clients": {"cache": []}},
        {"clients": {"cache": {"web": ["cccc", True, True]}}},
        {"clients": {"cache": {"web": ["", True, True]}}},
        {"clients": {"cache": {"web": ["x", True, True]}}},
        {"clients": {"cache": {"web": ["c", 1, True]}}},
        {"clients": {"cache": {"web\nx": ["c", True, True]}}},
        {"clients": {"a b": {}}},
        {"directories": ["cache"]},
        {"directories": {"cache": "data"}},
        {"directories": {"cache": "/data; rm"}},
        {"directories": {"a b": "/data"}},
    ],
    ids=str,
)
def test_what_is_damaged_is_ignored_and_said(changes: dict[str, object]) -> None:
    line = json.dumps({**FORM, **changes})
    assert loaded(line) is None
    assert parse([line, dumped(MEMORY)]) == Remembered(
        {("/srv/shop", "shop"): MEMORY}, ("a file there is damaged, or none of ours",)
    )


@pytest.mark.parametrize("line", ["{", "null", "[" * 100_000, '{"version":1}', "password hunter2"])
def test_what_is_no_memory_is_not_repeated(line: str) -> None:
    assert parse([line]).memories == {}
    assert parse([line]).ignored == ("a file there is damaged, or none of ours",)


@given(st.text(max_size=60))
def test_no_text_is_more_than_ignored(text: str) -> None:
    assert loaded(text) is None


@pytest.mark.parametrize(
    ("history", "lasting", "always", "surely", "takes"),
    [
        ("c", True, True, False, False),
        ("ccc", True, True, True, False),
        ("ccc", False, True, False, False),
        ("c-c", True, False, False, False),
        ("t", False, True, False, True),
        ("ctt", True, True, True, True),
        ("cct", True, True, True, False),
        ("tt-", True, False, False, False),
    ],
)
def test_what_follows_from_it(
    history: str, lasting: bool, always: bool, surely: bool, takes: bool
) -> None:
    used = Used(history, lasting)
    assert (used.always, used.surely, used.takes) == (always, surely, takes)


# The scripts


def leave(host: Host, state: Path, *memories: Memory) -> list[str]:
    lines = tuple(f"{file_name(memory)} {dumped(memory)}" for memory in memories)
    done = host.run(shell.script("remember.sh", memories=lines, state=str(state)))
    assert (done.code == 0) is (done.err == "")
    return done.out.splitlines()


def read(host: Host, state: Path) -> Remembered:
    done = host.run(shell.script("find_memories.sh", state=str(state)))
    assert (done.code, done.err) == (0, "")
    return parse(done.out.splitlines())


def of(*memories: Memory) -> Remembered:
    return Remembered({(m.directory, m.project): m for m in memories})


def as_user(host: Host, uid: int = 0) -> None:
    """Whoever runs this test, and what is theirs, counts as this user."""
    host.of_user(uid)
    named = f"s/^{os.geteuid()} /{uid} /"
    script = f'said=$(/usr/bin/stat "$@"); code=$?; echo "$said" | sed "{named}"; exit $code'
    host.tool("stat", f"#!/bin/sh\n{script}\n")


def test_what_is_left_is_found(any_host: Host) -> None:
    as_user(any_host)
    state = any_host.place / "var lib" / "clients"
    other = replace(MEMORY, directory="/srv/it's $(touch canary)\nx")
    assert read(any_host, state) == Remembered()
    assert leave(any_host, state, MEMORY, other) == [
        f"kept {file_name(MEMORY)}",
        f"kept {file_name(other)}",
    ]
    assert read(any_host, state) == of(MEMORY, other)
    later = replace(MEMORY, at=MEMORY.at + 1, clients={})
    assert leave(any_host, state, later) == [f"kept {file_name(MEMORY)}"]
    assert read(any_host, state) == of(later, other)
    assert {p.name for p in state.iterdir()} == {file_name(MEMORY), file_name(other)}
    assert {stat.S_IMODE(p.stat().st_mode) for p in state.iterdir()} == {0o644}
    assert not any_host.canary


def test_who_is_not_root_has_them_at_home(any_host: Host) -> None:
    as_user(any_host, 1000)
    state = any_host.place / "of root"
    home = any_host.place / ".local/state/pyinfra-runbooks/clients"
    assert leave(any_host, state, MEMORY) == [f"kept {file_name(MEMORY)}"]
    assert [p.name for p in home.iterdir()] == [file_name(MEMORY)]
    assert not state.exists()
    assert read(any_host, state) == of(MEMORY)
    # What root left is read as well; the later one counts.
    state.mkdir()
    (state / file_name(MEMORY)).write_text(dumped(replace(MEMORY, at=MEMORY.at + 5)))
    assert read(any_host, state).of("/srv/shop", "shop") == replace(MEMORY, at=MEMORY.at + 5)


def test_what_is_no_file_of_ours_is_ignored_and_said(any_host: Host) -> None:
    as_user(any_host)
    state = any_host.place / "clients"
    leave(any_host, state, MEMORY)
    (state / "large.json").write_text("x" * 65_537)
    (state / "link.json").symlink_to("/etc/passwd")
    (state / "empty.json").write_text("")
    (state / "directory.json").mkdir()
    (state / "damaged.json").write_text('{"version":1')
    (state / "passwords.txt").write_text("hunter2")
    os.mkfifo(state / "pipe.json")
    seen = read(any_host, state)
    assert seen.memories == of(MEMORY).memories
    said = "\n".join(seen.ignored)
    for name in ("large.json is larger", "link.json is no file", "pipe.json is no file"):
        assert name in said
    assert "damaged" in said
    assert "hunter2" not in said
    assert len(seen.ignored) == 6


@pytest.mark.needs("root")
def test_what_is_another_users_is_ignored_and_said(any_host: Host) -> None:
    state = any_host.place / "clients"
    leave(any_host, state, MEMORY)
    os.chown(state / file_name(MEMORY), 4711, 4711)
    assert read(any_host, state) == Remembered(
        {}, (f"{state}/{file_name(MEMORY)} is another user's",)
    )
    os.chown(state, 4711, 4711)
    assert read(any_host, state) == Remembered({}, (f"{state} is another user's, or no directory",))
    assert leave(any_host, state, replace(MEMORY, at=1)) == []


def test_too_many_are_not_read(host: Host) -> None:
    as_user(host)
    state = host.place / "clients"
    state.mkdir()
    for number in range(201):
        (state / f"{number}.json").write_text(dumped(MEMORY))
    assert read(host, state) == Remembered({}, (f"more than 200 files are in {state}",))


def test_a_full_disk_leaves_what_was_there(host: Host) -> None:
    as_user(host)
    state = host.place / "clients"
    leave(host, state, MEMORY)
    host.tool("cat", "#!/bin/sh\nexit 1\n")
    assert leave(host, state, replace(MEMORY, at=5)) == []
    assert read(host, state) == of(MEMORY)
    assert [p.name for p in state.iterdir()] == [file_name(MEMORY)]


def test_where_root_keeps_them_is_one_place() -> None:
    assert f"${{state:={remembered.STATE}}}" in shell.text("find_memories.sh")
    assert f"${{state:={remembered.STATE}}}" in shell.text("remember.sh")
