"""Completion: what may come next on the command line, in bash, zsh and fish. Runs no inventory."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

from ..core.shipped import runbooks
from . import configured
from .groups import hosts_of, is_group

Completer = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

INVENTORIES = Path("inventories")
"""Where this project's inventories are; a host that is named alone may be in one of them."""
SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice([*SHELLS]))
def completion(shell: str) -> None:
    """
    Print the completion for a shell.

    It completes commands, inventories, hosts, runbooks and kinds of findings.

    \b
    bash: add to ~/.bashrc:  eval "$(runbooks completion bash)"
    zsh:  add to ~/.zshrc:   eval "$(runbooks completion zsh)"
    fish: runbooks completion fish >~/.config/fish/completions/runbooks.fish
    """
    made = get_completion_class(shell)
    assert made is not None  # noqa: S101 - click brings all three
    group = click.get_current_context().find_root().command
    click.echo(made(group, {}, "runbooks", "_RUNBOOKS_COMPLETE").source())


def words(then: str) -> Completer:
    """
    What completes arguments that begin with an inventory.

    + then: what follows it: ``runbook``, ``hosts``, or nothing
    """

    def complete(context: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem]:
        given: Sequence[str] = context.params.get("words") or ()
        found = [c for c in dict.fromkeys(_next(given, then)) if c.startswith(begun)]
        if not found and not given:
            return [CompletionItem(begun, type="file")]
        return [CompletionItem(each) for each in found]

    return complete


def _next(given: Sequence[str], then: str) -> Iterator[str]:
    """What may come after these words."""
    inventory = given[0] if given and not given[0].startswith("-") else _configured()
    if given and given[-1] == "--limit":
        yield from hosts(Path(inventory)) if inventory else ()
    elif any(word.startswith("-") for word in given):
        return
    elif not given:
        files = sorted(INVENTORIES.glob("*.py"))
        yield from map(str, files)
        yield from (host for file in files for host in hosts(file))
    elif then == "runbook" and len(given) == 1:
        yield from runbooks()
    elif then == "hosts" and inventory:
        yield from (host for host in hosts(Path(inventory)) if host not in given)


def _configured() -> str | None:
    try:
        return configured.inventory()
    except configured.ConfiguredError:
        return None


def hosts(file: Path) -> list[str]:
    """The hosts that an inventory writes down in its groups, as far as that is seen in its text."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return []
    found = [name for node in tree.body for group in _groups(node) for name in hosts_of(group)]
    return [*dict.fromkeys(found)]


def _groups(node: ast.stmt) -> Iterator[object]:
    """What a statement gives to names that groups may have."""
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(isinstance(target, ast.Name) and is_group(target.id) for target in targets):
            yield _seen(node.value)


def _seen(node: ast.expr) -> object:
    """What is written down of a value; what is not is an empty pair: a host without a name."""
    match node:
        case ast.List():
            return [_seen(each) for each in node.elts]
        case ast.Tuple():
            return tuple(_seen(each) for each in node.elts)
        case ast.Constant():
            return node.value
    return ()
