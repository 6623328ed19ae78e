"""own_check.awk, in every awk there is: of a container's own health check only a verdict leaves."""

from __future__ import annotations

import json

import pytest
from awks import AWKS, SECRET, filtered

from pyinfra_runbooks.engine.own_checks import OwnCheck, parse

ID = "0123456789ab"


def inspected(test: list[str], times: str = "0 0 0 0", ended: str = "0 0", said: str = "") -> str:
    """What the template comes to, as Go prints JSON."""
    shown = json.dumps(test, separators=(",", ":"))
    shown = shown.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return f"check\t{ID}\t{times}\t{ended}\t{said}\t{shown}\n"


def read(awk: tuple[str, ...], test: list[str], times: str = "0 0 0 0", ended: str = "0 0") -> str:
    printed = filtered(awk, "own_check.awk", inspected(test, times, ended))
    found = parse(printed.splitlines())
    return found[ID].cannot_fail


def shell(line: str) -> list[str]:
    return ["CMD-SHELL", line]


CANT: dict[str, list[list[str]]] = {
    "always": [
        shell("curl -f http://localhost/ || true"),
        shell("curl -f http://localhost/ || exit 0"),
        shell("curl -f http://localhost/ ||true ;"),
        shell("curl -f http://localhost/; exit 0"),
        shell("curl -f http://localhost/\ntrue"),
        shell("pg_isready && echo ok || echo bad"),
        shell("pg_isready || :"),
        shell("true"),
        shell("exit 0"),
        shell("echo ok"),
        ["CMD", "true"],
        ["CMD", "/bin/true"],
        ["CMD", "echo", "it is all well"],
        ["CMD", "sh", "-c", "pg_isready || true"],
        ["CMD", "/bin/bash", "-c", "pg_isready || true"],
    ],
    "redis": [
        ["CMD", "redis-cli", "ping"],
        ["CMD", "/usr/local/bin/redis-cli", "-h", "localhost", "ping"],
        ["CMD", "valkey-cli", "--pass", SECRET, "ping"],
        ["CMD", "redis-cli", "--raw", "incr", "ping"],
        ["CMD-SHELL", "redis-cli ping"],
        shell("redis-cli -a $REDIS_PASSWORD ping"),
        shell(f'redis-cli -a "{SECRET}" ping || exit 1'),
        shell(f"REDISCLI_AUTH='{SECRET}' redis-cli ping > /dev/null 2>&1"),
        shell("timeout 3 redis-cli ping"),
        ["CMD", "sh", "-c", 'redis-cli -a "$PASS" ping'],
    ],
    "curl": [
        shell("curl http://localhost:8000/health"),
        shell("curl -sS http://localhost:8000/health || exit 1"),
        shell("curl -s -o /dev/null http://localhost:8000/health"),
        ["CMD", "curl", "-s", f"http://user:{SECRET}@localhost/health"],
    ],
    "": [
        shell("curl -f http://localhost/health"),
        shell("curl -fsS http://localhost/health || exit 1"),
        shell("curl -sf localhost:8000/health"),
        shell("curl --fail http://localhost/health"),
        shell("curl --fail-with-body http://localhost/health"),
        shell("curl -s telnet://localhost:80"),
        shell("curl -s http://localhost | grep -q ok"),
        shell("curl -s -w '%{http_code}' http://localhost | grep 200"),
        shell('[ "$(redis-cli ping)" = PONG ]'),
        shell('[ "$(valkey-cli --no-auth-warning --pass "${PASS}" ping)" = PONG ]'),
        shell("redis-cli ping | grep PONG"),
        shell("redis-cli -e ping"),
        shell("redis-cli ping && redis-cli -e get x"),
        shell("test $(redis-cli ping) = PONG || exit 1"),
        shell("pg_isready -U app"),
        shell("pg_isready || exit 1; exit 0"),
        shell("pg_isready || exit; true"),
        shell("set -e; pg_isready; true"),
        shell("if pg_isready; then exit 0; else exit 1; fi"),
        shell("pg_isready && true"),
        shell("wget --spider http://localhost/"),
        shell('grep -q "a || true"'),
        shell("echo 'unfinished"),
        shell("pg_isready # || true"),
        shell("exec pg_isready; true"),
        shell("nc -z localhost 80"),
        shell("ls /tmp/exit || ls x"),
        shell("healthcheck.sh --connect --innodb_initialized"),
        shell("python -c 'import sys; sys.exit(1)'"),
        ["CMD", "pg_isready"],
        ["CMD", "sh", "-c", "exec healthy"],
        ["CMD", "/bin/grpc_health_probe", "-addr=:50051"],
        ["CMD", "node", "healthcheck.js"],
        ["CMD"],
    ],
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("test", "verdict"),
    [(test, verdict) for verdict, tests in CANT.items() for test in tests],
    ids=str,
)
def test_whether_it_can_fail(awk: tuple[str, ...], test: list[str], verdict: str) -> None:
    assert read(awk, test) == verdict


@pytest.mark.parametrize("awk", AWKS)
def test_nothing_of_the_command_is_printed(awk: tuple[str, ...]) -> None:
    for test in (t for tests in CANT.values() for t in tests):
        printed = filtered(awk, "own_check.awk", inspected([*test, SECRET]))
        assert SECRET not in printed
        assert printed.count("\n") == 1
        assert not {"http", "localhost", "ping"} & set(printed.replace("\t", " ").split())


@pytest.mark.parametrize("awk", AWKS)
def test_what_it_is_set_to_and_how_it_ended(awk: tuple[str, ...]) -> None:
    line = inspected(["CMD", "x"], "5000000000 3000000000 60000000000 4", "7 0 1 127")
    assert parse(filtered(awk, "own_check.awk", line).splitlines()) == {
        ID: OwnCheck(5, 3, 60, 4, streak=7, code=127)
    }
    never_run = inspected(["CMD", "x"], ended="0")
    assert parse(filtered(awk, "own_check.awk", never_run).splitlines()) == {ID: OwnCheck(streak=0)}


@pytest.mark.parametrize("awk", AWKS)
def test_what_is_no_check_is_left_and_none_is_nothing(awk: tuple[str, ...]) -> None:
    others = '{"id":"a\\tb"}\nError: No such object: x\n'
    none = f'check\t{ID}\t\t\t\t\ncheck\t{ID}\t0 0 0 0\t\t\t["NONE"]\n'
    broken = f"check\t{ID}\t{SECRET}\n"
    assert filtered(awk, "own_check.awk", others + none + broken) == others


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Health check exceeded timeout (3s): " + SECRET, -1),
        (f'exec: \\"curl\\": executable file not found in $PATH: unknown {SECRET}', 127),
    ],
)
def test_what_could_not_be_started_has_the_code_of_a_shell(
    awk: tuple[str, ...], said: str, code: int
) -> None:
    line = inspected(["CMD", "curl", "-f", "x"], ended="3 0 -1", said=f'"{said}"')
    printed = filtered(awk, "own_check.awk", line)
    assert SECRET not in printed
    assert parse(printed.splitlines())[ID].code == code


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("piece", ['"', "\\", '"\\', "'", "a;"])
def test_of_a_long_one_nothing_is_known(awk: tuple[str, ...], piece: str) -> None:
    """What finds its quotes takes minutes for it."""
    assert read(awk, shell(f"true || {piece * 60_000}; true")) == ""
    assert read(awk, shell(f"true; {'echo x; ' * 400} true")) == "always"
