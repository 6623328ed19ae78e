"""What an inventory may say, what it is told when it is wrong, and that no secret gets out."""

from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks import settings
from pyinfra_runbooks.errors import RunbookError, SettingsError
from pyinfra_runbooks.settings import (
    Api,
    Command,
    Compose,
    Disruption,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    LocalFile,
    Redis,
    RedisUser,
    Secret,
    Service,
    Source,
    Stack,
    Timeouts,
    from_host_data,
)

PROJECT = Path(__file__).parents[2]
SECRET = "hunter2-0f3c"


def user(name: str = "app", **changes: Any) -> RedisUser:
    return RedisUser(name, **{"rules": "~* +@all", "password": HostFile("redis.txt")} | changes)


def redis(**changes: Any) -> Redis:
    return Redis(**{"users": (user(),)} | changes)


def stack(**changes: Any) -> Stack:
    return Stack(**{"compose": Compose("/srv/app"), "redis": redis()} | changes)


def problems(build: Callable[[], object]) -> list[str]:
    """What is said of a mistake, without the place, which has to be the same for all of it."""
    with pytest.raises(SettingsError) as raised:
        build()
    lines = str(raised.value).split("\n")
    here = {os.path.relpath(__file__), __file__}
    places = {tuple(line.split(": ", 1)[0].rsplit(":", 1)) for line in lines}
    assert len(places) == 1
    [(file, line)] = places
    assert file in here
    assert line.isdigit()
    return [line.split(": ", 1)[1] for line in lines]


# --- What is valid --------------------------------------------------------------------------------


def test_a_stack_says_the_least_that_it_can() -> None:
    told = stack()
    assert told.api == Api("api")
    assert told.services == ()
    assert told.redis.acl_file == "/run/secrets/redis_users_acl"
    assert told.max_disruption is Disruption.RECREATE
    assert told.foreign_networks == "report"
    assert told.timeouts == Timeouts(
        look=30, ready=30, save=120, stop=30, recover=5, healthy=60, successes=3
    )


def test_services_are_named_or_described() -> None:
    told = stack(services=["api", "redis", Service("postgres", port=5432)])
    assert [service.name for service in told.services] == ["api", "redis", "postgres"]
    assert told.port_of("postgres") == 5432
    assert told.port_of("api") is None


@pytest.mark.parametrize(
    ("services", "host", "expected"),
    [
        (("api", "redis"), "api", True),
        (("api", "redis"), "localhost", False),
        (("api", "redis"), "qdrant", False),
        ((), "qdrant", True),
        ((), "localhost", False),
        ((), "example.com", False),
        ((), "::1", False),
    ],
)
def test_which_hosts_of_urls_are_services(
    services: tuple[str, ...], host: str, expected: bool
) -> None:
    assert stack(services=services).is_service(host) is expected


def test_paths_start_at_the_project() -> None:
    compose = Compose("/srv/app/")
    assert compose.directory == "/srv/app"
    assert compose.path("secrets/redis.txt") == "/srv/app/secrets/redis.txt"
    assert compose.path("/etc/redis.txt") == "/etc/redis.txt"


def test_the_first_user_asks_where_none_is_named() -> None:
    told = redis(users=(user("app"), user("ops")))
    assert told.user(told.admin).name == "app"
    assert told.user("ops").name == "ops"


@pytest.mark.parametrize("mode", [0o440, "0440", "440", "0o440"])
def test_modes_are_numbers_or_octal_digits(mode: int | str) -> None:
    assert Secret("redis_password", mode=mode).mode == 0o440


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o444, 0o600, 0o640, 0o644, 0o660, 0o700, 0o750])
def test_every_usual_mode_is_taken_and_its_digits_without_0o_are_not(mode: int) -> None:
    assert Secret("redis_password", mode=mode).mode == mode
    digits = int(f"{mode:o}")
    assert problems(lambda: Secret("redis_password", mode=digits)) == [
        "Secret.mode: expected file permissions such as 0o400,"
        f" got {digits} (did you mean 0o{digits}?)"
    ]


def test_a_check_knows_where_it_goes() -> None:
    check = HttpCheck("https://Example.com/health", non_empty="data.token")
    assert (check.host, check.port) == ("example.com", 443)
    assert HttpCheck("http://api:8000/", expect={}).port == 8000


@pytest.mark.parametrize("cap", list(Disruption))
def test_disruptions_are_given_by_name(cap: Disruption) -> None:
    assert stack(max_disruption=cap.value).max_disruption is cap
    assert f"{cap}" == cap.to_json() == cap.value


def test_disruptions_are_ordered() -> None:
    none, reconnect, restart, recreate = Disruption
    assert none < reconnect < restart < recreate
    assert recreate >= recreate > restart
    assert max(Disruption) is recreate
    with pytest.raises(TypeError):
        none < "restart"  # noqa: B015


def test_settings_are_frozen_and_copied_as_host_data_does() -> None:
    told = stack(health=(HttpCheck("http://api/", expect={"status": "ok"}),))
    assert copy.copy(told) == told
    assert replace(told, network="app_net").network == "app_net"
    with pytest.raises(FrozenInstanceError):
        told.network = "other"


def test_exported_names() -> None:
    assert sorted(settings.__all__) == settings.__all__
    assert all(hasattr(settings, name) for name in settings.__all__)


# --- What is wrong --------------------------------------------------------------------------------

NAME = "a name of letters, digits, '_', '.' and '-', a letter or digit first"
A_SOURCE = "a source: HostFile(...), EnvironmentVariable(...), LocalFile(...) or Command(...)"

WRONG: dict[str, tuple[Callable[[], object], list[str]]] = {
    "a required setting is missing": (
        lambda: Redis(),
        ["Redis.users: expected a value, got none"],
    ),
    "a typo": (
        lambda: Compose("/srv/app", file=("compose.yml",)),
        [
            "Compose.file: expected one of directory, name, files, env_files,"
            " got file (did you mean files?)"
        ],
    ),
    "nothing like it": (
        lambda: Service("api", xyz=1),
        ["Service.xyz: expected one of name, port, got xyz"],
    ),
    "too much by position": (
        lambda: Compose("/srv/app", "app", "compose.yml"),
        ["Compose: expected name, files, env_files by name, got a value by position (not shown)"],
    ),
    "the same twice": (
        lambda: Service("api", name="api"),
        ["Service.name: expected one value, got two, by position and by name"],
    ),
    "everything at once": (
        lambda: Compose("srv", name="App", files=("",), env_files=(5,)),
        [
            "Compose.directory: expected an absolute path, got 'srv'",
            "Compose.name: expected a project name of lower-case letters, digits, '_' and '-',"
            " a letter or digit first, got 'App'",
            "Compose.files[0]: expected a path, got ''",
            "Compose.env_files[0]: expected a string, got 5",
        ],
    ),
    "other things where settings are expected": (
        lambda: stack(compose="/srv/app", redis=None, api={"service": "api"}, timeouts=5),
        [
            "Stack.compose: expected a Compose(...), got a string (not shown)",
            "Stack.redis: expected a Redis(...), got None",
            "Stack.api: expected a Api(...), got a dict",
            "Stack.timeouts: expected a Timeouts(...), got an int",
        ],
    ),
    "the wrong settings": (
        lambda: stack(compose=Service("api"), secrets=("redis_password",)),
        [
            "Stack.compose: expected a Compose(...), got Service('api')",
            "Stack.secrets[0]: expected a Secret(...), got a string (not shown)",
        ],
    ),
    "a forgotten comma": (
        lambda: redis(users=user()),
        [
            "Redis.users: expected a tuple or a list, got RedisUser('app', rules='~* +@all',"
            " password=HostFile('red... (a comma behind it makes it a tuple)"
        ],
    ),
    "a port": (
        lambda: Service("api", port=65536),
        ["Service.port: expected a port from 1 to 65535, got 65536"],
    ),
    "a port that is no number": (
        lambda: Service("api", port="80"),
        ["Service.port: expected an integer, got '80'"],
    ),
    "a boolean is no number": (
        lambda: Timeouts(look=True),
        ["Timeouts.look: expected an integer, got True"],
    ),
    "time-outs": (
        lambda: Timeouts(look=0, save=3601, stop=1.5, successes=0),
        [
            "Timeouts.look: expected whole seconds from 1 to 3600, got 0",
            "Timeouts.save: expected whole seconds from 1 to 3600, got 3601",
            "Timeouts.stop: expected an integer, got 1.5",
            "Timeouts.successes: expected a number from 1 to 100, got 0",
        ],
    ),
    "a service's name": (
        lambda: Service("-api"),
        [f"Service.name: expected {NAME}, got '-api'"],
    ),
    "no users": (
        lambda: redis(users=()),
        ["Redis.users: expected at least one user, got none"],
    ),
    "the same user twice": (
        lambda: redis(users=(user(), user("ops"), user())),
        ["Redis.users[2].name: expected each user once, got 'app'"],
    ),
    "an unknown admin": (
        lambda: redis(admin="ops", acl_file="users.acl"),
        [
            "Redis.admin: expected one of the Redis users (app), got 'ops'",
            "Redis.acl_file: expected an absolute path, got 'users.acl'",
        ],
    ),
    "the default user": (
        lambda: user("default"),
        [
            "RedisUser.name: expected a user of your own: the default user is always off,"
            " got 'default'"
        ],
    ),
    "a user's name": (
        lambda: user("lwe app"),
        [
            "RedisUser.name: expected a user name without spaces, quotes and backslashes,"
            " got 'lwe app'"
        ],
    ),
    "no rules": (
        lambda: user(rules=" "),
        [
            "RedisUser.rules: expected rules on one line, such as '~* &* +@all',"
            " got a string (not shown)"
        ],
    ),
    "on and off": (
        lambda: user(rules="ON ~*"),
        [
            "RedisUser.rules: expected no 'on' in the rules (rule 1): a declared user is on,"
            " with its one password, got a string (not shown)"
        ],
    ),
    "a password in the rules": (
        lambda: user(rules=f"~* >{SECRET}"),
        [
            "RedisUser.rules: expected no password or hash in the rules (rule 2): passwords come"
            " from the user's password source, got a string (not shown)"
        ],
    ),
    "a password instead of its source": (
        lambda: user(password=SECRET),
        [f"RedisUser.password: expected {A_SOURCE}, got a string (not shown)"],
    ),
    "a secret's name": (
        lambda: Secret("secrets/redis"),
        [
            "Secret.name: expected a Compose secret's name, or an absolute path on the host,"
            " got 'secrets/redis'"
        ],
    ),
    "a secret for all to write": (
        lambda: Secret("redis", mode=0o666, owner=-1, group="redis"),
        [
            "Secret.owner: expected a numeric id from 0 to 4294967294, got -1",
            "Secret.group: expected an integer, got 'redis'",
            "Secret.mode: expected permissions that let not everybody write, got 0o666",
        ],
    ),
    "a mode that is none": (
        lambda: Secret("redis", mode=0o1400),
        ["Secret.mode: expected file permissions such as 0o400, got 0o1400"],
    ),
    "a mode in letters": (
        lambda: Secret("redis", mode="r--"),
        ["Secret.mode: expected file permissions such as 0o400, got 'r--'"],
    ),
    "the format of nothing": (
        lambda: Secret("redis", format="json"),
        ["Secret.format: expected plain where no content is declared, got 'json'"],
    ),
    "a format": (
        lambda: Secret("redis", format="yaml"),
        ["Secret.format: expected 'plain' or 'json', got 'yaml'"],
    ),
    "a scheme": (
        lambda: HttpCheck("ftp://api/", expect={}),
        ["HttpCheck.url: expected an http or https URL, got 'ftp://api/'"],
    ),
    "a URL's port": (
        lambda: HttpCheck("http://api:http/", expect={}),
        ["HttpCheck.url: expected an http or https URL, got 'http://api:http/'"],
    ),
    "a fragment": (
        lambda: HttpCheck("http://api/#top", expect={}),
        ["HttpCheck.url: expected a URL without a fragment, got 'http://api/#top'"],
    ),
    "a URL with a password": (
        lambda: HttpCheck(f"https://me:{SECRET}@api/", expect={}),
        [
            "HttpCheck.url: expected a URL without user and password, got a string (not shown)",
        ],
    ),
    "a URL with a token, for another reason": (
        lambda: HttpCheck(f"ftp://api/?token={SECRET}", expect={}),
        ["HttpCheck.url: expected an http or https URL, got 'ftp://api/?********'"],
    ),
    "a header smuggled in": (
        lambda: HttpCheck("http://api/\r\nX: y", expect={}),
        [
            "HttpCheck.url: expected a URL without spaces, backslashes and control characters,"
            " got a string (not shown)"
        ],
    ),
    "nothing to check": (
        lambda: HttpCheck("http://api/"),
        ["HttpCheck.non_empty: expected either expect or non_empty, got neither"],
    ),
    "two things to check": (
        lambda: HttpCheck("http://api/", expect={}, non_empty="a..b"),
        ["HttpCheck.non_empty: expected a key such as 'csrf_token' or 'data.token', got 'a..b'"],
    ),
    "both things to check": (
        lambda: HttpCheck("http://api/", expect={}, non_empty="token"),
        ["HttpCheck.non_empty: expected either expect or non_empty, got both"],
    ),
    "what is no JSON": (
        lambda: HttpCheck("http://api/", expect={"status": {1}}),
        ["HttpCheck.expect.status: expected what JSON can hold, got a set"],
    ),
    "a CA that is not used": (
        lambda: HttpCheck("https://api/", expect={}, ca="ca.pem", insecure=True),
        ["HttpCheck.insecure: expected either ca or insecure, got both"],
    ),
    "a CA for http": (
        lambda: HttpCheck("http://api/", expect={}, ca="ca.pem"),
        ["HttpCheck.insecure: expected no ca and no insecure for http, got one of them"],
    ),
    "the rest of a check": (
        lambda: HttpCheck("http://api/", expect={}, resolve="here", status=99, timeout=0),
        [
            "HttpCheck.resolve: expected an IP address, got 'here'",
            "HttpCheck.status: expected an HTTP status from 100 to 599, got 99",
            "HttpCheck.timeout: expected seconds above 0, up to 3600, got 0",
        ],
    ),
    "a variable's name, or its value by mistake": (
        lambda: EnvironmentVariable(SECRET),
        [
            "EnvironmentVariable.name: expected the name of an environment variable,"
            " got a string (not shown)"
        ],
    ),
    "a file's content by mistake": (
        lambda: HostFile(f"{SECRET}\n"),
        ["HostFile.path: expected a path, got a string (not shown)"],
    ),
    "no command": (
        lambda: Command(),
        ["Command.argv: expected a command and its arguments, got a tuple"],
    ),
    "a command of other things": (
        lambda: Command("pass", 5),
        ["Command.argv[1]: expected a string, got an int"],
    ),
    "one service for both": (
        lambda: stack(api=Api("redis", redis_user="ops")),
        [
            "Stack.api.service: expected another service than Redis, got 'redis'",
            "Stack.api.redis_user: expected one of the Redis users (app), got 'ops'",
        ],
    ),
    "services that do not fit": (
        lambda: stack(services=("web", "redis", Service("web"))),
        [
            "Stack.services[2]: expected each service once, got 'web'",
            "Stack.services: expected 'api', the stack's api, among them, got web, redis, web",
        ],
    ),
    "services that are none": (
        lambda: stack(services=("a b", 5)),
        [
            "Stack.services[0]: expected the name of a service, or a Service(...), got 'a b'",
            "Stack.services[1]: expected a Service(...), got an int",
        ],
    ),
    "services in a string": (
        lambda: stack(services="api"),
        [
            "Stack.services: expected a tuple or a list, got a string (not shown)"
            " (a comma behind it makes it a tuple)"
        ],
    ),
    "the same secret twice": (
        lambda: stack(secrets=(Secret("a"), Secret("a"))),
        ["Stack.secrets[1].name: expected each secret once, got 'a'"],
    ),
    "the rest of a stack": (
        lambda: stack(network="a/b", max_disruption="all", foreign_networks="keep"),
        [
            f"Stack.network: expected {NAME}, got 'a/b'",
            "Stack.max_disruption: expected one of none, reconnect, restart, recreate, got 'all'",
            "Stack.foreign_networks: expected 'report' or 'detach', got 'keep'",
        ],
    ),
}


@pytest.mark.parametrize(("build", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_said_of_a_mistake(build: Callable[[], object], expected: list[str]) -> None:
    assert problems(build) == expected


def test_a_mistake_is_an_error_of_pyinfra_and_a_value_error() -> None:
    assert issubclass(SettingsError, RunbookError)
    assert issubclass(SettingsError, ValueError)


def test_a_mistake_is_told_where_it_is_made() -> None:
    with pytest.raises(SettingsError) as raised:
        stack(
            redis=Redis(
                users=(),
            ),
        )
    line = raised.traceback[0].lineno + 1  # pytest counts from zero
    assert str(raised.value).startswith(f"{os.path.relpath(__file__)}:{line}: Redis.users: ")


# --- That no secret gets out ----------------------------------------------------------------------

# Wherever a password may end up by mistake.
LEAKS: dict[str, Callable[[Any], object]] = {
    "rules with a password": lambda secret: user(rules=f">{secret} on"),
    "rules with a selector": lambda secret: user(rules=f"(>{secret})"),
    "password": lambda secret: user(password=secret),
    "password in a list": lambda secret: user(password=[secret]),
    "password by position": lambda secret: RedisUser("app", "~*", secret),
    "misspelt password": lambda secret: user(pasword=secret),
    "user": lambda secret: redis(users=(secret,)),
    "users": lambda secret: redis(users=secret),
    "user in a dict": lambda secret: redis(users=({"name": "app", "password": secret},)),
    "content": lambda secret: Secret("redis", content=secret),
    "secret": lambda secret: stack(secrets=(secret, {"content": secret})),
    "redis": lambda secret: stack(redis=secret),
    "url": lambda secret: HttpCheck(f"https://me:{secret}@api/", expect={}),
    "url without a user": lambda secret: HttpCheck(f"https://{secret}@api/", expect={}),
    "query": lambda secret: HttpCheck(f"ftp://api/?token={secret}", expect={}),
    "argument": lambda secret: Command("vault", secret, 5),
    "argument with a NUL": lambda secret: Command("vault", f"{secret}\0"),
    "variable": lambda secret: EnvironmentVariable(f"{secret}!"),
    "pasted file": lambda secret: HostFile(f"{secret}\n"),
}


@pytest.mark.parametrize("build", LEAKS.values(), ids=LEAKS)
@pytest.mark.parametrize("secret", [SECRET, 70301928364], ids=["text", "number"])
def test_no_message_holds_a_secret(build: Callable[[Any], object], secret: str | int) -> None:
    with pytest.raises(SettingsError) as raised:
        build(secret)
    assert str(secret) not in str(raised.value)
    # Nor does what hangs on to it, for whoever collects errors.
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None


@given(st.text(min_size=4))
def test_no_password_in_rules_is_repeated(password: str) -> None:
    with pytest.raises(SettingsError) as raised:
        user(rules=f"~* >{password}{SECRET}")
    assert SECRET not in str(raised.value)


def test_settings_are_shown_without_secrets() -> None:
    told = stack(
        redis=redis(users=(user(password=Command("vault", "read", SECRET)),)),
        health=(HttpCheck(f"https://api/?token={SECRET}", non_empty="token"),),
        secrets=(Secret("redis", content=EnvironmentVariable("REDIS"), mode=0o400),),
    )
    for text in (json.dumps(told.to_json()), repr(told), repr(told.redis), repr(told.health)):
        assert SECRET not in text


def test_repr_is_the_call_without_the_defaults() -> None:
    assert repr(stack()) == "Stack(compose=Compose('/srv/app'))"
    assert repr(redis()) == (
        "Redis(users=(RedisUser('app', rules='~* +@all', password=HostFile('redis.txt')),))"
    )
    assert repr(Secret("a", mode=0o400, owner=999)) == "Secret('a', owner=999, mode='0400')"
    assert repr(Command("pass", "show", "a")) == "Command('pass', '********', '********')"
    assert repr(Timeouts(save=600)) == "Timeouts(save=600)"
    assert repr(HttpCheck("http://api/?a=b", non_empty="t")) == (
        "HttpCheck('http://api/?********', non_empty='t')"
    )


def test_to_json_is_plain() -> None:
    told = stack(
        services=("api", "redis"),
        secrets=(Secret("a", content=Command("pass", "show", "a"), mode=0o400),),
        max_disruption="restart",
    ).to_json()
    assert json.loads(json.dumps(told)) == told
    assert told["max_disruption"] == "restart"
    assert told["services"] == [{"name": "api", "port": None}, {"name": "redis", "port": None}]
    assert told["redis"]["users"] == [
        {
            "name": "app",
            "rules": "~* +@all",
            "password": {"source": "HostFile", "path": "redis.txt"},
        }
    ]
    assert told["secrets"] == [
        {
            "name": "a",
            "content": {"source": "Command", "argv": ["pass", "********", "********"]},
            "format": "plain",
            "owner": None,
            "group": None,
            "mode": "0400",
        }
    ]


# --- Where passwords come from --------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _nothing_read_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyinfra_runbooks.settings.sources._read", {})


def printing(code: str) -> Command:
    return Command(sys.executable, "-c", f"import sys; {code}")


def test_each_source_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "redis.txt"
    file.write_text(f"{SECRET}\n")
    monkeypatch.setenv("REDIS_PASSWORD", SECRET)
    monkeypatch.setenv("HOME", str(tmp_path))
    for source in (
        EnvironmentVariable("REDIS_PASSWORD"),
        LocalFile(str(file)),
        LocalFile("~/redis.txt"),
        printing(f"print('{SECRET}')"),
    ):
        assert source.read().get_secret_value() == SECRET
        assert SECRET not in repr(source.read())


def test_only_the_last_newline_is_not_part_of_the_password() -> None:
    password = printing("print(' a\\tb ')").read()
    assert password.get_secret_value() == " a\tb "


def test_a_command_runs_once_for_all_hosts(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = Command("sh", "-c", f"echo run >>{log}; sleep 0.1; echo {SECRET}")
    again = replace(command)
    threads = [threading.Thread(target=source.read) for source in (command, again, command)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert command == again
    assert log.read_text() == "run\n"


def test_a_command_that_failed_is_not_asked_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = Command("sh", "-c", f"echo run >>{log}; exit 3")
    for _ in range(2):
        with pytest.raises(SettingsError):
            command.read()
    assert log.read_text() == "run\n"


PYTHON = repr(sys.executable)
BY_HAND = "run it by hand to see what it says"
ONE_LINE = "expected a password on one line of text, got something else"
UNREAD: dict[str, tuple[Source, str]] = {
    "no variable": (
        EnvironmentVariable("NOT_SET"),
        "EnvironmentVariable('NOT_SET'): expected this variable in the environment of pyinfra,"
        " got none",
    ),
    "no file": (
        LocalFile("/nowhere/redis.txt"),
        "LocalFile('/nowhere/redis.txt'): expected to be read, got: No such file or directory",
    ),
    "a directory": (
        LocalFile("/"),
        "LocalFile('/'): expected to be read, got: Is a directory",
    ),
    "nobody's home": (
        LocalFile("~no-such-user/redis.txt"),
        "LocalFile('~no-such-user/redis.txt'): Could not determine home directory.",
    ),
    "no command": (
        Command("no-such-command", SECRET),
        "Command('no-such-command', '********'): expected to be read,"
        " got: No such file or directory",
    ),
    "a command that fails": (
        printing(f"sys.exit('{SECRET}')"),
        f"Command({PYTHON}, '********', '********'): expected exit code 0, got 1: {BY_HAND}",
    ),
    "a command that dies": (
        Command("sh", "-c", "kill -9 $$"),
        f"Command('sh', '********', '********'): expected exit code 0, got -9: {BY_HAND}",
    ),
    "nothing": (
        printing("pass"),
        f"Command({PYTHON}, '********', '********'): expected a password, got nothing",
    ),
    "a newline alone": (
        printing("print()"),
        f"Command({PYTHON}, '********', '********'): expected a password, got nothing",
    ),
    "two lines": (
        printing(f"print('{SECRET}\\n{SECRET}')"),
        f"Command({PYTHON}, '********', '********'): {ONE_LINE}",
    ),
    "a NUL": (
        printing(f"print('{SECRET}\\0')"),
        f"Command({PYTHON}, '********', '********'): {ONE_LINE}",
    ),
    "no text": (
        printing("sys.stdout.buffer.write(bytes([255]))"),
        f"Command({PYTHON}, '********', '********'): {ONE_LINE}",
    ),
}


@pytest.mark.parametrize(("source", "expected"), UNREAD.values(), ids=UNREAD)
def test_what_is_said_of_a_source_that_fails(
    source: EnvironmentVariable | LocalFile | Command,
    expected: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SettingsError) as raised:
        source.read()
    assert str(raised.value) == expected
    assert raised.value.__context__ is None
    assert capfd.readouterr() == ("", "")


def test_a_command_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyinfra_runbooks.settings.sources.COMMAND_TIMEOUT", 0.1)
    with pytest.raises(SettingsError) as raised:
        Command("sleep", "10").read()
    assert str(raised.value) == (
        f"Command('sleep', '********'): expected an answer within 0.1 s, got none: {BY_HAND}"
    )


def test_a_password_on_the_host_is_not_read_here() -> None:
    assert not hasattr(HostFile("redis.txt"), "read")


# --- What a host's data says ----------------------------------------------------------------------


def test_the_stack_of_a_host() -> None:
    told = stack(max_disruption="restart")
    assert from_host_data({"stack": told}) is told


@pytest.mark.parametrize("cap", list(Disruption))
def test_the_cap_is_overruled_for_one_run(cap: Disruption) -> None:
    told = from_host_data({"stack": stack(), "max_disruption": cap.value})
    assert told == stack(max_disruption=cap)


@pytest.mark.parametrize(("cap", "shown"), [("all", "'all'"), (3, "3"), (["restart"], "a list")])
def test_a_cap_that_is_none(cap: object, shown: str) -> None:
    with pytest.raises(SettingsError) as raised:
        from_host_data({"stack": stack(), "max_disruption": cap})
    assert str(raised.value) == (
        "max_disruption: expected one of none, reconnect, restart, recreate,"
        f" got {shown}: give it as --data max_disruption=..."
    )


@pytest.mark.parametrize(
    ("data", "shown"), [({}, "none"), ({"stack": {"compose": "/srv/app"}}, "a dict")]
)
def test_a_host_without_a_stack(data: dict[str, Any], shown: str) -> None:
    with pytest.raises(SettingsError) as raised:
        from_host_data(data)
    assert str(raised.value) == (
        f"stack: expected a Stack in the host's data, got {shown}: declare `stack = Stack(...)` in"
        " group_data/GROUP.py beside the inventory, where GROUP is a group of the host or the"
        " inventory's name"
    )


# --- At pyinfra's command line --------------------------------------------------------------------


def pyinfra(*arguments: str, cwd: Path = PROJECT) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(PROJECT / "deploys"), "PYINFRA_PROGRESS": "off"}
    command = [sys.executable, "-c", "from pyinfra_cli.main import main; main()", *arguments]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Stands where the inventory's host would be, to see whether anybody comes."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture
def inventory(tmp_path: Path, listener: socket.socket) -> Path:
    port = listener.getsockname()[1]
    file = tmp_path / "inventories" / "x.py"
    (file.parent / "group_data").mkdir(parents=True)
    file.write_text(f'x = ["127.0.0.1"], {{"ssh_port": {port}, "ssh_connect_retries": 0}}\n')
    (tmp_path / "runbook.py").write_text("")
    return file


BROKEN = f"""\
from pyinfra_runbooks.settings import Compose, HostFile, Redis, RedisUser, Stack

stack = Stack(
    compose=Compose("/srv/app"),
    redis=Redis(
        users=(
            RedisUser(
                "default",
                rules="~* +@all >{SECRET}",
                pasword="{SECRET}",
            ),
        ),
    ),
)
"""


@pytest.mark.parametrize(
    "command",
    [("debug-inventory",), ("debug-inventory", "--json"), ("runbook.py", "-y"), ("runbook.py",)],
    ids=" ".join,
)
def test_a_mistake_ends_pyinfra_before_any_host_is_contacted(
    command: tuple[str, ...], inventory: Path, listener: socket.socket
) -> None:
    (inventory.parent / "group_data" / "x.py").write_text(BROKEN)
    run = pyinfra("inventories/x.py", *command, cwd=inventory.parents[1])
    place = "inventories/group_data/x.py:7: RedisUser"
    assert run.returncode == 1
    assert run.stdout == ""
    assert run.stderr == (
        "--> Loading config...\n"
        "--> Loading inventory...\n"
        f"--> pyinfra error: {place}.name: expected a user of your own: the default user is always"
        " off, got 'default'\n"
        f"{place}.rules: expected no password or hash in the rules (rule 3): passwords come from"
        " the user's password source, got a string (not shown)\n"
        f"{place}.password: expected a value, got none\n"
        f"{place}.pasword: expected one of name, rules, password, got pasword"
        " (did you mean password?)\n"
    )
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_mistake_at_the_command_line_has_no_traceback_either(inventory: Path) -> None:
    """In a deploy, as the deploys of this project do, on a host that needs no connection."""
    data = "from pyinfra_runbooks.settings import *\n" + BROKEN.split("\n", 1)[1]
    data = data.replace("default", "app").replace(f" >{SECRET}", "")
    data = data.replace(f'pasword="{SECRET}"', 'password=HostFile("redis.txt")')
    data = data.replace("stack = ", '__all__ = ["stack"]\nstack = ')
    (inventory.parent / "group_data" / "all.py").write_text(data)
    (inventory.parents[1] / "runbook.py").write_text(
        "from pyinfra import host\n"
        "from pyinfra_runbooks.settings import from_host_data\n"
        "print(from_host_data(host.data).max_disruption)\n"
    )
    arguments = ("@local", "runbook.py", "--group-data", "inventories/group_data", "-y")
    run = pyinfra(*arguments, "--data", "max_disruption=none", cwd=inventory.parents[1])
    assert (run.returncode, run.stdout) == (0, "none\n"), run.stderr
    run = pyinfra(*arguments, "--data", "max_disruption=al", cwd=inventory.parents[1])
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert (
        "--> pyinfra error: max_disruption: expected one of none, reconnect, restart, recreate,"
        " got 'al': give it as --data max_disruption=...\n"
    ) in run.stderr


# --- The inventories of this project --------------------------------------------------------------

INVENTORIES = {
    "prod": {"aiwfe.com": {}},
    "lab": {
        "lab-redis7": {"ssh_port": 22070},
        "lab-redis8": {"ssh_port": 22080, "_sudo": True},
    },
}


@pytest.mark.parametrize("name", INVENTORIES)
def test_an_inventory_of_this_project(name: str, tmp_path: Path) -> None:
    file = PROJECT / "inventories" / f"{name}.py"
    run = pyinfra(str(file), "debug-inventory", "--json", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    hosts = {host["name"]: host["data"] for host in json.loads(run.stdout)}
    assert set(hosts) == set(INVENTORIES[name])
    for host, own in INVENTORIES[name].items():
        data = hosts[host]
        assert {key: data[key] for key in own} == own
        # Nothing but the stack and how to get there: no imported name, no helper.
        assert all(key in own or key.startswith("ssh_") for key in data.keys() - {"stack"})
        assert data["ssh_user"] == "deploy"
        assert data["ssh_strict_host_key_checking"] == "yes"
        assert data["stack"]["compose"]["directory"] == "/srv/ai_workflow_engine"
        assert [check["resolve"] for check in data["stack"]["health"]] == [
            None,
            None,
            "127.0.0.1",
            "127.0.0.1",
        ]


def test_the_lab_is_reached_from_everywhere(tmp_path: Path) -> None:
    file = PROJECT / "inventories" / "lab.py"
    for cwd, path in ((tmp_path, file), (PROJECT, file.relative_to(PROJECT))):
        run = pyinfra(str(path), "debug-inventory", "--json", cwd=cwd)
        [data, _] = [host["data"] for host in json.loads(run.stdout)]
        assert data["ssh_key"] == str(PROJECT / ".lab" / "ssh" / "id_ed25519")
        assert data["ssh_known_hosts_file"] == str(PROJECT / ".lab" / "ssh" / "known_hosts")


def test_the_text_of_debug_inventory_shows_the_stack() -> None:
    run = pyinfra("inventories/prod.py", "debug-inventory")
    assert run.returncode == 0
    assert '"rules": "~* &* +@all +@pubsub"' in run.stderr
