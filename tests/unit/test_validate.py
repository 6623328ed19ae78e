"""`runbooks validate`: inventories with one mistake each, as people made them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import journals
import pytest
from click.testing import CliRunner

from pyinfra_runbooks.jobs import drift
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.hosts import of_journal, unreached
from pyinfra_runbooks.jobs.report import Report

STACK = """\
from pyinfra_runbooks import Api, HostFile, HttpCheck, Redis, RedisUser, Secret, Stack, Timeouts

stack = Stack(
    "/srv/shop",
    Redis(
        users=(
            RedisUser(
                "app",
                rules="~* &* +@all +@pubsub",
                password=HostFile("secrets/redis_password.txt"),
            ),
        ),
    ),
    services=("api", "redis", "postgres", "caddy"),
    health=(
        HttpCheck("http://api:8000/health", expect={"status": "ok"}),
    ),
    max_disruption="recreate",
)
"""

HOSTS = """\
acme = (
    [("shop-1", {"ssh_hostname": "127.0.0.1", "ssh_port": PORT, "ssh_connect_retries": 0})],
    {
        "ssh_user": "deploy",
        "ssh_key": "ssh/id_ed25519",
        "ssh_known_hosts_file": "ssh/known_hosts",
    },
)
"""

DATA, INVENTORY = "group_data/acme.py", "acme.py"
IN_THE_FILES: dict[str, tuple[str, str, str, int, str]] = {
    # What a person typed, in which file; where that is said, and what.
    "typo-field": (DATA, "max_disruption=", "max_disruptoin=", 18, "mean max_disruption?)"),
    "typo-field-user": (DATA, "rules=", "rule=", 9, "RedisUser.rule: expected one of name, rules"),
    "wrong-type-services": (
        DATA,
        '("api", "redis", "postgres", "caddy")',
        '"api"',
        14,
        "Stack.services: expected a tuple or a list, got a string (not shown) (a comma after it",
    ),
    "users-not-tuple": (
        DATA,
        "            ),\n        ),",
        "            )\n        ),",
        6,
        "a comma",
    ),
    "password-plain": (
        DATA,
        'HostFile("secrets/redis_password.txt")',
        '"hunter2-Secret"',
        10,
        "RedisUser.password: expected a source: HostFile(...), EnvironmentVariable(...),",
    ),
    "redis-service-wrong": (
        DATA,
        "    Redis(\n",
        '    Redis(\n        "cache",\n',
        15,
        "expected 'cache', the stack's redis, among them, got api, redis, postgres, caddy (did you"
        " mean Redis('redis')?)",
    ),
    "api-service-wrong": (
        DATA,
        "    services=",
        '    Api("web"),\n    services=',
        15,
        "expected 'web', the stack's api, among them, got api, redis, postgres, caddy (did you"
        " mean Api('api')?)",
    ),
    "wrong-url-scheme": (
        DATA,
        "http://api:8000/health",
        "api:8000/health",
        16,
        "expected an http or https URL, got 'api:8000/health' (did you mean http://api:8000/health",
    ),
    "wrong-cap": (DATA, '"recreate"', '"recrate"', 18, "'recrate' (did you mean recreate?)"),
    "two-users": (
        DATA,
        "        users=(\n",
        '        users=(\n            RedisUser("app", rules="+@all", password=HostFile("a")),\n',
        8,
        "Redis.users[1].name: expected each user once, got 'app'",
    ),
    "secret-mode-decimal": (
        DATA,
        "    services=",
        '    secrets=(Secret("acl", mode=400),),\n    services=',
        14,
        "expected file permissions such as 0o400, got 400 (did you mean 0o400?)",
    ),
    "timeouts-key": (
        DATA,
        "    services=",
        '    timeouts={"ready": "30s"},\n    services=',
        14,
        "Stack.timeouts: expected a Timeouts(...), got a dict",
    ),
    "syntax-error": (DATA, '"recreate",\n', '"recreate"\n    foo\n', 18, "SyntaxError: invalid"),
    "missing-comma": (DATA, '"app",', '"app"', 8, "Perhaps you forgot a comma?"),
    "import-typo": (
        DATA,
        "HttpCheck, Redis,",
        "HttpChek, Redis,",
        1,
        "ImportError: cannot import name 'HttpChek' from 'pyinfra_runbooks' (did you mean"
        " HttpCheck?)",
    ),
    "not-imported": (DATA, "HttpCheck, Redis,", "Redis,", 16, "NameError: name 'HttpCheck' is not"),
    "stack-not-named": (
        DATA,
        "stack = ",
        "STACK = ",
        3,
        "expected the stack by the name `stack`, got STACK (did you mean stack = Stack(...)?)",
    ),
    "acl-category": (
        DATA,
        "@pubsub",
        "@pubsbu",
        9,
        "no category of Redis (did you mean +@pubsub?)",
    ),
    "acl-a": (
        DATA,
        "+@pubsub",
        "-@dangerouss",
        9,
        "-@dangerouss: no category of Redis (did you me",
    ),
    "acl-b": (DATA, "+@all +@pubsub", "+@al", 9, "+@al: no category of Redis (did you mean +@all?"),
    "acl-f": (DATA, "+@pubsub", "nopass", 9, "expected no 'nopass' in the rules (rule 4)"),
    "acl-g": (
        DATA,
        "+@pubsub",
        ">secretpw",
        9,
        "expected no password or hash in the rules (rule 4",
    ),
    "ssh-key-missing": (
        INVENTORY,
        "id_ed25519",
        "id_rsa",
        5,
        "ssh_key: expected a private key, got 'ssh/id_rsa': there is no such file (did you mean"
        " ssh/id_ed25519?)",
    ),
    "known-hosts-missing": (
        INVENTORY,
        "ssh/known_hosts",
        "ssh/known_host",
        6,
        "ssh_known_hosts_file: expected a file of known hosts, got 'ssh/known_host': there is no"
        " such file (did you mean ssh/known_hosts?)",
    ),
}

FINE: dict[str, tuple[str, str]] = {
    "as it is": ("", ""),
    "secret-mode-string": (
        "    services=",
        '    secrets=(Secret("a", mode="0400"),),\n    services=',
    ),
    "expect-string": ('expect={"status": "ok"}', 'expect="ok"'),
    "acl-d": ("~* &* +@all +@pubsub", "allkeys allchannels allcommands"),
    "acl-e": ("~* &* +@all +@pubsub", "~* +@all -@dangerous"),
    # What only the host knows.
    "path-missing": ("/srv/shop", "/srv/acme"),
    "service-wrong": ('"postgres"', '"postgers"'),
    "password-file-missing": ("redis_password.txt", "redis_pasword.txt"),
    "wrong-url-port": (":8000", ":8080"),
    "wrong-url-path": ("/health", "/v2/health"),
    "secret-unknown": ("    services=", '    secrets=(Secret("acl", mode=0o400),),\n    services='),
}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Stands where the inventory's host would be, to see whether anybody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def place(tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An inventory without a mistake."""
    for folder in ("group_data", "ssh"):
        (tmp_path / folder).mkdir()
    (tmp_path / DATA).write_text(STACK)
    (tmp_path / INVENTORY).write_text(HOSTS.replace("PORT", str(listener.getsockname()[1])))
    for name in ("id_ed25519", "known_hosts"):
        (tmp_path / "ssh" / name).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


def called(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, [*words])
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", IN_THE_FILES)
def test_a_mistake_is_one_line_that_says_where_it_is_and_what_may_be_meant(
    name: str, place: Path, listener: socket.socket
) -> None:
    file, before, after, line, said = IN_THE_FILES[name]
    edit(place / file, before, after)
    code, output = called("validate", INVENTORY)
    assert code == 1
    assert output.startswith(f"{file}:{line}: ")
    assert said in output
    assert output.count("\n") == 1
    assert "hunter2" not in output
    assert "secretpw" not in output
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("name", FINE)
def test_what_may_be_right_is_not_refused(name: str, place: Path) -> None:
    edit(place / DATA, *FINE[name])
    said = "acme.py: nothing is wrong in its files (1 host; --hosts asks there, too)\n"
    assert called("validate", INVENTORY) == (0, said)


@pytest.mark.parametrize("command", ["check", "correct"])
def test_every_run_judges_by_the_same_rules(
    command: str, place: Path, listener: socket.socket
) -> None:
    edit(place / INVENTORY, "id_ed25519", "id_rsa")
    code, output = called(command, INVENTORY)
    assert code == 1
    assert "acme.py:5: ssh_key: expected a private key, got 'ssh/id_rsa'" in output
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_command_that_is_not_known_is_perhaps_a_modules(place: Path) -> None:
    edit(place / DATA, "+@pubsub", "+foo +ft.search +config|get")
    code, output = called("validate", INVENTORY)
    assert code == 0
    first, last = output.splitlines()
    assert first.startswith("group_data/acme.py:9: RedisUser.rules: +foo names no command that is")
    assert last.startswith("acme.py: nothing is wrong")


def test_a_check_of_what_is_almost_a_service_is_perhaps_of_a_host(place: Path) -> None:
    """It may be an alias, or another machine's name: no run is kept from anything by it."""
    edit(place / DATA, "//api:", "//apii:")
    code, output = called("validate", INVENTORY)
    assert code == 0
    first = "group_data/acme.py:16: 'apii' is no service of the stack (did you mean api?)"
    assert output.splitlines()[0] == first


def test_a_host_without_a_stack_is_said(place: Path) -> None:
    (place / DATA).unlink()
    code, output = called("validate", INVENTORY)
    assert code == 0
    assert output.startswith("acme.py:2: shop-1 has no stack: it is looked at, and no job changes")


def test_a_key_in_a_directory_that_is_not_here_is_on_another_machine(place: Path) -> None:
    edit(place / INVENTORY, "ssh/id_ed25519", "/nowhere/at/all/id_rsa")
    assert called("validate", INVENTORY)[0] == 0


def test_it_takes_one_inventory(place: Path) -> None:
    assert called("validate", INVENTORY, "other.py")[0] == 1
    assert called("validate", "no.py") == (1, "there is no no.py\n")


# With --hosts


def looked(monkeypatch: pytest.MonkeyPatch, *entries: dict[str, object], error: str = "") -> None:
    """What the look at the host comes to, instead of one."""
    hosts = tuple(of_journal([journals.run("shop-1"), *entries], corrected=False))
    if error:
        hosts = (unreached("shop-1", error),)
    report = replace(journals.report("check"), hosts=hosts, error="")
    assert isinstance(report, Report)
    monkeypatch.setattr(drift, "check", lambda _: report)


@pytest.mark.parametrize(
    ("kind", "subject", "resolution", "line"),
    [
        ("not-declared", "postgres", "refusal", 14),
        ("check-mistaken", "health", "refusal", 16),
        ("secret-file", "secrets/redis_password.txt", "refusal", 10),
    ],
)
def test_what_only_a_host_can_say(
    kind: str,
    subject: str,
    resolution: str,
    line: int,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = "http://api:8000/health can't work" if subject == "health" else "does not fit"
    found = journals.finding(kind, subject, resolution, problem=said)
    found["resolution"] |= {
        "instead": "correct its name in the inventory",
        "in_inventory": kind == "secret-file",
    }
    looked(monkeypatch, journals.look("shop-1", 1, found, journals.WRONG))
    assert called("validate", INVENTORY, "--hosts") == (
        1,
        f"group_data/acme.py:{line}: shop-1: {subject}: {said} (shop-{subject}-1 is on"
        " shop_test; correct its name in the inventory)\n",
    )


def test_a_host_that_is_not_reached(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked(monkeypatch, error="no answer")
    code, output = called("validate", INVENTORY, "--hosts")
    assert (code, output) == (1, "acme.py:2: shop-1: it could not be reached: no answer\n")


def test_a_host_that_fits_though_it_is_broken(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked(monkeypatch, journals.look("shop-1", 1, journals.WRONG))
    code, output = called("validate", INVENTORY, "--hosts")
    assert (code, output) == (0, "acme.py: nothing is wrong, and 1 host agreed\n")
