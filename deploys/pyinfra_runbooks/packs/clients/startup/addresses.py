"""How the words of a compose file name a server: as a host, a host and its port, or a URL. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

Services = Mapping[str, Any]
# Words of a compose file: a reference may have a colon, and more, in its default.
_WORDS = r"(?:\$\{[^}]*\}|\$\w+|[^$:@/])*"
# What is shown of them: a default with a colon, a slash or an @ may be a URL with a password.
_REFERENCE = r"\$\w+|\$\{\w+(?::?[-?][^}:@/]*)?\}"
_NAME = rf"(?:{_REFERENCE}|[\w.-])*"
PORT = rf"(?:\d+|{_REFERENCE})"
# An address, and what comes after it: nothing of that is shown, it may have a password.
_HOST_PORT = rf"(?P<host>{_NAME})(?::(?P<port>{PORT}))?(?P<rest>[/?#,;\s].*)?"
ADDRESS = re.compile(_HOST_PORT, re.DOTALL)
URL = re.compile(
    rf"(?P<scheme>[a-z]+)(?:\+\w+)?://(?:(?P<user>{_NAME})(?::(?P<password>{_WORDS}))?@)?"
    rf"{_HOST_PORT}",
    re.DOTALL,
)


def names_of(services: Services, server: str) -> set[str]:
    """What a server answers to."""
    networks = services[server].get("networks") or {}
    aliases = {a for network in networks.values() for a in (network or {}).get("aliases") or ()}
    return {server, *aliases} | {n for n in [services[server].get("container_name")] if n}


def address_in(value: str, names: Collection[str]) -> re.Match[str] | None:
    """A URL, or a host and perhaps its port, of one that answers to these names."""
    found = URL.fullmatch(value) or ADDRESS.fullmatch(value)
    return found if found and plain(found["host"]) in names else None


def unclear(value: str, names: Collection[str]) -> bool:
    """Whether it is an address and cannot be taken apart: the default of a variable, perhaps."""
    if URL.fullmatch(value) or address_in(value, names):
        return False
    named = "|".join(map(re.escape, names))
    url = re.search(rf"://(?:.*@)?(?:{named})(?![\w.-])", value)
    return bool(url or address_in(plain(value), names))


def plain(words: str) -> str:
    """What it comes to where no variable is set: the defaults of its references."""
    return re.sub(r"\$\{\w+:?-([^}]*)\}", r"\1", words)


def environment_of(service: Mapping[str, Any]) -> dict[str, str]:
    """As it is written, an unset variable as an empty one; and no images: redis:7."""
    pairs = (service.get("environment") or {}).items()
    images = r"(?:IMAGE|TAG|VERSION)S?"
    return {k: "" if v is None else str(v) for k, v in pairs if not re.search(rf"{images}$", k)}
