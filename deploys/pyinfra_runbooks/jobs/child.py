"""pyinfra, which is told to end when who started it is gone: nobody would hear of what it does."""

from __future__ import annotations

import ctypes
import runpy
import signal
import sys

_PARENT_DIED = 1  # prctl(2), PR_SET_PDEATHSIG


def main() -> None:
    """Runs pyinfra's command line in this process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PARENT_DIED, signal.SIGINT)
    runpy.run_module("pyinfra", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
