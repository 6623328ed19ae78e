"""Start-up validation on real hosts: what keeps the API from starting, and what repairs it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest
import seen

from lab.console import wait_until
from lab.faults.catalogue import FAULTS
from lab.faults.common import NOT_LOADED, wrong_network
from lab.healing import having, heal
from lab.hosts import API, DIRECTORY, PROJECT, Host
from lab.redis import ask
from lab.runs import RECOVERY, pyinfra
from lab.stacks import BARE
from pyinfra_runbooks.packs.clients.faults.startup import up_again

REDIS_JOB, POSTGRES_JOB = (f"{PROJECT}-{server}-serves-api-1" for server in ("redis", "postgres"))
DECLARE = "runbooks/declare_networks.py"
POSTGRES = f"{PROJECT}-postgres-1"
_WRONG = "0" * 64


def _another_password(host: Host) -> None:
    """In the running Redis; connections that are open stay so."""
    ask(host, f"ACL SETUSER lwe-app resetpass #{_WRONG}")


CAUSES: dict[str, tuple[Callable[[Host], object], str, tuple[str, ...]]] = {
    "without its ACL": (
        lambda host: ask(host, *NOT_LOADED),
        "redis:6379: WRONGPASS: the user lwe-app is refused, after 3 s",
        (),
    ),
    "on another network": (
        wrong_network,
        'redis:6379: no such name "redis" on this network, after 10 s',
        (),
    ),
    # Nobody can log in to have it save.
    "with another password": (
        _another_password,
        "redis:6379: WRONGPASS: the user lwe-app is refused, after 3 s",
        ("--data", "allow_data_loss=redis"),
    ),
}


def _state(host: Host, container: str) -> tuple[str, int]:
    state = host.docker().containers.get(container).attrs["State"]
    return state["Status"], state["ExitCode"]


def _log(host: Host, container: str) -> str:
    return host.run(f"docker logs --tail 1 {container} 2>&1").strip()


@pytest.mark.parametrize(
    ("cause", "says", "data"),
    [
        pytest.param(*case, id=name, marks=[pytest.mark.thorough] * (name != "without its ACL"))
        for name, case in CAUSES.items()
    ],
)
def test_redis_keeps_the_api_from_starting_until_it_is_repaired(
    redis7: Host, cause: Callable[[Host], object], says: str, data: tuple[str, ...]
) -> None:
    cause(redis7)
    said = up_again(redis7)
    assert "redis-serves-api" in said
    assert "didn't complete successfully" in said
    assert _state(redis7, API)[0] == "created"
    assert _state(redis7, REDIS_JOB) == ("exited", 1)
    assert (
        _log(redis7, REDIS_JOB).removesuffix("s").rpartition(", after")[0]
        == (says.removesuffix("s").rpartition(", after")[0])
    )

    run = pyinfra("-y", RECOVERY, *data, "--limit", redis7.name)
    assert run.rc == 0, str(run)
    assert not {"validation-failed", "api-stopped"} & run.kinds(redis7.name), str(run)
    promised = "start api, once its validation has run again"
    assert promised in run.text, str(run)
    assert redis7.is_healthy()
    assert _state(redis7, API)[0] == "running"
    assert _state(redis7, REDIS_JOB) == ("exited", 0)
    assert _log(redis7, REDIS_JOB) == "redis:6379: serves the user lwe-app"

    seen.drain(redis7)
    before = seen.snapshot(redis7)
    again = pyinfra("-y", RECOVERY, "--limit", redis7.name)
    assert again.rc == 0, str(again)
    assert again.changes(redis7.name) == [], str(again)
    assert seen.changes(before, seen.snapshot(redis7)) == {}


def test_what_stays_broken_starts_no_api(redis8: Host) -> None:
    """Nobody allowed what the repair of Redis takes: then nothing else is started past it."""
    _another_password(redis8)
    up_again(redis8)
    run = pyinfra("-y", RECOVERY, "--limit", redis8.name)
    assert run.rc == 1, str(run)
    assert _state(redis8, API)[0] == "created"
    assert _state(redis8, REDIS_JOB) == ("exited", 1)


@pytest.mark.thorough
def test_postgres_that_answers_nobody_keeps_it_from_starting(redis8: Host) -> None:
    """Its name is there, and its port is open: who is asked has to answer."""
    redis8.run(f"docker kill --signal STOP {POSTGRES}")
    try:
        said = up_again(redis8)
        assert "postgres-serves-api" in said
        assert _state(redis8, API)[0] == "created"
        assert _log(redis8, POSTGRES_JOB).startswith("postgres:5432: nobody answers, after 1")
    finally:
        redis8.run(f"docker kill --signal CONT {POSTGRES}")
    run = pyinfra("-y", RECOVERY, "--limit", redis8.name)
    assert run.rc == 0, str(run)
    assert redis8.is_healthy()
    assert _state(redis8, POSTGRES_JOB) == ("exited", 0)


def test_a_postgres_that_was_stopped_is_started_for_it(redis8: Host) -> None:
    """By Compose, since the validation depends on it, and by the recovery, since the API does."""
    redis8.run(f"docker stop --time 30 {POSTGRES} && docker rm --force {API}")
    host_up = up_again(redis8)
    assert _state(redis8, POSTGRES)[0] == "running", host_up
    wait_until(redis8.is_healthy, "the API", timeout=30)
    redis8.run(f"docker stop --time 30 {POSTGRES}")
    run = pyinfra("-y", RECOVERY, "--limit", redis8.name)
    assert run.rc == 0, str(run)
    assert _state(redis8, POSTGRES)[0] == "running"


def test_no_password_is_where_others_see_it(redis7: Host) -> None:
    """Neither in what Docker says of the validation, nor in its log."""
    password = redis7.password()
    shown = redis7.run(f"docker inspect {REDIS_JOB}; docker logs {REDIS_JOB} 2>&1")
    assert "REDIS_PASSWORD_FILE" in shown
    assert password not in shown


@pytest.mark.thorough
def test_what_it_costs_where_all_is_healthy(
    redis8: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    """`up` of an API that was removed, with its validation and without it, in turns."""
    took: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(5):
        for name, options in (("with", ""), ("without", "--no-deps")):
            redis8.run(f"docker rm --force {API}")
            began = time.monotonic()
            redis8.run(f"cd {DIRECTORY} && docker compose up --detach {options} api")
            took[name].append(time.monotonic() - began)
            wait_until(redis8.is_healthy, "the API", timeout=30)
    medians = {name: statistics.median(seconds) for name, seconds in took.items()}
    with capsys.disabled():
        print(
            f"\ndocker compose up of the API, median of 5: {medians['with']:.2f} s with its"
            f" start-up validation, {medians['without']:.2f} s without"
            f" (validated: {'; '.join(_log(redis8, job) for job in (REDIS_JOB, POSTGRES_JOB))})"
        )
    assert _state(redis8, REDIS_JOB) == _state(redis8, POSTGRES_JOB) == ("exited", 0)


@pytest.mark.thorough
def test_any_stack_gets_it_by_a_patch(redis8: Host) -> None:
    """One without start-up validation: it is written, and keeps the API from starting."""
    with having(BARE, [redis8]) as (host,):
        options = ("--limit", host.name, "--data", "validate=api", "--data", "confirm=true")
        before = _made(host)
        run = pyinfra("-y", DECLARE, *options, inventory=host.inventory)
        assert run.rc == 0, str(run)
        assert set(run.outcomes(host.name).values()) == {"success"}, str(run)
        assert f"The next `up` recreates {API} for it." in run.text, str(run)
        assert host.password() not in run.text
        assert _made(host) == before

        host.run(f"cd {DIRECTORY} && docker compose up --detach --timeout 30")
        wait_until(host.is_healthy, "the API", timeout=60)
        now = _made(host)
        assert {name for name in before if now[name] != before[name]} == {API}
        assert now.keys() - before.keys() == {REDIS_JOB}
        assert _state(host, REDIS_JOB) == ("exited", 0)
        assert _log(host, REDIS_JOB) == "redis:6379: serves the user lwe-app"
        again = pyinfra("-y", DECLARE, *options, inventory=host.inventory)
        assert (again.rc, again.stdout) == (0, ""), str(again)
        assert set(again.outcomes(host.name).values()) == {"no_change"}, str(again)

        ask(host, *NOT_LOADED)
        assert "didn't complete successfully" in up_again(host)
        assert _state(host, API)[0] == "created"
        assert _state(host, REDIS_JOB) == ("exited", 1)
        assert "WRONGPASS: the user lwe-app is refused" in _log(host, REDIS_JOB)


def _made(host: Host) -> dict[str, str]:
    """Every container, by its name, also those that have ended."""
    return {c.name: c.id for c in host.docker().containers.list(all=True)}


def test_a_healthy_stack_has_no_finding_for_its_validations(redis7: Host) -> None:
    heal(redis7)
    assert "never-started-acl" in FAULTS
    before = seen.snapshot(redis7)
    assert {REDIS_JOB, POSTGRES_JOB} < before["containers"].keys()
    run = pyinfra("-y", RECOVERY, "--limit", redis7.name)
    assert run.rc == 0, str(run)
    assert run.kinds(redis7.name) == set()
    assert seen.changes(before, seen.snapshot(redis7)) == {}
