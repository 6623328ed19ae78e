"""A host with several Compose projects: stand-ins for docker and Compose that know all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hosts import Done, Host
from looks import identity
from shapes import Project, _config, _container

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.facts.stack import HostFound, HostLook
from pyinfra_runbooks.settings import Stack

_DOCKER = r"""#!/bin/sh
echo "$*" >>"$ANSWERS/../docker-calls"
case $1 in
    ps) cat "$ANSWERS/ps" ;;
    inspect) cat "$ANSWERS/inspect" ;;
    network) case $2 in ls) cat "$ANSWERS/networks" ;; esac ;;
esac
"""
_COMPOSE = r"""#!/bin/sh
name=${PWD##*/}
while [ $# -gt 0 ]; do
    case $1 in -p) name=$2 ;; --hash) what=hash ;; esac
    shift
done
echo "$name ${what:-config}" >>"$ANSWERS/../compose-calls"
. "$ANSWERS/before"
cat "$ANSWERS/$name-${what:-config}" 2>/dev/null || {
    echo "no configuration file provided: not found" >&2
    exit 14
}
"""


def runs(host: Host, *projects: Project, more: Sequence[dict[str, Any]] = ()) -> None:
    """
    Has a host run these projects, each in a directory of its own, as Compose resolves it.

    + more: other containers
    """
    at = host.place
    containers = [
        _container(project, service, number)
        | {
            "working_dir": f"{at}/{project.name}",
            "config_files": f"{at}/{project.name}/compose.yaml",
        }
        for project in projects
        for number, service in enumerate(project.services)
    ]
    containers += [{**containers[0], **other} for other in more]
    names = {name for each in containers for name in each["networks"]}
    host.answer("ps", "CONTAINER ID   IMAGE\n" + "".join(f"{c['id']}   x\n" for c in containers))
    host.answer("inspect", "".join(map(_inspected, containers)))
    host.answer(
        "networks",
        "".join(
            json.dumps({"id": identity(name), "name": name, "driver": "bridge"}) + "\n"
            for name in sorted(names)
        ),
    )
    host.answer("before", "")
    for project in projects:
        (host.place / project.name).mkdir(exist_ok=True)
        host.answer(f"{project.name}-config", json.dumps(_config(project), indent=2) + "\n")
        hashes = "".join(f"{s.name} {identity(s.name)}\n" for s in project.services)
        host.answer(f"{project.name}-hash", hashes)
    host.tool("docker", _DOCKER)
    compose = host.place / "docker" / "cli-plugins" / "docker-compose"
    compose.write_text(_COMPOSE, encoding="utf-8")


def _inspected(container: dict[str, Any]) -> str:
    """What the templates of a look come to."""
    return f'{json.dumps(container)}\nid "{container["id"]}"\npath "/usr/bin/serve"\n'


def found(host: Host, *declared: Stack) -> Found:
    """What is found on it."""
    fact = HostFound()
    seen = fact.process(host.run(fact.command(others=declared)).out.splitlines())
    assert isinstance(seen, Found), seen
    return seen


def look_at(host: Host, stacks: Sequence[Stack], there: Found) -> dict[str, Look | Unknown]:
    """What each stack looks like, by what tells it from the others."""
    return looked(host, stacks, there)[1]


def looked(
    host: Host, stacks: Sequence[Stack], there: Found
) -> tuple[Done, dict[str, Look | Unknown]]:
    """The same, and what the command did."""
    fact = HostLook()
    done = host.run(fact.command(stacks=stacks, found=there))
    seen = fact.process(done.out.splitlines())
    return done, {stack.key: look for stack, look in zip(stacks, seen, strict=True)}
