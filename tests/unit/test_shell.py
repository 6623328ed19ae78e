"""The scripts that run on the hosts: they parse, and no name breaks out of its quotes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from hosts import NAMES, SHELLS, Host, in_directory
from hypothesis import given, settings
from hypothesis import strategies as st
from looks import endpoint, healthy

from pyinfra_runbooks import shell
from pyinfra_runbooks.compose import Attachment
from pyinfra_runbooks.rules.acl import acl_plan
from pyinfra_runbooks.rules.api import Step as ApiStep
from pyinfra_runbooks.rules.namespaces import Revive
from pyinfra_runbooks.rules.network import Attach, CreateNetwork, Detach
from pyinfra_runbooks.rules.secrets import PutSecret
from pyinfra_runbooks.rules.steps import Step as RedisStep
from pyinfra_runbooks.settings import HostFile, HttpCheck, Secret, Stack
from pyinfra_runbooks.shell import (
    function,
    look,
    network,
    redis,
    secrets,
    service,
    values,
    words,
)

SCRIPTS = sorted(Path(shell.__file__).parent.glob("*.sh"))
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def every_script(stack: Stack) -> Iterable[str]:
    """One of each that is sent to a host."""
    seen = healthy()
    plan = acl_plan(seen, stack, seen.declared.services["cache"])
    wanted = Attachment(frozenset({"cache"}), "172.30.0.5")
    put = Secret("cache_password", content=HostFile("keys/cache.txt"), format="json", mode=0o400)
    yield look.look(stack)
    yield look.health(stack)
    yield network.create(stack, CreateNetwork("cache"))
    yield network.create(stack, CreateNetwork("cache", instead_of="shop_back"))
    yield network.attach(stack, Attach("shop-cache-1", "shop_back", wanted))
    yield network.attach(stack, Attach("shop-cache-1", "shop_back", wanted, endpoint("cache")))
    yield network.detach(stack, Detach("shop-cache-1", "shop_test"))
    for redis_step in RedisStep:
        yield redis.repair(
            stack, redis_step, plan, seen.declared, "example/cache:1", "0123456789ab"
        )
    for api_step in ApiStep:
        yield service.repair(stack, api_step, "example/web:1")
    for containers in ((), ("0123456789ab",)):
        yield service.revive(stack, Revive("web", containers), seen)
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
