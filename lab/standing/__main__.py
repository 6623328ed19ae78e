"""The stand-in itself; under the name of another program it is that program."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .entries import Entry, loaded, own
from .finding import Where, found
from .resp import Connection, RedisError
from .serving import serve

PLAN = Path("/lab/plan.json")
IMAGE = Path("/lab/image")
STATE = Path("/dev/shm/lab-stand-in")  # noqa: S108 - a container's own
SECRETS = Path("/run/secrets")
QUEUE, DONE = "queue", "done"
_LARGEST = 256 * 1024  # bytes of a file that may name a Redis


def main(arguments: Sequence[str]) -> int:
    """Be what the container's service needs. Returns the exit code, or never."""
    name = Path(arguments[0]).name
    if name != "stand-in" and _is_from_outside():
        return 0 if not _state() else 1
    entry = own(loaded(PLAN.read_text()), _first_process(), os.environ, _text(IMAGE))
    if entry.once:
        _say(f"stands in for {entry.name}, which has done its work")
        return 0
    if name != "stand-in" and not _is_the_service(entry, name, arguments[1:]):
        return 0
    return _stand_in(entry)


def _stand_in(entry: Entry) -> int:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGWINCH, signal.SIGUSR1):
        signal.signal(number, lambda *_: os._exit(0))
    _say(f"stands in for {entry.name}")
    for path in entry.touched:
        with suppress(OSError):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch()
    for title in entry.titles:
        subprocess.Popen([title, "infinity"], executable="/bin/sleep")
    wheres = known(entry, os.environ) if entry.client else ()
    keepers = [Keeper(where, entry.worker and not _is_cache(where, wheres)) for where in wheres]
    for keeper in keepers:
        threading.Thread(target=keeper.run, daemon=True).start()

    def lost() -> str:
        return "; ".join(filter(None, (keeper.lost for keeper in keepers)))

    for port, why in serve(entry.ports, entry.says, lost).items():
        _say(f"port {port}: {why or 'answers'}")
    while True:
        with suppress(OSError):
            STATE.write_text(lost())
        time.sleep(0.5)


class Keeper:
    """One Redis and one connection to it, for as long as this runs.

    + lost: why a Redis that was reached once is not reached now, or nothing
    """

    def __init__(self, where: Where, works: bool) -> None:
        self.where, self.works = where, works
        self.lost = ""
        self._reached = False
        self._said = ""

    def run(self) -> None:
        """Connect, stay, and come back after whatever happens."""
        while True:
            try:
                connection = Connection(self.where)
            except (OSError, RedisError) as error:
                self._is_lost(error)
            else:
                try:
                    self._stay(connection)
                except (OSError, RedisError) as error:
                    self._is_lost(error)
                finally:
                    connection.close()
            time.sleep(0.5)

    def _stay(self, connection: Connection) -> None:
        self._reached, self.lost = True, ""
        self._say("waits for jobs" if self.works else "connected")
        while True:
            if self.works:
                # Shorter than the time-out of an answer: a server that is gone is noticed.
                job = connection.ask("BRPOP", QUEUE, "3")
                if job is not None:
                    connection.ask("INCR", DONE)
            else:
                connection.ask("PING")
                time.sleep(3)

    def _is_lost(self, error: Exception) -> None:
        why = f"{type(error).__name__}: {error}"
        if self._reached:
            self.lost = f"lost {self.where.address} ({why})"
        self._say(why)

    def _say(self, what: str) -> None:
        if what != self._said:
            _say(f"Redis {self.where.address}, by {self.where.by}: {what}")
            self._said = what


def known(entry: Entry, environment: Mapping[str, str]) -> tuple[Where, ...]:
    """The Redis of this service; sockets are waited for a moment, since a Redis makes them."""
    secrets = {str(path): _text(path) for path in _below(SECRETS)}
    for name, value in environment.items():
        if name.endswith("_FILE") and value.startswith("/"):
            secrets[value] = _text(Path(value))
    files = {path: _text(Path(path)) for top in entry.reads for path in map(str, _below(Path(top)))}
    end = time.monotonic() + (20 if entry.shares else 0)
    while not (sockets := _sockets(entry.shares)) and time.monotonic() < end:
        time.sleep(0.2)
    return found(environment, files, secrets, sockets, entry.likely, entry.names)


def _sockets(directories: Sequence[str]) -> list[str]:
    return [
        str(path)
        for directory in directories
        for path in sorted(Path(directory).glob("*"))
        if path.is_socket() and re.search("redis|valkey", str(path))
    ]


def _below(path: Path) -> list[Path]:
    with suppress(OSError):
        return [path] if path.is_file() else sorted(path.iterdir()) if path.is_dir() else []
    return []


def _text(path: Path) -> str:
    """A small file's content without its last newline; nothing, where it can't be read."""
    with suppress(OSError):
        if path.is_file() and path.stat().st_size <= _LARGEST:
            return path.read_text(errors="replace").rstrip("\n")
    return ""


def _is_cache(where: Where, wheres: Sequence[Where]) -> bool:
    """Whether a worker asks another one for jobs."""
    caches = [other for other in wheres if "cache" in (other.host + other.by).lower()]
    return where in caches and len(caches) < len(wheres)


def _is_from_outside() -> bool:
    """Whether this was started by an exec, as health checks are: process 1 is no ancestor."""
    pid = os.getpid()
    while pid > 1:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        pid = int(state[1])
    return pid == 0


def _first_process() -> list[str]:
    """The command line of the container's first process, which a program may have replaced."""
    return Path("/proc/1/cmdline").read_text(errors="replace").split("\0")[:-1]


def _is_the_service(entry: Entry, name: str, arguments: Sequence[str]) -> bool:
    """Whether an entry point's script has come to its last command; the ones before it end."""
    if not entry.last:
        return True
    last = (Path(entry.last[0]).name, *entry.last[1:2])
    return last == (name, *arguments[:1])


def _state() -> str:
    """Why the stand-in of this container is not well; empty, if it is."""
    try:
        return STATE.read_text()
    except OSError:
        return "it does not run yet"


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
