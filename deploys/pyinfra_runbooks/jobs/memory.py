"""What a job leaves for the next one on the same inventory: a JSON file in the state directory."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from .notify.news import News
from .reports import replaced


@dataclass(frozen=True)
class Memory:
    """
    What is known from before.

    + declared: by host, what was declared when it was last well
    + told: by service, host and topic, when it was told
    + pending: by service, what happened and could not be told; ``""``: to no service
    """

    version: Literal[1] = 1
    declared: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    pending: Mapping[str, tuple[News, ...]] = field(default_factory=dict)


_FORM = TypeAdapter(Memory)


def directory() -> Path:
    """Where jobs keep what they know, where nobody says it: systemd's place, or the user's."""
    if given := os.environ.get("STATE_DIRECTORY"):
        return Path(given.split(":")[0])
    home = os.environ.get("XDG_STATE_HOME", "")
    # As the specification of XDG has it: a path that is not absolute is no path.
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "pyinfra-runbooks"


def place(state: Path, inventory: str) -> Path:
    """The file of an inventory: two of the same name have two."""
    path = Path(inventory).resolve()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip(".")[:40]
    return state / f"{name}-{hashlib.sha256(str(path).encode()).hexdigest()[:12]}.json"


def load(file: Path) -> tuple[Memory, str]:
    """What is known, and what has to be said of it, mostly nothing."""
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
    """Keeps it for the next job; returns what has to be said of that, mostly nothing."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replaced(file, _FORM.dump_json(memory, indent=1).decode() + "\n", mode=0o600)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        return f"{file}: what was sent can't be noted, and will be sent again: {reason}"
    return ""
