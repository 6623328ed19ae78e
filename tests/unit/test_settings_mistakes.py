"""What is said of an inventory that is wrong: what was expected, what came, and where."""

# mypy: disable-error-code="arg-type, call-arg, dict-item, misc"

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from declarations import SECRET, problems, redis, stack, user

from pyinfra_runbooks.core.errors import RunbookError, SettingsError
from pyinfra_runbooks.settings import (
    Api,
    Command,
    CommandCheck,
    Compose,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    InContainer,
    Redis,
    Secret,
    Service,
    Stack,
    TcpCheck,
    Timeouts,
    Tls,
)

NAME = "a name of letters, digits, '_', '.' and '-', a letter or digit first"
A_SOURCE = "a source: HostFile(...), EnvironmentVariable(...), LocalFile(...) or Command(...)"

WRONG: dict[str, tuple[Callable[[], object], list[str]]] = {
    "a required setting is missing": (
        lambda: Stack(),
        ["Stack.compose: expected a value, got none"],
    ),
    "a typo": (
        lambda: Compose("/srv/app", file=("compose.yml",)),
        [
            "Compose.file: expected one of directory, name, files, env_files,"
            " profiles, got file (did you mean files?)"
        ],
    ),
    "nothing like it": (
        lambda: Service("api", xyz=1),
        ["Service.xyz: expected one of name, port, got xyz"],
    ),
    "too much by position": (
        lambda: Compose("/srv/app", "app", "compose.yml"),
        [
            "Compose: expected name, files, env_files, profiles by name, got a value by position"
            " (not shown)"
        ],
    ),
    "the same twice": (
        lambda: Service("api", name="api"),
        ["Service.name: expected one value, got two, by position and by name"],
    ),
    "everything at once": (
        lambda: Compose("srv", name="App", files=("",), env_files=(5,), profiles=("--all", "*")),
        [
            "Compose.directory: expected an absolute path, got 'srv'",
            "Compose.name: expected a project name of lower-case letters, digits, '_' and '-',"
            " a letter or digit first, got 'App'",
            "Compose.files[0]: expected a path, got ''",
            "Compose.env_files[0]: expected a string, got 5",
            f"Compose.profiles[0]: expected {NAME}, got '--all'",
            f"Compose.profiles[1]: expected {NAME}, got '*'",
        ],
    ),
    "other things where settings are expected": (
        lambda: Stack("srv/app", None, {"service": "api"}, SECRET, timeouts=5),
        [
            "Stack.compose: expected the directory of a project, an absolute path, got 'srv/app'",
            "Stack.components[0]: expected a component: Redis(...), Api(...), got None",
            "Stack.components[1]: expected a component: Redis(...), Api(...), got a dict",
            "Stack.components[2]: expected a component: Redis(...), Api(...),"
            " got a string (not shown)",
            "Stack.timeouts: expected a Timeouts(...), got an int",
        ],
    ),
    "as it was declared once": (
        lambda: Stack(compose=Compose("/srv/app"), redis=redis(), api=Api("web")),
        [
            'Stack.redis: expected it among the components: Stack("/srv/app", Redis(...)),'
            " got redis=",
            'Stack.api: expected it among the components: Stack("/srv/app", Redis(...), Api(...)),'
            " got api=",
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
            " password=HostFile('red... (a comma after it makes it a tuple)"
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
    "users, and the password of the default user": (
        lambda: redis(password=HostFile("redis.txt")),
        ["Redis.password: expected either users or a password, got both"],
    ),
    "where its data is, as before": (
        lambda: Redis(data="/data"),
        ["Redis.data: expected cache, queue or store (where its data is: directory=), got '/data'"],
    ),
    "what it is for": (
        lambda: Redis(data="caches"),
        ["Redis.data: expected 'cache', 'queue' or 'store', got 'caches' (did you mean 'cache'?)"],
    ),
    "a socket and a port": (
        lambda: Redis(port=6380, socket="/run/redis.sock"),
        ["Redis.socket: expected either a socket or a port, got socket and port"],
    ),
    "a socket over TLS": (
        lambda: Redis(socket="/run/redis.sock", tls=Tls()),
        ["Redis.tls: expected no tls where it is asked by its socket, got both"],
    ),
    "half a certificate": (
        lambda: Tls(ca="ca.crt", key="/tls/key"),
        [
            "Tls.ca: expected an absolute path, got 'ca.crt'",
            "Tls.key: expected both a cert and its key, got one of them",
        ],
    ),
    "an address with a blank": (
        lambda: Redis(address="-h x"),
        ["Redis.address: expected an address or a host's name, got '-h x'"],
    ),
    "two places in a container": (
        lambda: InContainer(variable="REDIS_PASSWORD", file="/run/secrets/redis"),
        ["InContainer.file: expected either a variable or a file, got both"],
    ),
    "a user's password in a container": (
        lambda: user(password=InContainer()),
        [f"RedisUser.password: expected {A_SOURCE}, got InContainer()"],
    ),
    "an admin where there are no users": (
        lambda: Redis(admin="ops"),
        ["Redis.admin: expected one of the Redis users (none), got 'ops'"],
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
    "a port that is none": (
        lambda: TcpCheck("db", 0),
        ["TcpCheck.port: expected a port from 1 to 65535, got 0"],
    ),
    "a host that is none": (
        lambda: TcpCheck("unix:/run/db.sock", 1),
        [
            "TcpCheck.host: expected a service, or the name or address of a host,"
            " got 'unix:/run/db.sock'"
        ],
    ),
    "a command that is one text": (
        lambda: CommandCheck("db", command="pg_isready --password=secret"),  # type: ignore[arg-type]
        [
            "CommandCheck.command: expected a tuple or a list, got a string (not shown)"
            " (a comma after it makes it a tuple)"
        ],
    ),
    "no command to check": (
        lambda: CommandCheck("db", command=()),
        ["CommandCheck.command: expected a program and its arguments, got a tuple"],
    ),
    "a part that is too long": (
        lambda: CommandCheck("db", command=("x",), contains="a\nb"),
        [
            "CommandCheck.contains: expected a text of at most 200 characters on one line,"
            " got a string (not shown)"
        ],
    ),
    "what is no check": (
        lambda: Stack("/srv/app", health=("http://api/health",)),  # type: ignore[arg-type]
        [
            "Stack.health[0]: expected a check, one of HttpCheck(...), TcpCheck(...),"
            " CommandCheck(...), ContainerCheck(...), got 'http://api/health'"
        ],
    ),
    "two things to check": (
        lambda: HttpCheck("http://api/", expect={}, non_empty="a..b"),
        ["HttpCheck.non_empty: expected a key such as 'csrf_token' or 'data.token', got 'a..b'"],
    ),
    "both things to check": (
        lambda: HttpCheck("http://api/", expect={}, non_empty="token"),
        [
            "HttpCheck.non_empty: expected at most one of expect, contains and non_empty,"
            " got expect and non_empty"
        ],
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
        lambda: Stack("/srv/app", redis(), Api("redis", redis_user="ops")),
        [
            "Stack.components[1].service: expected each service once, got 'redis'",
            "Stack.components[1].redis_user: expected one of the Redis users (app), got 'ops'",
        ],
    ),
    "a client of a Redis that there is not": (
        lambda: Stack("/srv/app", redis(), Api("web", redis=("redis", "cache"), redis_user="x")),
        [
            "Stack.components[1].redis: expected the service of one of the stack's Redis (redis),"
            " got 'cache'",
            "Stack.components[1].redis_user: expected one of the Redis users (app), got 'x'",
        ],
    ),
    "a client of nobody": (
        lambda: Stack("/srv/app", Api("web", redis="redis", redis_user="app")),
        [
            "Stack.components[0].redis: expected a Redis(...), got 'redis'",
            "Stack.components[0].redis_user: expected one of the Redis users (none), got 'app'",
        ],
    ),
    "another Redis' user": (
        lambda: Stack("/srv/app", redis(), Redis("cache"), Api(redis="cache", redis_user="app")),
        ["Stack.components[2].redis_user: expected one of the Redis users (none), got 'app'"],
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
            " (a comma after it makes it a tuple)"
        ],
    ),
    "the same secret twice": (
        lambda: stack(secrets=(Secret("a"), Secret("a"))),
        ["Stack.secrets[1].name: expected each secret once, got 'a'"],
    ),
    "the rest of a stack": (
        lambda: stack(
            network="a/b", max_disruption="all", extra_networks="keep", helper_image="-v /:/x a"
        ),
        [
            f"Stack.network: expected {NAME}, got 'a/b'",
            "Stack.max_disruption: expected one of none, reconnect, restart, recreate, got 'all'",
            "Stack.extra_networks: expected 'report' or 'detach', got 'keep'",
            "Stack.helper_image: expected the name of an image, such as 'redis:8' or"
            " 'registry.example/tools@sha256:...', got '-v /:/x a'",
        ],
    ),
}


@pytest.mark.parametrize(("build", "expected"), WRONG.values(), ids=WRONG)
def test_what_is_said_of_a_mistake(build: Callable[[], object], expected: list[str]) -> None:
    assert problems(build) == expected


def test_a_mistake_is_an_error_of_pyinfra_and_a_value_error() -> None:
    assert issubclass(SettingsError, RunbookError)
    assert issubclass(SettingsError, ValueError)


def test_a_mistake_is_reported_where_it_is_made() -> None:
    with pytest.raises(SettingsError) as raised:
        stack(
            components=Redis(
                users=(1,),
            ),
        )
    line = raised.traceback[0].lineno + 2  # of the users; pytest counts from zero
    assert str(raised.value).startswith(f"{os.path.relpath(__file__)}:{line}: Redis.users[0]: ")
