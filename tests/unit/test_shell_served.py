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


NOBODY, PERSISTENCE = '"nobody"', "# Persistence\nloading:0\n"
DRAGONFLY = "# Persistence\nlast_success_save:1\n"
RENAMED = "error:\"ERR unknown command 'INFO'\""


@pytest.mark.parametrize(
    ("guarded", "replies", "seen"),
    [
        ("yes", (NOAUTH, OK, PERSISTENCE, PONG), "healthy"),
        ("yes", (NOAUTH, OK, DRAGONFLY, PONG), "healthy"),
        ("yes", (NOAUTH, OK, RENAMED, PONG), "healthy"),
        ("yes", (NOAUTH, OK, "loading:1\n", LOADING), "loading"),
        ("yes", (NOAUTH, NOAUTH, NOAUTH, NOAUTH), "nobody"),
        ("yes", (PONG, NOBODY, PERSISTENCE, PONG), "open"),
        ("no", (PONG, NOBODY, PERSISTENCE, PONG), "healthy"),
        ("no", (PONG, NOBODY, RENAMED, PONG), "healthy"),
        ("no", (LOADING, NOBODY, "loading:1\n", LOADING), "loading"),
        ("no", (NOAUTH, OK, PERSISTENCE, PONG), "shut"),
        ("", (PONG, NOBODY, PERSISTENCE, PONG), "healthy"),
        ("", (NOAUTH, OK, PERSISTENCE, PONG), "healthy"),
        ("", (NOAUTH, NOAUTH, NOAUTH, NOAUTH), "nobody"),
        # Another server listens where it is asked.
        ("", (PONG, '"withheld"', PERSISTENCE, PONG), "silent"),
        ("yes", (PONG, '"withheld"', PERSISTENCE, PONG), "silent"),
    ],
)
def test_with_the_login_that_its_container_holds(
    any_host: Host, guarded: str, replies: tuple[str, ...], seen: str
) -> None:
    assert judged(any_host, replies, users=1, guarded=guarded) == seen


def judged(host: Host, replies: tuple[str, ...], users: int, guarded: str = "yes") -> str:
    answers = "".join(f"{reply}\n" for reply in (OK, *replies)) if replies else ""
    logins = "\n".join("AUTH x" for _ in range(users))
    script = (
        shell.values(
            login_lines=logins, logins_n=users, users=users, guarded=guarded, answers=answers
        )
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


_ANSWERS = """
id=0123 sought=reach
held_words() { :; }
docker_with_input() { cat >/dev/null; printf '%s\\n' "$said"; }
printf 'PING\\n' | inside
"""


@pytest.mark.parametrize("before", ["", "reach -p\nreach 7000\n"], ids=["its port", "another one"])
def test_its_answers_begin_after_what_is_said_of_the_login(any_host: Host, before: str) -> None:
    """Of a server at its usual port nothing is said."""
    said = f"said='{before}r\n\"PONG\"\nr'\n"
    done = any_host.run(said + shell.text("served.sh") + _ANSWERS)
    assert (done.code, done.out) == (0, '"PONG"\nr\n')
