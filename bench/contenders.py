"""Who takes part: what each is, how it is called, and in which kinds of cases."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from .environment import BIN, site_packages
from .targets import Files, Target

SOURCE = Path(__file__).resolve().parent
PROJECT = SOURCE.parent
_PEERS = SOURCE / "peers"
_PYINFRA = str(Path(sys.executable).with_name("pyinfra"))
_STRATEGIES = "ansible_mitogen/plugins/strategy"


class Kind(Enum):
    """What there is to do."""

    NOTHING = "nothing"
    WRONG_NETWORK = "wrong-network"
    INCIDENT = "incident"


@dataclass(frozen=True)
class Call:
    """One call: the command line, what it adds to the environment, and where it runs."""

    command: list[str]
    environment: dict[str, str]
    directory: Path = PROJECT


@dataclass(frozen=True)
class Contender:
    """One way to do the work.

    + call: makes the call out of targets, their files, and a fresh directory for the run
    + kinds: the cases that it takes part in
    + keeps_redis: whether it repairs a wrong network without another start of Redis
    """

    name: str
    what: str
    call: Callable[[Sequence[Target], Files, Path], Call]
    kinds: frozenset[Kind]
    keeps_redis: bool = True


def _pyinfra(deploy: str) -> Callable[[Sequence[Target], Files, Path], Call]:
    def call(targets: Sequence[Target], files: Files, _: Path) -> Call:
        # Every look has to wait for the ones before it: two hosts stand for all names.
        look = max(30, len(targets))
        environment = {"BENCH_TARGETS": str(files.pyinfra), "BENCH_LOOK": str(look)}
        return Call([_PYINFRA, "-y", "bench/inventory.py", deploy], environment)

    return call


def _ansible(**extra: str) -> Callable[[Sequence[Target], Files, Path], Call]:
    def call(_: Sequence[Target], files: Files, fresh: Path) -> Call:
        environment = {
            "ANSIBLE_CONFIG": str(_PEERS / "ansible" / "ansible.cfg"),
            # Every run opens its own connections, as everybody else's does, and keeps them.
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(fresh),
            "ANSIBLE_LOCAL_TEMP": str(fresh / "tmp"),
        }
        command = [str(BIN / "ansible-playbook"), "-i", str(files.ansible), "recover.yml"]
        return Call(command, environment | extra, _PEERS / "ansible")

    return call


def _shell(script: str) -> Callable[[Sequence[Target], Files, Path], Call]:
    def call(targets: Sequence[Target], files: Files, _: Path) -> Call:
        (target,) = targets
        command = [str(_PEERS / "shell" / script), str(files.ssh), target.name, target.become]
        return Call(command, {})

    return call


def _parallel_shell(_: Sequence[Target], files: Files, __: Path) -> Call:
    return Call([str(_PEERS / "shell" / "recover.sh"), str(files.ssh), str(files.shell)], {})


_EVERYTHING = frozenset(Kind)
_REPAIRS = frozenset({Kind.WRONG_NETWORK, Kind.INCIDENT})

OURS = Contender(
    "pyinfra-runbooks",
    "this project: `pyinfra -y … runbooks/redis_recovery.py`",
    _pyinfra("runbooks/redis_recovery.py"),
    _EVERYTHING,
)
EMPTY = Contender(
    "pyinfra, empty deploy",
    "what pyinfra takes to start, connect and end",
    _pyinfra("bench/peers/nothing.py"),
    frozenset({Kind.NOTHING}),
)
SHELL = Contender(
    "shell script",
    "written by hand, the same checks, one ssh a host, hosts and looks side by side",
    _parallel_shell,
    _EVERYTHING,
)
ANSIBLE = Contender(
    "Ansible",
    "pipelining, ControlPersist, 50 forks, no fact gathering; five looks in five tasks",
    _ansible(),
    _EVERYTHING,
)
MITOGEN = Contender(
    "Ansible, Mitogen",
    "the same play under Mitogen's linear strategy",
    _ansible(
        ANSIBLE_STRATEGY="mitogen_linear",
        ANSIBLE_STRATEGY_PLUGINS=str(site_packages() / _STRATEGIES),
    ),
    _EVERYTHING,
)
REPORT = Contender(
    "the report's commands",
    "network connect, Compose down and up of Redis, restart of the API; no check",
    _shell("report.sh"),
    _REPAIRS,
    keeps_redis=False,
)
ONE_LINE = Contender(
    "the one line",
    "what a person types who knows the cause: network connect with both aliases; no check",
    _shell("one_line.sh"),
    frozenset({Kind.WRONG_NETWORK}),
)

ALL = (OURS, EMPTY, SHELL, ANSIBLE, MITOGEN, REPORT, ONE_LINE)
