"""Has a process of its own send what has changed, and ends one that hangs."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from ..report import Report
from .alerts import Alert, opened, repaired, seen
from .change import News

DEADLINE = 30.0
"""Seconds that each service may take."""
_GRACE = 10.0
"""Seconds that the process may take in addition."""

Known: TypeAlias = Mapping[str, tuple[Alert, ...]]
"""The open alerts that each service was sent, by the service's id."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    What `sending` has to send.

    + config: the configuration's file
    + report: the report without its hosts
    + news: what it holds for the services
    + known: the open alerts that each service was sent before
    + now: seconds since 1970
    + deadline: seconds that each service may take
    + reads_only: whether it only reads the configuration, and sends nothing
    """

    config: str
    report: Report
    news: News
    known: Known
    now: float
    deadline: float
    reads_only: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    + known: the open alerts that each service was sent
    + failed: how many services could not be notified
    + problems: warnings
    """

    known: Known
    failed: int = 0
    problems: tuple[str, ...] = ()


REQUEST, OUTCOME = TypeAdapter(Request), TypeAdapter(Outcome)


def notify(
    report: Report, known: Known, config: Path, now: float | None = None, deadline: float = DEADLINE
) -> Outcome:
    """
    Sends each service what has changed for it. A failure is a warning in the outcome, not an error.

    + known: the open alerts that each service was sent before
    + config: an Apprise configuration
    + now: seconds since 1970; default: now
    + deadline: seconds that each service may take
    """
    news = News(opened(report), repaired(report), seen(report))
    now = time.time() if now is None else now
    outcome = _send(Request(str(config), replace(report, hosts=()), news, known, now, deadline))
    return replace(outcome, problems=tuple(f"{config}: {problem}" for problem in outcome.problems))


def unusable_for(config: Path) -> str:
    """
    Why nothing could be sent by a configuration; empty: something could. Nobody is notified.

    + config: an Apprise configuration
    """
    nothing = Report("check", "", "", 0, 0, "", "", ())
    news = News((), (), frozenset())
    read = _send(Request(str(config), nothing, news, {}, 0, DEADLINE, reads_only=True))
    return "; ".join(read.problems) if read.failed else ""


def _send(request: Request) -> Outcome:
    """Runs `sending`; whatever happens to that process, there is an outcome."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", f"{__package__}.sending"],
            input=REQUEST.dump_json(request),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=request.deadline + _GRACE,
            check=False,
        )
        return OUTCOME.validate_json(done.stdout)
    except subprocess.TimeoutExpired:
        why = f"it was not done within {request.deadline + _GRACE:g} s"
    except ValidationError:
        why = f"the process that sends ended with {done.returncode}"
    except ValueError:
        why = "a name in it can't be sent as UTF-8"
    except OSError as error:
        why = f"no process could be started: {error.strerror}"
    return unusable(request.known, why)


def unusable(known: Known, why: str) -> Outcome:
    """The outcome when no service can be notified."""
    return Outcome(known, 1, (f"no notification is sent: {why}",))
