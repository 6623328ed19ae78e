"""The checks that prove health: each kind is one class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    JsonValue,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic import field_validator as field

from .model import MASK, Problem, ProblemsError, Setting, refuse, setting, shown, without_query
from .values import Name, Path, Port, Seconds, Several, Status


def _url(url: str) -> str:
    if not url.isprintable() or re.search(r"[\s\\]", url):
        raise ValueError("expected a URL without spaces, backslashes and control characters")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        bare = re.fullmatch(r"[A-Za-z0-9_.-]+(:[0-9]+)?(/[^@?#]*)?", url)
        hint = f" (did you mean http://{url}?)" if bare else ""
        raise ProblemsError(
            Problem("expected an http or https URL", got=f"{shown(url)}{hint}" if hint else None)
        )
    if "@" in parts.netloc:
        raise ValueError("expected a URL without user and password")
    if "#" in url:
        raise ValueError("expected a URL without a fragment")
    return url


def _one_line(text: str, or_else: str = "") -> str:
    usable = text.strip() and text.isascii() and text.isprintable() and len(text) <= _LONGEST_TEXT
    if not usable:
        raise ValueError(
            f"expected a text of at most {_LONGEST_TEXT} characters on one line{or_else}"
        )
    return text.strip()


def _line(text: str) -> str:
    return _one_line(text, ", or JSON")


_LONGEST_TEXT = 200
Text = Annotated[str, AfterValidator(_one_line)]


def _text_or_json(value: Any, json: ValidatorFunctionWrapHandler) -> Any:
    return _line(value) if isinstance(value, str) else json(value)


if TYPE_CHECKING:
    _Expected: TypeAlias = dict[str, JsonValue] | str
else:  # Of a union, an error would name each branch.
    _Expected = Annotated[dict[str, JsonValue], WrapValidator(_text_or_json)]


def _ip(address: str) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        raise ValueError("expected an IP address") from None


def _host(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        try:
            return str(ip_address(name))
        except ValueError:
            raise ValueError("expected a service, or the name or address of a host") from None
    return name


def _command(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words or not words[0].strip() or not words[0].isprintable():
        raise ValueError("expected a program and its arguments")
    if any("\0" in word for word in words):
        raise ValueError("expected words without zeros")
    return words


def _dotted(key: str) -> str:
    if not key.isprintable() or not all(key.split(".")):
        raise ValueError("expected a key such as 'csrf_token' or 'data.token'")
    return key


class _Check(Setting):
    """What all kinds have in common. Each has a `host`, whom it asks, and a `name` for messages."""

    def to_json(self) -> dict[str, Any]:
        return {"check": type(self).__name__, **super().to_json()}


@setting
class HttpCheck(_Check):
    """
    A URL that proves health, asked from the host.

    + url: http or https; where its host is a service of the stack, that container is asked directly
    + expect: the whole answer: a JSON object, or a text on one line, such as ``"OK"``; default:
      any
    + contains: a text on one line that has to be in the answer, of which nothing else is printed;
      default: none
    + non_empty: the dotted key of a string in a JSON answer that must not be empty, and is never
      printed; default: none
    + resolve: the IP address to connect to, as curl's ``--resolve``; default: as DNS says
    + ca: the path, on the host, of the CA that signed its certificate; relative paths start at
      `Compose.directory`; default: the host's own CAs
    + insecure: whether any certificate is accepted; default: ``False``
    + status: the HTTP status that is expected; default: 200
    + timeout: seconds for the whole answer; default: 5

    At most one of ``expect``, ``contains`` and ``non_empty`` is given; without any, the status
    alone proves health.

    **Example:**

    .. code:: python

        HttpCheck("https://example.com/health", expect={"status": "ok"}, resolve="127.0.0.1")
    """

    url: Annotated[str, AfterValidator(_url)]
    _: KW_ONLY
    expect: _Expected | None = None
    contains: Text | None = None
    non_empty: Annotated[str, AfterValidator(_dotted)] | None = None
    resolve: Annotated[str, AfterValidator(_ip)] | None = None
    ca: Path | None = None
    insecure: bool = False
    status: Status = 200
    timeout: Seconds = 5

    @field("non_empty")
    @classmethod
    def _one_at_most(cls, non_empty: str | None, info: ValidationInfo) -> str | None:
        given = {name: info.data.get(name) for name in ("expect", "contains")}
        named = [n for n, v in {**given, "non_empty": non_empty}.items() if v is not None]
        if len(named) > 1:
            expected = "expected at most one of expect, contains and non_empty"
            refuse([Problem(expected, got=" and ".join(named))])
        return non_empty

    @field("insecure")
    @classmethod
    def _means_something(cls, insecure: bool, info: ValidationInfo) -> bool:
        def problems() -> Iterator[Problem]:
            if insecure and info.data.get("ca"):
                yield Problem("expected either ca or insecure", got="both")
            plain = str(info.data.get("url")).lower().startswith("http:")
            if plain and (insecure or info.data.get("ca")):
                yield Problem("expected no ca and no insecure for http", got="one of them")

        refuse(problems())
        return insecure

    @property
    def host(self) -> str:
        """The URL's host, in lower case."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The URL's port, said or not."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def name(self) -> str:
        return without_query(self.url)

    @property
    def by_status(self) -> bool:
        """Whether the status says all."""
        return self.expect is None and self.contains is None and self.non_empty is None

    def public(self) -> dict[str, Any]:
        return super().public() | {"url": without_query(self.url)}


@setting
class TcpCheck(_Check):
    """
    A port that accepts connections, asked from the host. Nothing is sent.

    + host: a service of the stack, whose container is asked directly, or another host: its name or
      its address. A port that Docker publishes on the host opens even if no server listens there
    + port: where it listens
    + timeout: seconds until the connection is open; default: 5

    **Example:**

    .. code:: python

        TcpCheck("postgres", 5432)
    """

    host: Annotated[str, AfterValidator(_host)]
    port: Port
    _: KW_ONLY
    timeout: Seconds = 5

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@setting
class CommandCheck(_Check):
    """
    A command that succeeds in a service's container, as ``docker exec`` runs it: exit code 0.

    + service: the service
    + command: the program and its arguments. They are in the host's list of processes while it
      runs: no place for a password
    + contains: a text on one line that has to be in what it prints, of which nothing else is shown;
      default: none
    + timeout: seconds; default: 5

    **Example:**

    .. code:: python

        CommandCheck("postgres", command=("pg_isready", "--quiet"))
    """

    service: Name
    _: KW_ONLY
    command: Annotated[Several[str], AfterValidator(_command)]
    contains: Text | None = None
    timeout: Seconds = 5

    @property
    def host(self) -> str:
        return self.service

    @property
    def name(self) -> str:
        return f"{self.command[0]} in {self.service}"

    def public(self) -> dict[str, Any]:
        program, *arguments = self.command
        return super().public() | {"command": (program, *(MASK for _ in arguments))}


@setting
class ContainerCheck(_Check):
    """
    The health check that a service's containers have of their own: Docker calls all of them
    ``healthy``.

    + service: the service

    **Example:**

    .. code:: python

        ContainerCheck("web")
    """

    service: Name

    timeout: ClassVar[float] = 5

    @property
    def host(self) -> str:
        return self.service

    @property
    def name(self) -> str:
        return f"the container check of {self.service}"


Check: TypeAlias = HttpCheck | TcpCheck | CommandCheck | ContainerCheck
"""What proves health, of any kind."""


def one_of_the_checks(value: Any) -> Any:
    """Raises ValueError where it is no check."""
    if not isinstance(value, Check):
        kinds = ", ".join(f"{kind.__name__}(...)" for kind in get_args(Check))
        raise ValueError(f"expected a check, one of {kinds}")
    return value
