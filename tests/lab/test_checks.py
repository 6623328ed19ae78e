"""Checks that can't work, repairs that did not help, and jobs: nothing is done in vain."""

from __future__ import annotations

from pathlib import Path
from shlex import quote

import pytest
import seen

from lab.console import wait_until
from lab.hosts import API, DIRECTORY, PROJECT, REDIS, Host
from lab.project import compose
from lab.runs import RECOVERY, pyinfra, with_stack

_MAIN = f"{DIRECTORY}/api/main.py"


def _started(host: Host) -> str:
    return host.run(f"docker inspect --format '{{{{.State.StartedAt}}}}' {API}")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://apy:8000/api/v1/health", "did you mean api?"),
        ("http://api:8080/api/v1/health", "nothing listens on port 8080 in api"),
        ("http://api:8000/health", "404 Not Found"),
        ("https://api:8000/api/v1/health", "does not speak TLS"),
    ],
)
def test_a_check_that_cant_work_restarts_nobody(
    redis7: Host, tmp_path: Path, url: str, says: str
) -> None:
    before = seen.snapshot(redis7)
    wrong = with_stack(
        tmp_path,
        f"health=(HttpCheck({url!r}, expect={{'status': 'ok', 'redis_connection': 'ok'}}),)",
    )
    run = pyinfra("-y", RECOVERY, "--limit", redis7.name, *wrong)
    assert run.rc != 0
    assert says in run.text, str(run)
    assert "[check-mistaken]" in run.text
    assert seen.changes(before, seen.snapshot(redis7)) == {}


SOUND = (
    "TcpCheck('qdrant', 6333)",
    "CommandCheck('postgres', command=('pg_isready', '-t', '3'), contains='accepting connections')",
    "HttpCheck('http://qdrant:6333/readyz')",
    "ContainerCheck('redis')",
)


def test_checks_of_every_kind_prove_health(redis7: Host, tmp_path: Path) -> None:
    before = seen.snapshot(redis7)
    every = with_stack(tmp_path, f"health=({', '.join(SOUND)},)")
    run = pyinfra("-y", RECOVERY, "--limit", redis7.name, *every)
    assert run.rc == 0, str(run)
    assert "qdrant:6333 accepts connections" in run.text, str(run)
    assert "pg_isready in postgres ended with 0 and printed accepting connections" in run.text
    assert "http://qdrant:6333/readyz answered 200" in run.text
    assert "the container check of redis passes" in run.text
    # Its redis-cli ping ends with 0 on NOAUTH.
    assert "redis: has a health check that can't fail when it should" in run.text
    assert seen.changes(before, seen.snapshot(redis7)) == {}


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("TcpCheck('qdrant', 6334)", "nothing listens on port 6334 in qdrant"),
        ("TcpCheck('qdrnt', 6333)", "qdrnt does not resolve"),
        ("CommandCheck('redis', command=('pg_isready',))", "pg_isready is not there"),
        ("ContainerCheck('qdrant')", "qdrant has no health check of its own"),
    ],
)
def test_a_check_of_another_kind_that_cant_work_restarts_nobody(
    redis7: Host, tmp_path: Path, check: str, says: str
) -> None:
    before = seen.snapshot(redis7)
    run = pyinfra(
        "-y", RECOVERY, "--limit", redis7.name, *with_stack(tmp_path, f"health=({check},)")
    )
    assert run.rc != 0
    assert says in run.text, str(run)
    assert "[check-mistaken]" in run.text
    assert seen.changes(before, seen.snapshot(redis7)) == {}


def test_a_service_that_is_asked_by_command_is_not_repaired_for_another(
    redis7: Host, tmp_path: Path
) -> None:
    """A command that fails in PostgreSQL is no reason to restart the API."""
    before = _started(redis7)
    fails = "CommandCheck('postgres', command=('pg_isready', '-p', '1'))"
    run = pyinfra(
        "-y", RECOVERY, "--limit", redis7.name, *with_stack(tmp_path, f"health=({fails},)")
    )
    assert run.rc != 0
    assert "pg_isready in postgres ended with 2" in run.text, str(run)
    assert _started(redis7) == before


def test_a_container_that_docker_has_yet_to_ask_is_waited_for(redis7: Host, tmp_path: Path) -> None:
    bare = with_stack(tmp_path, "health=(ContainerCheck('redis'),)")
    redis7.run("docker restart -t 30 " + REDIS)
    run = pyinfra("-y", "runbooks/verify.py", "--limit", redis7.name, *bare)
    assert run.rc == 0, str(run)
    state = redis7.run(f"docker inspect --format '{{{{.State.Health.Status}}}}' {REDIS}")
    assert state.strip() == "healthy"


def test_a_proxy_that_answers_404_hides_no_outage(redis7: Host, tmp_path: Path) -> None:
    """As Traefik does for whom it has no route to; nobody asks the API itself."""
    public = with_stack(
        tmp_path, "health=tuple(c for c in lab.health if c.host == 'aiwfe.com'), services=()"
    )
    redis7.run(f"""set -eu
        sed 's/reverse_proxy api:8000/&\\n\thandle_errors {{\\n\t\trespond 404\\n\t}}/' \\
            {DIRECTORY}/Caddyfile >/tmp/Caddyfile
        cat /tmp/Caddyfile >{DIRECTORY}/Caddyfile
        rm /tmp/Caddyfile
        docker restart -t 2 {PROJECT}-caddy-1
        docker stop --time 30 {API}""")
    run = pyinfra("-y", RECOVERY, "--limit", redis7.name, *public)
    assert run.rc == 0, str(run)
    assert "check-mistaken" not in run.text
    assert redis7.health() == {"status": "ok", "redis_connection": "ok"}


def test_a_restart_that_did_not_help_is_not_made_again(redis7: Host, tmp_path: Path) -> None:
    quick = with_stack(tmp_path, "timeouts=Timeouts(recover=1, healthy=5)")
    redis7.run(f"""sed -i 's/host=os.environ\\["REDIS_HOST"\\]/host="nowhere"/' {_MAIN}
        docker restart -t 2 {API}""")
    degraded = {"status": "degraded", "redis_connection": "error"}
    wait_until(lambda: redis7.health() == degraded, "the API to be degraded", timeout=30)
    before = _started(redis7)

    first = pyinfra("-y", RECOVERY, "--limit", redis7.name, *quick)
    once = _started(redis7)
    assert first.rc != 0
    assert once != before, str(first)

    second = pyinfra("-y", RECOVERY, "--limit", redis7.name, *quick)
    assert second.rc != 0
    assert _started(redis7) == once, str(second)
    assert "did not help, and nothing has changed since" in second.text, str(second)

    redis7.run(f"docker restart -t 2 {API}")
    wait_until(lambda: redis7.health() == degraded, "the API to be degraded", timeout=30)
    again = _started(redis7)
    pyinfra("-y", RECOVERY, "--limit", redis7.name, *quick)
    assert _started(redis7) != again


_MORE = """  migrate:
    image: lab/python:3.13
    command: [python3, -c, pass]
    networks: [ai_workflow_engine_net]
  seed:
    image: lab/python:3.13
    command: [python3, -c, pass]
    restart: "no"
    networks: [ai_workflow_engine_net]
  redis-cache:
    image: ${REDIS_IMAGE}
    healthcheck: {test: [CMD, redis-cli, ping]}
    networks: [ai_workflow_engine_net]"""


def test_a_job_is_not_taken_for_a_server_that_was_stopped(redis7: Host, tmp_path: Path) -> None:
    """The inventory names no services: what Compose declares tells."""
    file = f"{DIRECTORY}/docker-compose.yml"
    redis7.run(f"""set -eu
        export more={quote(_MORE)}
        awk '{{ print }} /^services:/ {{ print ENVIRON["more"] }}' {file} >/tmp/more
        cat /tmp/more >{file}
        rm /tmp/more""")
    compose(redis7, "up --detach --no-deps migrate seed redis-cache")
    names = " ".join(f"--filter name={PROJECT}-{job}-1" for job in ("migrate", "seed"))
    ended = f"docker ps --all --filter status=exited {names} --format '{{{{.Names}}}}'"
    wait_until(lambda: len(redis7.run(ended).split()) == 2, "the jobs to end", timeout=20)
    anybody = with_stack(tmp_path, "services=()")

    wait_until(
        lambda: pyinfra("-y", RECOVERY, "--limit", redis7.name, *anybody).rc == 0,
        "the deployment to be over",
        timeout=30,
    )
    healthy = pyinfra("-y", RECOVERY, "--limit", redis7.name, *anybody)
    assert healthy.rc == 0, str(healthy)
    assert "migrate: has ended" in healthy.text
    assert "seed: has ended" not in healthy.text

    redis7.run(f"docker stop --time 30 {PROJECT}-redis-cache-1")
    started = pyinfra("-y", RECOVERY, "--limit", redis7.name, *anybody)
    assert started.rc == 0, str(started)
    assert "redis-cache" in started.text
    assert "[redis-stopped]" in started.text
    running = f"docker inspect --format '{{{{.State.Running}}}}' {PROJECT}-redis-cache-1"
    assert redis7.run(running).strip() == "true"
