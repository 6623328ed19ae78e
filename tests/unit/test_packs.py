"""A component of another package: its class names what looks after it; nothing else is touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

import pytest
from looks import healthy, without
from looks import stack as declared
from verdicts import kinds

from pyinfra_runbooks import Api, Component, Redis, Stack, packs, setting
from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.core.finding import Finding
from pyinfra_runbooks.core.kind import named
from pyinfra_runbooks.core.plan import Step
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.core.resolution import Remedy, Symptom
from pyinfra_runbooks.core.task import Task
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.asked import Asking, Member
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.pack import Pack, Sent
from pyinfra_runbooks.engine.probe import Probe
from pyinfra_runbooks.engine.rules import jobs
from pyinfra_runbooks.operations.executing import change_of
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.all import PACKS, SHIPPED, pack_of, packs_of
from pyinfra_runbooks.packs.look import questions

FULL = replace(named("disk-full"), title="A disk is full", part="health")
SLOW = replace(named("slow"), title="It is slow", part="health")


@setting
class Store(Component):
    """A third party's store."""

    _: KW_ONLY
    size: int = 1

    pack: ClassVar[str] = __name__


@dataclass(frozen=True)
class Empty(Task):
    """Have it throw away what it can do without."""

    @property
    def verb(self) -> str:
        return "empty"


def values(member: Member) -> dict[str, object] | None:
    component = member.component
    return {"size": component.size} if isinstance(component, Store) else None


def full(look: Look, _: Stack, store: Store) -> Iterator[Finding[Empty]]:
    if not look.members(store.service):
        remedy = Remedy("empty it", Disruption.NONE, Empty())
        yield FULL.found(store.service, "is full", f"{store.size} GiB", remedy)


def slow(_: Look, __: Stack, store: Store) -> Iterator[Finding[None]]:
    yield SLOW.found(store.service, "is slow", "5 s", Symptom("df"))


def emptied(step: Step, _: Look, stack: Stack, __: Policy) -> Sent:
    return Sent(f"empty {step.thing} in {stack.compose.directory}", ["a secret"])


SIZE: Probe[Member, int] = Probe("size", "ask_volumes.sh", len, values)
PACK = Pack("store", "store", judges=(full, slow), probes_each=(SIZE,), does={Empty: emptied})

STORES = (Store("db", size=7), Store("web"))


@pytest.fixture
def stack() -> Stack:
    return declared(components=(*declared().servers, *STORES))


def test_what_its_class_names_is_asked_about_each(stack: Stack) -> None:
    asked = {q.name: q.values for q in questions(Asking.of(stack, Found()))}
    assert asked["size db"] == {"size": 7}
    assert asked["size web"] == {"size": 1}


def test_its_rules_judge_each_and_its_script_repairs(stack: Stack) -> None:
    look = without(healthy(), "db")
    found = verification.everything(look, stack)
    assert kinds(found).count("slow") == 2
    (cause,) = (f for f in found if f.kind is FULL)
    assert (cause.subject, cause.evidence) == ("db", "7 GiB")
    assert kinds(found).index("disk-full") < kinds(found).index("slow")
    (step,) = (s for s in verification.planned(look, stack).steps if s.thing == "db")
    change = change_of(step, look, stack, Policy(cap=Disruption.NONE))
    assert (change.script, change.stdin) == ("empty db in /srv/shop", ["a secret"])


def test_its_script_may_be_in_its_own_package(tmp_path: Path) -> None:
    (file := tmp_path / "ask_size.sh").write_text("echo 7\n", encoding="utf-8")
    asked = [(f"ask_{size}", str(file), {"size": size}) for size in (1, 2)]
    assert shell.functions(asked) == (
        "file_0() {\necho 7\n\n}\n"
        "ask_1() {\n(\nsize=1\nfile_0)\n}\nask_2() {\n(\nsize=2\nfile_0)\n}\n"
    )


def test_it_is_a_server_by_what_is_declared(stack: Stack) -> None:
    (db,) = healthy().members("db")
    assert not jobs.is_job(healthy(), stack, db)
    assert stack.of(Store) == STORES
    assert stack.to_json()["components"][1] == {"component": "Store", "service": "db", "size": 7}


def test_one_that_names_nothing_brings_nothing() -> None:
    plain = Component("db")
    stack = declared(components=(plain,))
    assert pack_of(plain) is None
    assert packs_of(stack) == PACKS
    assert "size db" not in {q.name for q in questions(Asking.of(stack, Found()))}


@pytest.mark.parametrize("kind", [Redis, Api, Store])
def test_what_a_class_names_is_there(kind: type[Component]) -> None:
    pack: Any = import_module(kind.pack).PACK
    assert isinstance(pack, Pack)
    assert pack.judges
    assert pack.by_checks is (kind is Api)


DIRECTORY = Path(packs.__file__).parent
OF_RULES = (*DIRECTORY.glob("*/rules.py"), *DIRECTORY.glob("*/rules/*.py"))


@pytest.mark.parametrize("path", OF_RULES, ids=lambda path: str(path.relative_to(DIRECTORY)))
def test_what_a_module_finds_is_found_by_its_pack(path: Path) -> None:
    """A judge that a pack forgets finds nothing, and nothing else would fail."""
    name = ".".join(path.relative_to(DIRECTORY).with_suffix("").parts)
    module = import_module(f"{packs.__name__}.{name.removesuffix('.__init__')}")
    if not hasattr(module, "findings"):
        return
    named = [rule for pack in SHIPPED for rule in (*pack.rules, *pack.judges)]
    called = f"{path.stem}.findings("
    others = [other.read_text(encoding="utf-8") for other in OF_RULES if other != path]
    assert module.findings in named or any(called in text for text in others)
