"""What the bench needs for itself: a Python environment of its own, with the peers."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

from lab.console import LabError, step

SOURCE = Path(__file__).resolve().parent
STATE = SOURCE.parent / ".bench"
VENV = STATE / "venv"
BIN = VENV / "bin"
LOCK = SOURCE / "requirements.lock"
_MADE_FROM = VENV / "made-from"


def ensure() -> None:
    """Make the environment, unless it is there and made from the same lock file."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if _MADE_FROM.exists() and _MADE_FROM.read_text() == digest:
        return
    with step("install the peers"):
        venv.create(VENV, clear=True, with_pip=True)
        _python("-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(LOCK))
        _python("-m", "compileall", "-q", "-j", "0", str(site_packages() / "ansible"))
    _MADE_FROM.write_text(digest)


def site_packages() -> Path:
    """Where the environment keeps its packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return VENV / "lib" / version / "site-packages"


def draw(results: Path, target: Path) -> None:
    """Draw the plot; matplotlib is in this environment alone."""
    _python(str(SOURCE / "plot.py"), str(results), str(target))


def _python(*arguments: str) -> None:
    command = [str(BIN / "python"), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.strip()}")
