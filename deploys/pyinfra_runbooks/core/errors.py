"""What this project raises.

    PyinfraError                     pyinfra's own; its command line prints it without a traceback
      RunbookError
        SettingsError (ValueError)   what an inventory says is wrong

What is wrong on a host is never raised: it is a finding, or a refusal for that host alone.
"""

from __future__ import annotations

from types import TracebackType

import pyinfra
from pyinfra.api.exceptions import PyinfraError


class RunbookError(PyinfraError):
    """Anything that this project can say better than a traceback."""

    # pyinfra's command line puts the innermost frame that is not its own in front of a message:
    # a line of this package, while the message itself says where to look.
    @property
    def __traceback__(self) -> TracebackType | None:
        return None if pyinfra.is_cli else super().__traceback__

    @__traceback__.setter
    def __traceback__(self, traceback: TracebackType | None) -> None:
        self.with_traceback(traceback)


class SettingsError(RunbookError, ValueError):
    """An inventory is wrong; the message says where, what was expected, and what was found."""
