"""A known password is nowhere to be found but where it belongs, whatever is run."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from shlex import quote

import pytest
import seen
from seen import on_each

from lab.console import wait_until
from lab.faults.catalogue import break_host
from lab.healing import heal
from lab.hosts import DIRECTORY, HOSTS, Host
from lab.printed import Printed, printed
from lab.project import INCOMING, SETTLE, compose
from lab.runs import RECOVERY, ROOT, Run, pyinfra, with_stack
from lab.watching import Watch, events, files_with, found_in, left_behind, watched

PASSWORD = """kn0wn "pass'word" $HOME +/=?&% é €"""
SECRET = f"{DIRECTORY}/secrets/redis_password.txt"

# Lines of a .env with a secret, which Compose repeats when it says what is wrong with them, and
# what is said instead. A quote that isn't closed is missed where the file ends.
BROKEN = {
    "an unterminated quote": (
        *('NOTE="{secret}', "secret-not-mounted"),
        ".env, line 3: a quote is not closed",
    ),
    "no name": (
        *("{secret}!=x", "secret-not-mounted"),
        ".env, line 2: a variable's name holds a character",
    ),
    # What a container has is compared; what there is none of, nothing tells.
    "a variable in it": (
        *("NOTE=abc${secret}", "redis-removed"),
        "1 that no compose file names as ${NAME}",
    ),
}


@pytest.fixture(scope="module", autouse=True)
def logs() -> Iterator[dict[str, Printed]]:
    """Every host's engine keeps what its containers print."""
    with ExitStack() as entered:
        yield {host.name: entered.enter_context(printed(host)) for host in HOSTS}


@pytest.fixture(scope="module", autouse=True)
def _known_password(logs: dict[str, Printed]) -> Iterator[None]:
    """Every host's Redis and API have the known password, and their own again afterwards."""
    own = on_each(Host.password)
    on_each(lambda host: _set_password(host, PASSWORD))
    yield
    on_each(heal)
    on_each(lambda host: _set_password(host, own[host.name]))


def _set_password(host: Host, password: str) -> None:
    """A member of the group docker has to read it by a container: the file itself is not for it."""
    host.run(
        f"printf '%s\\n' {quote(password)} >{SECRET}; cd {DIRECTORY} && sh {INCOMING}/{SETTLE};"
        f" chgrp 999 {SECRET}"
    )
    compose(host, "restart --timeout 30 redis api")
    wait_until(host.is_healthy, f"{host.name} with another password", timeout=30)
    seen.drain(host)


def test_the_watch_catches_what_it_looks_for() -> None:
    """A watcher that sees nothing proves nothing: these processes live for 50 ms."""
    with watched(PASSWORD) as watch:
        for host in HOSTS:
            host.run(f'password=$(cat {SECRET}); sh -c "sleep 0.05; :" - "$password"')
            host.run(f'password=$(cat {SECRET}); export password; sh -c "sleep 0.05; :"')
        subprocess.run(["sh", "-c", "sleep 0.05; :", "-", PASSWORD], check=True)
    for place in (*(host.name for host in HOSTS), "controller"):
        assert any(hit.endswith("cmdline") for hit in watch.hits[place]), watch
    for host in HOSTS:
        assert any(hit.endswith("environ") for hit in watch.hits[host.name]), watch
        assert files_with(host, PASSWORD, f"{DIRECTORY}/secrets")


def test_what_containers_print_is_kept(logs: dict[str, Printed]) -> None:
    for host in HOSTS:
        host.run(f"docker run --rm -v {SECRET}:/file:ro {host.redis.name} cat /file")
        assert found_in(logs[host.name].text(), PASSWORD)
        logs[host.name].forget()


def _shows_nothing(
    run: Run, watch: Watch, since: float, logs: dict[str, Printed], secret: str = PASSWORD
) -> None:
    assert found_in(run.stdout + run.stderr, secret) == []
    assert watch.hits == {place: set() for place in (*(h.name for h in HOSTS), "controller")}
    assert min(watch.passes.values()) > 20, watch.passes
    for host in HOSTS:
        assert left_behind(host, secret, since) == []
        assert found_in(logs[host.name].text(), secret) == []
        # Or nothing was looked through.
        assert "exec_create" in events(host, since) or secret != PASSWORD
    assert not (ROOT / "pyinfra-debug.log").exists()


def test_a_recovery_shows_nothing(logs: dict[str, Printed]) -> None:
    """The password stays on the host."""
    on_each(lambda host: break_host(host, "incident"))
    start = time.time()
    with watched(PASSWORD) as watch:
        run = pyinfra("-y", "-vvv", "--diff", RECOVERY)
    assert run.rc == 0, "the recovery failed"
    _shows_nothing(run, watch, start, logs)
    assert all(on_each(Host.is_healthy).values())


@pytest.mark.thorough
def test_a_recovery_with_the_controllers_password_shows_nothing(
    tmp_path: Path, logs: dict[str, Printed]
) -> None:
    """The password travels to the host, into Redis' answers and into a file."""
    source = "EnvironmentVariable('KNOWN_PASSWORD')"
    user = f"replace(lab.servers[0].users[0], password={source})"
    secret = f"Secret('redis_password', content={source}, owner=999, mode=0o440)"
    changes = with_stack(
        tmp_path,
        f"components=(replace(lab.servers[0], users=({user},)), *lab.clients),"
        f" secrets=(lab.secrets[0], {secret})",
    )
    on_each(lambda host: break_host(host, "incident"))
    on_each(lambda host: host.run(f"echo other >{SECRET}"))
    start = time.time()
    with watched(PASSWORD, environments=False) as watch:
        env = {"KNOWN_PASSWORD": PASSWORD}
        run = pyinfra("-y", "-vvv", "--diff", "--json", "--debug", *changes, RECOVERY, env=env)
    assert run.rc == 0, "the recovery failed"
    _shows_nothing(run, watch, start, logs)
    assert set(on_each(Host.password).values()) == {PASSWORD}
    assert all(on_each(Host.is_healthy).values())


@pytest.mark.thorough
def test_verifying_and_failing_show_nothing(logs: dict[str, Printed]) -> None:
    """Nor does a run that refuses, or one that proves the stack to be unhealthy."""
    on_each(lambda host: break_host(host, "secret-not-mounted"))
    for arguments in (("runbooks/verify.py",), (RECOVERY, "--data", "max_disruption=none")):
        start = time.time()
        with watched(PASSWORD) as watch:
            run = pyinfra("-y", "-vvv", "--debug", *arguments)
        assert run.rc == 1, "it did not fail"
        _shows_nothing(run, watch, start, logs)


@pytest.mark.parametrize(
    ("line", "fault", "said"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.thorough] * (name != "a variable in it"))
        for name, case in BROKEN.items()
    ],
)
def test_a_broken_env_file_shows_nothing(
    line: str, fault: str, said: str, logs: dict[str, Printed]
) -> None:
    """What can't be resolved is said by file and line, and no Redis is recreated from it."""
    secret = f"h{time.time_ns()}x"
    file = f"{DIRECTORY}/.env"
    start = time.time()
    try:
        on_each(lambda host: break_host(host, fault))
        on_each(lambda host: host.run(f"echo {quote(line.format(secret=secret))} >>{file}"))
        with watched(secret) as watch:
            run = pyinfra("-y", "-vvv", "--debug", RECOVERY)
        _shows_nothing(run, watch, start, logs, secret)
        assert run.rc == 1, "it did not fail"
        for host in HOSTS:
            assert said in "\n".join(run.said(host.name)), f"{host.name} does not say: {said}"
    finally:
        on_each(seen.healed)
