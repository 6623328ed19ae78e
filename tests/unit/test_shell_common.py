"""What every script brings along: Compose, the stack's containers, passwords; and an ACL file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hosts import NAMES, Host, in_directory
from looks import healthy, with_declared
from looks import stack as shop
from prepared import found_on, target

from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.shell import text, values
from pyinfra_runbooks.engine.shell.seen import seen
from pyinfra_runbooks.engine.shell.stack import of
from pyinfra_runbooks.packs.redis import scripts as redis
from pyinfra_runbooks.packs.redis.asking import login_line, passwords_of
from pyinfra_runbooks.packs.redis.replies import quoted
from pyinfra_runbooks.packs.redis.rules.acl import acl_plan
from pyinfra_runbooks.packs.redis.steps import Step as RedisStep
from pyinfra_runbooks.settings import (
    Compose,
    EnvironmentVariable,
    HostFile,
    Redis,
    RedisUser,
    Stack,
)

# Compose


@pytest.mark.parametrize("name", NAMES)
def test_the_projects_directory_and_files(host: Host, name: str) -> None:
    directory = host.place / f"x {name}" / name
    directory.mkdir(parents=True)
    host.stack(str(directory), "cache")
    stack = shop(
        compose=Compose(str(directory), files=(name, f"{name}.yml"), env_files=(f"{name}.env",))
    )
    done = host.run(f"{target(stack)}compose config --format json\n")
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
    done = any_host.run(f"{target(stack)}compose config && compose up -d cache\n")
    calls = done.of("docker-compose")
    assert len(calls) == 2
    for words in calls:
        assert words[2:6] == ["--profile", "prod", "--profile", "eu-1"]


def test_the_running_stacks_own_files_are_taken(any_host: Host) -> None:
    directory = str(any_host.place)
    any_host.stack(directory, "cache", "web")
    stack = in_directory(directory)
    found = found_on(any_host, stack)
    assert isinstance(found, Found)
    about = values(**seen(stack, replace(healthy(), found=found)))
    done = any_host.run(f"{about}{text('common.sh')}compose up\n")
    assert done.of("docker-compose") == [
        ["--project-directory", directory, "-f", f"{directory}/compose.yml", "up"]
    ]


def test_a_directory_that_is_not_there_is_reported(host: Host) -> None:
    done = host.run(f"{target(in_directory('/nowhere'))}compose up\n")
    assert done.code != 0
    assert "/nowhere does not exist" in done.out
    assert done.calls == []


# Passwords


def logging_in(stack: Stack) -> str:
    """The functions that read passwords."""
    lines = tuple(login_line(login, stack) for login in stack.servers[0].logins)
    return values(**of(stack), login_users=lines) + text("credentials.sh")


@pytest.mark.parametrize("name", NAMES)
def test_a_password_file_of_any_name_is_read(host: Host, name: str) -> None:
    (host.place / name).write_text("pa ss\r\n", encoding="utf-8")
    user = RedisUser("clerk", rules="+@all", password=HostFile(name))
    stack = in_directory(host.place, redis=Redis(service="cache", users=(user,)), secrets=())
    done = host.run(f"{logging_in(stack)}read_passwords\nlogins\n")
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
    script = f"{logging_in(stack)}read_passwords\nlogins\n"
    (given_line,) = passwords_of(stack.servers[0])
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
    look = with_redis_mount(healthy(), str(acl))
    stack = in_directory(tmp_path)
    service = look.declared.services["cache"]
    plan = acl_plan(look, shop(), stack.servers[0], service)
    script = redis.repair(
        stack,
        stack.servers[0],
        RedisStep.WRITE,
        plan,
        look,
        "example/cache:1",
        f"{1:064x}",
    )
    refused = host.run(script)
    assert (refused.code, refused.calls) == (1, []), "the ACL comes over stdin"
    done = host.run(
        script, stdin="".join(f"{line}\n" for line in redis.stdin_lines(stack.servers[0], plan))
    )
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
