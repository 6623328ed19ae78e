"""How a client logs in to its server, as the compose file and the inventory say. Pure.

No value of a variable is known here: a password is a file that is mounted, or the very words that
the compose file has for it, such as ``${REDIS_PASSWORD}``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ....settings import HostFile, Redis, RedisUser, Stack
from .addresses import (
    ADDRESS,
    PORT,
    URL,
    Services,
    address_in,
    environment_of,
    names_of,
    plain,
    unclear,
)
from .clients import Kind, waits_for
from .mounts import holds, mounted, targets

_PORTS: Mapping[Kind, str] = {"redis": "6379", "postgres": "5432"}
_SECRET = re.compile(r"pass|pwd|auth|secret|token", re.IGNORECASE)
_SPEAKS_TLS = re.compile(r"(?:USE_)?(?:TLS|SSL)(?:_ENABLED)?")
_HOST = r"_?(HOST(NAME)?|SERVER|ADDR(ESS)?)$"
_PASSWORDS = ("PASSWORD", "PASS", "AUTH", "AUTH_PASSWORD")
_USERS = ("USER", "USERNAME")


@dataclass(frozen=True, slots=True)
class Login:
    """How clients reach and ask a server.

    + clients: those that do so alike; of the first it is
    + host: the server's name, as the client's environment has it
    + user: empty: the server's default user; None: one that an env file names
    + password: as the compose file has it, a reference; None: from the client's environment by name
    + variable: the name that it has in the client's env files; empty: it is not from there
    + file: where it is mounted in the client; empty: it is in no file
    + tls: whether the client speaks TLS
    """

    clients: tuple[str, ...]
    server: str
    kind: Kind
    host: str
    port: str
    user: str | None = ""
    password: str | None = ""
    variable: str = ""
    file: str = ""
    tls: bool = False


@dataclass(frozen=True, slots=True)
class NoLogin:
    """Why it can't be said how a client logs in, and what would help."""

    because: str


def login(
    written: Mapping[str, Any],
    client: str,
    server: str,
    kind: Kind,
    stack: Stack | None,
    variables: Mapping[str, Mapping[str, str]] = {},
) -> Login | NoLogin:
    """How a client logs in to a server."""
    services: Services = written["services"]
    service, environment = services[client], environment_of(services[client])
    names = names_of(services, server)
    if because := _unfit(services, client, server):
        return NoLogin(because)
    found = _by_url(client, server, kind, environment, names)
    found = found or _by_name(client, server, kind, environment, names, variables.get(client, {}))
    if not re.fullmatch(PORT, found.port):
        return NoLogin("its port is neither a number nor a variable")
    if kind == "postgres":
        return replace(found, user="", password="", variable="", file="", tls=False)
    if found.tls:
        return NoLogin(
            "it speaks TLS, and nothing says whose certificates it trusts: write it a validation"
            " with REDIS_OPTIONS (docs/startup.md)"
        )
    if any(unclear(value, names) for value in environment.values()):
        return NoLogin("its URL can't be taken apart: name host, port and password each by itself")
    addresses = (address_in(value, names) for value in environment.values())
    if any(_SECRET.search(address["rest"] or "") for address in addresses if address):
        return NoLogin("its password stands after the address: name it by a variable of its own")
    redis = stack.server(server) if stack else None
    declared = redis if redis and redis.users else None
    if any(re.match(r"(redis\+)?unix://|/\S+\.sock", value) for value in environment.values()):
        return NoLogin("it uses a unix socket: its volume counts, and no network")
    if stack and declared and not found.file:
        found = _declared(written, service, stack, declared, found)
    if found.file and not any(holds(at, found.file) for at in targets(service)):
        return NoLogin("its password's file is no mount of its own: use a secret")
    own = {*variables.get(server, ()), *variables.get(client, ())}
    return _sound(found, declared is not None, _may_want_password(services[server], own))


def _unfit(services: Services, client: str, server: str) -> str | None:
    """Why a client can't wait for a service that waits for the server."""
    if not services[server].get("image"):
        return f"{server} is built here, and its image has no name: give it image:"
    profiles, its = (set(services[x].get("profiles") or ()) for x in (server, client))
    if profiles and not (its and its <= profiles):
        return f"{server} is there with its profile only, and the client without it, too"
    if client in _needed(services, server):
        return f"{server} itself waits for it"
    return None


def _needed(services: Services, name: str) -> set[str]:
    """All that a service is started after, one by the other."""
    found: set[str] = set()
    todo = [name]
    while todo:
        service = services.get(todo.pop()) or {}
        shared = (str(service.get(key) or "") for key in ("network_mode", "ipc", "pid"))
        new = {
            *waits_for(service),
            *(str(link).partition(":")[0] for link in service.get("links") or ()),
            *(str(other).partition(":")[0] for other in service.get("volumes_from") or ()),
            *(mode.removeprefix("service:") for mode in shared if mode.startswith("service:")),
        }
        todo += new - found
        found |= new
    return found


def _may_want_password(server: Mapping[str, Any], own: Collection[str]) -> bool:
    """Whether something says that a server wants a password; what a configuration has is not known.

    + own: variables of its own and of the client, those of env files among them
    """
    signs = r"requirepass|aclfile|(?<!EMPTY_)PASSWORD|\.conf\b"
    its = [name for name in own if re.match("REDIS|VALKEY", name)]
    return bool(re.search(signs, f"{server.get('command')} {environment_of(server)} {its}"))


def _sound(found: Login, declared: bool, may_want: bool) -> Login | NoLogin:
    """Where a password stands in the compose file, or must be there and is not."""
    if found.user is None:
        return NoLogin(
            "its user is in an env file, and nobody knows it here: name it under environment:, too"
        )
    # A default is a value, too, and may be the password.
    if found.password and not re.fullmatch(r"\$\w+|\$\{\w+(:?-|:?\?[^}]*)?\}", found.password):
        return NoLogin(
            "its password stands in the compose file itself, if only as a variable's default: use a"
            " secret, or a variable without one"
        )
    none = found.password == "" and not (found.variable or found.file)
    if none and found.user and not declared:
        return NoLogin("it has a user without a password, or a password where a user stands")
    if none and (declared or may_want):
        return NoLogin(
            f"nothing says where it has its password, and {found.server} may want one: name the"
            " server in its environment, as REDIS_HOST, and the password as REDIS_PASSWORD, where"
            " there is one; or mount the secret that the inventory names"
        )
    return found


def _by_url(
    client: str, server: str, kind: Kind, environment: Mapping[str, str], names: Collection[str]
) -> Login | None:
    """By a URL whose host is the server."""
    for value in environment.values():
        url = URL.fullmatch(value)
        if url and plain(url["host"]) in names:
            port = url["port"] or _PORTS[kind]
            user, password = url["user"] or "", url["password"] or ""
            tls = url["scheme"] == "rediss"
            return Login((client,), server, kind, url["host"], port, user, password, tls=tls)
    return None


def _by_name(
    client: str,
    server: str,
    kind: Kind,
    environment: Mapping[str, str],
    names: Collection[str],
    variables: Mapping[str, str],
) -> Login:
    """By a variable that holds the host, and those that are named like it."""
    found = Login((client,), server, kind, server, _PORTS[kind])
    addresses = {k: a for k, v in environment.items() if (a := address_in(v, names))}
    keys = [key for key, address in addresses.items() if address.re is ADDRESS]
    prefixes = [re.sub(_HOST, "", key) for key in keys if re.search(_HOST, key)]
    hosts = [key for key in keys if re.search(_HOST, key)] or keys
    if hosts:
        address = addresses[hosts[0]]
        found = replace(found, host=address["host"], port=address["port"] or found.port)
    else:  # It is in an env file: where several are, the one that names this server.
        hosts = [key for key in sorted(variables) if re.search(r"REDIS.*" + _HOST, key)]
        own = [key for key in sorted(variables) if variables[key] in names]
        if own or len(hosts) == 1:
            prefixes = [re.sub(_HOST, "", key) for key in own or hosts]
    logins = [_of_prefix(found, prefix, environment, variables) for prefix in prefixes]
    # One name of a server may stand alone, and another one beside the password.
    with_password = [one for one in logins if one.password != "" or one.file]
    return next(iter((*with_password, *logins)), found)


def _of_prefix(
    found: Login, prefix: str, environment: Mapping[str, str], variables: Mapping[str, str]
) -> Login:
    """Port, user and password: ``REDIS_PORT`` beside ``REDIS_HOST``."""
    start = f"{prefix}_" if prefix else ""
    if port := environment.get(f"{start}PORT") or variables.get(f"{start}PORT"):
        found = replace(found, port=port)
    for name, value in environment.items():
        if name.startswith(start) and _SPEAKS_TLS.fullmatch(name.removeprefix(start)):
            off = plain(value).lower() in ("", "0", "false", "no", "off")
            found = replace(found, tls=not off)
    for name in _USERS:
        if user := environment.get(start + name):
            found = replace(found, user=user)
        elif start + name in variables:
            found = replace(found, user=None)
    for name in (start + word for word in _PASSWORDS):
        if file := environment.get(f"{name}_FILE"):
            return replace(found, file=file)
        if name in environment:
            # Without a value it comes from where Compose is started.
            return replace(found, password=environment[name] or f"${{{name}}}")
        if name in variables:
            return replace(found, password=None, variable=name)
    return found


def _declared(
    written: Mapping[str, Any],
    service: Mapping[str, Any],
    stack: Stack,
    redis: Redis,
    found: Login,
) -> Login:
    """As the inventory has it: a user's password is a file of the host that the client mounts."""
    there = dict(mounted(written, service))
    named = [user for user in redis.users if user.name == plain(found.user or "")]
    client = stack.client(found.clients[0])
    if client and not named and (own := redis.user(client.redis_user)):
        named = [own]
    for user in named or redis.users:
        path = _path(stack, user)
        if path in there:
            return replace(found, user=user.name, password="", variable="", file=there[path])
    return replace(found, user=named[0].name) if named else found


def _path(stack: Stack, user: RedisUser) -> str:
    return stack.compose.path(user.password.path) if isinstance(user.password, HostFile) else ""
