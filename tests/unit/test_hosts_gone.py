"""A host that vanishes while it is asked, or while something is awaited there."""

from __future__ import annotations

import socket
from typing import Any, cast
from unittest.mock import patch

import pytest
from looks import stack
from paramiko import SSHException
from pyinfra.api import Host
from pyinfra.api.exceptions import ConnectError, PyinfraError

from pyinfra_runbooks.facts import asking, health
from pyinfra_runbooks.facts.asking import ask, gone
from pyinfra_runbooks.facts.health import await_health
from pyinfra_runbooks.facts.stack import StackHealth, StackLook
from pyinfra_runbooks.findings import Unknown
from pyinfra_runbooks.operations import repair


class FakeSocket:
    def __init__(self) -> None:
        self.options: list[tuple[int, int, int]] = []

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self.options.append((level, option, value))


class FakeTransport:
    def __init__(self) -> None:
        self.active, self.kept, self.sock = True, [], FakeSocket()

    def is_active(self) -> bool:
        return self.active

    def set_keepalive(self, seconds: int) -> None:
        self.kept.append(seconds)


class FakeState:
    """Others are there as long as nobody says otherwise."""

    is_executing = True

    def __init__(self) -> None:
        self.active_hosts: set[Any] = set()

    def fail_hosts(self, hosts: set[Any]) -> None:
        self.active_hosts -= hosts


class FakeHost:
    """Raises, or answers; the connection may end with it."""

    name = "shop-1"

    def __init__(self, *answers: Any, ends: bool = False) -> None:
        self.answers, self.ends, self.asked = [*answers], ends, 0
        self.said: list[str] = []
        self.state, self.transport = FakeState(), FakeTransport()
        self.state.active_hosts.add(self)
        self.connector = self
        self.client = self

    def get_transport(self) -> FakeTransport:
        return self.transport

    def get_fact(self, _: type, **given: Any) -> Any:
        self.asked += 1
        self.transport.active = not self.ends
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def log(self, text: str, **_: Any) -> None:
        self.said.append(text)

    def log_styled(self, text: str, **_: Any) -> None:
        self.said.append(text)


def host(*answers: Any, ends: bool = False) -> tuple[FakeHost, Host]:
    made = FakeHost(*answers, ends=ends)
    return made, cast(Host, made)


@pytest.mark.parametrize(
    "error",
    [EOFError(), SSHException("not active"), ConnectionResetError("reset"), ConnectError("no")],
)
def test_it_is_one_sentence_however_it_ends(error: Exception) -> None:
    fake, real = host(error)
    answer = ask(real, StackLook, stack=stack())
    assert isinstance(answer, Unknown)
    assert gone(real)
    assert fake not in fake.state.active_hosts
    assert isinstance(ask(real, StackLook, stack=stack()), Unknown)
    assert fake.asked == 1
    (said,) = fake.said
    assert said.startswith("lost the connection to the host")
    assert str(error) in said


def test_what_pyinfra_itself_has_caught_is_said_as_well() -> None:
    fake, real = host({}, ends=True)
    assert ask(real, StackHealth, stack=stack()) == {}
    assert gone(real)
    assert len(fake.said) == 1


def test_the_last_host_ends_the_run_as_ever_and_says_why() -> None:
    fake, real = host(PyinfraError("No hosts remaining!"), ends=True)
    with pytest.raises(PyinfraError, match="No hosts remaining"):
        ask(real, StackHealth, stack=stack())
    assert len(fake.said) == 1


def test_a_fact_that_fails_is_no_host_that_is_gone() -> None:
    fake, real = host({})
    assert ask(real, StackHealth, stack=stack()) == {}
    assert not gone(real)
    assert fake.said == []


def test_what_is_awaited_there_is_awaited_no_longer() -> None:
    fake, real = host({}, EOFError())
    with patch.object(health.time, "sleep", lambda _: None):
        assert await_health(real, stack(), 3600) == ["the host is gone"]
    assert fake.asked == 2


def test_a_host_has_to_show_that_it_is_there() -> None:
    """One whose power fails ends no connection."""
    fake, real = host({})
    for _ in range(2):
        ask(real, StackHealth, stack=stack())
    assert fake.transport.kept == [asking.ALIVE]
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        ((_, option, milliseconds),) = fake.transport.sock.options
        assert (option, milliseconds) == (socket.TCP_USER_TIMEOUT, 60_000)


def test_a_connection_that_is_none_by_ssh_is_left_alone() -> None:
    fake, real = host({})
    fake.client = None
    assert ask(real, StackHealth, stack=stack()) == {}
    assert not gone(real)


@pytest.mark.parametrize("error", [EOFError(), SSHException("not active"), OSError("broken")])
def test_a_command_that_it_was_sent_fails_in_words(error: Exception) -> None:
    fake, real = host({})
    sent = repair._Sent("true")
    with patch.object(repair.StringCommand, "execute", side_effect=error):
        done, output = sent.execute(cast(Any, fake.state), real, {})
    assert (done, output.output_lines if hasattr(output, "output_lines") else []) == (False, [])
    assert gone(real)
    assert len(fake.said) == 1
