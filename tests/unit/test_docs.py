"""What the README and the documentation say is true: code runs, and what is named is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.faults.catalogue import FAULTS
from lab.hosts import ALL
from pyinfra_runbooks.core.kind import kinds
from pyinfra_runbooks.jobs.cli import main

ROOT = Path(__file__).parents[2]
README, CONTRIBUTING, WRITING, REPAIRS, SUPPORT = (
    (ROOT / name).read_text(encoding="utf-8")
    for name in (
        "README.md",
        "CONTRIBUTING.md",
        *map("docs/{}.md".format, ("writing", "repairs", "support")),
    )
)
CODE = re.findall(r"```python\n(.*?)```", WRITING, re.DOTALL)


def test_the_example_of_a_deploy_of_ones_own_declares_a_stack_and_calls_what_there_is() -> None:
    (example,) = CODE
    declaration, calls = example.split("\nrecover(", 1)
    names: dict[str, object] = {}
    exec(declaration, names)  # noqa: S102 - the page's own code
    assert repr(names["shop"]).startswith("Stack(")
    assert callable(names["recover"])
    for module, deploy in re.findall(r"(\w+)\.(\w+)", calls):
        assert callable(getattr(names[module], deploy))


SHELL = "\n".join(
    block
    for text in (README, CONTRIBUTING)
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) + re.findall(r"`([^`\n]+)`", text)
)
COMMANDS = re.findall(r"(?:^|&& )\s*make ([a-z][a-z -]*[a-z])", SHELL, re.MULTILINE)


@pytest.mark.parametrize("target", sorted({word for words in COMMANDS for word in words.split()}))
def test_a_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


CALLED = re.findall(
    r"^(?:\$ |sudo |cd \S+ && )*(?:[\w./]*/)?runbooks ([a-z]+)(?= |$)([^#\n|]*)",
    "\n".join(
        block
        for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md"))
        for block in re.findall(
            r"```(?:sh|console)\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL
        )
    ).replace("\\\n", " "),
    re.MULTILINE,
)
PYINFRAS = {"--limit", "--sudo", "--parallel", "--user"}


@pytest.mark.parametrize(("name", "words"), sorted(set(CALLED)))
def test_a_command_that_is_shown_is_one_and_has_these_options(name: str, words: str) -> None:
    options = {option for parameter in main.commands[name].params for option in parameter.opts}
    assert {*re.findall(r"(?<!\S)--[a-z-]+", words)} <= options | PYINFRAS


def test_many_commands_are_shown() -> None:
    assert {name for name, _ in CALLED} > {
        "init",
        "check",
        "repair",
        "correct",
        "validate",
        "pause",
    }
    assert len({*CALLED}) > 25


def test_the_readme_is_short_begins_with_how_to_install_it_and_names_how_it_is_tested() -> None:
    assert len(README.splitlines()) <= 150
    (first, *_) = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    installs = ["uv tool install", "pipx install", "pip install"]
    assert first.splitlines() == [f"{way} pyinfra-runbooks" for way in installs]
    assert {"test", "demo", "check"} <= {*COMMANDS}


@pytest.mark.parametrize("runbook", sorted(path.name for path in (ROOT / "runbooks").glob("*.py")))
def test_every_runbook_is_in_the_table_and_says_when_and_what_it_disturbs(runbook: str) -> None:
    assert f"(../runbooks/{runbook})" in REPAIRS
    page = (ROOT / "runbooks" / runbook).read_text()
    assert all(f"\n{word} " in page for word in ("When", "Run", "Disturbs"))


REFUSED = re.findall(
    r"`([^`]+)`",
    "".join(line.split("|")[3] for line in SUPPORT.splitlines() if line.count("|") == 5),
)
WORDS = " ".join(
    re.sub(r'"\s*f?"', "", path.read_text())
    for path in (ROOT / "deploys").rglob("*")
    if path.suffix in (".py", ".sh") and path.parent.name != "faults"
)


@pytest.mark.parametrize("words", REFUSED)
def test_what_is_refused_is_refused_with_the_words_of_the_page(words: str) -> None:
    """Where the table has dots, the code has a name."""
    for part in words.removeprefix("not supported: this user's Docker is ").split("…"):
        assert part.strip() in WORDS


def test_what_is_tested_is_what_the_lab_has() -> None:
    (table,) = re.findall(r"# What it runs on\n\n(.*?)\n\n", SUPPORT, re.DOTALL)
    servers = {host.redis.name.removeprefix("lab/") for host in ALL}
    shown = dict(re.findall(r"^\| (\w+) \| ([^|]*) \|", table, re.MULTILINE))
    for server in servers:
        kind, _, version = server.partition(":")
        assert re.search(rf"{kind}[^;]* {re.escape(version)}\b", shown["Server"], re.IGNORECASE)
    assert len(re.findall(r"\d\.\d", shown["Server"])) == len(servers)
    supported = next(line for line in README.splitlines() if line.startswith("| **Supports** |"))
    for row in ("Docker", "Compose", "Server", "PostgreSQL"):
        assert set(re.findall(r"\d+(?:\.\d+)?", shown[row])) <= {*re.findall(r"[\d.]+", supported)}


PROMISES = (ROOT / "docs" / "reliability.md").read_text()


def test_the_promises_are_a_page() -> None:
    assert PROMISES.count("\n") < 80
    assert len(re.findall(r"^\| [A-Z].*\|$", PROMISES, re.MULTILINE)) > 9


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:tests|lab)/[^`]*)`", PROMISES))))
def test_what_tests_a_promise_is_there(path: str) -> None:
    assert (ROOT / path).exists()


INCIDENT = (ROOT / "docs" / "incident.md").read_text()
SHOWN = sorted(
    {
        name
        for line in INCIDENT.splitlines()
        if line.count("|") == 4
        for name in re.findall(r"`([^`]+)`", line.split("|")[3])
    }
)


@pytest.mark.parametrize("name", SHOWN)
def test_what_shows_a_line_of_the_report_is_there(name: str) -> None:
    assert name in FAULTS or (ROOT / name).exists()


@pytest.mark.parametrize("kind", re.findall(r"finding `([^`]+)`", INCIDENT))
def test_a_finding_that_the_incidents_page_names_is_one(kind: str) -> None:
    assert kind in kinds()
