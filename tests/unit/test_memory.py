"""What one job leaves for the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from pyinfra_runbooks.jobs.memory import Memory, directory, load, place, save
from pyinfra_runbooks.jobs.notify.alerts import Alert, Event

MEMORY = Memory(
    declared={"a": "0123"},
    alerts={
        "service": (Alert("a", Event.UNRESOLVED, "open", "redis", "redis: is off", "seen", "why"),)
    },
)


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "prod.json"
    assert save(MEMORY, file) == ""
    assert load(file) == (MEMORY, "")
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["prod.json"]


def test_the_first_time_nothing_is_known(tmp_path: Path) -> None:
    assert load(tmp_path / "none.json") == (Memory(), "")


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"version": 2}',
        b'{"version": 1, "alerts": {"a": 5}}',
        b'{"version": 1, "declared": {"a": "0',
    ],
)
def test_a_damaged_one_is_replaced_and_that_is_said(tmp_path: Path, damaged: bytes) -> None:
    file = tmp_path / "prod.json"
    file.write_bytes(damaged)
    memory, said = load(file)
    assert memory == Memory()
    assert said.startswith(f"{file}: earlier notifications are not known, and are sent again: ")


def test_one_of_a_version_that_reminded_is_read(tmp_path: Path) -> None:
    file = tmp_path / "prod.json"
    file.write_text(
        '{"version":1,"declared":{"a":"0"},"told":{"s":{"a":{"left 1":1}}},"pending":{}}'
    )
    assert load(file) == (Memory(declared={"a": "0"}), "")


def test_one_that_can_not_be_read_or_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "prod.json").mkdir()
    assert load(tmp_path / "prod.json")[1].endswith("Is a directory")
    (tmp_path / "file").touch()
    said = save(MEMORY, tmp_path / "file" / "prod.json")
    assert said.startswith(f"{tmp_path}/file/prod.json: what was sent can't be noted, and will be")


def test_inventories_of_the_same_name_have_a_file_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert place(tmp_path, "a/prod.py") == place(tmp_path, str(tmp_path / "a" / "prod.py"))
    assert place(tmp_path, "a/prod.py") != place(tmp_path, "b/prod.py")
    assert place(tmp_path, "a/prod.py").name.startswith("prod-")
    assert place(tmp_path, "web1,web2/../;x").parent == tmp_path


def test_the_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ops")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert directory() == Path("/home/ops/.local/state/pyinfra-runbooks")
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    assert directory() == Path("/home/ops/.local/state/pyinfra-runbooks")
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert directory() == Path("/state/pyinfra-runbooks")
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/runbooks:/var/lib/other")
    assert directory() == Path("/var/lib/runbooks")
