"""Which containers of a project are a Redis, and what one shows without being asked. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ...engine.asked import Asking
from ...engine.discovery.commands import commands, options, options_alone
from ...engine.discovery.seen import Seen
from ...engine.docker import Container
from ...engine.projects import fleeting
from ...settings import Redis

SERVERS = ("redis-server", "valkey-server", "keydb-server", "dragonfly", "redis-stack-server")
"""The programs that are a Redis."""

_SENTINELS = ("redis-sentinel", "valkey-sentinel", "keydb-sentinel")
_IMAGE = re.compile(
    r"(?:.*[-_.])?(?:redis|valkey|keydb|dragonfly)(?:[-_.]?(?:server|stack|bundle|alpine|cluster))*"
    r"|redisearch|rejson|redisjson|redismod|redistimeseries|redisbloom|redisgraph"
)
_NOT_IMAGE = re.compile("commander|insight|exporter|sentinel|cli|proxy|admin|operator|backup")


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Where the login of a Redis is, by what its container shows; the most telling first.

    + kind: ``argument``, ``variable``, ``file``, ``acl`` or ``configuration``
    + name: of the variable, or the path in the container; empty: it is in the arguments themselves
    """

    kind: Literal["argument", "variable", "file", "acl", "configuration"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Traits:
    """
    A Redis that was found, by what its container shows.

    + service: its service
    + program: what it runs: ``valkey-server``; empty: its image's own
    + port: where it listens without TLS; None: nowhere
    + tls_port: the same, with TLS
    + socket: its unix socket; empty: none
    + directory: where it keeps its data
    + host_network: whether it is on the host's own network
    + bind: the addresses that it listens on; none: all
    + conf: its configuration file; empty: it has none
    + acl_file: its ACL file; empty: none is named
    + guess: ``cache``, ``queue`` or ``store``, a guess
    + login: where its login is
    + options: its other options, by their names
    """

    service: str
    program: str = ""
    port: int | None = 6379
    tls_port: int | None = None
    socket: str = ""
    directory: str = "/data"
    host_network: bool = False
    bind: tuple[str, ...] = ()
    conf: str = ""
    acl_file: str = ""
    guess: Literal["cache", "queue", "store"] = "store"
    login: tuple[Evidence, ...] = ()
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def finds(asking: Asking) -> Iterator[Redis]:
    """The Redis of a stack's project, whether the inventory names them or not."""
    for each in traits(asking):
        yield component(each)


def traits(asking: Asking) -> tuple[Traits, ...]:
    """
    What is known of each Redis of a stack's project. A service with several containers is left out:
    which of them is Redis, no label tells.
    """
    members = asking.project.members
    several = Counter(c.service for c in members)
    return tuple(
        _traits(c, seen or Seen(""))
        for c in members
        if several[c.service] == 1 and is_redis(c, seen := asking.found.seen.get(c.id))
    )


def is_redis(container: Container, seen: Seen | None) -> bool:
    """
    Whether a container is a Redis: by what it runs; where that does not tell, by its image. A job
    that only asks one is none, and a Sentinel is none.

    + seen: what it is started with; None: that is not known
    """
    runs = [*commands(seen.words)] if seen else []
    if any(name in _SENTINELS or "--sentinel" in words for name, words in runs):
        return False
    if any(name in SERVERS for name, _ in runs):
        return True
    if not is_image(container.image_name):
        return False
    if seen and options_alone(seen.words):
        return True
    return all(name.endswith(".conf") for name, _ in runs)


def is_image(name: str) -> bool:
    """
    Whether an image is a Redis' by its name.

    >>> [is_image(n) for n in ("registry:5000/a/redis:7@sha256:0", "redis-commander", "a/b:redis")]
    [True, False, False]
    """
    last = re.sub(r"[:@].*", "", name.rpartition("/")[2] if "@" not in name else _last(name))
    return bool(_IMAGE.fullmatch(last.lower())) and not _NOT_IMAGE.search(last.lower())


def _last(name: str) -> str:
    return name.partition("@")[0].rpartition("/")[2]


def component(of: Traits) -> Redis:
    """A Redis as an inventory would name it: what is sure of it."""
    return Redis(of.service, directory=of.directory)


def _traits(container: Container, seen: Seen) -> Traits:
    program, before, given = _server(seen)
    conf = next((word for word in before if word.endswith(".conf") or "/" in word), "")
    port, tls_port = _port(given, "port"), _port(given, "tls-port")
    directory = next(iter(given.get("dir", ())), "")
    whole = directory if directory.startswith("/") else "/data"
    return Traits(
        service=container.service,
        program=program,
        port=6379 if port is None else port or None,
        tls_port=tls_port or None,
        socket=next((word for word in given.get("unixsocket", ()) if word.startswith("/")), ""),
        directory=whole.rstrip("/") or "/",
        host_network=container.network_mode == "host",
        bind=tuple(" ".join(given.get("bind", ())).split()),
        conf=conf,
        acl_file=next((word for word in given.get("aclfile", ()) if word.startswith("/")), ""),
        guess=_guess(container, given, whole),
        login=tuple(_logins(seen, given, conf)),
        options=given,
    )


def _server(seen: Seen) -> tuple[str, tuple[str, ...], dict[str, tuple[str, ...]]]:
    """Its program, what stands before its options, and these. An image's own entrypoint may put the
    program before options and a configuration."""
    for name, words in commands(seen.words):
        if name in SERVERS:
            return name, *options(words)
    first = next(
        (n for n, word in enumerate(seen.words) if word.startswith("--") and len(word) > 2),
        len(seen.words),
    )
    conf = tuple(word for word in seen.words[:first] if word.endswith(".conf"))
    before, given = options(seen.words[first:])
    return "", (*conf, *before), given


def _port(given: Mapping[str, Sequence[str]], name: str) -> int | None:
    """0: it listens on none; None: the option does not say."""
    text = next(iter(given.get(name, ())), "")
    return int(text) if text.isdecimal() and int(text) < 65536 else None


def _guess(
    container: Container, given: Mapping[str, Sequence[str]], directory: str
) -> Literal["cache", "queue", "store"]:
    """What evicts its keys or keeps nothing is a cache; what writes each change down is a queue, or
    something that has as much to lose."""
    policy = " ".join(given.get("maxmemory-policy", ()))
    if policy.startswith("allkeys") or given.get("cache_mode") in (("true",), ()):
        return "cache"
    appends = "yes" in given.get("appendonly", ())
    saves = " ".join(given.get("save", ("default",))).strip()
    if not appends and (not saves or fleeting(container, directory)):
        return "cache"
    return "queue" if appends else "store"


def _logins(seen: Seen, given: Mapping[str, Sequence[str]], conf: str) -> Iterator[Evidence]:
    """In the order in which they are worth trying: what it is started with, what its own
    environment names, its ACL file, its configuration."""
    argument = " ".join(given.get("requirepass", ()))
    if named := re.fullmatch(r"\$(\w+)", argument):
        yield Evidence("variable", named[1])
    elif read := re.fullmatch(r"\$\(cat (\$?)(.+)\)", argument):
        yield Evidence("variable" if read[1] else "file", read[2])
    elif argument:
        yield Evidence("argument")
    for name in PASSWORDS:
        if name in seen.variables - seen.empty:
            yield Evidence("variable", name)
    for path in given.get("aclfile", ()):
        if path.startswith("/"):
            yield Evidence("acl", path)
    if conf:
        yield Evidence("configuration", conf)


PASSWORDS = tuple(
    f"{name}{ends}"
    for name in (
        *("REDIS_PASSWORD", "REDIS_HOST_PASSWORD", "REDIS_REQUIREPASS", "REDIS_PASS", "REDIS_AUTH"),
        *("VALKEY_PASSWORD", "KEYDB_PASSWORD", "DFLY_requirepass"),
    )
    for ends in ("", "_FILE")
)
"""The variables of its own environment from which images take the password of a Redis."""
