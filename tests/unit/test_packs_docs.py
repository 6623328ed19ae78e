"""The page about packs: what it writes works, and what it shows stands where it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "packs.md").read_text(encoding="utf-8")

# Of each block the file that was named last before it.
BLOCKS: list[tuple[str, str, str]] = []
for found in re.finditer(r"(?m)^`([\w./]+)`$|^```(\w+)\n(.*?)^```$", PAGE, re.S):
    if found[1]:
        NAMED = found[1]
    else:
        BLOCKS.append((NAMED if found[2] != "console" else "", found[2], found[3]))
OURS = [(name, text) for name, _, text in BLOCKS if re.match("deploys/|tests/", name)]
WRITTEN = {name: text for name, _, text in BLOCKS if name.startswith("acme/")}
(INVENTORY,) = (text for name, _, text in BLOCKS if name.startswith("inventories/"))
CONSOLE = [
    line.removeprefix("$ ")
    for _, kind, text in BLOCKS
    if kind == "console"
    for line in text.splitlines()
]


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of the first part, as a directory."""
    place = tmp_path_factory.mktemp("docs")
    for name, text in WRITTEN.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    (place / "acme" / "__init__.py").touch()
    (place / "inventory.py").write_text(INVENTORY, encoding="utf-8")
    return place


def run(place: Path, *words: str) -> str:
    """A command in that directory."""
    path = os.pathsep.join((str(place), str(ROOT / "deploys"), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        words, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_tree_that_is_drawn_is_the_one_that_is_written() -> None:
    drawn = re.findall(r"(?m)^ {6}(\w+\.\w+)", PAGE)
    assert sorted(f"acme/maintenance/{name}" for name in drawn) == sorted(WRITTEN)


def test_its_own_tests_pass(acme: Path) -> None:
    said = run(acme, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "acme")
    assert "7 passed" in said


def test_an_inventory_takes_it_and_may_waive_its_kind(acme: Path) -> None:
    shown = "import json, inventory; print(json.dumps(inventory.stack.to_json()))"
    stack = json.loads(run(acme, sys.executable, "-c", shown))
    (component,) = stack["components"]
    assert (component["component"], component["lasts"]) == ("Maintenance", 600)


def test_its_repair_is_a_script_that_is_audited_and_proves_what_it_did(acme: Path) -> None:
    """As it is put together, with a docker that answers what each of these would."""
    (docker := acme / "docker").write_text(
        """#!/bin/sh
        case $1 in
            ps) printf 'CONTAINER ID   IMAGE\\n1   web:1\\n' ;;
            inspect)
                printf '=1\\t"running"\\t"app"\\t"web"\\t"False"'
                printf '\\t"%s"\\t"%s/compose.yml"\\t""\\n' "$PWD" "$PWD"
                ;;
            exec) shift 2 && exec "$@" ;;
        esac
        """,
        encoding="utf-8",
    )
    docker.chmod(0o755)
    (left := acme / "left").touch()
    script = f"""
from pyinfra_runbooks.engine.shell import script
print(script({str(acme / "acme/maintenance/end_maintenance.sh")!r}, directory={str(acme)!r},
    service="web", container="1", file={str(left)!r}))"""
    text = run(acme, sys.executable, "-c", script)
    assert text.rstrip().endswith("audited end_maintenance")
    said = run(acme, "env", f"PATH={acme}:{os.environ['PATH']}", "sh", "-c", text)
    assert json.loads(said) == {"step": "removed", "file": str(left)}
    assert not left.exists()


@pytest.mark.needs("shellcheck")
@pytest.mark.parametrize("name", [name for name in WRITTEN if name.endswith("ask_maintenance.sh")])
def test_its_probe_is_linted(acme: Path, name: str) -> None:
    run(acme, "shellcheck", "--shell=sh", name)


def test_its_page_is_made(acme: Path) -> None:
    (command,) = (line for line in CONSOLE if line.startswith("python -c"))
    (code,) = re.findall("'(.*)'", command)
    assert "## maintenance-left" in run(acme, sys.executable, "-c", code)


def test_its_fault_is_one(acme: Path) -> None:
    shown = "from acme.maintenance.faults import FAULTS; print(*(f.name for f in FAULTS))"
    assert run(acme, sys.executable, "-c", shown) == "maintenance-left\n"


@pytest.mark.parametrize(("name", "text"), OURS, ids=[name for name, _ in OURS])
def test_what_is_shown_stands_in_the_file(name: str, text: str) -> None:
    assert text in (ROOT / name).read_text(encoding="utf-8")


def test_every_block_is_tested() -> None:
    assert {name for name, *_ in BLOCKS if name} == {
        *WRITTEN,
        *(name for name, _ in OURS),
        "inventories/group_data/prod.py",
    }
    assert len(OURS) > 6


FILES = sorted(
    {
        *re.findall(r"`((?:tests|lab)/[\w/]+\.py)`", PAGE),
        *re.findall(r"\btests/unit/test_\w+\.py\b", "\n".join(CONSOLE)),
        *(f"docs/{target}" for target in re.findall(r"\]\(([^):#]+)\)", PAGE)),
    }
)


@pytest.mark.parametrize("path", FILES)
def test_a_file_that_is_named_is_there(path: str) -> None:
    assert (ROOT / path).resolve().exists()


@pytest.mark.parametrize("name", re.findall(r"(?m)^\| `(test_\w+)` \|", PAGE))
def test_a_test_that_is_named_is_there(name: str) -> None:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "unit").glob("*.py"))
    assert any(f"def {name}(" in text for text in texts)


EXAMPLE = ROOT / "deploys" / "pyinfra_runbooks" / "packs" / "postgres"
(TABLE,) = re.findall(r"## The worked example\n(.*?)\n\n[A-Z]", PAGE, re.S)


def test_the_table_names_each_file_of_the_example() -> None:
    rows = [line.split("|")[1] + line.split("|")[2] for line in TABLE.splitlines() if "|" in line]
    named = {
        word.removeprefix("rules/") for row in rows for word in re.findall(r"`([\w./]+)`", row)
    }
    files = {path.name for path in EXAMPLE.glob("**/*.*") if path.suffix in (".py", ".sh")}
    shared = {"__init__.py", "inside_postgres.sh", "postgres_client.sh"}
    assert files - shared <= named


FUNCTIONS = re.findall(r"(?m)^\| `(\w+)(?: [^`]*)?` \| (\w+\.sh) \|", PAGE)


def test_the_functions_of_scripts_are_read() -> None:
    assert ("audited", "audited.sh") in FUNCTIONS
    assert len(FUNCTIONS) > 10


@pytest.mark.parametrize(("function", "file"), FUNCTIONS)
def test_a_function_of_scripts_that_is_named_is_there(function: str, file: str) -> None:
    text = (ROOT / "deploys/pyinfra_runbooks/engine/shell" / file).read_text(encoding="utf-8")
    assert re.search(rf"(?m)^{function}\(\)", text)
