"""What a start-up validation runs: what it makes of each answer, and that it says no secret."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

import pytest
from hosts import Done, Host

from pyinfra_runbooks.packs.clients.startup.rendering import script

PASSWORD = r"""it's a "$ecret\t"""
REDIS = {"REDIS_HOST": "cache", "REDIS_PORT": "6379", "REDIS_USER": "clerk"}
NOW = {"WAIT": "0", "LOADING_WAIT": "0"}


def run(host: Host, kind: str, **environment: str) -> Done:
    exports = "".join(f"export {k}={shlex.quote(v)}\n" for k, v in environment.items())
    assert kind in ("redis", "postgres")
    return host.run(exports + script("redis" if kind == "redis" else "postgres"))


def redis(host: Host, answer: str, **environment: str) -> Done:
    host.tool("redis-cli", f"#!/bin/sh\nprintf '%s\\n' {shlex.quote(answer)}\n")
    return run(host, "redis", **{**REDIS, **NOW, "REDIS_PASSWORD": PASSWORD, **environment})


WRONG = "AUTH failed: WRONGPASS invalid username-password pair or user is disabled."
UNWANTED = "ERR AUTH <password> called without any password configured for the default user."
ANSWERS = {
    f"{WRONG}\nNOAUTH Authentication required.": "WRONGPASS: the user clerk is refused",
    # An open Redis answers PING all the same: its client is refused.
    f"{WRONG}\nPONG": "WRONGPASS: the user clerk is refused",
    "AUTH failed: ERR invalid password\nNOAUTH": "WRONGPASS: the user clerk is refused",
    f"AUTH failed: {UNWANTED}\nPONG": "it wants no password, and one was sent",
    "AUTH failed: ERR Client sent AUTH, but no password is set\nPONG": "it wants no password",
    "NOAUTH Authentication required.": "NOAUTH: it wants a password, and none was sent",
    "NOPERM this user has no permissions to run the 'ping' command": "NOPERM: the user clerk may",
    "LOADING Redis is loading the dataset in memory": "LOADING: it is still loading its data",
    "Could not connect to Redis at cache:6379: Name or service not known": "no such name",
    "Could not connect to Redis at cache:6379: Temporary failure in name resolution": "no such",
    "Could not connect to Redis at cache:6379: Name does not resolve": 'no such name "cache"',
    "Could not connect to Redis at cache:6379: Connection refused": "(connection refused)",
    "Could not connect to Redis at cache:6379: No route to host": "nobody answers (No route to",
    "Error: Protocol error, got H as reply type byte": "answers PING with E...",
    "": "takes connections, and answers nothing",
}


@pytest.mark.parametrize(("answer", "says"), ANSWERS.items(), ids=ANSWERS)
def test_every_answer_but_one_is_a_failure_with_its_reason(
    any_host: Host, answer: str, says: str
) -> None:
    done = redis(any_host, answer)
    assert (done.code, done.err) == (1, "")
    (line,) = done.out.splitlines()
    assert line.startswith("cache:6379: ")
    assert says in line


def test_it_ends_with_0_once_redis_serves(any_host: Host) -> None:
    done = redis(any_host, "PONG")
    assert (done.code, done.out, done.err) == (0, "cache:6379: serves the user clerk\n", "")


def test_what_a_server_repeats_is_not_shown(any_host: Host) -> None:
    """One whose AUTH was renamed quotes what it was sent."""
    unknown = f"ERR unknown command 'AUTH', with args beginning with: 'clerk' '{PASSWORD}'"
    for answer in (f"AUTH failed: {unknown}\nPONG", unknown):
        done = redis(any_host, answer)
        assert done.code == 1
        assert "ecret" not in done.out + done.err


def quoted(text: str) -> str:
    """As redis-cli reads it, whatever is in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def keeping(host: Host) -> None:
    host.tool(
        "redis-cli",
        f"""#!/bin/sh
        printf '%s\\n' "$@" >{shlex.quote(str(host.place))}/arguments
        env >{shlex.quote(str(host.place))}/environment
        cat >{shlex.quote(str(host.place))}/commands
        echo PONG
        """,
    )


@pytest.mark.parametrize(
    ("environment", "sent"),
    [
        ({"REDIS_PASSWORD": PASSWORD}, PASSWORD),
        ({"REDIS_PASSWORD": ""}, ""),
        ({}, ""),
        ({"REDIS_PASSWORD_IN": "CACHE_AUTH", "CACHE_AUTH": PASSWORD}, PASSWORD),
        ({"REDIS_PASSWORD_FILE": "key"}, PASSWORD),
    ],
    ids=["by its value", "empty", "none", "by a variable's name", "by a file"],
)
def test_the_password_goes_by_stdin(any_host: Host, environment: dict[str, str], sent: str) -> None:
    keeping(any_host)
    (any_host.place / "key").write_text(f"{PASSWORD}\n")
    assert run(any_host, "redis", **REDIS, **NOW, **environment).code == 0
    *logins, ping = (any_host.place / "commands").read_text().splitlines()
    assert ping == "PING"
    assert logins == ([f"AUTH {quoted('clerk')} {quoted(sent)}"] if sent else [])
    # Only where the client's own container has it there.
    if "REDIS_PASSWORD_FILE" in environment:
        assert PASSWORD not in (any_host.place / "environment").read_text()
    arguments = (any_host.place / "arguments").read_text().splitlines()
    assert arguments == [*("-h", "cache", "-p", "6379")]


def test_a_password_that_it_may_not_read_is_named(any_host: Host) -> None:
    keeping(any_host)
    done = run(any_host, "redis", **REDIS, **NOW, REDIS_PASSWORD_FILE="/run/secrets/none")
    assert done.code == 1
    assert "/run/secrets/none" in done.err


def test_a_server_without_users_is_asked_without_one(any_host: Host) -> None:
    keeping(any_host)
    done = run(any_host, "redis", **{**REDIS, "REDIS_USER": ""}, **NOW)
    assert done.out == "cache:6379: serves the user default\n"
    assert "--user" not in (any_host.place / "arguments").read_text()


def later(host: Host, tool: str, first: str, then: str) -> None:
    """A tool that answers something else from its third call on."""
    count = shlex.quote(str(host.place / "count"))
    host.tool(
        tool,
        f"""#!/bin/sh
        echo >>{count}
        if [ "$(wc -l <{count})" -lt 3 ]; then {first}; else {then}; fi
        """,
    )


@pytest.mark.parametrize(
    ("first", "wait"),
    [("echo LOADING", "0"), ("echo 'Could not connect: Connection refused'", "9")],
)
def test_what_passes_is_waited_for(any_host: Host, first: str, wait: str) -> None:
    """A Redis that loads its data is at work: no deadline of others counts for it."""
    later(any_host, "redis-cli", first, "echo PONG")
    done = run(any_host, "redis", **REDIS, WAIT=wait, LOADING_WAIT="9")
    assert (done.code, done.out) == (0, "cache:6379: serves the user clerk\n")


def test_a_refusal_is_not_waited_for_as_long(host: Host) -> None:
    began = time.monotonic()
    done = redis(host, "NOAUTH Authentication required.", WAIT="60")
    assert done.code == 1
    assert time.monotonic() - began < 10


# PostgreSQL

POSTGRES = {"PGHOST": "db", "PGPORT": "5432"}
STATES = {
    0: (0, "db:5432: accepts connections"),
    1: (1, "db:5432: is starting, or recovers its data, after"),
    2: (1, "db:5432: nobody answers, after"),
    3: (1, "db:5432: pg_isready can't ask: no attempt, after"),
}


@pytest.mark.parametrize(("state", "expected"), STATES.items(), ids=map(str, STATES))
def test_postgres(any_host: Host, state: int, expected: tuple[int, str]) -> None:
    any_host.tool("pg_isready", f"#!/bin/sh\necho no attempt\nexit {state}\n")
    any_host.tool("getent", "#!/bin/sh\n")
    done = run(any_host, "postgres", **POSTGRES, **NOW)
    assert done.code == expected[0]
    assert done.out.startswith(expected[1])


def test_postgres_whose_name_nobody_knows(any_host: Host) -> None:
    any_host.tool("pg_isready", "#!/bin/sh\nexit 2\n")
    any_host.tool("getent", "#!/bin/sh\nexit 2\n")
    done = run(any_host, "postgres", **POSTGRES, **NOW)
    assert 'no such name "db" on this network' in done.out


def test_postgres_that_recovers_is_waited_for(any_host: Host) -> None:
    later(any_host, "pg_isready", "exit 1", "exit 0")
    assert run(any_host, "postgres", **POSTGRES, WAIT="0", LOADING_WAIT="9").code == 0


def test_an_image_without_a_client_says_so(host: Host, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    done = run(host, "redis", **REDIS, **NOW, PATH=str(bare))
    assert (done.code, done.out) == (
        1,
        "cache:6379: this image has neither redis-cli nor valkey-cli\n",
    )


def test_an_older_timeout_keeps_nobody_from_being_asked(any_host: Host) -> None:
    """Up to 1.29, busybox wants `timeout -t SECONDS COMMAND`, and takes 5 for the command."""
    any_host.tool("timeout", "#!/bin/sh\necho \"timeout: can't execute '$1'\" >&2\nexit 127\n")
    assert redis(any_host, "PONG").code == 0
