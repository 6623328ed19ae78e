"""`runbooks init`: a repository for a host that was looked at."""

from __future__ import annotations

import ast
import socket
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest
import yaml
from click.testing import CliRunner
from declarations import SECRET

from pyinfra_runbooks.core.shipped import RUNBOOKS
from pyinfra_runbooks.facts.versions import DockerVersions
from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.destination import Destination
from pyinfra_runbooks.jobs.init import command, known
from pyinfra_runbooks.jobs.init.found import Access, Project, described, projects, versions
from pyinfra_runbooks.jobs.init.rendering import PAGES, files, group_data, name_of
from pyinfra_runbooks.jobs.running import Run
from pyinfra_runbooks.settings import Stack

ROOT = Path(__file__).parents[2]
REDIS = {
    "service": "redis",
    "is": "Redis 7.4.2",
    "reached": "port 6379",
    "guarded": "password, from $REDIS_PASSWORD",
    "data": "cache",
}
SHOP: dict[str, Any] = {
    "event": "overview",
    "host": "shop-1.acme.example",
    "name": "shop",
    "path": "/srv/shop",
    "services": ["redis", "web", "worker"],
    "redis": [REDIS],
    "clients": {"web": True, "cron": False, "worker": True},
    "asked": ["web (8080) accepts connections"],
}
BLOG = {**SHOP, "name": "blog", "path": "/srv/blog", "redis": [], "clients": {}}
HOST = Access("shop-1.acme.example", "deploy")
TEXTS = {page: (RUNBOOKS / f"{page}.py").read_text() for page in PAGES}


def project(**changes: Any) -> Project:
    (one,) = projects([{**SHOP, **changes}])
    return one


def made(access: Access = HOST, **changes: Any) -> dict[str, str]:
    return files("shop_1", access, project(**changes), TEXTS, "1.2.3")


# What was found


def test_a_person_reads_what_was_found() -> None:
    assert [*described(project())] == [
        "shop  /srv/shop  3 services",
        "  redis: Redis 7.4.2, port 6379, password, from $REDIS_PASSWORD; a cache by what it shows",
        "  web: uses Redis",
        "  cron: uses Redis, perhaps",
        "  worker: uses Redis",
        "  web (8080) accepts connections",
    ]


def test_a_person_reads_which_docker_it_is() -> None:
    fact = DockerVersions()
    said = fact.process(["engine 28.5.1", "compose 2.40.3"])
    assert said == {"Docker Engine": "28.5.1", "Compose": "2.40.3"}
    entries = [SHOP, {"event": "versions", "host": "shop-1", "versions": said}]
    assert versions(entries) == "Docker Engine 28.5.1, Compose 2.40.3"
    assert versions([SHOP]) == ""
    assert fact.process(["engine ", ""]) == {}


def test_a_project_with_a_redis_comes_first() -> None:
    assert [p.name for p in projects([{"event": "run"}, BLOG, SHOP])] == ["shop", "blog"]


# The files


def test_the_group_data_of_a_shop() -> None:
    assert group_data("shop-1", project()) == (
        '"""shop on shop-1, as it was found: read what says Check."""\n'
        "\n"
        "from pyinfra_runbooks import Api, Redis, Stack\n"
        "\n"
        "stack = Stack(\n"
        '    "/srv/shop",\n'
        '    Redis("redis"),  # Check: data="cache"?\n'
        '    *(Api(name) for name in ("web", "worker")),\n'
        "    # Check: cron may use Redis: Api(...)\n"
        '    services=("redis", "web", "worker"),  # Check: what has to run.\n'
        '    # Check: health=(HttpCheck("http://SERVICE:PORT/PATH"),) proves more.\n'
        '    max_disruption="reconnect",  # Check: "recreate" lets more be repaired.\n'
        ")\n"
    )


MANY = [{**REDIS, "service": f"cache{number}"} for number in range(9)]
SHAPES: dict[str, dict[str, Any]] = {
    "as it is": {},
    "no Redis": {"redis": [], "clients": {}},
    "nothing runs": {"services": [], "redis": [], "clients": {}},
    "many": {
        "redis": MANY,
        "clients": {f"c{number}": number % 2 == 0 for number in range(9)},
        "services": [f"cache{n}" for n in range(9)] + [f"c{n}" for n in range(9)],
    },
    "three": {"redis": MANY[:3], "services": ["cache0", "cache1", "cache2", "web", "worker"]},
    "one client": {"clients": {"web": True}},
    "words": {"path": '/srv/a "b" \\ c', "name": 'x"""; import os #', "services": ["redis", "web"]},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_was_found_the_inventory_can_be_read(shape: str) -> None:
    """In fifteen lines, and it declares that project."""
    texts = made(**{"clients": {"web": True}, **SHAPES[shape]})
    text = texts["inventories/group_data/shop_1.py"]
    assert len(text.splitlines()) <= 15
    defined: dict[str, Any] = {}
    exec(compile(text, "data", "exec"), defined)  # noqa: S102 - it was just made
    stack = defined["stack"]
    assert isinstance(stack, Stack)
    there = project(**SHAPES[shape])
    assert stack.compose.directory == there.path
    assert [r.service for r in stack.servers] == [r.service for r in there.redis]
    assert {s.name for s in stack.services} == {*there.services}
    for path, source in texts.items():
        if path.endswith(".py"):
            ast.parse(source)


@pytest.mark.parametrize(
    ("access", "said", "not_said"),
    [
        (HOST, ['"shop-1.acme.example",', '"ssh_user": "deploy"'], ["_sudo", "ssh_key", "port"]),
        (
            Access("10.0.0.7", port=2222, sudo=True, key="~/.ssh/shop"),
            ['("10.0.0.7", {"ssh_port": 2222})', '"_sudo": True', '"ssh_key": "~/.ssh/shop"'],
            ["ssh_user"],
        ),
    ],
)
def test_how_the_host_is_connected_to(access: Access, said: list[str], not_said: list[str]) -> None:
    text = made(access)["inventories/shop_1.py"]
    assert all(each in text for each in (*said, '"ssh_strict_host_key_checking": "yes"'))
    assert not [each for each in not_said if each in text]


def test_the_repository_names_its_version_and_its_inventory() -> None:
    texts = made()
    declared = tomllib.loads(texts["pyproject.toml"])
    assert declared["project"]["dependencies"] == ["pyinfra-runbooks==1.2.3"]
    assert declared["tool"]["pyinfra-runbooks"] == {"inventory": "inventories/shop_1.py"}
    assert len(texts["README.md"].splitlines()) <= 10
    assert "inventories/shop_1.py" in texts["README.md"]
    pages = [text for path, text in texts.items() if path.startswith("runbooks/")]
    assert len(pages) == len(PAGES)
    assert not [text for text in pages if "inventories/prod.py" in text]


def test_the_workflow_takes_its_actions_as_those_of_the_docs_do() -> None:
    text = made()[".github/workflows/runbooks.yml"]
    steps = yaml.safe_load(text)["jobs"]["validate"]["steps"]
    used = [step["uses"] for step in steps if "uses" in step]
    docs = (ROOT / "docs/schedules/workflow.yaml").read_text()
    assert used
    assert all(f"uses: {action} #" in docs for action in used)
    assert any("pip install pyinfra-runbooks==1.2.3" in step.get("run", "") for step in steps)


@pytest.mark.parametrize(
    "host", ["prod", "import.acme", "all", "7up.acme", "10.0.0.7", "::1", "_a"]
)
def test_a_name_is_one_that_python_takes(host: str) -> None:
    name = name_of(host)
    assert name_of(name) == name
    exec(f"{name} = 1", {})  # noqa: S102 - it was just made
    assert not name.startswith("_")


# The command


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the look at the host comes to, in an empty directory; its key is known."""
    entries: list[dict[str, Any]] = [dict(SHOP)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "unknown_key", lambda _: None)
    monkeypatch.setattr(command, "pyinfra", lambda *_: Run(0, tuple(entries)))
    return entries


def called(*words: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(main, ["init", *words], input=typed)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_it_says_what_it_found_and_writes_a_repository(
    there: list[dict[str, Any]], tmp_path: Path
) -> None:
    code, output = called("deploy@shop-1.acme.example")
    assert code == 0
    assert "  redis: Redis 7.4.2, port 6379, password, from $REDIS_PASSWORD" in output
    assert "wrote inventories/group_data/shop_1.py" in output
    assert "Nothing on the host was changed" in output
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert written == {*made()}
    judged = CliRunner().invoke(main, ["validate", "inventories/shop_1.py"]).output
    assert "nothing is wrong in its files (1 host;" in judged


def test_called_again_it_keeps_what_a_person_edited(
    there: list[dict[str, Any]], tmp_path: Path
) -> None:
    called("deploy@shop-1.acme.example", "ops")
    code, output = called("deploy@shop-1.acme.example", "ops")
    assert (code, "nothing has changed" in output, "wrote" in output) == (0, True, False)
    data = tmp_path / "ops/inventories/group_data/shop_1.py"
    edited = data.read_text().replace('"reconnect"', '"restart"')
    data.write_text(edited)
    (tmp_path / "ops/.gitignore").unlink()
    code, output = called("deploy@shop-1.acme.example", "ops")
    assert code == 0
    assert data.read_text() == edited
    assert "kept ops/inventories/group_data/shop_1.py, which differs:" in output
    assert '-    max_disruption="restart",' in output
    assert '+    max_disruption="reconnect",' in output
    assert [line for line in output.splitlines() if line.startswith("wrote")] == [
        "wrote ops/.gitignore"
    ]


def test_of_several_projects_a_person_chooses_one(
    there: list[dict[str, Any]], tmp_path: Path
) -> None:
    there.append(dict(BLOG))
    assert called("shop-1.acme.example", typed="blog\n")[0] == 0
    assert '"/srv/blog"' in (tmp_path / "inventories/group_data/shop_1.py").read_text()
    assert called("shop-1.acme.example", "other", "--project", "shop", "--name", "prod")[0] == 0
    assert '"/srv/shop"' in (tmp_path / "other/inventories/group_data/prod.py").read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "is missing"),
        (("a", "b", "c"), "unexpected c: expected a host, and a directory"),
        (("a b",), "expected a host"),
        (("shop-1", "--project", "sop"), "--project: expected one of shop, got sop"),
        (("shop-1", "--name", "a-b"), "--name: expected a name such as a_b, got a-b"),
    ],
)
def test_a_mistake_writes_nothing(
    words: tuple[str, ...], said: str, there: list[dict[str, Any]], tmp_path: Path
) -> None:
    code, output = called(*words)
    assert (code, said in output) == (1, True), output
    assert [*tmp_path.iterdir()] == []


def test_a_host_that_can_not_be_looked_at(there: list[dict[str, Any]], tmp_path: Path) -> None:
    there[:] = [{"event": "look", "host": "shop-1", "unknown": "no Docker"}]
    assert called("shop-1") == (1, "Error: shop-1: no Docker\n")
    there[:] = [{"event": "unreachable", "host": "shop-1", "reason": "refused"}]
    assert called("shop-1") == (1, "Error: shop-1 can't be reached: refused\n")
    assert [*tmp_path.iterdir()] == []


def test_no_password_is_in_any_file(there: list[dict[str, Any]], tmp_path: Path) -> None:
    """Of the options, only those that say how to connect are written."""
    words = ("deploy@shop-1", "--sudo", "--key", "~/.ssh/x", "--data", f"pw={SECRET}")
    code, output = called(*words)
    assert code == 0
    assert "--data is not written into the inventory" in output
    texts = [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    assert any('"ssh_key": "~/.ssh/x"' in text and "_sudo" in text for text in texts)
    assert not any(SECRET in text for text in texts)


# The host's key


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, paramiko.PKey]]:
    """A server that shows a key, and a person who knows none."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(known, "FILES", ("~/.ssh/known_hosts",))
    key = paramiko.ECDSAKey.generate()
    listening = socket.create_server(("127.0.0.1", 0))
    served: list[paramiko.Transport] = []

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            served.append(transport)
            transport.start_server(event=threading.Event(), server=paramiko.ServerInterface())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listening.getsockname()[1], key
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(5)
    for transport in served:
        transport.close()


def test_an_unknown_key_is_shown_and_kept_once_a_person_knows_it(
    server: tuple[int, paramiko.PKey], tmp_path: Path
) -> None:
    port, key = server
    destination = Destination("127.0.0.1", port=port)
    unknown = known.unknown_key(destination)
    assert unknown is not None
    assert unknown.key == key
    assert unknown.fingerprint == f"{key.fingerprint} (ecdsa-sha2-nistp256)"
    file = tmp_path / "home/.ssh/known_hosts"
    assert not file.exists()
    file.parent.mkdir(parents=True)
    file.write_text("other.example ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGVhY2g=")
    unknown.keep()
    assert known.unknown_key(destination) is None
    first, second = file.read_text().splitlines()
    assert first.startswith("other.example ")
    assert second.startswith(f"[127.0.0.1]:{port} ecdsa-sha2-nistp256 ")


def test_a_person_who_does_not_know_the_key_ends_it(
    server: tuple[int, paramiko.PKey], there: list[dict[str, Any]], tmp_path: Path
) -> None:
    """The look is not even begun."""
    port, _ = server
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "unknown_key", known.unknown_key)
        patch.setattr(command, "pyinfra", lambda *_: pytest.fail("it looked"))
        code, output = called(f"127.0.0.1:{port}", typed="n\n")
    assert code == 1
    assert f"Host key of [127.0.0.1]:{port}: SHA256:" in output
    assert not (tmp_path / "home/.ssh/known_hosts").exists()
    assert not (tmp_path / "inventories").exists()


def test_a_host_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(known, "FILES", ())
    code, output = called("127.0.0.1:1")
    assert code == 1
    assert output.startswith("Error: 127.0.0.1 can't be reached: ")


def test_a_host_behind_another_one_is_for_ssh_to_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host inner\n    ProxyJump bastion\n")
    assert known.unknown_key(Destination("inner")) is None
