"""Where a real server listens, and that no other one there gets its login."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

import pytest

from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.packs.redis.login import Login
from pyinfra_runbooks.settings import EnvironmentVariable, Redis, Tls
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
from tests.redis.unkind.servers import SERVERS, copied

pytestmark = pytest.mark.usefixtures("kind")


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


def test_a_socket_where_another_container_may_write(tmp_path: Path) -> None:
    """Its own network's processes made it, so it is asked; who takes its place there is not seen,
    so it gets no login."""
    at = str(tmp_path / "redis.sock")
    options = ["--port", "0", "--unixsocket", at]
    for more in ([], ["--requirepass", PASSWORD]):
        with running(tmp_path, *options, *more, ask=("-s", at)):
            container = Container(tmp_path, ["redis-server", *options, *more])
            server = container.looked_at(Redis(), shared=str(tmp_path))
        assert not server.others
        assert not server.login_sent
        assert server.open is (not more)
        assert bool(server.info) is (not more)


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
        ask = [KIND.cli, *HERE, "--user", "ops", "--pass", keys["ops_key"], "ACL", "LOG"]
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
    monkeypatch.setattr(KIND, "place", copied(SERVERS[KIND.name], tmp_path))
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
    monkeypatch.setattr(KIND, "place", copied(SERVERS[KIND.name], tmp_path))
    own = f"{KIND.server} --port {OTHER} --save '' --dir {tmp_path} >/dev/null & sleep 0.5"
    besides = own if serves == "elsewhere" else ":"
    arguments = ["redis-server", "--port", NUMBER, "--requirepass", "mine777"]
    container = Container(tmp_path, arguments)
    container.within = f'{_ALONE} sh -c {shell.words(_AND.format(besides))} sh "$@"'
    with running(tmp_path, "--port", NUMBER, "--requirepass", "theirs7", ask=HERE):
        monkeypatch.setenv("PW", "mine777")
        server = container.looked_at(Redis(), **HOST)
        declared = container.looked_at(Redis(password=EnvironmentVariable("PW")), **HOST)
        log, heard = (_theirs(*words) for words in (("ACL", "LOG"), ("INFO", "commandstats")))
    for looked in (server, declared):
        assert looked.others
        assert not looked.login_sent
        assert not looked.authenticated
        assert looked.login == Login()
    assert log.strip() == ""
    # The test's own: one before it began, and these two questions.
    counted = dict(re.findall(r"cmdstat_([a-z|]+):calls=(\d+)", heard))
    assert counted.keys() <= {"auth", "acl|log", "ping", *_OF_A_CLIENT}
    assert "rejected_calls=1," in heard.partition("cmdstat_ping:")[2]


# What redis-cli itself says when it connects, with a login.
_OF_A_CLIENT = ("command|docs", "command", "hello", "select")


def _theirs(*words: str) -> str:
    asked = [KIND.cli, *HERE, "-a", "theirs7", "--no-auth-warning", *words]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


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
    assert server.others
    assert not server.login_sent
    assert server.login == Login()


@pytest.mark.needs("root")
@pytest.mark.needs("setpriv")
def test_a_socket_that_only_its_own_user_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks may become that user, and may not pass over permissions, as in a container that has
    dropped what it can."""
    user = ["setpriv", "--reuid", "4711", "--regid", "4711", "--clear-groups"]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        monkeypatch.setattr(KIND, "place", copied(SERVERS[KIND.name], place))
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
