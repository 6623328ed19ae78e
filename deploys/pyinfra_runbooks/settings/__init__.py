"""Everything that an inventory can say about a stack. The only reader of ``host.data``.

An inventory declares a `Stack`, called ``stack``, for a group of hosts or a single one; a tuple of
them, where there are several on a host:

    # inventories/group_data/prod.py
    from pyinfra_runbooks import Api, HostFile, HttpCheck, Redis, RedisUser, Stack

    stack = Stack(
        "/srv/app",
        Redis(
            users=(
                RedisUser(
                    "app", rules="~* &* +@all", password=HostFile("secrets/redis_password.txt")
                ),
            ),
        ),
        Api("api"),
        health=(HttpCheck("http://api:8000/health", expect={"status": "ok"}),),
    )

Whatever is wrong in it is one `SettingsError`, raised while pyinfra loads the inventory, before any
host is contacted. ``pyinfra inventories/prod.py debug-inventory`` shows what was understood.

    model      how settings are checked, and how a mistake is reported
    values     the kinds of value that they consist of: names, paths, ports
    sources    where passwords come from
    component  what a stack is made of beside its project
    redis      a Redis: who logs in, and how it is reached
    parts      the other parts of a stack
    restraint  when drift is left as it is
    checks     what proves that it is healthy, a class for each kind
    stack      the stack itself, `stacks_from_host_data` and `projects_from_host_data`
    found      a stack that nobody has declared: it was found on a host
    run        what a run may do: `run_policy`
"""

from ..core.disruption import Disruption
from .checks import Check, CommandCheck, ContainerCheck, HttpCheck, TcpCheck
from .component import Component
from .found import FoundStack
from .model import setting
from .parts import Api, Compose, Secret, Service, Timeouts
from .redis import Redis, RedisUser, Tls
from .restraint import Accepted, Breaker
from .run import run_policy
from .sources import Command, EnvironmentVariable, HostFile, InContainer, LocalFile, Source
from .stack import Stack, projects_from_host_data, stacks_from_host_data

__all__ = [
    "Accepted",
    "Api",
    "Breaker",
    "Check",
    "Command",
    "CommandCheck",
    "Component",
    "Compose",
    "ContainerCheck",
    "Disruption",
    "EnvironmentVariable",
    "FoundStack",
    "HostFile",
    "HttpCheck",
    "InContainer",
    "LocalFile",
    "Redis",
    "RedisUser",
    "Secret",
    "Service",
    "Source",
    "Stack",
    "TcpCheck",
    "Timeouts",
    "Tls",
    "projects_from_host_data",
    "run_policy",
    "setting",
    "stacks_from_host_data",
]
