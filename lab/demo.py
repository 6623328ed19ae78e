"""The incident, start to finish, on one of the lab's hosts: `make demo`.

Breaks the host as in the incident report, shows the outage from the API's own answers, has it
repaired as a person at a prompt would, and shows the recovery, with the seconds that each took.
``python -m lab.demo docs/repair.txt`` also records the repair, for the documentation.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import LabError, say, wait_until
from .faults.catalogue import FAULTS, break_host
from .healing import heal
from .hosts import HOSTS, Host
from .runs import repaired

FAULT = "incident"
PAUSE = 0.05  # seconds between two questions to the API


class Watch:
    """Asks the API for its health all the time, as a monitor would, and notes when it changes."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.answers: list[tuple[float, bool]] = []
        self._end = threading.Event()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch as long as the block takes."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._end.set()
            thread.join()

    def _watch(self) -> None:
        while not self._end.wait(PAUSE):
            self.answers.append((time.monotonic(), self.host.is_healthy()))

    def healthy_since(self, start: float) -> float:
        """Seconds from the start to the first answer after which all were good."""
        failed = [at for at, good in self.answers if not good]
        later = [at for at, good in self.answers if good and at > max(failed, default=start)]
        if not later:
            raise LabError("the API did not become healthy")
        return later[0] - start


def main() -> int:
    """Show it; 0 if the stack is healthy at the end."""
    host = HOSTS[0]
    heal(host)
    _title(f"{host.name} is healthy. Now the incident: {FAULTS[FAULT].does}")
    break_host(host, FAULT)
    wait_until(lambda: not host.is_healthy(), "the outage", 30)
    say(f"GET /api/v1/health  ->  {host.health()}")

    command = ["runbooks", "repair", "inventories/lab.py", "--limit", host.name]
    _title("$ " + " ".join(command))
    watch, start = Watch(host), time.monotonic()
    with watch.watching():
        run = repaired(*command[2:])
        took = time.monotonic() - start
    say(run.text)
    for path in sys.argv[1:]:
        Path(path).write_text(f"$ {' '.join(command)}\n{run.text.strip()}\n", encoding="utf-8")
    say(f"\nGET /api/v1/health  ->  {host.health()}")
    if run.rc or not host.is_healthy():
        say(f"demo: it ended with {run.rc}, and the stack is not healthy")
        return 1
    say(f"healthy {watch.healthy_since(start):.1f} s after the command was given;")
    say(f"saved, replaced, verified and done after {took:.1f} s.")

    _title("And once more: on a healthy stack nothing changes.")
    again = repaired(*command[2:])
    say(f"{again.text}\nexit code {again.rc}")
    asked = "Repair " in again.text
    say("\nTry it yourself: .venv/bin/python -m lab break    (the catalogue of faults)")
    say("Done with it:    make lab-down")
    return 1 if again.rc or asked else 0


def _title(text: str) -> None:
    say(f"\n--- {text}\n")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LabError as error:
        say(f"demo: {error}")
        sys.exit(1)
