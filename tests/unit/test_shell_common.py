"""What every script brings along: Compose, the stack's containers, passwords; and an ACL file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hosts import NAMES, Host, in_directory
from looks import healthy, with_declared
from looks import stack as shop

from pyinfra_runbooks.look import Look
from pyinfra_runbooks.rules.acl import acl_plan
from pyinfra_runbooks.rules.steps import Step as RedisStep
from pyinfra_runbooks.server import quoted
from pyinfra_runbooks.settings import Compose, EnvironmentVariable, HostFile, Redis, RedisUser
from pyinfra_runbooks.shell import look, redis

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


def test_the_profiles_of_the_inventory_are_asked_for_everywhere(any_host: Host) -> None:
    """Compose takes them instead of COMPOSE_PROFILES."""
    any_host.stack(str(any_host.place), "cache")
    stack = shop(compose=Compose(str(any_host.place), profiles=("prod", "eu-1")))
    done = any_host.run(
        f"{look.target(stack)}list_stack && compose config && compose up -d cache\n"
    )
    calls = done.of("docker-compose")
    assert len(calls) == 2
    for words in calls:
        assert words[2:6] == ["--profile", "prod", "--profile", "eu-1"]


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
    each = "echo $(container_of $s) $(replicas $s)"
    done = any_host.run(f"{head}for s in 01 1 1.0; do {each}; done\n")
    assert done.out.splitlines() == [
        f"{1:064x} 1",
        f"{2:064x} 1",
        f"{3:064x} 1",
    ]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("exited", "running"), 2),
        (("running", "exited"), 1),
        (("exited", "created"), 1),
        (("paused", "exited", "running"), 3),
        ((), None),
    ],
)
def test_of_a_services_containers_a_running_one_is_taken(
    any_host: Host, states: tuple[str, ...], expected: int | None
) -> None:
    any_host.containers(str(any_host.place), *(("cache", state) for state in states))
    script = f"{look.target(in_directory(any_host.place))}list_stack\ncontainer_of cache\n"
    assert any_host.run(script).out == ("" if expected is None else f"{expected:064x}")


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


# Redis


@pytest.mark.needs("root")  # who is not writes through a container
def test_an_acl_file_is_written_in_place(tmp_path: Path) -> None:
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache")
    acl = tmp_path / "it's $(touch canary).acl"
    stranger = "user guest on #" + "0" * 64 + " ~* +@all"
    acl.write_text(f"user default on nopass\n{stranger}\nuser clerk off\n", encoding="utf-8")
    inode = acl.stat().st_ino
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "cache.txt").write_text("a password\n", encoding="utf-8")
    host.answer("docker-run", "Fatal error loading the DB: Wrong signature trying to load DB\n")
    seen = with_redis_mount(healthy(), str(acl))
    stack = in_directory(tmp_path)
    service = seen.declared.services["cache"]
    plan = acl_plan(seen, shop(), service)
    script = redis.repair(
        stack, RedisStep.WRITE, plan, seen.declared, "example/cache:1", f"{1:064x}"
    )
    refused = host.run(script)
    assert (refused.code, refused.calls) == (1, []), "the ACL comes over stdin"
    done = host.run(script, stdin="".join(f"{line}\n" for line in redis.given(stack, plan)))
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
