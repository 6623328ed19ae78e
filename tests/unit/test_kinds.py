"""Every kind of finding is registered once, documented, and comes out of a case."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

import pyinfra_runbooks
from lab.faults.catalogue import FAULTS
from pyinfra_runbooks.core import page
from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.core.kind import Kind, kind, kinds, named, nearest
from pyinfra_runbooks.packs.all import SHIPPED
from pyinfra_runbooks.settings import Accepted

PACKAGE = Path(pyinfra_runbooks.__file__).parent
UNIT = Path(__file__).parent
PAGE = UNIT.parents[1] / "docs" / "findings.md"
SOURCES = [p for p in PACKAGE.rglob("*.py") if p.parent.name not in ("core", "faults")]
TEXTS = {path: path.read_text(encoding="utf-8") for path in SOURCES}


def test_the_page_is_what_the_registry_makes() -> None:
    """Renewed by: python -m pyinfra_runbooks.core.page > docs/findings.md"""
    made = subprocess.run(
        [sys.executable, "-m", page.__name__], capture_output=True, text=True, check=True
    )
    assert made.stdout == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("one", kinds().values(), ids=str)
def test_a_kind_says_what_its_page_needs(one: Kind) -> None:
    assert re.fullmatch("[a-z]+(-[a-z]+)*", one.id)
    assert one.part in {pack.part for pack in SHIPPED}
    assert all((one.title, one.means, one.known, one.repair))
    assert not one.title.endswith(".")
    assert f"\n## {one}\n" in PAGE.read_text(encoding="utf-8")
    assert set(one.explains) <= set(kinds()) - {one.id}


def test_no_kind_explains_itself_in_the_end() -> None:
    for start in kinds().values():
        todo, seen = list(start.explains), set[str]()
        while todo:
            seen.add(todo[-1])
            todo += [id_ for id_ in named(todo.pop()).explains if id_ not in seen]
        assert start.id not in seen


def test_a_kind_is_registered_once() -> None:
    (first, *_) = kinds().values()
    words = dict.fromkeys(("title", "part", "means", "known", "repair"), "x")
    with pytest.raises(ValueError, match=f"the kind {first} is registered already"):
        kind(first.id, **words)  # type: ignore[arg-type]


def test_what_is_registered_elsewhere_has_a_name_only() -> None:
    other = named("of-a-later-version")
    assert (other.id, other.breaks_health, other.explains) == ("of-a-later-version", True, ())
    assert "of-a-later-version" not in kinds()
    assert other == named("of-a-later-version")


FAULTY = {id_ for fault in FAULTS.values() for id_ in fault.causes or ()}
ASIDE = ("test_kinds.py", "test_depending.py", "test_restraint.py", "test_restraint_reported.py")


def cases() -> set[str]:
    """The ids that a test of rules names as what it expects, and those that faults do."""
    texts = [p.read_text(encoding="utf-8") for p in UNIT.glob("test_*.py") if p.name not in ASIDE]
    rules = "^from pyinfra_runbooks.(engine|packs|operations)"
    judging = [t for t in texts if re.search(rules, t, re.M)]
    tested = {word for text in judging for word in re.findall(r'"([a-z]+(?:-[a-z]+)*)"', text)}
    return tested | FAULTY


@pytest.mark.parametrize("id_", kinds())
def test_a_kind_has_a_case(id_: str) -> None:
    assert id_ in cases()


def test_what_faults_expect_is_a_kind() -> None:
    assert set(kinds()) >= FAULTY


def compared(tree: ast.AST) -> Iterator[str]:
    """Where a kind is compared with a text, or looked for among texts."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Attribute) and side.attr == "kind" for side in sides):
                texts = (s.value for s in sides if isinstance(s, ast.Constant))
                yield from (text for text in texts if isinstance(text, str))


def words(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that are no docstring, and stand in no registration of a kind."""
    own = {id(n) for call in ast.walk(tree) if _registers(call) for n in ast.walk(call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own:
            yield node.value


def _registers(node: ast.AST) -> bool:
    if isinstance(node, ast.Assign):
        # Consequences that several kinds have.
        return isinstance(node.targets[0], ast.Name) and node.targets[0].id.startswith("_")
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "kind"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_rule_knows_a_kind_by_its_name(path: Path) -> None:
    """The object is imported; what it is good for, its attributes say."""
    names = {id_ for id_ in kinds() if "-" in id_}
    # Preflight judges a stack that is not there yet, and has kinds of its own; consequences that
    # kinds of several packs have stand beside the parts.
    if "preflight" not in path.parts and path != PACKAGE / "engine" / "parts.py":
        assert names & set(words(ast.parse(TEXTS[path]))) == set()
        assert not set(kinds()) & set(compared(ast.parse(TEXTS[path])))


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("exrta-network", "extra-network"), ("api_unhealthy", "api-unhealthy"), ("redis", None)],
)
def test_a_waiver_of_no_kind_is_a_mistake_of_the_inventory(wrong: str, meant: str | None) -> None:
    with pytest.raises(SettingsError) as caught:
        Accepted(wrong, reason="it moves", owner="team", until=date(2027, 1, 15))
    assert "test_kinds.py" in str(caught.value)
    assert f"got {wrong!r}" in str(caught.value)
    assert nearest(wrong) == meant or meant is None
    assert meant is None or f"(did you mean {meant}?)" in str(caught.value)


@pytest.mark.parametrize("one", kinds().values(), ids=str)
def test_a_waiver_excuses_a_finding_and_not_the_proof(one: Kind) -> None:
    def waiver() -> Accepted:
        return Accepted(one.id, reason="it moves", owner="team", until=date(2027, 1, 15))

    if one.waivable:
        assert waiver().kind == one.id
        return
    with pytest.raises(SettingsError, match="not proved to be healthy, waiver or not"):
        waiver()


def test_what_keeps_a_server_from_being_asked_is_not_waived() -> None:
    unwaivable = {id_ for id_, kind in kinds().items() if not kind.waivable}
    redis = {"login-withheld", "redis-several", "redis-silent"}
    assert unwaivable == redis | {"postgres-several", "postgres-silent"}
