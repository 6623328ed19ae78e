"""A host that vanishes while it is asked, or while something is awaited there."""

from __future__ import annotations

import socket
from typing import Any, cast
from unittest.mock import patch

import pytest
from fakes import Clock, FakeHost
from looks import stack
from paramiko import SSHException
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.connectors.util import CommandOutput, OutputLine

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.facts import asking, health
from pyinfra_runbooks.facts.asking import ask, gone
from pyinfra_runbooks.facts.health import await_health
from pyinfra_runbooks.facts.stack import HostFound, StackHealth
from pyinfra_runbooks.operations import change


def host(*answers: Any, ends: bool = False) -> FakeHost:
    """It answers so, whatever it is asked; its connection may end with that."""
    return FakeHost(dict.fromkeys((HostFound, StackHealth), answers), ends=ends)


@pytest.mark.parametrize(
    "error",
    [EOFError(), SSHException("not active"), ConnectionResetError("reset"), ConnectError("no")],
)
def test_it_is_one_sentence_however_it_ends(error: Exception) -> None:
    fake = host(error)
    answer = ask(fake.real, HostFound, stack=stack())
    assert isinstance(answer, Unknown)
    assert gone(fake.real)
    assert fake not in fake.state.active_hosts
    assert isinstance(ask(fake.real, HostFound, stack=stack()), Unknown)
    assert len(fake.asked) == 1
    (said,) = fake.said
    assert said.startswith("lost the connection to the host")
    assert str(error) in said


def test_what_pyinfra_itself_has_caught_is_said_as_well() -> None:
    fake = host({}, ends=True)
    assert ask(fake.real, StackHealth, stack=stack(), found=Found()) == {}
    assert gone(fake.real)
    assert len(fake.said) == 1


def test_the_last_host_ends_the_run_as_ever_and_says_why() -> None:
    fake = host(PyinfraError("No hosts remaining!"), ends=True)
    with pytest.raises(PyinfraError, match="No hosts remaining"):
        ask(fake.real, StackHealth, stack=stack(), found=Found())
    assert len(fake.said) == 1


def test_a_fact_that_fails_is_no_host_that_is_gone() -> None:
    fake = host({})
    assert ask(fake.real, StackHealth, stack=stack(), found=Found()) == {}
    assert not gone(fake.real)
    assert fake.said == []


def test_what_is_awaited_there_is_awaited_no_longer() -> None:
    fake = FakeHost({StackHealth: [{}, EOFError()]})
    with patch.object(health, "time", Clock()):
        assert await_health(fake.real, stack(), 3600) == ["the host is gone"]
    assert len(fake.asked) == 2


def test_a_host_has_to_show_that_it_is_there() -> None:
    """One whose power fails ends no connection."""
    fake = host({})
    for _ in range(2):
        ask(fake.real, StackHealth, stack=stack(), found=Found())
    assert fake.transport.kept == [asking.ALIVE]
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        ((_, option, milliseconds),) = fake.transport.options
        assert (option, milliseconds) == (socket.TCP_USER_TIMEOUT, 60_000)


def test_a_connection_that_is_none_by_ssh_is_left_alone() -> None:
    fake = host({})
    fake.connector.client = None
    assert ask(fake.real, StackHealth, stack=stack(), found=Found()) == {}
    assert not gone(fake.real)


@pytest.mark.parametrize("error", [EOFError(), SSHException("not active"), OSError("broken")])
def test_a_command_that_it_was_sent_fails_in_words(error: Exception) -> None:
    fake = host({})
    sent = change._Sent("true")
    with patch.object(change.StringCommand, "execute", side_effect=error):
        done, output = sent.execute(cast(Any, fake.state), fake.real, {})
    assert (done, output.output_lines if hasattr(output, "output_lines") else []) == (False, [])
    assert gone(fake.real)
    assert len(fake.said) == 1


def test_a_command_that_fails_says_of_whom() -> None:
    lines = [OutputLine("stderr", "it was started, and is empty"), OutputLine("stderr", "no log")]
    fake, sent = host({}), change._Sent("true")
    sent.noun = "cache"
    with patch.object(change.StringCommand, "execute", return_value=(False, CommandOutput(lines))):
        done, output = sent.execute(cast(Any, fake.state), fake.real, {})
    assert (done, output.stderr_lines) == (False, ["cache was started, and is empty", "no log"])
    assert sent.reason == "cache was started, and is empty; no log"
