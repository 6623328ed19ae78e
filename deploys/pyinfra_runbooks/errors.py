"""What this project raises.

    PyinfraError                     pyinfra's own; its command line prints it without a traceback
      RunbookError
        SettingsError (ValueError)   what an inventory says is wrong

What is wrong on a host is never raised: it is a finding, or a refusal for that host alone.
"""

from __future__ import annotations

from pyinfra.api.exceptions import PyinfraError


class RunbookError(PyinfraError):
    """Anything that this project can say better than a traceback."""


class SettingsError(RunbookError, ValueError):
    """An inventory is wrong; the message says where, what was expected, and what was found."""

    # pyinfra puts the innermost frame that is not its own in front of the message, which would be
    # a line of this package: the message names the inventory's line itself. The interpreter keeps
    # its traceback elsewhere, and an uncaught error prints it as ever.
    __traceback__ = None
