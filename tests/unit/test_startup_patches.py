"""Start-up validation in a stack's files, by the real Compose's word: so much more, and no more."""

from __future__ import annotations

import runpy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from compose_projects import SECRET, Project, applied, project
from hosts import Host

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.shell import compose_files as scripts
from pyinfra_runbooks.facts.declarations import Declaration
from pyinfra_runbooks.settings import Api, HostFile, Redis, RedisUser, Stack

pytestmark = pytest.mark.needs("compose")

ROOT = Path(__file__).resolve().parents[2]
GIT, PATCH = ("git", "apply"), ("patch", "-p1", "-s", "--no-backup-if-mismatch")
LAB: Stack = runpy.run_path(str(ROOT / "inventories" / "group_data" / "lab.py"))["stack"]
_KEY = HostFile("private/web password.txt")
SHOP = Stack(
    "/",
    Redis("cache", users=(RedisUser("shop-web", rules="~* +@all", password=_KEY),)),
    Api("web"),
)
# Nothing of it is in the stack: then the compose file alone says who is who.
NOBODY = Stack(
    "/",
    Redis("none", users=(RedisUser("x", rules="~* +@all", password=_KEY),)),
)


@dataclass(frozen=True)
class Case:
    """
    + files: by their names
    + waits: what each client then waits for, besides
    + stack: what the inventory says
    + named: the files that it names
    + of: the clients that are asked for
    """

    files: dict[str, str | bytes]
    waits: dict[str, set[str]]
    stack: Stack = NOBODY
    named: tuple[str, ...] = ()
    of: tuple[str, ...] = ()


def web(*lines: str, more: str = "") -> str:
    """A Redis, and a client of it that has these lines, too."""
    own = "".join(f"    {line}\n" for line in lines)
    return (
        "services:\n  web:\n    image: web\n    environment:\n      REDIS_HOST: redis\n"
        f"{own}    restart: always\n  redis:\n    image: redis:7\n    restart: always\n{more}"
    )


def lab(name: str) -> str:
    return (ROOT / name / "docker-compose.yml").read_text()


ONE = {"web": {"redis-serves-web"}}
TWO = {"web": {"redis-serves-web", "db-serves-web"}}
DB = "  db:\n    image: postgres:17\n    restart: always\n"
# As case 01 has it, and as Mastodon does: nearly all of it comes by an anchor.
PLAIN = """\
x-app: &app
  image: app:1
  restart: always
  environment: { REDIS_HOST: redis, HEALTH: text }
services:
  redis:
    image: redis:7
    restart: always
    volumes: ["./redis:/data"]
    networks: [inner, jobs]
  web: { <<: *app, networks: [outer, inner], ports: ["127.0.0.1:3000:8000"], depends_on: [redis] }
  streaming: { <<: *app, networks: [outer, inner], depends_on: [redis] }
  sidekiq: { <<: *app, networks: [outer, jobs], depends_on: [redis] }
networks:
  outer: {}
  inner: { internal: true }
  jobs: { internal: true }
"""
# As case 04: one service is made of another, and the password is in an env file.
ENV_FILE = """\
services:
  app: &app
    image: app:1
    env_file: env/app.env
    depends_on: { redis: { condition: service_healthy } }
  worker:
    <<: *app
    command: [worker]
  redis:
    image: valkey:8
    command: [sh, -c, 'exec valkey-server --requirepass "$$REDIS_PASSWORD"']
    env_file: env/redis.env
    healthcheck: { test: 'true' }
"""
CORPUS: dict[str, Case] = {
    "the least": Case({"compose.yaml": web()}, ONE),
    "crlf, with a mark": Case(
        {"compose.yaml": b"\xef\xbb\xbfx-a: 1\r\n" + web(more=DB).replace("\n", "\r\n").encode()},
        ONE,
    ),
    "the lab's bare stack": Case(
        {"docker-compose.yml": lab("lab/bare"), ".env": "REDIS_IMAGE=lab/store:1\n"},
        {"api": {"redis-serves-api"}},
        LAB,
    ),
    "the shop": Case(
        {"docker-compose.yml": lab("tests/lab/shop")}, {"web": {"cache-serves-web"}}, SHOP
    ),
    "a list in lines": Case(
        {"compose.yaml": web("depends_on:", "- redis", '- "db"', more=DB)},
        TWO,
    ),
    "a list before an env file": Case(
        {
            "compose.yaml": web("depends_on:", "  - redis", "  - db", "env_file: web.env", more=DB),
            "web.env": f"TOKEN={SECRET}\n",
        },
        TWO,
    ),
    "a list between brackets": Case(
        {"compose.yaml": web("depends_on: [redis, db]", more=DB)},
        TWO,
    ),
    "a mapping": Case(
        {
            "compose.yaml": web(
                *("depends_on:", "  db:", "    condition: service_started", "    restart: true"),
                more=DB,
            )
        },
        TWO,
    ),
    "a mapping between braces": Case(
        {"compose.yaml": web("depends_on: {db: {condition: service_started}}", more=DB)}, TWO
    ),
    "case 01": Case(
        {"compose.yaml": PLAIN},
        {
            "web": {"redis-serves-streaming"},
            "streaming": {"redis-serves-streaming"},
            "sidekiq": {"redis-serves-sidekiq"},
        },
    ),
    "case 04": Case(
        {
            "compose.yaml": ENV_FILE,
            "env/app.env": f"REDIS_HOST=redis\nREDIS_PASSWORD={SECRET}\n",
            "env/redis.env": f"REDIS_PASSWORD={SECRET}\n",
        },
        {"app": {"redis-serves-app"}, "worker": {"redis-serves-app"}},
    ),
    "one of two": Case(
        {"compose.yaml": PLAIN}, {"sidekiq": {"redis-serves-sidekiq"}}, of=("sidekiq",)
    ),
    "lists of what is written": Case(
        {
            "compose.yaml": "services:\n    web:\n        image: web\n        environment:\n"
            "            - REDIS_URL=redis://:${PW}@redis:6379/0\n            - PW\n"
            "        restart: always\n\n    redis:\n        image: redis:7\n"
            "        labels: [a=b]\n        restart: always\n\nvolumes:\n    v:\n",
            ".env": f"PW={SECRET}\n",
        },
        ONE,
    ),
    "a server in one of the overrides": Case(
        {
            "compose.yaml": "services:\n  web:\n    image: web\n    depends_on: {}\n",
            "redis.yaml": web("depends_on: [redis]").replace("    image: web\n", ""),
        },
        ONE,
        named=("compose.yaml", "redis.yaml"),
    ),
    "an override": Case(
        {
            "compose.yaml": web(),
            "compose.override.yaml": "services:\n  web:\n    depends_on: [redis]\n    tty: true\n",
        },
        ONE,
    ),
    "extends": Case(
        {
            "compose.yaml": web("depends_on:", "  - redis")
            + "  worker:\n    extends: web\n    depends_on: [web]\n",
        },
        {"web": {"redis-serves-web"}, "worker": {"redis-serves-web"}},
    ),
    "include": Case(
        {
            "compose.yaml": "include: [sub/compose.yaml]\nservices:\n  redis:\n"
            "    image: redis:7\n    restart: always\n",
            "sub/compose.yaml": "services:\n  web:\n    image: web\n    restart: always\n"
            "    environment: {REDIS_HOST: redis}\n",
        },
        ONE,
    ),
    "json": Case(
        {
            "compose.json": '{\n  "services": {\n    "web": {\n      "image": "web",\n'
            '      "depends_on": ["redis"]\n    },\n    "redis": {\n      "image": "redis:7"\n'
            "    }\n  }\n}\n"
        },
        ONE,
        named=("compose.json",),
    ),
    "a profile": Case(
        {
            "compose.yaml": web("profiles: [x]")
            + "  late:\n    image: web\n    depends_on: [redis]\n    restart: always\n"
        },
        {"web": {"redis-serves-web"}, "late": {"redis-serves-late"}},
    ),
}


def there(host: Host, case: Case) -> Project:
    made = project(host, case.files, named=case.named)
    stack = replace(case.stack, compose=made.stack.compose)
    return replace(made, stack=stack)


def found(project: Project, *of: str) -> Declaration:
    declaration = project.declaration(validated=of)
    assert isinstance(declaration, Declaration), declaration
    return declaration


def shown(declaration: Declaration) -> str:
    diffs = "".join(file.diff() for file in declaration.patches)
    return diffs + str(declaration.proposal.does) + str(declaration.proposal.left)


def without(resolved: dict[str, Any], waits: dict[str, set[str]]) -> dict[str, Any]:
    """What Compose resolves, but for what was asked for."""
    names = set().union(*waits.values())
    services = {k: dict(v) for k, v in resolved["services"].items() if k not in names}
    for client, expected in waits.items():
        on = dict(services[client]["depends_on"])
        for name in expected:
            assert on.pop(name) == {
                "condition": "service_completed_successfully",
                "required": True,
            }
        services[client]["depends_on"] = on
        if not on:
            del services[client]["depends_on"]
    return {**resolved, "services": services}


def hashes(project: Project) -> dict[str, str]:
    return dict(line.split() for line in project.hashes().splitlines())  # type: ignore[misc]


@pytest.mark.parametrize("name", CORPUS)
def test_compose_resolves_so_much_more_and_nothing_else(
    host: Host, tmp_path: Path, name: str
) -> None:
    case = CORPUS[name]
    project = there(host, case)
    before, was = project.resolved(), hashes(project)
    declaration = found(project, *case.of)
    assert SECRET not in shown(declaration)
    assert declaration.proposal.left == ()
    names = set().union(*case.waits.values())
    assert {*declaration.proposal.new} == names
    assert {*declaration.proposal.waits} == {*case.waits}
    after = {file.path: file.after for file in declaration.patches}
    assert applied(declaration, GIT, tmp_path / "git") == after
    assert applied(declaration, PATCH, tmp_path / "patch") == after

    project.write(declaration)
    assert without(project.resolved(), case.waits) == before
    now = hashes(project)
    assert {x for x in was if now[x] != was[x]} == {*declaration.recreates} <= {*case.waits}
    assert now.keys() - was.keys() == names

    # Nothing is left to say, whatever was set since, or it is called.
    again = found(project, *case.of)
    assert (again.patches, again.proposal.left) == ((), ())
    for file in declaration.patches:
        text = Path(file.path).read_bytes()
        text = text.replace(b'WAIT: "30"', b'WAIT: "5"').replace(b'"WAIT": "30"', b'"WAIT": "5"')
        Path(file.path).write_bytes(text.replace(b"-serves-", b"-gate-"))
    assert any("-gate-" in service for service in project.resolved()["services"])
    assert found(project, *case.of).patches == ()


def test_a_file_that_is_used_without_the_server_does_not_wait_for_its_validation(
    host: Host,
) -> None:
    declaration = found(there(host, CORPUS["a server in one of the overrides"]))
    after = {Path(file.path).name: file.after for file in declaration.patches}
    assert after["redis.yaml"].count(b"redis-serves-web:") == 2
    assert b"serves" not in after["compose.yaml"]


# What is left as it is, and why

LEFT: dict[str, tuple[str, str]] = {
    "a password in the file": (
        web(f"command: 'x'\n    labels: {{a: {SECRET}}}").replace(
            "REDIS_HOST: redis", f"REDIS_URL: redis://:{SECRET}@redis"
        ),
        "service web (PLACE, line 4): not validated against redis: its password stands in",
    ),
    "an anchor of the list": (
        "x-d: &d [redis]\n" + web("depends_on: *d"),
        "service web (PLACE, line 3): its `depends_on` is shared",
    ),
    "an anchor of all": (
        "x-d: &d\n  depends_on: [redis]\n" + web("<<: *d"),
        "service web (PLACE, line 4): its `depends_on` comes by an anchor",
    ),
    "an heir that is no client": (
        web(more="  other:\n    extends: web\n    environment: {REDIS_HOST: elsewhere}\n"),
        "service web (PLACE, line 2): other inherits its settings",
    ),
    "a comment beside it": (
        web("depends_on:", f"  - redis   # {SECRET}"),
        "service web (PLACE, line 2): every line beside which it could stand",
    ),
    "a comment between them": (
        web("depends_on:", "  - redis", f"  # {SECRET}", "  - db", more=DB),
        "service web (PLACE, line 2): every line beside which it could stand",
    ),
    "brackets over several lines": (
        web("depends_on: [redis,", "  db]", more=DB),
        "service web (PLACE, line 2): it is written between brackets, in more than one line",
    ),
    "a server in a profile": (
        web(more="    profiles: [x]\n"),
        "service web (PLACE, line 4): not validated against redis: redis is there with its profile",
    ),
    "a circle": (
        web(more="    depends_on: [web]\n"),
        "service web (PLACE, line 4): not validated against redis: redis itself waits",
    ),
    "another condition": (
        web("depends_on: [redis-serves-web]", more="  redis-serves-web:\n    image: x\n"),
        "service web: it waits for redis-serves-web, but on another condition than",
    ),
    "no line for the services": (
        "".join(
            f"{line}   # {SECRET}\n" if line and not line.startswith("    ") else f"{line}\n"
            for line in web().splitlines()
        ).replace("restart: always", f"command: {SECRET}"),
        "no validation can be added to PLACE: every line",
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_who_is_left_is_named_with_the_place(host: Host, name: str) -> None:
    text, left = LEFT[name]
    project = there(host, Case({"compose.yaml": text}, {}))
    before = project.resolved()
    declaration = found(project)
    place = str(project.directory / "compose.yaml")
    said = declaration.proposal.left
    assert any(line.startswith(left.replace("PLACE", place)) for line in said), said
    assert SECRET not in shown(declaration)
    assert (declaration.proposal.new, declaration.recreates) == ((), ())
    project.write(declaration)
    assert project.resolved() == before


def test_one_that_is_left_does_not_keep_the_others(host: Host) -> None:
    more = (
        "  api:\n    image: web\n    restart: always\n    environment:\n      REDIS_HOST: redis\n"
    )
    text = web("depends_on:", f"  - redis   # {SECRET}", more=more)
    project = there(host, Case({"compose.yaml": text}, {}))
    declaration = found(project)
    assert declaration.proposal.waits == ("api",)
    assert declaration.proposal.new == ("redis-serves-api",)
    # Named for the one that waits, and for no other.
    assert "validates: api\n" in declaration.patches[0].after.decode()


def test_who_is_asked_for_and_is_no_client_is_said(host: Host) -> None:
    project = there(host, Case({"compose.yaml": web(more=DB)}, {}))
    declaration = found(project, "db")
    why = "service db: nothing says that it is a client"
    assert any(line.startswith(why) for line in declaration.proposal.left)
    assert declaration.proposal.new == ()


def test_an_env_file_says_which_password_is_whose(any_host: Host) -> None:
    """Of its values only names of services and ports reach the controller."""
    env = (
        f"REDIS_CACHE_HOST=cache:6379\nREDIS_CACHE_PASSWORD={SECRET}\nREDIS_CACHE_SSL=false\n"
        f"REDIS_HOST=redis\nREDIS_PASSWORD=cache\nOTHER_HOST={SECRET}\nREDIS_PORT=6380\n"
        "REDIS_USERNAME=\n"
    )
    text = (
        "services:\n  web:\n    image: web\n    env_file: web.env\n    restart: always\n"
        "  redis:\n    image: redis:7\n    restart: always\n"
        "  cache:\n    image: redis:7\n    restart: always\n"
    )
    project = there(any_host, Case({"compose.yaml": text, "web.env": env}, {}))
    declaration = found(project)
    assert SECRET not in shown(declaration)
    project.write(declaration)
    services = project.resolved()["services"]
    asked = {name: services[f"{name}-serves-web"]["environment"] for name in ("redis", "cache")}
    assert {name: e["REDIS_PASSWORD_IN"] for name, e in asked.items()} == {
        "redis": "REDIS_PASSWORD",
        "cache": "REDIS_CACHE_PASSWORD",
    }
    assert (asked["redis"]["REDIS_PORT"], asked["cache"]["REDIS_PORT"]) == ("6380", "6379")


def test_nobody_asks_for_it_unless_it_is_asked_for(host: Host) -> None:
    project = there(host, CORPUS["the least"])
    declaration = project.declaration()
    assert isinstance(declaration, Declaration)
    assert "serves" not in shown(declaration)


def test_another_client_waits_for_the_one_that_is_there(host: Host) -> None:
    project = there(host, CORPUS["case 01"])
    project.write(found(project, "web"))
    declaration = found(project)
    assert declaration.proposal.new == ("redis-serves-sidekiq",)
    assert "service streaming waits for redis-serves-web" in declaration.proposal.does
    project.write(declaration)
    assert found(project).patches == found(project, "streaming").patches == ()


def test_two_scripts_more_have_another_anchor(host: Host) -> None:
    """One of the same name is there already; YAML would take the later one, people would not."""
    more = "".join(
        f"  {name}:\n    image: web\n    restart: always\n    networks: [{name}]\n"
        "    environment: {REDIS_HOST: redis}\n"
        for name in "abcd"
    )
    more += "networks:\n" + "".join(f"  {name}:\n" for name in "abcd")
    project = there(host, Case({"compose.yaml": web(more=more)}, {}))
    project.write(found(project, "a", "b"))
    project.write(found(project, "c", "d"))
    text = (project.directory / "compose.yaml").read_text()
    assert text.count("command: &redis-serves\n") == text.count("&redis-serves-2\n") == 1


def test_what_compose_takes_for_more_than_was_asked_for_is_refused(host: Host) -> None:
    """Whatever the rules believe: a service that nobody named would have another hash."""
    project = there(host, CORPUS["the least"])
    plugin = project.host.place / "docker" / "cli-plugins" / "docker-compose"
    real = plugin.readlink()
    plugin.unlink()
    plugin.write_text(
        f"#!/bin/sh\nother=$(printf %064d 0)\n"
        f'case "$*" in *fd/4*--hash*) {real} "$@" | sed "s/^redis .*/redis $other/" ;;'
        f' *) exec {real} "$@" ;; esac\n'
    )
    plugin.chmod(0o755)
    declaration = project.declaration(validated=())
    assert isinstance(declaration, Unknown)
    assert "would change more than that" in declaration.reason


def test_it_is_written_to_the_host(any_host: Host) -> None:
    project = there(any_host, CORPUS["a list in lines"])
    declaration = found(project)
    assert declaration.trial
    script = scripts.write(project.stack, Found(), declaration.trial, declaration.patches)
    lines = scripts.written(declaration.trial, declaration.patches)
    done = any_host.run(script, stdin="".join(f"{line}\n" for line in lines))
    assert done.code == 0, done.err
    (file,) = declaration.patches
    assert Path(file.path).read_bytes() == file.after
    again = found(project)
    assert again.patches == ()
