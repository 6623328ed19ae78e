"""The command line, from the help of each command.

``python -m docs.made.commands`` prints docs/commands.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from pyinfra_runbooks.jobs.cli import main

_HEAD = """\
# Commands

Generated from `runbooks --help` by `make generated`; do not edit it here.

`runbooks COMMAND --help` shows the same. [Running without a person](jobs.md) says which command is
for what, and [reports](reports.md) what they print.
"""


def render() -> str:
    """The page."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    group = click.Context(main, info_name="runbooks")
    yield _HEAD
    yield from _text(main)
    yield from ("| command | |", "|---|---|")
    for name in main.list_commands(group):
        command = main.commands[name]
        yield f"| [`{name}`](#{name}) | {command.get_short_help_str(200)} |"
    yield ""
    for name in main.list_commands(group):
        yield from _section(name, main.commands[name], group)


def _section(name: str, command: click.Command, group: click.Context) -> Iterator[str]:
    context = click.Context(command, info_name=name, parent=group)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield from (f"## {name}", "", "```text", usage, "```", "")
    yield from _text(command)
    records = [record for one in command.params if (record := _record(one, context))]
    if records:
        yield from ("| option | meaning |", "|---|---|")
        for option, meaning in records:
            yield f"| {_cell(f'`{option}`')} | {_cell(meaning)} |"
        yield ""


def _record(parameter: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    return parameter.get_help_record(context) if isinstance(parameter, click.Option) else None


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _text(command: click.Command) -> Iterator[str]:
    """The help's paragraphs; those that click leaves as they are, are examples."""
    for block in inspect.cleandoc(command.help or "").split("\n\n"):
        if block.startswith("\b\n"):
            columns = "  " in block
            yield from (f"```{'text' if columns else 'sh'}", block.removeprefix("\b\n"), "```", "")
        else:
            yield from (" ".join(block.split()), "")


if __name__ == "__main__":
    print(render(), end="")
