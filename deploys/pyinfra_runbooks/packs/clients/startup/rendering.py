"""Validation services, as text that an engineer reads in a compose file. Pure."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from typing import Any

from ....engine.docker import VALIDATES
from ....engine.patching.scalars import scalar
from .clients import Kind
from .logins import Login
from .mounts import holds, volumes

LOADING = 600
"""Seconds that a server may take to load its data: then it is at work, and no failure."""

# What decides which servers a client reaches, and when it is started at all.
_AS_THE_CLIENT = ("network_mode", "extra_hosts", "dns", "dns_search", "links", "profiles")
_AS_THE_SERVER = ("platform",)
# Otherwise each start would leave an anonymous volume: the image declares one there.
_DATA: Mapping[Kind, str] = {"redis": "/data", "postgres": "/var/lib/postgresql/data"}


def name_of(login: Login) -> str:
    """What Compose then says: service "redis-serves-api" didn't complete successfully."""
    return f"{login.server}-serves-{login.clients[0]}"


def alike(services: Mapping[str, Any], logins: Iterable[Login]) -> list[Login]:
    """The same logins; those that one validation can stand for are one."""
    found: dict[str, Login] = {}
    for login in logins:
        lines = _lines(services, login, "", 0)
        key = "\n".join(line for line in lines if _is_shared(line, login))
        first = found.setdefault(key, replace(login, clients=()))
        found[key] = replace(first, clients=(*first.clients, *login.clients))
    return list(found.values())


def _is_shared(line: str, login: Login) -> bool:
    return not re.match(rf"  (#|{re.escape(name_of(login))}:)|      {re.escape(VALIDATES)}:", line)


def script(kind: Kind) -> str:
    """What a validation runs; see `redis.sh` and `postgres.sh`."""
    return files(__package__).joinpath(f"{kind}.sh").read_text(encoding="utf-8")


def rendered(services: Mapping[str, Any], login: Login, directory: str, wait: int) -> str:
    """One service: its name two spaces deep, all else below it."""
    return "".join(
        f"{line}\n" if line else "\n" for line in _lines(services, login, directory, wait)
    )


def anchored(texts: Sequence[str]) -> list[str]:
    """The same services, with a script that several have written out once."""
    found = list(texts)
    for kind in _DATA:
        block = f"    command:\n{_block(kind)}"
        first, *others = [n for n, text in enumerate(found) if block in text] or [-1]
        if others:
            named = f"    command: &{kind}-serves\n{_block(kind)}"
            found[first] = found[first].replace(block, named)
        for n in others:
            found[n] = found[n].replace(block, f"    command: *{kind}-serves\n")
    return found


def _block(kind: Kind) -> str:
    """The script, as Compose reads it: a $ of its own is doubled."""
    lines = script(kind).replace("$", "$$").splitlines()
    return "".join(("      - |\n", *(f"        {line}\n" for line in lines)))


def _lines(services: Mapping[str, Any], login: Login, directory: str, wait: int) -> Iterator[str]:
    client, server = services[login.clients[0]], services[login.server]
    who = ", ".join(login.clients)
    it, it_was = ("them", "they were") if login.clients[1:] else ("it", "it was")
    yield f"  # Started once {login.server} serves {it}: {who}. Why {it_was} not:"
    yield f"  # docker compose logs {name_of(login)}"
    yield f"  {name_of(login)}:"
    yield f"    image: {scalar(server['image'])}"
    yield from _copied(server, _AS_THE_SERVER)
    yield "    entrypoint: [sh, -c]"
    yield "    command:"
    yield from _block(login.kind).splitlines()
    if login.variable:
        yield "    env_file:"
        yield from (f"      - {scalar(path)}" for path in _env_files(client, directory))
    yield "    environment:"
    for key, value in _environment(login, wait).items():
        yield f"      {key}: {scalar(value)}"
    yield from _reading(client, login)
    if not client.get("network_mode"):
        networks = list(client.get("networks") or ["default"])
        yield f"    networks: [{', '.join(map(scalar, networks))}]"
    yield from _copied(client, _AS_THE_CLIENT)
    yield "    depends_on:"
    yield f"      {login.server}:"
    yield f"        condition: {_condition(client, login)}"
    yield '    restart: "no"'
    yield "    stop_grace_period: 1s"
    yield "    read_only: true"
    yield f"    tmpfs: [{scalar(_data(server, login.kind))}]"
    yield "    labels:"
    yield f"      {VALIDATES}: {scalar(who)}"


def _condition(client: Mapping[str, Any], login: Login) -> str:
    """While PostgreSQL fills a new database it accepts nothing, for longer than is waited here."""
    waits = client.get("depends_on") or {}
    its = waits.get(login.server) if isinstance(waits, Mapping) else None
    healthy = login.kind == "postgres" and (its or {}).get("condition") == "service_healthy"
    return "service_healthy" if healthy else "service_started"


def _environment(login: Login, wait: int) -> dict[str, str]:
    if login.kind == "postgres":
        found = {"PGHOST": login.host, "PGPORT": login.port}
    else:
        found = {"REDIS_HOST": login.host, "REDIS_PORT": login.port}
        if login.user:
            found["REDIS_USER"] = login.user
        if login.file:
            found["REDIS_PASSWORD_FILE"] = login.file
        elif login.password:
            found["REDIS_PASSWORD"] = login.password
        elif login.variable:
            found["REDIS_PASSWORD_IN"] = login.variable
    return {**found, "WAIT": str(wait), "LOADING_WAIT": str(LOADING)}


def _reading(client: Mapping[str, Any], login: Login) -> Iterator[str]:
    """The password's file, as the client mounts it, and the rights to read it."""
    drop = "    cap_drop: [ALL]"
    if not login.file:
        yield drop
        return
    if user := client.get("user"):
        yield f"    user: {json.dumps(str(user))}"
        yield drop
    else:
        yield '    user: "0"'  # The server's image may say another one, who can't be given this.
        yield from (drop, "    cap_add: [DAC_OVERRIDE] # the file may be another user's")
    for secret in client.get("secrets") or ():
        target = secret.get("target") or secret["source"]
        if posixpath.join("/run/secrets", target) == login.file:
            yield "    secrets:"
            if posixpath.join("/run/secrets", secret["source"]) == login.file:
                yield f"      - {scalar(secret['source'])}"
            else:
                yield f"      - source: {scalar(secret['source'])}"
                yield f"        target: {scalar(target)}"
            return
    for source, target in volumes(client):
        if holds(target, login.file):
            yield "    volumes:"
            yield f"      - {scalar(f'{source}:{target}:ro')}"
            return


def _copied(service: Mapping[str, Any], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        if value := service.get(key):
            yield f"    {key}: {scalar(value) if isinstance(value, str) else json.dumps(value)}"


def _env_files(client: Mapping[str, Any], directory: str) -> Iterator[str]:
    for file in client.get("env_file") or ():
        path = file["path"] if isinstance(file, Mapping) else str(file)
        inside = directory and path.startswith(f"{directory.rstrip('/')}/")
        yield f"./{posixpath.relpath(path, directory)}" if inside else path


def _data(server: Mapping[str, Any], kind: Kind) -> str:
    """Where the server has its data, which the validation must not have."""
    for _, target in volumes(server):
        if f"{_DATA[kind]}/".startswith(f"{target.rstrip('/')}/") and target != "/":
            return target  # As PostgreSQL 18, from a directory of the host: its volume is above.
    for source, target in volumes(server):
        if not source.startswith((".", "/", "~", "$")):
            return target
    return _DATA[kind]
