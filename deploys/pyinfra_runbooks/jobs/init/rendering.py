"""The files of a team's repository, as text. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword

from .found import Access, Project, Redis

PAGES = ("redis_recovery", "network", "redis", "api", "verify")
"""The runbooks that a team is given to edit; the others go by their names all the same."""

_FEW = 3


def name_of(host: str) -> str:
    """
    The name of a host's inventory: one that Python takes.

    >>> [name_of(host) for host in ("shop-1.acme.example", "10.0.0.7", "2001:db8::1", "lab")]
    ['shop_1', 'host_10_0_0_7', 'host_2001_db8__1', 'lab']
    """
    address = re.fullmatch(r"[0-9.]+|.*:.*", host)
    name = re.sub(r"\W", "_", host if address else host.partition(".")[0], flags=re.ASCII).lower()
    usable = name.isidentifier() and not name.startswith("_") and not iskeyword(name)
    return name if usable and name != "all" else f"host_{name}"


def files(
    name: str, access: Access, project: Project, pages: Mapping[str, str], version: str
) -> dict[str, str]:
    """
    All files, by their paths.

    + name: of the inventory
    + access: how the host is connected to
    + project: what it is to declare
    + pages: the text of each runbook of `PAGES`
    + version: of this package
    """
    inventory = f"inventories/{name}.py"
    made = {
        inventory: _inventory(name, access, project),
        f"inventories/group_data/{name}.py": group_data(access.host, project),
    }
    for page in PAGES:
        made[f"runbooks/{page}.py"] = pages[page].replace("inventories/prod.py", inventory)
    return made | {
        "pyproject.toml": _PYPROJECT.format(version=version, inventory=inventory),
        ".github/workflows/runbooks.yml": _WORKFLOW.format(version=version),
        ".gitignore": _IGNORED,
        "README.md": _README.format(version=version, inventory=inventory, name=name),
    }


def _inventory(name: str, access: Access, project: Project) -> str:
    own = [f'"ssh_port": {access.port}'] if access.port else []
    host = _quoted(access.host)
    entry = f"({host}, {{{', '.join(own)}}})" if own else host
    data = [f'"ssh_user": {_quoted(access.user)},'] if access.user else []
    data += [f'"ssh_key": {_quoted(access.key)},'] if access.key else []
    data += ['"_sudo": True,'] if access.sudo else []
    data += ['"ssh_strict_host_key_checking": "yes",  # An unknown or changed key is refused.']
    lines = "".join(f"        {line}\n" for line in data)
    return (
        f'"""The hosts of {_plain(project.name)}. Their stack is in group_data/{name}.py."""\n\n'
        f"{name} = (\n    [\n        {entry},\n    ],\n    {{\n{lines}    }},\n)\n"
    )


def group_data(host: str, project: Project) -> str:
    """What Compose can't say of a project, in at most 15 lines; what is a guess is marked."""
    sure = [client for client, certain in project.clients.items() if certain]
    perhaps = [client for client in project.clients if client not in sure]
    used = ["Api"] * bool(sure) + ["Redis"] * bool(project.redis) + ["Stack"]
    lines = [
        f'"""{_plain(project.name)} on {_plain(host)}, as it was found: read what says Check."""',
        "",
        f"from pyinfra_runbooks import {', '.join(used)}",
        "",
        "stack = Stack(",
        f"    {_quoted(project.path)},",
        *_servers(project.redis),
        *_clients(sure),
    ]
    if perhaps:
        lines.append(f"    # Check: {', '.join(map(_plain, perhaps))} may use Redis: Api(...)")
    if project.services:
        lines.append(f"    services={_tuple(project.services)},  # Check: what has to run.")
    return "\n".join(
        [
            *lines,
            '    # Check: health=(HttpCheck("http://SERVICE:PORT/PATH"),) proves more.',
            '    max_disruption="reconnect",  # Check: "recreate" lets more be repaired.',
            ")",
            "",
        ]
    )


def _servers(every: tuple[Redis, ...]) -> Iterator[str]:
    if len(every) > _FEW:
        yield f"    *(Redis(name) for name in {_tuple(r.service for r in every)}),"
        return
    for redis in every:
        check = f'  # Check: data="{redis.data}"?' if redis.data else ""
        yield f"    Redis({_quoted(redis.service)}),{check}"


def _clients(names: list[str]) -> Iterator[str]:
    if len(names) == 1:
        yield f"    Api({_quoted(names[0])}),"
    elif names:
        yield f"    *(Api(name) for name in {_tuple(names)}),"


def _tuple(names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    quoted = [_quoted(name) for name in names]
    return f"({', '.join(quoted)}{',' * (len(quoted) == 1)})"


def _quoted(text: str) -> str:
    """A string of Python, in the quotes that all of them have here."""
    return json.dumps(text)


def _plain(text: str) -> str:
    """A name within a comment or a docstring, which it can't end."""
    return re.sub(r"[^\w./:@-]", "_", text, flags=re.ASCII)


_PYPROJECT = """\
[project]
name = "runbooks"
version = "0"
requires-python = ">=3.11"
dependencies = ["pyinfra-runbooks=={version}"]

[tool.pyinfra-runbooks]
inventory = "{inventory}" # of commands that name none
"""

_WORKFLOW = """\
name: Runbooks
on: [push, pull_request]
permissions:
  contents: read
jobs:
  validate:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
        with:
          persist-credentials: false
      - uses: actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0
        with:
          python-version: "3.13"
      - run: pip install pyinfra-runbooks=={version}
      - name: Judge the inventories; no host is contacted
        run: for inventory in inventories/*.py; do runbooks validate "$inventory" || exit 1; done
"""

_IGNORED = """\
.venv/
__pycache__/
pyinfra-debug.log
# What must never be in here:
*.key
*.pem
id_*
secrets/
"""

_README = """\
# Runbooks

    pip install pyinfra-runbooks=={version}   # or: uv tool install, pipx install
    runbooks validate                     # the inventory, before any host is contacted
    runbooks check                        # looks, and changes nothing
    runbooks repair                       # shows the plan, asks, repairs, proves

Which hosts: `{inventory}`. What Compose can't say: `inventories/group_data/{name}.py`, where
`Check` marks what was guessed. What a finding means: `runbooks explain KIND`. No passwords in here.
"""
