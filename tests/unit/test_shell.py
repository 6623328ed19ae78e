"""The scripts that run on the hosts: they parse, and no name breaks out of its quotes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hosts import NAMES, SHELLS, Host, in_directory
from hypothesis import given, settings
from hypothesis import strategies as st
from looks import endpoint, healthy

from pyinfra_runbooks.core.errors import RunbookError
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.compose import Attachment
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.rules.namespaces import Revive
from pyinfra_runbooks.engine.shell import function, values, words
from pyinfra_runbooks.engine.shell.packed import packed
from pyinfra_runbooks.packs import look
from pyinfra_runbooks.packs.clients import scripts as clients
from pyinfra_runbooks.packs.clients.rules.api import Step as ApiStep
from pyinfra_runbooks.packs.files import scripts as secrets
from pyinfra_runbooks.packs.files.rules.secrets import PutSecret
from pyinfra_runbooks.packs.network import scripts as network
from pyinfra_runbooks.packs.network.asking import Pair
from pyinfra_runbooks.packs.network.rules.attachments import Attach
from pyinfra_runbooks.packs.network.rules.networks import CreateNetwork
from pyinfra_runbooks.packs.network.rules.strangers import Detach
from pyinfra_runbooks.packs.redis import scripts as redis
from pyinfra_runbooks.packs.redis.rules.acl import acl_plan
from pyinfra_runbooks.packs.redis.steps import Step as RedisStep
from pyinfra_runbooks.preflight import probe
from pyinfra_runbooks.settings import HostFile, HttpCheck, Secret, Stack

SHIPPED = shell.files().values()
SCRIPTS = sorted(path for path in SHIPPED if path.suffix == ".sh")
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


TRIED = probe.Trial(
    service="cache",
    image="sha256:0123",
    image_name="example/cache:1",
    program="redis-server",
    script=False,
    conf="/etc/cache.conf",
    acl="/run/secrets/acl",
    mounts=('--mount=type=bind,"src=/srv/shop/cache.conf","dst=/etc/cache.conf",readonly',),
    data="/data",
    named=True,
    places=(("/data", '--mount=type=volume,"src=shop_data","dst=/data",readonly'),),
)


def every_script(stack: Stack) -> Iterable[str]:
    """One of each that is sent to a host."""
    seen = healthy()
    plan = acl_plan(seen, stack, stack.servers[0], seen.declared.services["cache"])
    wanted = Attachment(frozenset({"cache"}), "172.30.0.5")
    put = Secret("cache_password", content=HostFile("keys/cache.txt"), format="json", mode=0o400)
    yield look.find(stack)
    yield shell.script("versions.sh")
    container = replace(seen.containers[0], working_dir=stack.compose.directory)
    runs = Found((container,))
    yield look.look(stack, runs)
    yield look.health(stack, runs)
    yield look.reach(stack, [Pair(container, container, container, "cache", "cache", 6379)])
    yield probe.see(stack, runs)
    yield probe.ask(stack, runs, [("sha256:0123", "")], [TRIED], ["4711"])
    yield network.create(stack, seen, CreateNetwork("cache"))
    yield network.create(stack, seen, CreateNetwork("cache", instead_of="shop_back"))
    yield network.attach(stack, seen, Attach("a1", "shop-cache-1", "shop_back", wanted))
    yield network.attach(
        stack, seen, Attach("a1", "shop-cache-1", "shop_back", wanted, endpoint("cache"))
    )
    yield network.detach(stack, seen, Detach("a1", "shop-cache-1", "shop_test"))
    for redis_step in RedisStep:
        yield redis.repair(
            stack,
            stack.servers[0],
            redis_step,
            plan,
            seen,
            "example/cache:1",
            "0123456789ab",
        )
    for api_step in ApiStep:
        yield clients.repair(stack, seen, "web", api_step, "example/web:1")
    for containers in ((), ("0123456789ab",)):
        yield network.revive(stack, seen, Revive("web", containers))
    for content in (True, False):
        yield secrets.put(stack, seen, PutSecret("/srv/shop/keys/cache.txt", put, content))


# They parse


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
@pytest.mark.parametrize("parser", SHELLS)
def test_every_file_parses_with_and_without_comments(path: Path, parser: tuple[str, ...]) -> None:
    for script in (path.read_text(encoding="utf-8"), shell.text(path.name)):
        subprocess.run([*parser, "-n", "-c", script], check=True, timeout=10)
        assert script.strip() or path.name == "text_of.sh"


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
    for path in (path for path in SCRIPTS if path.name != "text_of.sh"):
        kept = [line.strip() for line in shell.text(path.name).splitlines()]
        written = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
        own = [w for w in written if w and w[0] != "#" and "$0" not in w and "text_of" not in w]
        assert set(own) <= set(kept), path
        assert not [line for line in kept if line.startswith("#")]


def test_no_script_is_longer_than_an_argument_may_be() -> None:
    """Linux takes 128 KiB; a login shell and su quote it once each."""
    for script in every_script(in_directory("/srv/shop")):
        assert len(shlex.quote(shlex.quote(packed(script)))) < 60 << 10


# They are put together


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_no_shell_reads_a_table_of_connections_line_by_line(path: Path) -> None:
    """Bash asks for it from its beginning at each line: with thousands of them it never ends."""
    assert not re.findall(r"done\s*<\s*\S*/proc/net", path.read_text(encoding="utf-8"))


def test_a_name_is_one_files() -> None:
    """A script that names it need not say where it is."""
    package = Path(shell.__file__).parents[2]
    names = [p.name for p in package.glob("*/*/*") if p.suffix in {f.suffix for f in SHIPPED}]
    assert len(names) == len(set(names)) == len(SHIPPED)


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Scripts that name each other."""
    place = tmp_path / "engine" / "shell"
    place.mkdir(parents=True)
    for name, lines in {
        "base.sh": ("# What all use.", 'twice() { printf \'%s %s\\n\' "$1" "$1"; }'),
        "one.sh": (f'. "{_THERE}/base.sh"', "one() { twice one; }"),
        "inside.sh": (f'. "{_THERE}/base.sh"', 'twice "$1 it\'s"'),
        "rows.awk": ("# rows", "{ print NR, $0 }"),
        "all.sh": (
            *(f'. "{_THERE}/{name}.sh"' for name in ("text_of", "one", "base")),
            "inside_sh=$(text_of engine/shell/inside.sh)",
            "rows_awk=$(text_of engine/shell/rows.awk)",
            'one && sh -c "$inside_sh" inside "$1" && printf "%s\\n" "$given" | awk "$rows_awk"',
        ),
    }.items():
        (place / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    shutil.copy(shell.path_of("text_of.sh"), place)
    monkeypatch.setattr(shell, "_PACKAGE", tmp_path)
    for cached in (shell.text, shell.files):
        cached.cache_clear()
    yield place
    for cached in (shell.text, shell.files):
        cached.cache_clear()  # or the next test gets these


_THERE = '$(dirname "$0")/../../engine/shell'


def test_what_is_used_comes_once_and_what_is_handed_over_is_a_value(parts: Path) -> None:
    base = 'twice() { printf \'%s %s\\n\' "$1" "$1"; }\n'
    one = f"{base}one() {{ twice one; }}\n"
    assert shell.text("all.sh").startswith(
        one + values(inside_sh=f'{base}twice "$1 it\'s"\n', rows_awk="{ print NR, $0 }\n")
    )
    assert shell.text("one.sh", "base.sh", "one.sh") == one


def test_a_script_does_the_same_by_itself(any_host: Host, parts: Path) -> None:
    sent = any_host.run(shell.script("all.sh", "a b", given=("x", "y")))
    (command,) = (words(*any_host.shell, str(parts / "all.sh"), "a b"),)
    alone = any_host.run(f"{values(given=('x', 'y'))}export given\n{command}")
    assert sent.out == alone.out == "one one\na b it's a b it's\n1 x\n2 y\n"


@pytest.mark.parametrize("name", ["ask_misspelt.sh", "./ask_misspelt.sh", "acme/ask_misspelt.sh"])
def test_no_script_is_taken_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "acme").mkdir()
    for place in (tmp_path, tmp_path / "acme"):
        (place / "ask_misspelt.sh").write_text("touch canary\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RunbookError, match=r"there is no script '.*' here; .* absolute path"):
        shell.script(name)
    assert shell.script(str(tmp_path / "ask_misspelt.sh")) == "touch canary\n"
    with pytest.raises(RunbookError, match=r"there is no script /.*/none\.sh"):
        shell.script(str(tmp_path / "none.sh"))


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
