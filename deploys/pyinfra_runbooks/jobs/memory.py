"""What jobs on the same inventory remember: a JSON file in the state directory."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from .notify.alerts import Alert
from .reports import replaced


@dataclass(frozen=True)
class Memory:
    """
    What earlier jobs have found out.

    + declared: by host, what was declared when it was last healthy
    + alerts: what each service knows to be open
    """

    version: Literal[1] = 1
    declared: Mapping[str, str] = field(default_factory=dict)
    alerts: Mapping[str, tuple[Alert, ...]] = field(default_factory=dict)


_FORM = TypeAdapter(Memory)


def directory() -> Path:
    """The default state directory: systemd's for the service, or the user's."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    home = os.environ.get("XDG_STATE_HOME", "")
    # The XDG specification has relative paths ignored.
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "pyinfra-runbooks"


def place(state: Path, inventory: str) -> Path:
    """The file for an inventory; two inventories of the same name have two files."""
    path = Path(inventory).resolve()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip(".")[:40]
    return state / f"{name}-{hashlib.sha256(str(path).encode()).hexdigest()[:12]}.json"


def load(file: Path) -> tuple[Memory, str]:
    """Returns what is remembered, and a warning or an empty string."""
    try:
        return _FORM.validate_json(file.read_bytes()), ""
    except FileNotFoundError:
        return Memory(), ""
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except ValidationError as error:
        reason = f"{error.error_count()} errors, the first: {error.errors()[0]['msg']}"
    return Memory(), f"{file}: earlier notifications are not known, and are sent again: {reason}"


def save(memory: Memory, file: Path) -> str:
    """Writes the file for the next job; returns a warning, or an empty string."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replaced(file, _FORM.dump_json(memory, indent=1).decode() + "\n", mode=0o600)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return f"{file}: what was sent can't be noted, and will be sent again: {reason}"
    return ""
