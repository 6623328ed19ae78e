"""All that a run prints about a host goes through here: text from hosts is made harmless."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyinfra import logger
from pyinfra.api import Host

from ..core.showing import printable


def say(
    host: Host,
    *lines: str,
    level: Callable[[str], Any] = logger.info,
    **style: Any,
) -> None:
    """
    Prints something about a host, after its name.

    + lines: each is one line, whatever is in it; those after the first are indented
    + level: the logger's method; default: ``logger.info``
    + style: as click has it: ``bold=True``, ``fg="red"``
    """
    text = "\n    ".join(map(printable, lines))
    if style:
        host.log_styled(text, log_func=level, **style)
    else:
        host.log(text, log_func=level)
