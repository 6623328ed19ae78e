"""Where a service's Redis is: in its environment, its mounted files, or a shared directory.

The names are those that well-known images read. What nobody could know from a name, such as a host
that is written in code, comes from the plan as `likely`, and only where nothing else was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import SplitResult, unquote, urlsplit

PORT = 6379

_REDIS = re.compile(r"REDIS|VALKEY|KEYDB|DRAGONFLY", re.IGNORECASE)
_URL = re.compile(r"""\b(?:rediss?|valkeys?|redis\+socket|redis-socket|unix)://[^\s,;"']+""")
_HOST = re.compile(r"(?P<host>[A-Za-z][\w.-]*|\d+(?:\.\d+){3})(?::(?P<port>\d{2,5})(?:/\d+)?)?")
_HOST_NAMES = re.compile(
    r"_?(HOST(NAME)?|SERVERS?|ADDR(ESS)?|ENDPOINT|URL|URI|SERVICE|NODES?|LOCATION)(_NAME)?$"
)
_WORDS = {"true", "false", "yes", "no", "on", "off", "none", "null", "enabled", "disabled"}
_SECRET = ("PASSWORD", "PASS", "AUTH", "AUTH_PASSWORD", "AUTH_TOKEN", "PASSWD", "REQUIREPASS")
_IS_SECRET = re.compile(r"PASS|AUTH|REQUIREPASS", re.IGNORECASE)


@dataclass(frozen=True)
class Tls:
    """What a connection with TLS takes: paths, as far as they are known."""

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Where:
    """One Redis, as a service's settings name it.

    + by: what named it: a variable, a file, the plan
    + passwords: to be tried in this order; the settings don't always say whose they are
    """

    by: str
    host: str = ""
    port: int = PORT
    socket: str | None = None
    user: str | None = None
    passwords: tuple[str, ...] = field(default=(), repr=False)
    tls: Tls | None = None

    @property
    def address(self) -> str:
        """Which one, without a login."""
        return self.socket or f"{self.host}:{self.port}"


def found(
    environment: Mapping[str, str],
    files: Mapping[str, str] | None = None,
    secrets: Mapping[str, str] | None = None,
    sockets: Iterable[str] = (),
    likely: Iterable[str] = (),
    names: Iterable[str] = (),
) -> tuple[Where, ...]:
    """Each Redis that is named, once.

    + files: the mounted files' content, by path
    + secrets: what is mounted below /run/secrets, by name; variables `*_FILE` name others
    + sockets: unix sockets that are there, in directories shared with a Redis
    + likely: hosts that are meant where nothing is named
    + names: of servers that are a Redis, which a variable may hold that doesn't say so
    """
    secrets = secrets or {}
    passwords = _any_password(environment, secrets)
    known = [
        *_in_values(environment, secrets),
        *_in_hosts(environment, secrets, {*names}),
        *_in_files(files or {}),
        *(Where("a shared directory", socket=path, passwords=passwords) for path in sockets),
    ]
    if not known:
        known = [Where("the plan", host, passwords=passwords) for host in likely]
    return _merged(known)


def _in_values(environment: Mapping[str, str], secrets: Mapping[str, str]) -> Iterator[Where]:
    for name, value in environment.items():
        for where in _of_urls(name, value):
            if not where.passwords and _REDIS.search(name):
                passwords = _passwords(environment, secrets, _HOST_NAMES.sub("", name))
                yield replace(where, passwords=passwords)
            else:
                yield where


def _of_urls(by: str, text: str) -> Iterator[Where]:
    for found_url in _URL.finditer(text):
        try:
            url = urlsplit(found_url.group())
            port = url.port or PORT
        except ValueError:  # what is no address: a variable's own text, for example
            continue
        passwords = (unquote(url.password),) if url.password else ()
        user = unquote(url.username) if url.username and passwords else None
        if url.scheme in ("unix", "redis+socket", "redis-socket"):
            if "redis" in url.path or "valkey" in url.path:
                yield Where(by, socket=url.path, user=user, passwords=passwords)
        elif url.hostname:
            yield Where(by, url.hostname, port, None, user, passwords, _tls(url))


def _tls(url: SplitResult) -> Tls | None:
    return Tls() if url.scheme in ("rediss", "valkeys") else None


def _in_hosts(
    environment: Mapping[str, str], secrets: Mapping[str, str], names: set[str]
) -> Iterator[Where]:
    """By a variable with Redis in its name that holds a host, beside those with the same prefix."""
    for name, value in environment.items():
        is_one = value.partition(":")[0] in names and _HOST_NAMES.search(name)
        if _IS_SECRET.search(name) or not (is_one or _REDIS.search(name)):
            continue
        if value.startswith("/") and value.endswith((".sock", ".socket")):
            passwords = _passwords(environment, secrets, name.rpartition("_")[0])
            yield Where(name, socket=value, passwords=passwords)
            continue
        named = _HOST_NAMES.search(name)
        host = _HOST.fullmatch(value.strip())
        if host is None or value.lower() in _WORDS or not (named or host["port"]):
            continue
        prefix = name[: named.start()] if named else name
        port = host["port"] or _beside(environment, prefix, "PORT", "PORT_NUMBER")
        yield Where(
            name,
            host["host"],
            int(port) if port and port.isdigit() else PORT,
            None,
            _beside(environment, prefix, "USER", "USERNAME"),
            _passwords(environment, secrets, prefix),
            _tls_beside(environment, prefix),
        )


def _beside(environment: Mapping[str, str], prefix: str, *names: str) -> str | None:
    """The first of the variables with that prefix that holds something."""
    keys = (f"{prefix}{between}{name}" for name in names for between in ("_", "", "__"))
    return next((environment[key] for key in keys if environment.get(key)), None)


def _tls_beside(environment: Mapping[str, str], prefix: str) -> Tls | None:
    wanted = _beside(environment, prefix, "TLS", "SSL", "TLS_ENABLED", "SSL_ENABLED", "USE_TLS")
    if (wanted or "").lower() not in ("true", "1", "yes", "on"):
        return None
    paths = (
        _beside(environment, prefix, f"TLS_{name}", f"SSL_{name}", f"TLS_{name}_FILE", f"{name}")
        for name in ("CA", "CERT", "KEY")
    )
    return Tls(*paths)


def _passwords(
    environment: Mapping[str, str], secrets: Mapping[str, str], prefix: str
) -> tuple[str, ...]:
    """Those of the prefix first, then whatever is called Redis' password at all."""
    own = [_beside(environment, prefix, *_SECRET)]
    path = _beside(environment, prefix, *(f"{name}_FILE" for name in _SECRET))
    own.append(secrets.get(path) if path else None)
    usable = dict.fromkeys(filter(None, own))
    return tuple(usable) or _any_password(environment, secrets)


def _any_password(environment: Mapping[str, str], secrets: Mapping[str, str]) -> tuple[str, ...]:
    named = {**environment, **secrets}
    own = (
        secrets.get(value) if name.endswith("_FILE") else value
        for name, value in named.items()
        if _REDIS.search(name) and _IS_SECRET.search(name)
    )
    return tuple(dict.fromkeys(filter(None, own)))


_SECTION = re.compile(r"redis|valkey", re.IGNORECASE)
_SETTING = re.compile(r"""["']?(\w+)["']?[ \t]*[:=][ \t]*["']?([^\s"'#,]+)""")


def _in_files(files: Mapping[str, str]) -> Iterator[Where]:
    """By a URL, else by settings under a line about Redis, in YAML, TOML or an INI file."""
    for path, text in files.items():
        urls = tuple(_of_urls(path, text))
        yield from urls or _in_sections(path, text.splitlines())


def _in_sections(path: str, lines: list[str]) -> Iterator[Where]:
    for number, line in enumerate(lines):
        if not _SECTION.search(line) or line.lstrip().startswith(("#", ";", "//")):
            continue
        settings: dict[str, str] = {}
        for pair in _SETTING.finditer("\n".join(_section(lines, number))):
            settings.setdefault(pair[1].lower(), pair[2])
        names = ("address", "addr", "host", "hostname", "server", "redis_host", "redishost")
        value = next((settings[name] for name in names if name in settings), "")
        if host := _HOST.fullmatch(value):
            port = host["port"] or settings.get("port", "")
            passwords = tuple(filter(None, [settings.get("password")]))
            yield Where(
                path, host["host"], int(port) if port.isdigit() else PORT, passwords=passwords
            )
            return


def _section(lines: list[str], number: int) -> list[str]:
    """A line, and the ones that are further in, or follow a heading in brackets."""
    first = lines[number]
    depth = len(first) - len(first.lstrip())
    rest = []
    for line in lines[number + 1 : number + 12]:
        deeper = len(line) - len(line.lstrip()) > depth
        if line.strip() and not deeper and not first.strip().startswith("["):
            break
        rest.append(line)
    return [first, *rest]


def _merged(known: Iterable[Where]) -> tuple[Where, ...]:
    """One of each address, with all that was said of its login."""
    merged: dict[str, Where] = {}
    for where in known:
        if (other := merged.get(where.address)) is None:
            merged[where.address] = where
            continue
        passwords = tuple(dict.fromkeys((*other.passwords, *where.passwords)))
        merged[where.address] = replace(
            other, passwords=passwords, user=other.user or where.user, tls=other.tls or where.tls
        )
    return tuple(merged.values())
