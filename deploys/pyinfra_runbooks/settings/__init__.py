"""Everything that an inventory can say about a stack. The only reader of ``host.data``.

An inventory declares one `Stack`, called ``stack``, for a group of hosts or a single one:

    # inventories/group_data/prod.py
    from pyinfra_runbooks.settings import Compose, HostFile, HttpCheck, Redis, RedisUser, Stack

    stack = Stack(
        compose=Compose("/srv/app"),
        redis=Redis(
            users=(
                RedisUser(
                    "app", rules="~* &* +@all", password=HostFile("secrets/redis_password.txt")
                ),
            ),
        ),
        health=(HttpCheck("http://api:8000/health", expect={"status": "ok"}),),
    )

Whatever is wrong in it is one `SettingsError`, raised while pyinfra loads the inventory, before any
host is contacted. ``pyinfra inventories/prod.py debug-inventory`` shows what was understood.

    model      how settings are checked, and how a mistake is reported
    values     the kinds of value that they consist of: names, paths, ports
    sources    where passwords come from
    parts      the parts of a stack
    restraint  when drift is left as it is
    checks     what proves that it is healthy
    stack      the stack itself, `from_host_data` and `project_from_host_data`
"""

from ..disruption import Disruption
from .checks import HttpCheck
from .parts import Api, Compose, Redis, RedisUser, Secret, Service, Timeouts
from .restraint import Accepted, Breaker
from .sources import Command, EnvironmentVariable, HostFile, LocalFile, Source
from .stack import Stack, from_host_data, project_from_host_data

__all__ = [
    "Accepted",
    "Api",
    "Breaker",
    "Command",
    "Compose",
    "Disruption",
    "EnvironmentVariable",
    "HostFile",
    "HttpCheck",
    "LocalFile",
    "Redis",
    "RedisUser",
    "Secret",
    "Service",
    "Source",
    "Stack",
    "Timeouts",
    "from_host_data",
    "project_from_host_data",
]
