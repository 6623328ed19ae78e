"""What a finding tells a person to paste: it runs anywhere on the host, with every blank filled."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import incident
import pytest
from looks import healthy, joined, locked_out, stack, stranger, without, without_file

import pyinfra_runbooks
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.engine.commands import Place, pasted, place
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs import findings
from pyinfra_runbooks.settings import Compose

PACKAGE = Path(pyinfra_runbooks.__file__).parent
SOURCES = [
    *PACKAGE.glob("packs/*/rules/*.py"),
    *PACKAGE.glob("packs/*/rules.py"),
    *PACKAGE.glob("engine/rules/*.py"),
    PACKAGE / "packs" / "logs" / "wording.py",
    PACKAGE / "core" / "policy.py",
]
BLANK = re.compile(r"<\w|…|\.\.\.|\b(?:NAME|OTHER-NAME|INVENTORY|HOST|SERVICE|CONTAINER|PATH)\b")
PROSE = re.compile(r" (?:shows|says|which|names|that|then|once|and) ")
PLACE = Place("shop", "docker compose --project-directory /srv/shop", incident.POLICY)


def texts(path: Path) -> Iterator[str]:
    """What a module says, with x where it puts something in; no docstring and no kind's page."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    aside = {
        id(inner)
        for node in (*[c for c in calls if _is_kind(c)], *_docstrings(tree))
        for inner in ast.walk(node)
    }
    parts = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    for node in ast.walk(tree):
        if id(node) in aside or id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(v.value if isinstance(v, ast.Constant) else "x" for v in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _is_kind(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "kind"


def _docstrings(tree: ast.Module) -> list[ast.AST]:
    """And the texts that stand alone below what they explain."""
    return [
        n for n in ast.walk(tree) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant)
    ]


def faults(command: str) -> str:
    """Why a command can't be pasted; empty: it can."""
    if blank := BLANK.search(command):
        return f"{command}: {blank[0]} is left to the reader"
    if prose := PROSE.search(command):
        return f"{command}: {prose[0].strip()} is no argument"
    parsed = subprocess.run(
        ["sh", "-n", "-c", command], capture_output=True, text=True, check=False
    )
    return f"{command}: {parsed.stderr}" if parsed.returncode else ""


SEEN = "docker ps -a shows"
"""How evidence begins, which is not pasted."""

WRITTEN = sorted(
    {
        c
        for path in SOURCES
        for text in texts(path)
        for c in pasted(PLACE.fill(text))
        if not text.startswith(SEEN)
    }
)


def test_the_rules_name_many_commands() -> None:
    assert len(WRITTEN) > 60
    assert any(command.startswith("sudo docker logs") for command in WRITTEN)


@pytest.mark.parametrize("command", WRITTEN)
def test_what_a_rule_writes_can_be_pasted(command: str) -> None:
    assert faults(command) == ""


@pytest.mark.parametrize(
    "text", ["docker rename a OTHER-NAME", "docker logs 'a", "docker exec <it>"]
)
def test_a_blank_or_an_open_quote_is_found(text: str) -> None:
    (command,) = pasted(text)
    assert faults(command)


LOOKS = {
    "the incident": incident.broken(),
    "no container": without(healthy(), "db"),
    "locked out": locked_out(healthy()),
    "a stranger": joined(healthy(), stranger("thief", "cache")),
    "several": joined(
        healthy(),
        *[replace(c, id=f"2{c.id[1:]}", name="shop-cache-2") for c in healthy().members("cache")],
    ),
    "no password": without_file(locked_out(healthy()), "/srv/shop/keys/cache.txt"),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("cap", ["none", "recreate"])
def test_what_a_plan_tells_can_be_pasted(look: Look, cap: str) -> None:
    policy = replace(incident.POLICY, cap=type(incident.POLICY.cap)(cap))
    told = [
        text
        for finding in findings.planned(look, stack(), policy).findings
        for word, text in finding.details()
        if word in ("do", "look")
    ]
    commands = [command for text in told for command in pasted(text)]
    assert commands
    assert [fault for command in commands if (fault := faults(command))] == []
    assert not re.search(r"(?<!sudo )docker (?:compose|logs|start)", " ".join(commands))


def filled(text: str, compose: Compose | None = None, policy: Policy = incident.POLICY) -> str:
    return place(healthy(), stack(compose=compose or Compose("/srv/shop")), policy).fill(text)


def test_a_log_is_known_by_the_project() -> None:
    assert filled("docker compose logs web") == "sudo docker compose -p shop logs web"


@pytest.mark.parametrize("name", [r"\1", r"\g<x>", "a'b", "two words"])
def test_a_label_is_no_part_of_a_pattern(name: str) -> None:
    """Anybody's container may carry one."""
    said = replace(PLACE, name=name).fill("docker compose logs web")
    assert shlex.split(said.removeprefix("sudo ")) == [
        *("docker", "compose", "-p", name, "logs", "web")
    ]


def test_compose_gets_its_files_though_they_have_usual_names() -> None:
    """Beside them may be an override that the project was not brought up with."""
    own = Compose("/srv/shop", files=("docker-compose.yml",))
    assert " -f /srv/shop/docker-compose.yml up" in filled("docker compose up -d", own, Policy())


def test_compose_gets_its_directory_and_files() -> None:
    own = Compose("/srv/shop", files=("prod.yml",), env_files=(".env.prod",), profiles=("all",))
    assert filled("docker compose up -d", own, Policy()) == (
        "docker compose --project-directory /srv/shop -f /srv/shop/prod.yml"
        " --env-file /srv/shop/.env.prod --profile all up -d"
    )
    named = Compose("/srv/my shop", name="shop")
    assert filled("docker compose up -d", named, Policy()) == (
        "docker compose --project-directory '/srv/my shop' -p shop up -d"
    )


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        (
            "allow it: --data max_disruption=restart",
            "allow it: runbooks repair inventories/prod.py --limit shop-1 --max-disruption restart",
        ),
        (
            "if you can: --data allow_data_loss=cache",
            "if you can: runbooks repair inventories/prod.py --limit shop-1"
            " --data allow_data_loss=cache",
        ),
        (
            "first: runbooks/network.py",
            "first: runbooks repair inventories/prod.py network --limit shop-1",
        ),
        (
            "patch: runbooks/diagnose.py",
            "patch: pyinfra inventories/prod.py runbooks/diagnose.py --limit shop-1",
        ),
    ],
)
def test_a_run_is_named_as_it_is_typed(text: str, runs: str) -> None:
    assert filled(text) == runs
    assert filled(text, policy=Policy()) == text  # The inventory is not known.


def test_a_host_that_was_named_alone_is_its_own_inventory() -> None:
    alone = Policy(inventory="deploy@10.0.0.7", host="deploy@10.0.0.7")
    assert alone.again == "runbooks repair deploy@10.0.0.7"


def test_a_missing_password_never_costs_data() -> None:
    """The inventory names a file that is not there: that is mended first."""
    (found,) = (
        finding
        for finding in findings.planned(LOOKS["no password"], stack(), incident.POLICY).findings
        if finding.kind.id == "acl-locked-out"
    )
    assert "allow_data_loss" not in " ".join(found.lines())
    assert "keys/cache.txt" in " ".join(found.lines())
