"""Looking for a secret where it must not be: command lines, environments, files, outputs."""

from __future__ import annotations

import base64
import json
import os
import shlex
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from urllib.parse import quote as url_quote
from urllib.parse import quote_plus

from .hosts import HOSTS, Host

_DIRECTORY = "/run/lab-watch"
_NOWHERE = ("/tmp", "/var/tmp", "/home", "/root", "/var/log")  # noqa: S108
# One grep over all processes is one pass; a short-lived process is caught by one of the next.
_WATCHER = f"""cd {_DIRECTORY} || exit
while [ -e on ]; do
    grep -a -o -F -f patterns /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null >>hits
    echo >>passes
    sleep $PAUSE
done
touch over"""


def forms(secret: str) -> set[str]:
    """The ways in which a secret could be written down: as it is, quoted, encoded."""
    plain = secret.encode()
    found = {
        secret,
        shlex.quote(secret)[1:-1],
        url_quote(secret),
        url_quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        plain.hex(),
        "".join(f"\\x{byte:02x}" for byte in plain),
    }
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for offset in range(3):  # it may stand anywhere in what is encoded
            text = encode(b"\0" * offset + plain).decode()
            found.add(text[(offset * 8 + 5) // 6 : len(plain) * 8 // 6 - 1])
    return found


def found_in(text: str, secret: str) -> list[str]:
    """The forms of a secret that stand in a text."""
    return [form for form in forms(secret) if form in text]


@dataclass
class Watch:
    """What was caught while watching.

    + hits: host or `controller` -> processes that had the secret, by pid and what of them
    + passes: how often each place was looked at
    """

    hits: dict[str, set[str]] = field(default_factory=dict)
    passes: dict[str, int] = field(default_factory=dict)


@contextmanager
def watched(
    *secrets: str, environments: bool = True, hosts: Sequence[Host] = HOSTS, pause: float = 0.0
) -> Iterator[Watch]:
    """Looks at all processes of the hosts, and at our own children, as often as it can.

    + environments: whether our children's environments count, too: not where the secret was
      handed to pyinfra that way
    + pause: seconds between two looks, where others need the processors, too
    """
    watch = Watch()
    over = threading.Event()
    wanted = set[str]().union(*map(forms, secrets))
    wait = max(pause, 0.002)  # or pyinfra would get only half of a processor
    ours = threading.Thread(target=_watch_children, args=(wanted, environments, watch, over, wait))
    for host in hosts:
        _start(host, wanted, pause)
    ours.start()
    try:
        yield watch
    finally:
        over.set()
        ours.join()
        for host in hosts:
            _stop(host, watch)


def _start(host: Host, wanted: set[str], pause: float) -> None:
    # By itself, and before anybody looks: the patterns are in this script's own arguments.
    host.run(
        f"rm -rf {_DIRECTORY} && mkdir -m 700 {_DIRECTORY} && touch {_DIRECTORY}/on && umask 077 &&"
        f" printf '%s\\n' {_words(wanted)} >{_DIRECTORY}/patterns"
    )
    host.run(
        f"PAUSE={pause} setsid sh -c {quote(_WATCHER)} >/dev/null 2>&1 </dev/null &"
        f" {_waiting(f'[ -s {_DIRECTORY}/passes ]')}"
    )


def _waiting(condition: str) -> str:
    """Shell that waits for a condition, and fails where it does not come."""
    return f"timeout 10 sh -c {quote(f'until {condition}; do sleep 0.02; done')}"


def _words(texts: set[str]) -> str:
    return " ".join(map(quote, sorted(texts)))


def _stop(host: Host, watch: Watch) -> None:
    # One whole pass begins now, so that nothing that runs at this moment is missed.
    passes, *hits = host.run(
        f"""cd {_DIRECTORY} && at=$(wc -l <passes) && export at &&
        {_waiting("[ $(wc -l <passes) -gt $((at + 1)) ]")} && rm on && {_waiting("[ -e over ]")} &&
        wc -l <passes && sort -u hits && rm -rf {_DIRECTORY}"""
    ).splitlines()
    watch.passes[host.name] = int(passes)
    watch.hits[host.name] = {line.partition(":")[0] for line in hits}


def _watch_children(
    texts: set[str], environments: bool, watch: Watch, over: threading.Event, pause: float
) -> None:
    names = ("cmdline", "environ") if environments else ("cmdline",)
    wanted = [text.encode() for text in texts]
    hits = watch.hits.setdefault("controller", set())
    while not over.is_set():
        for pid in _descendants(os.getpid()):
            for name in names:
                try:
                    content = Path(f"/proc/{pid}/{name}").read_bytes()
                except OSError:
                    continue
                if any(form in content for form in wanted):
                    hits.add(f"/proc/{pid}/{name}")
        time.sleep(pause)
        watch.passes["controller"] = watch.passes.get("controller", 0) + 1


def _descendants(root: int) -> set[int]:
    """All children of a process, and theirs, as the kernel lists them."""
    found: set[int] = set()
    todo = [root]
    while todo:
        # It may end while it is looked at: glob says so by an error, in Python 3.11.
        with suppress(FileNotFoundError):
            for task in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
                try:
                    children = {int(pid) for pid in task.read_text().split()}
                except OSError:
                    continue
                todo += children - found
                found |= children
    return found


def files_with(host: Host, secret: str, *directories: str) -> list[str]:
    """The files below some directories of a host that hold the secret."""
    host.run(f"umask 077; printf '%s\\n' {_words(forms(secret))} >/run/lab-patterns")
    where = " ".join(map(quote, directories))
    script = f"grep -r -l -a -F -f /run/lab-patterns -s {where}; rm /run/lab-patterns"
    return host.run(script, check=False).splitlines()


def left_behind(host: Host, secret: str, since: float) -> list[str]:
    """Where a host keeps a secret though nobody asked it to.

    + since: when to begin with Docker's events: they tell which commands were run in containers
    """
    found = files_with(host, secret, *_NOWHERE)
    for container in host.containers():
        if found_in(json.dumps(container.attrs, ensure_ascii=False), secret):
            found.append(f"docker inspect {container.name}")
    return found + ["docker events"] * bool(found_in(events(host, since), secret))


def events(host: Host, since: float) -> str:
    """What Docker tells everybody who asks: the commands that were run in containers, too."""
    # As a text: the client would cut a number to whole seconds, and the next one be waited for.
    until = f"{time.time():.6f}"
    return b"".join(host.docker().events(since=int(since), until=until)).decode()
