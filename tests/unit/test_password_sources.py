"""Where passwords come from, and what is said of a source that fails."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from declarations import SECRET

from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.settings import Command, EnvironmentVariable, HostFile, LocalFile, Source


@pytest.fixture(autouse=True)
def _nothing_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyinfra_runbooks.settings.sources._read", {})


def printing(code: str) -> Command:
    return Command(sys.executable, "-c", f"import sys; {code}")


def test_each_source_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "redis.txt"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("REDIS_PASSWORD", SECRET)
    monkeypatch.setenv("HOME", str(tmp_path))
    for source in (
        EnvironmentVariable("REDIS_PASSWORD"),
        LocalFile(str(file)),
        LocalFile("~/redis.txt"),
        printing(f"print('{SECRET}')"),
    ):
        assert source.read().get_secret_value() == SECRET
        assert SECRET not in repr(source.read())


def test_only_the_last_newline_is_not_part_of_the_password() -> None:
    password = printing("print(' a\\tb ')").read()
    assert password.get_secret_value() == " a\tb "


def test_a_command_runs_once_for_all_hosts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = Command("sh", "-c", f"echo run >>{log}; sleep 0.1; echo {SECRET}")
    again = replace(command)
    threads = [threading.Thread(target=source.read) for source in (command, again, command)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert command == again
    assert log.read_text() == "run\n"


def test_a_command_that_failed_is_not_asked_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = Command("sh", "-c", f"echo run >>{log}; exit 3")
    for _ in range(2):
        with pytest.raises(SettingsError):
            command.read()
    assert log.read_text() == "run\n"


PYTHON = repr(sys.executable)
BY_HAND = "run it by hand to see what it says"
ONE_LINE = "expected a password on one line of text, got something else"
UNREAD: dict[str, tuple[Source, str]] = {
    "no variable": (
        EnvironmentVariable("NOT_SET"),
        "EnvironmentVariable('NOT_SET'): expected this variable in the environment of pyinfra,"
        " got none",
    ),
    "no file": (
        LocalFile("/nowhere/redis.txt"),
        "LocalFile('/nowhere/redis.txt'): expected to be read, got: No such file or directory",
    ),
    "a directory": (
        LocalFile("/"),
        "LocalFile('/'): expected to be read, got: Is a directory",
    ),
    "nobody's home": (
        LocalFile("~no-such-user/redis.txt"),
        "LocalFile('~no-such-user/redis.txt'): Could not determine home directory.",
    ),
    "no command": (
        Command("no-such-command", SECRET),
        "Command('no-such-command', '********'): expected to be read,"
        " got: No such file or directory",
    ),
    "a command that fails": (
        printing(f"sys.exit('{SECRET}')"),
        f"Command({PYTHON}, '********', '********'): expected exit code 0, got 1: {BY_HAND}",
    ),
    "a command that dies": (
        Command("sh", "-c", "kill -9 $$"),
        f"Command('sh', '********', '********'): expected exit code 0, got -9: {BY_HAND}",
    ),
    "nothing": (
        printing("pass"),
        f"Command({PYTHON}, '********', '********'): expected a password, got nothing",
    ),
    "a newline alone": (
        printing("print()"),
        f"Command({PYTHON}, '********', '********'): expected a password, got nothing",
    ),
    "two lines": (
        printing(f"print('{SECRET}\\n{SECRET}')"),
        f"Command({PYTHON}, '********', '********'): {ONE_LINE}",
    ),
    "a NUL": (
        printing(f"print('{SECRET}\\0')"),
        f"Command({PYTHON}, '********', '********'): {ONE_LINE}",
    ),
    "no text": (
        printing("sys.stdout.buffer.write(bytes([255]))"),
        f"Command({PYTHON}, '********', '********'): {ONE_LINE}",
    ),
}


@pytest.mark.parametrize(("source", "expected"), UNREAD.values(), ids=UNREAD)
def test_what_is_said_of_a_source_that_fails(
    source: EnvironmentVariable | LocalFile | Command,
    expected: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SettingsError) as raised:
        source.read()
    assert str(raised.value) == expected
    assert raised.value.__context__ is None
    assert capfd.readouterr() == ("", "")


def test_a_command_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyinfra_runbooks.settings.sources.COMMAND_TIMEOUT", 0.1)
    with pytest.raises(SettingsError) as raised:
        Command("sleep", "10").read()
    assert str(raised.value) == (
        f"Command('sleep', '********'): expected an answer within 0.1 s, got none: {BY_HAND}"
    )


def test_a_password_on_the_host_is_not_read_here() -> None:
    assert not hasattr(HostFile("redis.txt"), "read")
