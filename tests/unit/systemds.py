"""systemd without a running one: its own parser reads our units, and a stand-in starts them."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

# The real one enables and disables, below another root; what is started is only remembered. A file
# below "is" says how a unit is until it is stopped; what "stays" is not; in "show" is what else is
# done when it is asked.
SYSTEMCTL = """\
#!/bin/sh
real=/usr/bin/systemctl
for unit; do :; done
case "$*" in
*Version*) echo "Version=${SYSTEMD:-252}" ;;
show*)
    [ ! -e "$ROOT/show" ] || . "$ROOT/show"
    echo "Id=$unit"
    state=dead
    [ ! -e "$ROOT/started/$unit" ] || state=waiting
    [ ! -e "$ROOT/is/$unit" ] || read -r state <"$ROOT/is/$unit"
    echo "SubState=$state"
    echo "UnitFileState=$("$real" --root="$ROOT" is-enabled "$unit" 2>/dev/null)"
    ;;
*)
    echo "$*" >>"$ROOT/calls"
    case $1 in
    enable | disable) exec "$real" --root="$ROOT" --quiet "$1" "$unit" ;;
    start | restart) mkdir -p "$ROOT/started" && cat "$UNITS/$unit" >"$ROOT/started/$unit" ;;
    stop) [ -e "$ROOT/stays" ] || rm -f "$ROOT/started/$unit" "$ROOT/is/$unit" ;;
    daemon-reload) ;;
    *) exit 1 ;;
    esac
    ;;
esac
"""
UNITS = Path("etc/systemd/system")


def put_systemctl(root: Path) -> dict[str, str]:
    """Puts the stand-in below a directory; returns the environment in which it is found."""
    program = root / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(SYSTEMCTL)
    program.chmod(0o755)
    (root / UNITS).mkdir(parents=True)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {"PATH": path, "ROOT": str(root), "UNITS": str(root / UNITS)}


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``systemd-analyze``, which needs no running systemd for what is asked here."""
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def as_systemd_reads(service: str) -> dict[str, str]:
    """
    What systemd's own parser makes of a service: settings by name, its command as ``Command Line``.

    ``systemd --test`` reads units as a running one does, tells, and ends; not as root.
    """
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o777)  # noqa: S103 - for the user nobody, for a moment
        (Path(place) / "x.service").write_text(service, encoding="utf-8")
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": place,
            "XDG_RUNTIME_DIR": place,
            "SYSTEMD_LOG_TARGET": "console",
            "SYSTEMD_UNIT_PATH": f"{place}:",
        }
        root = os.getuid() == 0
        command = ["/lib/systemd/systemd", "--test", "--user", "--unit=x.service"]
        shown = subprocess.run(
            ["setpriv", "--reuid=65534", "--clear-groups", *command] if root else command,
            env=environment,
            capture_output=True,
            check=False,
            timeout=60,
        )
        text = (shown.stdout + shown.stderr).decode()
    _, _, unit = text.partition("-> Unit x.service:\n")
    unit, _, _ = unit.partition("-> Unit ")
    return dict(re.findall(r"^\t+([A-Za-z ]+): (.*)$", unit, re.MULTILINE))


def words(line: str) -> list[str]:
    """A ``Command Line`` in words, as they are handed to the program."""
    found = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', line)
    return [_as_started(re.sub(r"\\(.)", r"\1", quoted) or plain) for quoted, plain in found]


def _as_started(word: str) -> str:
    """Variables are put in when the program is started, which nobody does here: $$ is a $."""
    assert "$" not in word.replace("$$", ""), f"a variable would be put in: {word}"
    return word.replace("$$", "$")
