"""The scripts that run on the hosts: they parse, and no name breaks out of its quotes."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hosts import HOSTILE, SHELLS, Host
from hypothesis import given, settings
from hypothesis import strategies as st
from looks import endpoint, healthy, with_declared
from looks import stack as shop

from pyinfra_runbooks import shell
from pyinfra_runbooks.compose import Attachment
from pyinfra_runbooks.facts.stack import StackLook
from pyinfra_runbooks.look import Look, parse_answers
from pyinfra_runbooks.rules.acl import acl_plan
from pyinfra_runbooks.rules.api import Step as ApiStep
from pyinfra_runbooks.rules.health import failure
from pyinfra_runbooks.rules.network import Attach, CreateNetwork, Detach
from pyinfra_runbooks.rules.redis import Step as RedisStep
from pyinfra_runbooks.rules.secrets import PutSecret
from pyinfra_runbooks.server import quoted
from pyinfra_runbooks.settings import (
    Compose,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Secret,
    Stack,
)
from pyinfra_runbooks.shell import api, function, look, network, redis, secrets, values, words

SCRIPTS = sorted(Path(shell.__file__).parent.glob("*.sh"))
# Printable, as paths of the inventory are, and good for the name of a file.
NAMES = [name for name in HOSTILE if "/" not in name]
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


@pytest.fixture(params=SHELLS)
def any_host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    return Host(tmp_path, request.param)


@pytest.fixture(scope="module")
def sh(tmp_path_factory: pytest.TempPathFactory) -> Host:
    return Host(tmp_path_factory.mktemp("sh"))


def in_directory(directory: Path | str, **changes: Any) -> Stack:
    return shop(compose=Compose(str(directory)), **changes)


def every_script(stack: Stack) -> Iterable[str]:
    """One of each that is sent to a host."""
    seen = healthy()
    plan = acl_plan(seen, stack, seen.declared.services["cache"])
    wanted = Attachment(frozenset({"cache"}), "172.30.0.5")
    put = Secret("cache_password", content=HostFile("keys/cache.txt"), format="json", mode=0o400)
    yield look.look(stack)
    yield look.health(stack)
    yield network.create(stack, CreateNetwork("cache"))
    yield network.attach(stack, Attach("shop-cache-1", "shop_back", wanted))
    yield network.attach(stack, Attach("shop-cache-1", "shop_back", wanted, endpoint("cache")))
    yield network.detach(stack, Detach("shop-cache-1", "shop_test"))
    for redis_step in RedisStep:
        service = seen.declared.services["cache"]
        yield redis.repair(stack, redis_step, plan, service, "example/cache:1", "0123456789ab")
    for api_step in ApiStep:
        yield api.repair(stack, api_step, "example/web:1")
    for content in (True, False):
        yield secrets.put(stack, PutSecret("/srv/shop/keys/cache.txt", put, content))


# They parse


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("parser", SHELLS)
def test_every_file_parses_with_and_without_comments(path: Path, parser: tuple[str, ...]) -> None:
    for script in (path.read_text(encoding="utf-8"), shell.text(path.name)):
        subprocess.run([*parser, "-n", "-c", script], check=True, timeout=10)
        assert script.strip()


@pytest.mark.parametrize("name", NAMES)
def test_every_script_parses(name: str) -> None:
    assert_parse(name, ("sh",))


@pytest.mark.parametrize("parser", SHELLS)
def test_every_script_parses_in_every_shell(parser: tuple[str, ...]) -> None:
    assert_parse('it\'s "so" $(x) `y`', parser)


def assert_parse(name: str, parser: tuple[str, ...]) -> None:
    check = HttpCheck("http://web:8000/a'b\"c$(x)`y`", expect={name: name})
    hostile = in_directory(f"/srv/{name}", health=(check,), secrets=())
    for script in every_script(hostile):
        done = subprocess.run([*parser, "-n", "-c", script], check=False, timeout=10)
        assert done.returncode == 0


def test_comments_stay_here_and_nothing_else() -> None:
    for path in SCRIPTS:
        kept = shell.text(path.name).splitlines()
        written = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        assert [k.strip() for k in kept] == [w for w in written if w and w[0] != "#"]


# Quoting


@settings(max_examples=40)
@given(TEXT)
def test_a_value_comes_out_as_it_went_in(sh: Host, text: str) -> None:
    assert sh.run(f"{values(x=text)}printf '%s' \"$x\" | od -An -v -tx1").out.split() == [
        f"{byte:02x}" for byte in text.encode()
    ]


@settings(max_examples=40)
@given(st.lists(TEXT, min_size=1, max_size=5))
def test_words_come_out_as_they_went_in(sh: Host, texts: list[str]) -> None:
    done = sh.run(f"docker {words(*texts)}")
    assert done.calls == [["docker", *texts]]


def test_values() -> None:
    assert values(a=None, b="", c=7, d=("x", "y z"), e=()) == "a=''\nb=''\nc=7\nd='x\ny z'\ne=''\n"
    assert words("a", 7, None, "b c") == "a 7 '' 'b c'"
    assert function("f", "echo x") == "f() {\necho x\n}\n"


# Compose


@pytest.mark.parametrize("name", NAMES)
def test_the_projects_directory_and_files(host: Host, name: str) -> None:
    directory = host.place / f"x {name}" / name
    directory.mkdir(parents=True)
    host.stack(str(directory), "cache")
    stack = shop(
        compose=Compose(str(directory), files=(name, f"{name}.yml"), env_files=(f"{name}.env",))
    )
    done = host.run(f"{look.target(stack)}list_stack && compose config --format json\n")
    assert done.of("docker-compose") == [
        [
            *("--project-directory", str(directory)),
            *("-f", name, "-f", f"{name}.yml", "--env-file", f"{name}.env"),
            *("config", "--format", "json"),
        ]
    ]
    assert not host.canary


def test_the_running_stacks_own_files_are_taken(any_host: Host) -> None:
    directory = str(any_host.place)
    any_host.stack(directory, "cache", "web")
    done = any_host.run(f"{look.target(in_directory(directory))}list_stack && compose up\n")
    assert done.of("docker-compose") == [
        ["--project-directory", directory, "-f", f"{directory}/compose.yml", "up"]
    ]


def test_a_directory_that_is_not_there_is_told(host: Host) -> None:
    done = host.run(f"{look.target(in_directory('/nowhere'))}compose up\n")
    assert done.code != 0
    assert "/nowhere does not exist" in done.out
    assert done.calls == []


def test_services_that_look_like_numbers_are_told_apart(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "01", "1", "1.0")
    head = f"{look.target(in_directory(any_host.place))}list_stack\n"
    done = any_host.run(f"{head}for s in 01 1 1.0; do of_service 4 $s; done\n")
    assert done.out.split() == ["example/01:1", "example/1:1", "example/1.0:1"]


# Networks


@pytest.mark.parametrize("name", HOSTILE)
def test_attach(host: Host, name: str) -> None:
    wanted = Attachment(
        frozenset({name, "cache"}), "172.30.0.5", "fd00::5", frozenset({"169.254.8.8"})
    )
    done = host.run(network.attach(shop(), Attach(name, f"net {name}", wanted)))
    assert done.of("docker") == [
        [
            *("network", "connect"),
            *(f"--alias={alias}" for alias in sorted(wanted.aliases)),
            *("--ip=172.30.0.5", "--ip6=fd00::5", "--link-local-ip=169.254.8.8"),
            *(f"net {name}", name),
        ]
    ]
    assert not host.canary


@pytest.mark.parametrize("name", HOSTILE)
def test_reattach(host: Host, name: str) -> None:
    had = endpoint("cache", names=frozenset({f"former {name}"}))
    wanted = Attachment(frozenset({name}), driver_opts=(("a", name),), gw_priority=7)
    done = host.run(network.attach(shop(), Attach("shop-cache-1", "shop_back", wanted, had)))
    assert done.code == 0
    assert done.of("docker", "network", "disconnect") == [
        ["network", "disconnect", "--force", "shop_back", "shop-cache-1"]
    ]
    assert done.of("docker", "network", "connect") == [
        [
            *("network", "connect", f"--alias={name}", f"--driver-opt=a={name}"),
            *("--gw-priority=7", "shop_back", "shop-cache-1"),
        ]
    ]
    assert not host.canary


def test_what_can_not_be_attached_anew_is_put_back_as_it_was(any_host: Host) -> None:
    log = any_host.place / "log"
    any_host.tool(
        "docker",
        f'#!/bin/sh\necho "$*" >>{log}\ncase "$*" in *--alias=new*) echo no >&2; exit 1 ;; esac\n',
    )
    had = endpoint("cache", names=frozenset({"old"}), ipv4="172.30.0.7")
    action = Attach("shop-cache-1", "shop_back", Attachment(frozenset({"new"})), had)
    done = any_host.run(network.attach(shop(), action))
    assert done.code != 0
    assert "put back" in done.err
    assert log.read_text(encoding="utf-8").splitlines() == [
        "network disconnect --force shop_back shop-cache-1",
        "network connect --alias=new shop_back shop-cache-1",
        "network connect --alias=old --ip=172.30.0.7 shop_back shop-cache-1",
    ]


def test_an_alias_of_two_lines_is_one_alias(host: Host) -> None:
    wanted = Attachment(frozenset({"two\n--ip=172.30.0.66"}))
    action = Attach("shop-cache-1", "shop_back", wanted, endpoint("cache"))
    done = host.run(network.attach(shop(), action))
    (connect,) = done.of("docker", "network", "connect")
    assert connect[2:] == ["--alias=two\n--ip=172.30.0.66", "shop_back", "shop-cache-1"]


@pytest.mark.parametrize("name", HOSTILE)
def test_detach(host: Host, name: str) -> None:
    done = host.run(network.detach(shop(), Detach(name, f"net {name}")))
    assert done.of("docker") == [["network", "disconnect", f"net {name}", name]]


def test_create(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    done = any_host.run(network.create(in_directory(any_host.place), CreateNetwork("cache")))
    (up,) = done.of("docker-compose")
    words = up[up.index("up") :]
    assert {"--no-start", "--no-recreate", "--no-deps", "--no-build", "--pull"} < set(words)
    assert words[-1] == "cache"


# Passwords


@pytest.mark.parametrize("name", NAMES)
def test_a_password_file_of_any_name_is_read(host: Host, name: str) -> None:
    (host.place / name).write_text("pa ss\r\n", encoding="utf-8")
    user = RedisUser("clerk", rules="+@all", password=HostFile(name))
    stack = in_directory(host.place, redis=Redis(service="cache", users=(user,)), secrets=())
    _, login = look.logins(stack)
    done = host.run(f"{look.target(stack)}{login}logins\n")
    assert done.out.splitlines() == [
        f"@mounted {quoted('clerk')} {host.place / name}",
        f"AUTH {quoted('clerk')} {quoted('pa ss')}",
    ]
    assert not host.canary


def test_a_password_of_the_controller_comes_over_stdin(
    any_host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHELL_PASSWORD", "p '\"$(touch canary)\\ w")
    user = RedisUser("clerk", rules="+@all", password=EnvironmentVariable("SHELL_PASSWORD"))
    stack = in_directory(any_host.place, redis=Redis(service="cache", users=(user,)), secrets=())
    reads, login = look.logins(stack)
    script = f"{look.target(stack)}{reads}{login}logins\n"
    (given_line,) = look.given(stack)
    done = any_host.run(script, stdin=f"{given_line}\n")
    password = done.out.split()[2].strip('"')
    assert bytes.fromhex(password.replace("\\x", "")) == b"p '\"$(touch canary)\\ w"
    assert given_line not in script
    assert "touch" not in script
    assert not any_host.canary


@pytest.mark.parametrize("name", NAMES)
def test_a_helpers_mount_is_one_field_of_csv(host: Host, name: str) -> None:
    host.stack(str(host.place), "cache")
    path = f"/srv/{name}"
    stack = in_directory(host.place)
    head = f"{look.target(stack)}redis_service=cache\nlist_stack\n"
    done = host.run(f"{head}helper cat {words(path)} /file\n")
    (run,) = done.of("docker", "run")
    assert next(csv.reader([run[run.index("--mount") + 1]])) == [
        "type=bind",
        f"src={path}",
        "dst=/file",
        "readonly",
    ]
    assert run[-2:] == ["example/cache:1", "/file"]


# Health checks


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (HttpCheck("https://shop.example/x", non_empty="a"), []),
        (
            HttpCheck("https://shop.example/x", non_empty="a", resolve="127.0.0.1"),
            ["--resolve", "shop.example:443:127.0.0.1"],
        ),
        (HttpCheck("https://shop.example/x", non_empty="a", insecure=True), ["--insecure"]),
        (
            HttpCheck("https://shop.example/x", non_empty="a", ca="it's a $(touch canary).pem"),
            ["--cacert", "PLACE/it's a $(touch canary).pem"],
        ),
        (HttpCheck("http://shop.example/?a=$(touch+canary)&b='`x`';c=%22\"", non_empty="a"), []),
        (HttpCheck("http://web:8000/x", non_empty="a"), ["--resolve", "web:8000:172.30.0.9"]),
    ],
    ids=["plain", "resolve", "insecure", "ca", "hostile", "a service of the stack"],
)
def test_checks(host: Host, check: HttpCheck, expected: list[str]) -> None:
    host.stack(str(host.place), "cache", "web")
    host.answer("docker-inspect", f"@{2:064x}\t172.30.0.9 172.30.1.9 \t8000/tcp \n")
    host.answer("curl--sS", '{"a":"secret"}\n200 0.015')
    done = host.run(look.health(in_directory(host.place, health=(check,))))
    (curl,) = done.of("curl")
    options = curl[curl.index("--max-time") + 2 : curl.index("--write-out")]
    assert options == [option.replace("PLACE", str(host.place)) for option in expected]
    assert curl[-1] == check.url
    assert curl[curl.index("--proto") + 1] == "=http,https"
    assert done.out.rstrip() == 'check|c 0 200 0.015 {"a":"(hidden)"}'
    assert not host.canary


def test_a_check_of_a_service_without_an_address(host: Host) -> None:
    host.stack(str(host.place), "cache", "web")
    host.answer("docker-inspect", f"@{2:064x}\t \t8000/tcp \n")
    check = HttpCheck("http://web:8000/x", non_empty="a")
    done = host.run(look.health(in_directory(host.place, health=(check,))))
    assert done.of("curl") == []
    assert done.out.startswith("check|c 0 000 0 web has no address")


def test_a_long_answer_is_not_shown(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "web")
    any_host.answer("docker-inspect", f"@{1:064x}\t172.30.0.9 \t8000/tcp \n")
    any_host.answer("curl--sS", '{"a":"' + "secret" * 20_000 + '"}\n200 0.015')
    check = HttpCheck("http://web:8000/x", non_empty="a")
    done = any_host.run(look.health(in_directory(any_host.place, health=(check,))))
    assert "secret" not in done.out


@pytest.mark.parametrize(
    "expect",
    [
        {"status": "ok", "cache": "up"},
        {"status": "ok", "hits": 7, "warm": True, "error": None},
        {"status": ["ok", "warm"]},
        {"status": ""},
        {"status": 'say "so"; $(touch canary) `x` \\ \' %s \N{SNOWMAN}'},
        {"it's a $(touch canary)": "ok", "two words": "ok"},
        {"cache": {"state": "up"}},
        {"parts": [{"name": "cache", "state": "up"}]},
    ],
    ids=json.dumps,
)
@pytest.mark.parametrize("indent", [None, 2], ids=["one line", "many lines"])
def test_what_is_expected_comes_through(
    tmp_path: Path, expect: dict[str, Any], indent: int | None
) -> None:
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache")
    check = HttpCheck("https://shop.example/health", expect=expect)
    told = json.dumps(expect, indent=indent, ensure_ascii=False)
    host.answer("curl--sS", f"{told}\n200 0.015")
    done = host.run(look.health(in_directory(tmp_path, health=(check,))))
    answers = parse_answers(line.partition("|")[2] for line in done.out.splitlines())
    assert failure(check, answers.get(0)) is None
    assert not host.canary


# A whole look, of a host that has nothing but stand-ins


def test_a_look_reads_and_changes_nothing(any_host: Host) -> None:
    directory = any_host.place / "it's $(touch canary)"
    (directory / "keys").mkdir(parents=True)
    (directory / "keys" / "cache.txt").write_text("a password\n", encoding="utf-8")
    any_host.stack(str(directory), "cache", "web")
    config = {"name": "shop", "services": {"cache": {"environment": {"PASSWORD": "hunter2"}}}}
    any_host.answer("docker-compose-json", json.dumps(config, indent=2))
    any_host.answer("docker-exec", "u 999 999 999\n")
    stack = in_directory(directory)
    done = any_host.run(look.look(stack))
    fact = StackLook()
    fact.command(stack=stack)
    seen = fact.process(done.out.splitlines())
    assert isinstance(seen, Look), seen
    key = seen.files[f"{directory}/keys/cache.txt"]
    assert key.password_sha256 == sha256(b"a password").hexdigest()
    assert key.sha256 == sha256(b"a password\n").hexdigest()
    assert list(seen.declared.services) == ["cache"]
    assert "hunter2" not in done.out
    verbs = {words[0] for words in done.of("docker")}
    assert verbs <= {"ps", "inspect", "exec", "network", "info"}
    assert {tuple(words[:2]) for words in done.of("docker", "network")} == {("network", "ls")}
    assert {words[-1] for words in done.of("docker-compose")} == {"json", "*"}
    # Passwords go over stdin, and are in nobody's words.
    assert "password" not in " ".join(word for call in done.calls for word in call[1:2])
    (asked,) = (text for text in done.stdin("docker", "exec") if "AUTH" in text)
    assert f"AUTH {quoted('clerk')} {quoted('a password')}" in asked.splitlines()
    assert not any_host.canary


def test_a_label_breaks_out_of_nothing(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache", "x//;e touch canary;s/x")
    host.answer("docker-inspect", f"@{2:064x}\t127.0.0.1 \t1/tcp \n")
    done = host.run(look.look(in_directory(tmp_path)))
    assert "engine|=0" in done.out
    assert not host.canary


# Redis


def test_an_acl_file_is_written_in_place(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("who is not root writes through a container")
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache")
    acl = tmp_path / "it's $(touch canary).acl"
    stranger = "user guest on #" + "0" * 64 + " ~* +@all"
    acl.write_text(f"user default on nopass\n{stranger}\nuser clerk off\n", encoding="utf-8")
    inode = acl.stat().st_ino
    host.answer("docker-run", "Fatal error loading the DB: Wrong signature trying to load DB\n")
    seen = with_redis_mount(healthy(), str(acl))
    stack = in_directory(tmp_path)
    service = seen.declared.services["cache"]
    plan = acl_plan(seen, shop(), service)
    script = redis.repair(stack, RedisStep.WRITE, plan, service, "example/cache:1", f"{1:064x}")
    done = host.run(script)
    assert done.code == 0, done.err
    assert acl.read_text(encoding="utf-8").splitlines() == [*plan.lines, stranger]
    assert acl.stat().st_ino == inode
    (trial,) = done.of("docker", "run")
    assert trial[trial.index("--network") + 1] == "none"
    assert trial[trial.index("--pull") + 1] == "never"
    assert not any(line in word for line in plan.lines for word in trial)
    assert not host.canary


def with_redis_mount(seen: Look, source: str) -> Look:
    """The ACL file is somewhere else on the host."""
    mounts = tuple(
        replace(m, source=source) if m.secret == "cache_acl" else m
        for m in seen.declared.services["cache"].mounts
    )
    return with_declared(seen, "cache", mounts=mounts)
