"""What stands in for pyinfra's host, its state, a child that runs pyinfra, and time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import signature
from typing import Any, cast

from pyinfra.api import Config, FactBase, Host
from pyinfra.api.arguments import all_argument_meta

from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.facts.stack import HostFound, HostLook, StackLook
from pyinfra_runbooks.jobs.running import Run, Running


class Clock:
    """Time that passes only while something waits for it, in place of the module `time`."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FakeState:
    """A run, in the phase of execution."""

    check_for_changes = False
    print_input = False
    current_exec_filename = ""

    def __init__(self, *hosts: FakeHost, executing: bool = True) -> None:
        self.is_executing = executing
        self.active_hosts, self.inventory = {*hosts}, hosts
        self.activated_hosts, self.limit = {*hosts}, {*hosts}
        self.config = Config()

    def is_host_in_limit(self, host: FakeHost) -> bool:
        return host in self.limit

    def fail_hosts(self, hosts: set[FakeHost]) -> None:
        self.active_hosts -= hosts


class FakeTransport:
    """A connection by SSH."""

    def __init__(self) -> None:
        self.active, self.kept, self.sock = True, list[int](), self
        self.options: list[tuple[int, int, int]] = []

    def is_active(self) -> bool:
        return self.active

    def set_keepalive(self, seconds: int) -> None:
        self.kept.append(seconds)

    def setsockopt(self, level: int, option: int, value: int) -> None:
        self.options.append((level, option, value))


class FakeClient:
    """What a connector has of paramiko."""

    def __init__(self) -> None:
        self.transport = FakeTransport()

    def get_transport(self) -> FakeTransport:
        return self.transport


class FakeConnector:
    """A client, where there is one."""

    def __init__(self) -> None:
        self.client: FakeClient | None = FakeClient()


class FakeHost:
    """
    A host that knows the answers to facts.

    + answers: of each fact, one after the other, of which the last one stays; an exception is
      raised, and a function is given the arguments. A look begins with what is found: where no
      answer says that, nothing is, and it is not counted
    + executing: whether the run is in the phase of execution; default: ``True``
    + ends: whether its connection ends when it is asked; default: ``False``
    + data: what ``--data`` says; default: nothing
    + asked: the facts that were asked for, in their order, each with its own arguments
    + said: what was said of the host; and where nothing was to be done, why
    """

    def __init__(
        self,
        answers: Mapping[type[FactBase[Any]], Iterable[Any]],
        executing: bool = True,
        ends: bool = False,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.name, self.data = "shop-1", data or {}
        self.state, self.connector = FakeState(self, executing=executing), FakeConnector()
        assert self.connector.client
        self.transport = self.connector.client.transport
        self.asked: list[tuple[type[FactBase[Any]], dict[str, Any]]] = []
        self.said: list[str] = []
        self.noops: list[str] = []
        self.current_op_hash: str | None = None
        self._ends = ends
        self._answers = {fact: [*each] for fact, each in answers.items()}

    @property
    def facts(self) -> list[type[FactBase[Any]]]:
        """The facts that were asked for."""
        return [fact for fact, _ in self.asked]

    @property
    def real(self) -> Host:
        """The same, for who wants one of pyinfra's."""
        return cast(Host, self)

    def get_fact(self, fact: type[FactBase[Any]], **given: Any) -> Any:
        own = {name: value for name, value in given.items() if name not in all_argument_meta}
        signature(fact().command).bind(**own)  # What it does not take is a mistake.
        self.transport.active = not self._ends
        if fact is HostFound and fact not in self._answers:
            return Found()
        if fact is HostLook and fact not in self._answers:  # Each as it is asked alone.
            alone = {name: value for name, value in own.items() if name != "stacks"}
            return tuple(self.get_fact(StackLook, stack=s, **alone) for s in own["stacks"])
        self.asked.append((fact, own))
        answers = self._answers[fact]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer(**own) if callable(answer) else answer

    def loop(self, items: Iterable[Any]) -> Iterable[Any]:
        return items

    def noop(self, why: str) -> None:
        self.noops.append(why)

    def log(self, text: str, **_: Any) -> None:
        self.said.append(text)

    log_styled = log


class FakeRun:
    """
    A child that runs pyinfra, without one.

    + said: its events, as each call of `new_events` returns them
    + goes_on: whether it runs until it is asked to end, and not until its events are read; default:
      ``False``
    + code, why: how it ends; why as the last event, where there is a reason
    """

    def __init__(
        self, *said: list[dict[str, Any]], goes_on: bool = False, code: int = 0, why: str = ""
    ) -> None:
        ended = {"event": "ended", "reason": why, "misused": False}
        self._said = [*said[:-1], [*said[-1], *([ended] if why else [])]] if said else []
        self._code, self._goes_on, self.over = code, goes_on, False

    @property
    def real(self) -> Running:
        """The same, for who wants a real one."""
        return cast(Running, self)

    def new_events(self) -> list[dict[str, Any]]:
        return self._said.pop(0) if self._said else []

    def end(self) -> None:
        self.over = True

    def ended(self) -> bool:
        return self.over if self._goes_on else not self._said

    def result(self, entries: Iterable[dict[str, Any]] = ()) -> Run:
        return Run(self._code, tuple(entries))
