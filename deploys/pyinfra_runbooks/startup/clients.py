"""Whose client a service is, and how it logs in, as the compose file and the inventory say. Pure.

No value of a variable is known here: a password is a file that is mounted, or the very words that
the compose file has for it, such as ``${REDIS_PASSWORD}``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..engine import VALIDATES
from ..settings import HostFile, RedisUser, Stack

Kind = Literal["redis", "postgres"]
Services = Mapping[str, Any]

_IMAGES: Mapping[Kind, str] = {
    "redis": r"redis|valkey",
    "postgres": r"postgres|postgis|timescale|pgvector",
}
# They have a server's name, and are none, or none that a client asks.
_TOOLS = r"export|insight|commander|sentinel|admin|backup|bouncer|pool|dump|browser|ui$"
_PORTS: Mapping[Kind, str] = {"redis": "6379", "postgres": "5432"}

# Words of a compose file: a reference may have a colon, and more, in its default.
_WORDS = r"(?:\$\{[^}]*\}|\$\w+|[^$:@/])*"
_URL = re.compile(
    rf"(?P<scheme>[a-z]+)(?:\+\w+)?://(?:(?P<user>{_WORDS})(?::(?P<password>{_WORDS}))?@)?"
    rf"(?P<host>{_WORDS})(?::(?P<port>{_WORDS}))?(?:/|$)"
)
_HOST = r"_?(HOST(NAME)?|SERVER|ADDR(ESS)?)$"
_PASSWORDS = ("PASSWORD", "PASS", "AUTH", "AUTH_PASSWORD")
_USERS = ("USER", "USERNAME")
_PAIRS = ("environment", "labels")


@dataclass(frozen=True, slots=True)
class Login:
    """How clients reach and ask a server.

    + clients: those that do so alike; of the first it is
    + host: the server's name, as the client's environment has it
    + user: empty: the server's default user
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
    user: str = ""
    password: str | None = ""
    variable: str = ""
    file: str = ""
    tls: bool = False


@dataclass(frozen=True, slots=True)
class NoLogin:
    """Why it can't be said how a client logs in, and what would help."""

    because: str


def uniform(written: Mapping[str, Any]) -> dict[str, Any]:
    """The same with environments and labels as mappings: they are as they are written."""
    services = {
        name: {**service, **{key: _pairs(service[key]) for key in _PAIRS if service.get(key)}}
        for name, service in (written.get("services") or {}).items()
    }
    return {**written, "services": services}


def _pairs(value: Any) -> dict[str, str | None]:
    if isinstance(value, Mapping):
        return dict(value)
    parts = (str(line).partition("=") for line in value)
    return {key: text if equals else None for key, equals, text in parts}


def existing(services: Services, client: str, server: str) -> str | None:
    """The validation of a client that is there: one that it waits for, or that names it."""
    found = {n: s for n, s in services.items() if _validates(s) and server in _waits_for(s)}
    waited = [name for name in found if name in _waits_for(services[client])]
    labels = {name: re.split(r",\s*", str(s["labels"][VALIDATES])) for name, s in found.items()}
    labelled = [name for name, clients in labels.items() if client in clients]
    usual = [name for name in [f"{server}-serves-{client}"] if name in services]
    return next(iter((*waited, *labelled, *usual)), None)


def servers(services: Services, stack: Stack | None) -> Iterator[tuple[str, Kind]]:
    """The Redis and PostgreSQL servers: the declared one, and what their images say."""
    declared = stack.redis.service if stack else None
    for name, service in services.items():
        image = _image(name, service)
        if name == declared:
            yield name, "redis"
        elif not _validates(service) and not _tool(image):
            kinds: list[Kind] = [k for k, words in _IMAGES.items() if re.search(words, image)]
            yield from ((name, kind) for kind in kinds[:1])


def clients(
    services: Services, server: str, stack: Stack | None, uses: Mapping[str, Collection[str]]
) -> list[str]:
    """Who names a server as a host, or waits for it; and the API, of Redis.

    What watches a server is none: it has to be there when that is not.
    """
    names = _names(services, server)
    api = stack.api.service if stack and stack.redis.service == server else None
    return [
        name
        for name, service in services.items()
        if name != server
        and not _validates(service)
        and (name == api or not _tool(_image(name, service)))
        and (
            name == api
            or server in uses.get(name, ())
            or server in _waits_for(service)
            or any(_named(value, names) for value in _environment(service).values())
        )
    ]


def login(
    written: Mapping[str, Any],
    client: str,
    server: str,
    kind: Kind,
    stack: Stack | None,
    variables: Collection[str] = (),
) -> Login | NoLogin:
    """How a client logs in to a server."""
    services: Services = written["services"]
    service, environment = services[client], _environment(services[client])
    names = _names(services, server)
    if because := _unfit(services, client, server):
        return NoLogin(because)
    found = _by_url(client, server, kind, environment, names)
    found = found or _by_name(client, server, kind, environment, names, variables)
    if kind == "postgres":
        return replace(found, user="", password="", variable="", file="", tls=False)
    declared = stack if stack and stack.redis.service == server else None
    if any(re.match(r"(redis\+)?unix://|/\S+\.sock", value) for value in environment.values()):
        return NoLogin("it uses a unix socket: its volume counts, and no network")
    if declared and not found.file:
        found = _declared(written, service, declared, found)
    return _sound(found, services[server], declared is not None)


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
            *_waits_for(service),
            *(str(link).partition(":")[0] for link in service.get("links") or ()),
            *(str(other).partition(":")[0] for other in service.get("volumes_from") or ()),
            *(mode.removeprefix("service:") for mode in shared if mode.startswith("service:")),
        }
        todo += new - found
        found |= new
    return found


def _waits_for(service: Mapping[str, Any]) -> Collection[str]:
    return service.get("depends_on") or {}


def _sound(found: Login, server: Mapping[str, Any], declared: bool) -> Login | NoLogin:
    """Where a password stands in the compose file, or must be there and is not."""
    # A default is a value, too, and may be the password.
    if found.password and not re.fullmatch(r"\$\w+|\$\{\w+(:?-|:?\?[^}]*)?\}", found.password):
        return NoLogin("its password stands in the compose file itself: use a secret or a variable")
    none = found.password == "" and not (found.variable or found.file)
    if none and (declared or re.search(r"requirepass|aclfile|PASSWORD", _everything(server))):
        return NoLogin(
            f"nothing says where it has its password: name it as {found.server}'s is named,"
            " such as REDIS_HOST, REDIS_PASSWORD, or mount the secret that the inventory names"
        )
    return found


def _by_url(
    client: str, server: str, kind: Kind, environment: Mapping[str, str], names: Collection[str]
) -> Login | None:
    """By a URL whose host is the server."""
    for value in environment.values():
        url = _URL.match(value)
        if url and _plain(url["host"]) in names:
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
    variables: Collection[str],
) -> Login:
    """By a variable that holds the host, and those that are named like it."""
    found = Login((client,), server, kind, server, _PORTS[kind])
    keys = [k for k, v in environment.items() if _plain(v).partition(":")[0] in names]
    prefixes = [re.sub(_HOST, "", key) for key in keys if re.search(_HOST, key)]
    hosts = [key for key in keys if re.search(_HOST, key)] or keys
    if hosts:
        host, _, port = re.fullmatch(  # type: ignore[union-attr]
            rf"({_WORDS})(:({_WORDS}))?.*", environment[hosts[0]]
        ).group(1, 2, 3)
        found = replace(found, host=host, port=port or found.port)
    else:  # It is in an env file.
        prefixes = [re.sub(_HOST, "", v) for v in variables if re.search(r"REDIS.*" + _HOST, v)]
    for prefix in prefixes[:1]:
        found = _of_prefix(found, prefix, environment, variables)
    return found


def _of_prefix(
    found: Login, prefix: str, environment: Mapping[str, str], variables: Collection[str]
) -> Login:
    """Port, user and password: ``REDIS_PORT`` beside ``REDIS_HOST``."""
    start = f"{prefix}_" if prefix else ""
    if port := environment.get(f"{start}PORT"):
        found = replace(found, port=port)
    for name in _USERS:
        if user := environment.get(start + name):
            found = replace(found, user=user)
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
    written: Mapping[str, Any], service: Mapping[str, Any], stack: Stack, found: Login
) -> Login:
    """As the inventory has it: a user's password is a file of the host that the client mounts."""
    mounted = dict(_mounted(written, service))
    named = [user for user in stack.redis.users if user.name == _plain(found.user)]
    if found.clients[0] == stack.api.service and not named:
        named = [stack.redis.user(stack.api.redis_user)]
    for user in named or stack.redis.users:
        path = _path(stack, user)
        if path in mounted:
            return replace(found, user=user.name, password="", variable="", file=mounted[path])
    return replace(found, user=named[0].name) if named else found


def _path(stack: Stack, user: RedisUser) -> str:
    return stack.compose.path(user.password.path) if isinstance(user.password, HostFile) else ""


def _mounted(written: Mapping[str, Any], service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Files of the host, and where a service has them."""
    for secret in service.get("secrets") or ():
        top = (written.get("secrets") or {}).get(secret["source"]) or {}
        if file := top.get("file"):
            target = secret.get("target") or secret["source"]
            yield file, target if target.startswith("/") else f"/run/secrets/{target}"
    yield from volumes(service)


def volumes(service: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a service mounts, and where; while variables are not set, the short form stays whole."""
    for volume in service.get("volumes") or ():
        source, _, target = volume["target"].rpartition(":")
        if target in ("ro", "rw", "z", "Z") and ":" in source:
            source, _, target = source.rpartition(":")
        yield (source or volume.get("source") or "", target)


def _names(services: Services, server: str) -> set[str]:
    """What a server answers to."""
    networks = services[server].get("networks") or {}
    aliases = {a for network in networks.values() for a in (network or {}).get("aliases") or ()}
    return {server, *aliases} | {n for n in [services[server].get("container_name")] if n}


def _image(name: str, service: Mapping[str, Any]) -> str:
    """What an image's name tells; a variable tells nothing, and there the service's name does."""
    image = str(service.get("image") or "").lower().rpartition("/")[2]
    return f"{image} {name}" if "$" in image else image.partition(":")[0]


def _tool(image: str) -> bool:
    return bool(re.search(_TOOLS, image))


def _named(value: str, names: Collection[str]) -> bool:
    found = _URL.match(value)
    host = found["host"] if found else value
    return _plain(host).partition(":")[0] in names


def _plain(words: str) -> str:
    """What it comes to where no variable is set: the defaults of its references."""
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", words)


def _environment(service: Mapping[str, Any]) -> dict[str, str]:
    """As it is written, a variable without a value as an empty one."""
    pairs = service.get("environment") or {}
    return {key: "" if value is None else str(value) for key, value in pairs.items()}


def _everything(service: Mapping[str, Any]) -> str:
    return " ".join(map(str, (service.get("command"), *_environment(service))))


def _validates(service: Mapping[str, Any]) -> bool:
    return VALIDATES in (service.get("labels") or {})
