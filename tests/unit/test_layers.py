"""Imports go one way: settings and pure modules, facts, operations, deploys, and what uses them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import pyinfra_runbooks

PACKAGE = Path(pyinfra_runbooks.__file__).parent
ROOT = PACKAGE.parents[1]
NAME = PACKAGE.name

# From left to right; what stands here may import what stands before it, and its own layer.
# A package stands for all its modules, unless one of them is named.
LAYERS = (
    ("disruption", "errors", "showing"),
    ("settings", "acl", "findings", "engine", "shell", "audit", "locking", "units"),
    ("patching",),
    ("restraint",),
    ("compose", "differences", "server", "files", "unseen"),
    ("startup", "look"),
    ("rules",),
    (
        *("shell.look", "shell.network", "shell.redis", "shell.service", "shell.secrets"),
        *("shell.lock", "shell.audit", "shell.pause", "shell.events"),
        "shell.compose_files",
    ),
    ("facts",),
    ("operations",),
    ("diagnosis",),
    ("watching",),
    ("preflight.obstacles", "preflight.seen", "preflight.answers", "preflight.probe"),
    ("preflight.readers", "preflight.rules"),
    ("preflight.questions",),
    ("preflight.facts",),
    ("preflight",),
    ("network", "redis", "api", "verification", "history", "lock", "pause", "schedule"),
    ("compose_file",),
    ("jobs",),
    ("__main__",),
)
PURE = (
    *("disruption", "findings", "engine", "compose", "server", "look", "acl", "rules", "shell"),
    *(
        "audit",
        "differences",
        "files",
        "locking",
        "patching",
        "restraint",
        "showing",
        "startup",
        "units",
        "unseen",
        "jobs.shard",
    ),
    *(f"preflight.{name}" for name in ("answers", "questions", "probe", "readers", "rules")),
    *("preflight.seen", "preflight.obstacles"),
)
DEPLOYS = {
    *("network", "redis", "api", "verification", "diagnosis", "history", "lock", "pause"),
    *("schedule", "compose_file", "preflight"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def module(path: Path) -> str:
    """A file's module within the package: ``rules.network``; the package itself is empty."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path, name: str | None = None) -> Iterator[str]:
    """The full names that a file imports, relative ones resolved; modules and what is in them."""
    package = f"{NAME}.{name}" if name else NAME
    if path.name != "__init__.py":
        package = package.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = ".".join((*base, *filter(None, [node.module]))) if node.level else node.module
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def own(names: Iterator[str]) -> set[str]:
    """Of these, the modules of this package: ``rules.network``."""
    known = {module(path) for path in MODULES}
    found = set()
    for name in names:
        if name == NAME or not name.startswith(f"{NAME}."):
            continue
        inner = name.removeprefix(f"{NAME}.")
        while inner not in known:
            inner = inner.rpartition(".")[0]
        found.add(inner)
    return found - {""}


def layer(name: str) -> int:
    """Which layer a module belongs to; its most precise mention counts."""
    while name:
        for number, names in enumerate(LAYERS):
            if name in names:
                return number
        name = name.rpartition(".")[0]
    raise AssertionError("a new module has to be given its layer, in this test and in the design")


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_nothing_imports_from_a_layer_to_the_right(path: Path) -> None:
    name = module(path)
    if not name:
        assert own(imported(path)) == set()
        return
    right = {other for other in own(imported(path, name)) if layer(other) > layer(name)}
    assert right == set()


def packages(name: str) -> str:
    return name.partition(".")[0]


def pure(path: Path) -> bool:
    return any(f"{module(path)}.".startswith(f"{name}.") for name in PURE)


@pytest.mark.parametrize("path", [p for p in MODULES if pure(p)], ids=module)
def test_pure_modules_know_no_host(path: Path) -> None:
    names = set(imported(path, module(path)))
    assert {name for name in names if packages(name) == "pyinfra"} == set()
    assert not {"os", "subprocess", "socket", "time"} & {packages(name) for name in names}


def test_settings_and_errors_know_pyinfra_only_by_its_errors_and_place() -> None:
    known = {
        "pyinfra",
        "pyinfra.api.exceptions.PyinfraError",
    }
    for path in MODULES:
        if packages(module(path)) in ("settings", "errors"):
            names = {n for n in imported(path, module(path)) if packages(n) == "pyinfra"}
            assert names <= known, module(path)


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_only_settings_read_the_inventorys_data(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    readers = {name for name in ast.walk(ast.parse(source)) if _reads_data(name)}
    assert not readers or module(path) in ("diagnosis", "preflight")


def _reads_data(node: ast.AST) -> bool:
    """``host.data`` or ``this_host().data``."""
    if not (isinstance(node, ast.Attribute) and node.attr == "data"):
        return False
    owner = node.value.func if isinstance(node.value, ast.Call) else node.value
    return isinstance(owner, ast.Name) and owner.id in ("host", "this_host")


@pytest.mark.parametrize("path", sorted((ROOT / "inventories").rglob("*.py")), ids=lambda p: p.stem)
def test_inventories_import_settings_only(path: Path) -> None:
    assert own(imported(path)) <= {"settings"}


@pytest.mark.parametrize("path", sorted((ROOT / "runbooks").glob("*.py")), ids=lambda p: p.stem)
def test_runbooks_import_deploys_only(path: Path) -> None:
    names = own(imported(path))
    assert names
    assert names <= DEPLOYS | {"findings"}


@pytest.mark.parametrize("path", sorted((ROOT / "runbooks").glob("*.py")), ids=lambda p: p.stem)
def test_runbooks_are_a_few_calls(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert all(isinstance(node, (ast.Expr, ast.If, ast.Import, ast.ImportFrom)) for node in body)
    assert len(body) < 15


SOURCES = [p for p in PACKAGE.rglob("*") if p.suffix in (".py", ".sh", ".awk")]


@pytest.mark.parametrize("path", sorted(SOURCES), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_module_has_one_layer() -> None:
    named = [name for names in LAYERS for name in names]
    assert len(named) == len(set(named))
    assert all(layer(module(path)) >= 0 for path in MODULES if module(path))
