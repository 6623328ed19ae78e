"""The checks that prove health."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    JsonValue,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic import field_validator as field

from .model import Problem, Setting, refuse, setting, without_query
from .values import Path, Seconds, Status


def _url(url: str) -> str:
    if not url.isprintable() or re.search(r"[\s\\]", url):
        raise ValueError("expected a URL without spaces, backslashes and control characters")
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("expected an http or https URL")
    if "@" in parts.netloc:
        raise ValueError("expected a URL without user and password")
    if "#" in url:
        raise ValueError("expected a URL without a fragment")
    return url


def _line(text: str) -> str:
    if (
        not text.strip()
        or not text.isascii()
        or not text.isprintable()
        or len(text) > _LONGEST_TEXT
    ):
        raise ValueError(
            f"expected a text of at most {_LONGEST_TEXT} characters on one line, or JSON"
        )
    return text.strip()


_LONGEST_TEXT = 200


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


def _dotted(key: str) -> str:
    if not key.isprintable() or not all(key.split(".")):
        raise ValueError("expected a key such as 'csrf_token' or 'data.token'")
    return key


@setting
class HttpCheck(Setting):
    """
    A URL that proves health, asked from the host.

    + url: http or https; where its host is a service of the stack, that container is asked directly
    + expect: what the answer has to equal: a JSON object, or a text on one line, such as ``"OK"``
    + non_empty: the dotted key of a string in the JSON of the answer that must not be empty, and is
      never printed
    + resolve: the IP address to connect to, as curl's ``--resolve``; default: as DNS says
    + ca: the path on the host of the CA that signed; relative paths start at `Compose.directory`
    + insecure: whether any certificate does; default: ``False``
    + status: the HTTP status that is expected; default: 200
    + timeout: seconds for the whole answer; default: 5

    Exactly one of ``expect`` and ``non_empty`` is given.

    **Example:**

    .. code:: python

        HttpCheck("https://example.com/health", expect={"status": "ok"}, resolve="127.0.0.1")
    """

    url: Annotated[str, AfterValidator(_url)]
    _: KW_ONLY
    expect: _Expected | None = None
    non_empty: Annotated[str, AfterValidator(_dotted)] | None = None
    resolve: Annotated[str, AfterValidator(_ip)] | None = None
    ca: Path | None = None
    insecure: bool = False
    status: Status = 200
    timeout: Seconds = 5

    @field("non_empty")
    @classmethod
    def _exactly_one(cls, non_empty: str | None, info: ValidationInfo) -> str | None:
        given = [info.data.get("expect", "wrong"), non_empty]
        if given.count(None) != 1:
            got = "neither" if non_empty is None else "both"
            refuse([Problem("expected either expect or non_empty", got=got)])
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

    def public(self) -> dict[str, Any]:
        return super().public() | {"url": without_query(self.url)}
