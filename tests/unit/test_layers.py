"""Imports go one way: by the map of the package, which stands in its own docstring."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from setuptools import Distribution

import pyinfra_runbooks
from pyinfra_runbooks.core.task import Task
from pyinfra_runbooks.engine.pack import Pack
from pyinfra_runbooks.packs.all import PACKS
from pyinfra_runbooks.settings import Component

PACKAGE = Path(pyinfra_runbooks.__file__).parent
ROOT = PACKAGE.parents[1]
NAME = PACKAGE.name


def layers(page: str) -> Iterator[tuple[str, ...]]:
    """Of a map, the names of each paragraph; a package stands for all in it that is not named."""
    for paragraph in page.split("\n\n"):
        lines = [line for line in paragraph.splitlines() if re.match("    \\S", line)]
        names = [re.split("  +", line.strip())[0].split(", ") for line in lines]
        if names and "import" not in names[0][0]:
            yield tuple(name.rstrip("/").replace("/", ".") for some in names for name in some)


LAYERS = tuple(layers(pyinfra_runbooks.__doc__ or ""))
PURE = ("core", "engine", "packs", "units", "jobs.shard")
PURE += tuple(f"preflight.{n}" for n in ("answers", "obstacles", "probe", "questions"))
PURE += ("preflight.readers", "preflight.rules", "preflight.seen")
DEPLOYS = {
    *("network", "redis", "api", "verification", "diagnosis", "history", "lock", "pause"),
    *("schedule", "compose_file", "preflight", "recovery"),
}
BESIDE = sorted(PACKAGE.glob("packs/*/faults/*.py"))
"""What the lab breaks, to see it repaired: in no layer, as it is not shipped."""

MODULES = sorted({*PACKAGE.rglob("*.py")} - {*BESIDE, *PACKAGE.glob("share/**/*.py")})


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
        # What is registered by being imported, what inventories use, and what runbooks do.
        assert own(imported(path)) == {"packs.all", "settings", "recovery"}
        return
    right = {other for other in own(imported(path, name)) if layer(other) > layer(name)}
    assert right == set()


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_no_pack_imports_another(path: Path) -> None:
    """What two of them need is the engine's."""
    name = module(path)
    if pack := pack_of(name):
        assert {pack_of(other) for other in own(imported(path, name))} <= {pack, ""}


def pack_of(name: str) -> str:
    """The pack that a module is in; empty: none."""
    found = re.match(r"packs\.(\w+)\.", name)
    return found[1] if found else ""


JUDGED_BY_SEVERAL = sorted((PACKAGE / "engine" / "rules").glob("[!_]*.py"))


@pytest.mark.parametrize("path", JUDGED_BY_SEVERAL, ids=module)
def test_what_one_subject_alone_judges_by_is_its_own(path: Path) -> None:
    users = [name for name, needs in needed().items() if module(path) in needs]
    assert len({pack_of(user) or user for user in users}) > 1


@cache
def needed() -> dict[str, set[str]]:
    """Of each module, the others that it imports."""
    return {module(path): own(imported(path, module(path))) - {module(path)} for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_nothing_that_is_shipped_imports_a_fault_or_the_lab(path: Path) -> None:
    names = set(imported(path, module(path)))
    assert {name for name in names if "faults" in name.split(".")} == set()
    assert {name for name in names if packages(name) == "lab"} == set()


@pytest.mark.parametrize("path", BESIDE, ids=module)
def test_faults_are_of_the_lab_and_of_their_pack(path: Path) -> None:
    """What those of two packs need is the lab's."""
    ours = {n for n in imported(path, module(path)) if packages(n) == NAME}
    pack = ".".join((NAME, *path.relative_to(PACKAGE).parts[:2]))
    assert {name for name in ours if not name.startswith(f"{pack}.")} == set()


def test_faults_are_not_packaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the wheel is built."""
    monkeypatch.chdir(ROOT)
    distribution = Distribution({"script_name": "setup.py"})
    distribution.parse_config_files()
    build = distribution.get_command_obj("build_py")
    build.ensure_finalized()
    packaged = {Path(file).resolve() for *_, file in build.find_all_modules()}
    assert {path for path in packaged if path.is_relative_to(PACKAGE)} == set(MODULES)


def test_no_import_comes_back() -> None:
    """Within a layer, too: of each module, what it imports can be read without it."""
    left = {name: needs for name, needs in needed().items() if name}
    # A finding has a kind, and a kind makes findings.
    left["core.kind"] = left["core.kind"] - {"core.finding"}
    while alone := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in alone}
    assert left == {}


@pytest.mark.parametrize("path", sorted((PACKAGE / "core").glob("*.py")), ids=module)
def test_the_core_knows_no_subject(path: Path) -> None:
    """But for saying so."""
    words = re.findall("(?i)docker|compose|redis", path.read_text(encoding="utf-8"))
    assert len(words) == 2 * (module(path) == "core")


HERE = [module(path) for path in sorted(PACKAGE.glob("packs/*/pack.py"))]


def packs() -> list[Pack]:
    return [import_module(f"{NAME}.{name}").PACK for name in HERE]


def test_a_pack_has_the_name_of_its_directory() -> None:
    """`PACKS` has those of every stack; any other one is named by a component's class."""
    assert [f"packs.{pack.name}.pack" for pack in packs()] == HERE
    brought = {kind.pack.removeprefix(f"{NAME}.") for kind in Component.__subclasses__()}
    assert {f"packs.{pack.name}.pack" for pack in PACKS} | brought >= set(HERE)


def test_every_task_has_one_pack_that_does_it() -> None:
    tasks = {f"{t.__module__}.{t.__name__}" for t in derived(Task)}
    done = [f"{task.__module__}.{task.__name__}" for pack in packs() for task in pack.does]
    own = {t for t in tasks if t.startswith(NAME) and not t.startswith(f"{NAME}.core.")}
    assert sorted(done) == sorted(own)


def derived(base: type[Task]) -> Iterator[type[Task]]:
    """Those that nothing is derived from: `Named` is no task itself."""
    for task in base.__subclasses__():
        yield from derived(task) if task.__subclasses__() else (task,)


def packages(name: str) -> str:
    return name.partition(".")[0]


def pure(path: Path) -> bool:
    name = f"{module(path)}."
    return name != "core.errors." and any(name.startswith(f"{pure}.") for pure in PURE)


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
        if packages(module(path)) in ("settings",) or module(path) == "core.errors":
            names = {n for n in imported(path, module(path)) if packages(n) == "pyinfra"}
            assert names <= known, module(path)


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_only_settings_read_the_inventorys_data(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    readers = {name for name in ast.walk(ast.parse(source)) if _reads_data(name)}
    assert not readers or module(path) in READERS


READERS = ("diagnosis", "facts.plans", "jobs.callbacks", "preflight")


def _reads_data(node: ast.AST) -> bool:
    """``host.data`` or ``this_host().data``."""
    if not (isinstance(node, ast.Attribute) and node.attr == "data"):
        return False
    owner = node.value.func if isinstance(node.value, ast.Call) else node.value
    return isinstance(owner, ast.Name) and owner.id in ("host", "this_host")


@pytest.mark.parametrize("path", sorted((ROOT / "inventories").rglob("*.py")), ids=lambda p: p.stem)
def test_inventories_import_settings_only(path: Path) -> None:
    ours = {name for name in imported(path) if packages(name) == NAME}
    known = {f"{NAME}.{name}" for name in pyinfra_runbooks.__all__} - {f"{NAME}.recover"}
    brought = {
        f"{c.__module__.rpartition('.')[0]}.{c.__name__}" for c in Component.__subclasses__()
    }
    assert ours <= known | brought


@pytest.mark.parametrize("path", sorted((ROOT / "runbooks").glob("*.py")), ids=lambda p: p.stem)
def test_runbooks_import_deploys_only(path: Path) -> None:
    names = own(imported(path))
    assert names
    assert names <= DEPLOYS


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
