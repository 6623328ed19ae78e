"""Asking a host's Redis as the API's user, without a password on any command line."""

from __future__ import annotations

import re
from collections.abc import Callable
from shlex import quote

from .console import LabError
from .hosts import DIRECTORY, REDIS, Host

ACL_FILE = f"{DIRECTORY}/secrets/redis_users.acl"

# -e: an error is an exit code; without it, redis-cli would end with 0.
CLI = (
    "REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli -e --user lwe-app --no-auth-warning"
)


Ask = Callable[..., str]
"""Sends commands to a host's Redis, as any user, and returns the answers."""


def ask(host: Host, *commands: str) -> str:
    """Send commands as lwe-app, over stdin, and return the answers; an error raises `LabError`."""
    lines = " ".join(quote(command) for command in commands)
    script = f"printf '%s\\n' {lines} | docker exec -i {REDIS} sh -c {quote(CLI)}"
    try:
        return host.run(script)
    except LabError as error:
        # Seen once in some hundred calls, right after a change of networks; nothing was run.
        if "OCI runtime" not in str(error):
            raise
        return host.run(script)


def info(host: Host, section: str = "persistence", asks: Ask = ask) -> dict[str, str]:
    """A section of INFO."""
    pairs = (line.strip().partition(":") for line in asks(host, f"INFO {section}").splitlines())
    return {name: value for name, _, value in pairs}


def is_loaded(host: Host) -> bool:
    """Whether Redis has all of its data in memory."""
    return info(host).get("loading") == "0"


def acl_is_loaded(host: Host) -> bool:
    """Whether the running rules are those of the ACL file on the host.

    Redis 7.0 leaves `+@pubsub` out when it prints rules: it adds nothing to `+@all`. Valkey 9.1
    leaves out `sanitize-payload`: it is so without it.
    """
    try:
        running = ask(host, "ACL LIST")
    except LabError:  # lwe-app is not let in
        return False
    return _rules(running) == _rules(host.run(f"cat {ACL_FILE}"))


def _rules(text: str) -> set[str]:
    implied = re.compile(r" (\+@pubsub|sanitize-payload)\b")
    return {implied.sub("", line).strip() for line in text.splitlines() if line.strip()}
