"""The inventory of commands that name none: of the environment, or of the project's own file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

VARIABLE = "RUNBOOKS_INVENTORY"
FILE, TABLE, KEY = "pyproject.toml", "pyinfra-runbooks", "inventory"
HINT = f"name one, or set {VARIABLE}, or {KEY} in [tool.{TABLE}] of {FILE}"


class ConfiguredError(Exception):
    """The file is wrong; the message says where, and what was expected."""


def inventory() -> str | None:
    """
    The inventory that ``RUNBOOKS_INVENTORY`` names, or else ``inventory`` in
    ``[tool.pyinfra-runbooks]`` of the nearest pyproject.toml that has this table: here, or in a
    directory above. Its path starts at that file. None: neither does.

    Raises `ConfiguredError`.
    """
    if named := os.environ.get(VARIABLE):
        return named
    here = Path.cwd()
    for directory in (here, *here.parents):
        table = _table(directory / FILE)
        if table is None:
            continue
        path = table.get(KEY)
        if not isinstance(path, str) or not path:
            raise ConfiguredError(
                f'{_shown(directory / FILE)}: [tool.{TABLE}]: expected {KEY} = "PATH", got'
                f" {'none' if path is None else type(path).__name__}"
            )
        return path if path.startswith("@") else os.path.relpath(directory / path)
    return None


def _table(file: Path) -> dict[str, Any] | None:
    """What a file says of this project; None: nothing."""
    try:
        if file.stat().st_uid not in (os.getuid(), 0) and TABLE in file.read_text():
            # Its inventory would be run as this user.
            raise ConfiguredError(f"{_shown(file)} belongs to another user: name the inventory")
        said = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    except tomllib.TOMLDecodeError as error:
        raise ConfiguredError(f"{_shown(file)}: {error}") from None
    tool = said.get("tool")
    table = tool.get(TABLE) if isinstance(tool, dict) else None
    return table if isinstance(table, dict) else None


def _shown(file: Path) -> str:
    return os.path.relpath(file)
