"""Incident runbooks as code: look, name the cause, make the smallest repair, prove it.

What inventories and runbooks use has its name here, and is imported from here::

    from pyinfra_runbooks import HostFile, Redis, RedisUser, Stack  # an inventory's settings
    from pyinfra_runbooks import network, recover, verification  # a runbook's deploys

The map, a paragraph for each layer: each imports what is above it, and nothing below.
tests/unit/test_layers.py reads it here.

    core/             findings and their kinds, policy, plan, and what they are made of: knows
                      neither Docker nor Redis

    packs/redis/acl, packs/redis/connections, packs/redis/login, packs/redis/traces
    packs/redis/server
                      Redis' own language, of which settings and looks speak: what its ACL rules
                      mean, what it says of itself, and of who is connected

    settings/         what an inventory can say: Stack and its parts

    engine/           Docker and Compose: what they run and declare, who is who, one look, and the
                      scripts of a host; what more than one subject judges by (engine/rules/); what
                      a run knows of a host; what a pack is (engine/pack.py)

    packs/network, packs/redis, packs/clients, packs/files, packs/checks
                      the subjects, each with its probes, rules, remedies and scripts; none imports
                      another: a kind names its consequences by their ids. A component's class names
                      its pack, so that another one is a directory, and nothing here

    packs/            all of them (packs/all.py): what they ask in a look, and find in one

    units/            systemd's units for the controller that starts the runbooks by itself

    facts/            a look, the lock, the journal, kept for each host

    operations/       what should be true, and the least that makes it true: the one recovery

    network, redis, api, verification, recovery
                      the deploys, one for each part of an incident, and several as one plan
    lock, pause, history, schedule, compose_file, preflight/
                      the deploys beside them; preflight has a look and rules of its own
    diagnosis, watching
                      what they use: the findings before a run, waiting for events

    jobs/             the command ``runbooks``: check, correct, watch, and what they report
    __main__          the same, as ``python -m pyinfra_runbooks``
"""

from __future__ import annotations

# Kinds of findings are registered where their rules stand: waivers and reports need all of them.
from .packs import all as _all  # noqa: F401
from .recovery import recover
from .settings import (
    Accepted,
    Api,
    Breaker,
    Command,
    CommandCheck,
    Component,
    Compose,
    ContainerCheck,
    Disruption,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    InContainer,
    LocalFile,
    Redis,
    RedisUser,
    Secret,
    Service,
    Stack,
    TcpCheck,
    Timeouts,
    Tls,
    setting,
)

__all__ = [
    "Accepted",
    "Api",
    "Breaker",
    "Command",
    "CommandCheck",
    "Component",
    "Compose",
    "ContainerCheck",
    "Disruption",
    "EnvironmentVariable",
    "HostFile",
    "HttpCheck",
    "InContainer",
    "LocalFile",
    "Redis",
    "RedisUser",
    "Secret",
    "Service",
    "Stack",
    "TcpCheck",
    "Timeouts",
    "Tls",
    "recover",
    "setting",
]
