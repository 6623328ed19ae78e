"""What a started Redis says to those who may log in, and to who may not."""

from __future__ import annotations

import pytest
from hosts import Host

from pyinfra_runbooks.engine import shell

NOAUTH = 'error:"NOAUTH Authentication required."'
NO_INFO = "error:\"NOPERM User app has no permissions to run the 'info' command\""
NO_PING = NO_INFO.replace("info", "ping")
LOADING = 'error:"LOADING Redis is loading the dataset in memory"'
PONG, OK, WRONG = '"PONG"', '"OK"', 'error:"WRONGPASS invalid"'


@pytest.mark.parametrize(
    ("replies", "seen"),
    [
        ((NOAUTH, OK, OK, "loading:0\n", PONG), "healthy"),
        ((NOAUTH, OK, OK, "loading:1\n", LOADING), "loading"),
        ((NOAUTH, OK, OK, NO_INFO, PONG), "healthy"),
        ((NOAUTH, OK, OK, NO_INFO, LOADING), "loading"),
        ((NOAUTH, OK, OK, NO_INFO, NO_PING), "healthy"),
        ((NOAUTH, OK, WRONG, NO_INFO, PONG), "part"),
        ((NOAUTH, WRONG, WRONG, NOAUTH, NOAUTH), "nobody"),
        ((PONG, OK, OK, "loading:0\n", PONG), "open"),
        ((NOAUTH, OK, OK), "silent"),
        ((), "silent"),
    ],
)
def test_what_is_seen(any_host: Host, replies: tuple[str, ...], seen: str) -> None:
    assert judged(any_host, replies, users=2) == seen


@pytest.mark.parametrize(
    ("replies", "seen"),
    [
        ((NOAUTH, NOAUTH, NOAUTH), "healthy"),
        ((PONG, "loading:0\n", PONG), "open"),
        ((LOADING, "loading:1\n", LOADING), "loading"),
        ((), "silent"),
    ],
)
def test_where_nobody_knows_who_may_log_in(
    any_host: Host, replies: tuple[str, ...], seen: str
) -> None:
    """That strangers are refused is all that can be proved."""
    assert judged(any_host, replies, users=0) == seen


def judged(host: Host, replies: tuple[str, ...], users: int) -> str:
    answers = "".join(f"{reply}\n" for reply in (OK, *replies)) if replies else ""
    logins = "\n".join("AUTH x" for _ in range(users))
    script = (
        shell.values(login_lines=logins, logins_n=users, users=users, answers=answers)
        + shell.text("served.sh")
        + 'inside() { cat >/dev/null; printf "%s" "$answers"; }\njudge\necho "$seen"\n'
    )
    return host_says(host, script)


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        # The engine's first answer is older than the deadline by the time that it comes.
        (("late running 1", "restarting 3"), "down"),
        (("running 1", "running 2", "restarting 3"), "down"),
        (("exited 0",), "down"),
        (("late running 0", "running 0"), "silent"),
    ],
)
def test_what_dies_again_and_again_is_down_even_while_it_is_seen_running(
    host: Host, looks: tuple[str, ...], seen: str
) -> None:
    """Each look at the container has the next of these answers, and then the last one."""
    script = (
        shell.values(id="1", ready=1, save=3, patience=1, looks="\n".join(looks))
        + shell.text("served.sh")
        + """
        judge() { seen=silent; }
        look_up() {
            answer=${looks%%"$line"*} looks=${looks#*"$line"}
            case $answer in late*) sleep 1.5 ;; *) sleep 0.6 ;; esac
            answer=${answer#late } status=${answer% *} restarts=${answer#* }
        }
        wait_until_healthy
        echo "$seen"
        """
    )
    assert host_says(host, script) == seen


def host_says(host: Host, script: str) -> str:
    return host.run(script).out.strip()
