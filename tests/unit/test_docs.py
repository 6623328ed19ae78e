"""What the README says is true: its code runs, and what it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
CODE = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_example_of_a_deploy_of_ones_own_declares_a_stack_and_calls_what_there_is() -> None:
    (example,) = CODE
    declaration, calls = example.split("\nnetwork.attachment", 1)
    names: dict[str, object] = {}
    exec(declaration, names)  # noqa: S102 - the README's own code
    assert repr(names["shop"]).startswith("Stack(")
    for call in re.findall(r"^(\w+)\.(\w+)\(", "network.attachment" + calls, re.MULTILINE):
        assert callable(getattr(names[call[0]], call[1]))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


SHELL = "\n".join(
    re.findall(r"```sh\n(.*?)```", README, re.DOTALL) + re.findall(r"`([^`\n]+)`", README)
)
COMMANDS = re.findall(r"(?:^|&& )\s*make ([a-z][a-z -]*[a-z])", SHELL, re.MULTILINE)


@pytest.mark.parametrize("target", sorted({word for words in COMMANDS for word in words.split()}))
def test_a_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("runbook", sorted(path.name for path in (ROOT / "runbooks").glob("*.py")))
def test_every_runbook_is_in_the_table_and_says_when_and_what_it_disturbs(runbook: str) -> None:
    assert f"(runbooks/{runbook})" in README
    page = (ROOT / "runbooks" / runbook).read_text()
    assert all(f"\n{word} " in page for word in ("When", "Run", "Disturbs"))
