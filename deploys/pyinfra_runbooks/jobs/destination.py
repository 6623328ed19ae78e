"""A host that a person names on the command line, as ssh has it, and how pyinfra is given it. Pure.

    [USER@]HOST[:PORT]

An IPv6 address stands in brackets: ``deploy@[2001:db8::1]:2222``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from ipaddress import IPv6Address

from .options import MisuseError

FORM = "[USER@]HOST[:PORT]"

_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@\\$-]*")


@dataclass(frozen=True, slots=True)
class Destination:
    """
    A host, and how it is connected to.

    + host: its name, an alias of ssh's configuration, or an address
    + user: whom to log in as; empty: as ssh's configuration says
    + port: where; None: as that says
    """

    host: str
    user: str = ""
    port: int | None = None

    @property
    def options(self) -> tuple[str, ...]:
        """What pyinfra gets about how to connect to it."""
        user = ("--user", self.user) if self.user else ()
        port = ("--port", str(self.port)) if self.port else ()
        return (*user, *port)

    @property
    def alone(self) -> tuple[str, ...]:
        """The same, where no inventory has the host: one whose key is not known is refused."""
        # With a host name of its own pyinfra takes the word for a host, not for a module's name.
        # Quoted, as pyinfra would read a number in it.
        return (
            *self.options,
            "--data",
            f"ssh_hostname={json.dumps(self.host)}",
            "--data",
            "ssh_strict_host_key_checking=yes",
        )


def is_inventory(word: str) -> bool:
    """Whether a word that is no path is meant as an inventory all the same: a file that is not
    there, pyinfra's connectors (``@local``), several hosts with commas between."""
    return word.endswith(".py") or word.startswith("@") or "," in word


def parse(word: str) -> Destination:
    """
    The host that a word names; raises `MisuseError` for one that can't be a host.

    >>> parse("deploy@[2001:db8::1]:2222")
    Destination(host='2001:db8::1', user='deploy', port=2222)
    """
    if "/" in word:
        raise _misuse(word, f"an inventory that is there, or a host: there is no {word}")
    user, at, place = word.rpartition("@")
    if at and not _USER.fullmatch(user):
        raise _misuse(word, "a user before the @, of letters, digits, '_', '.' and '-'")
    if place.startswith("["):
        host, closed, rest = place[1:].partition("]")
        if not closed or not _is_ipv6(host) or (rest and not rest.startswith(":")):
            raise _misuse(
                word, "an IPv6 address in the brackets, and a :PORT after them, or nothing"
            )
        return Destination(host, user, _port(word, rest[1:]) if rest else None)
    if place.count(":") > 1:
        raise _misuse(word, f"an IPv6 address in brackets: [{place}]" if _is_ipv6(place) else FORM)
    host, colon, port = place.partition(":")
    if not _NAME.fullmatch(host):
        raise _misuse(word, _why(host))
    return Destination(host, user, _port(word, port) if colon else None)


def _why(host: str) -> str:
    if "=" in host:
        return "a host or an inventory; what has a = in it is no host"
    if host.startswith("-"):
        return "a host or an inventory before the options; a host does not begin with a -"
    return "a host, of letters, digits, '_', '.' and '-'"


def _port(word: str, text: str) -> int:
    if not re.fullmatch("[0-9]{1,5}", text, re.ASCII) or not 0 < int(text) < 65536:
        raise _misuse(word, "a port from 1 to 65535 after the colon")
    return int(text)


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return text.isprintable()


def _misuse(word: str, expected: str) -> MisuseError:
    return MisuseError(f"{word!r}: expected {expected}")
