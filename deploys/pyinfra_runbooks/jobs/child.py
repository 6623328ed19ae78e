"""pyinfra, which ends when the job that started it dies: its changes would go unreported."""

from __future__ import annotations

import ctypes
import signal
import sys

_PARENT_DIED = 1  # prctl(2), PR_SET_PDEATHSIG


def main() -> None:
    """Runs pyinfra's command line in this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGINT)
    # Here, since it changes the standard library for all of this process.
    from .callbacks import run

    run()


if __name__ == "__main__":
    main()
