"""What leaves a host of a Redis' connections, and that its filter hides no failure."""

from __future__ import annotations

import pytest
from hosts import Host
from test_connections_awk import WEB, client, entry, log

from pyinfra_runbooks.engine import shell

SAID = "\n".join(
    (
        *("u 999 999 999", "r", '"RESET"', '"PONG"', '"@7"'),
        *(client(name="hunter2"), client(name="hunter2", flags="b"), '"@8"'),
        log(entry(username="hunter2", name="hunter2")),
        "",
    )
)


def ask(host: Host, status: int = 0) -> tuple[int, list[str]]:
    host.answer("docker-exec", SAID)
    if status:
        host.tool(
            "docker",
            f"#!/bin/sh\ncat >/dev/null\ncase $1 in exec) echo gone >&2; exit {status};; esac\n",
        )
    done = host.run(shell.script("ask_redis.sh", id="0123456789ab", questions="PING"))
    return done.code, done.out.splitlines()


def test_names_stay_on_the_host(any_host: Host) -> None:
    code, lines = ask(any_host)
    assert code == 0
    assert lines[:5] == SAID.splitlines()[:5]
    assert lines[5:] == [
        "connected all 2",
        f"connected {WEB} 172.30.0.2 2 1 0 0 0 1 0 get",
        '"@8"',
        f"refused {WEB} auth 1 3",
        "refused all 1",
    ]


def test_the_filter_knows_what_is_asked(any_host: Host) -> None:
    said = 'r\n"@1"\nhunter2\n"@2"\n'
    any_host.answer("docker-exec", f"{said}{'a' * 64}\n")
    for users, digit in (("", "0"), ("clerk /etc/hostname", "a")):
        about = {"questions": "ECHO @1\nCLIENT LIST\nECHO @2\nINFO", "login_users": users}
        done = any_host.run(shell.script("ask_redis.sh", id="0123456789ab", **about))
        assert done.out.splitlines()[-4:] == ["r", '"@1"', '"@2"', digit * 64]


@pytest.mark.parametrize("status", [1, 124, 126, 137])
def test_how_the_engine_ended_is_how_the_question_ended(any_host: Host, status: int) -> None:
    assert ask(any_host, status) == (status, ["gone"])


SETTINGS = '{"path":"redis-server","args":[],"env":["REDIS_PASSWORD=hunter2"]}'


@pytest.mark.parametrize(
    ("inspect", "awk", "asked"),
    [
        (f"echo '{SETTINGS}'", "", "@login"),
        ("exit 1", "", "@unseen its-settings"),
        # As one that was ended by its deadline.
        (f"echo '{SETTINGS}'", "exit 124", "@unseen its-settings"),
    ],
    ids=["it is read", "the engine says nothing", "it takes too long"],
)
def test_what_could_not_be_read_is_not_said_to_name_nothing(
    any_host: Host, inspect: str, awk: str, asked: str
) -> None:
    words = r"sed -n 's/^\(@[a-z]* *[a-z-]*\).*/\1/p'"
    docker = f"case $* in *inspect*) {inspect} ;; exec*) {words} ;; esac"
    any_host.tool("docker", f"#!/bin/sh\n{docker}\n")
    if awk:
        any_host.tool("env", f"#!/bin/sh\n{awk}\n")
    done = any_host.run(shell.script("ask_redis.sh", id="0123456789ab", look_for="yes"))
    assert asked in "\n".join(done.out.splitlines())
    assert ("@unseen" in done.out) == (asked != "@login")
    assert "hunter2" not in done.out
