"""pyinfra's command line, which also writes into the journal which hosts failed and why it ended.

Only `child` imports this: it replaces the standard library's threads and sockets.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pyinfra_cli.cli as theirs
import pyinfra_cli.main
from click.core import ParameterSource
from pyinfra.api import BaseStateCallback, Config, Host, Inventory, State
from pyinfra.api.exceptions import ConnectError, PyinfraError
from pyinfra.context import ctx_state

from ..core.deeds import plans_to_json
from ..core.errors import SettingsError
from ..engine.run import run_of
from ..facts import journal
from ..operations.showing import shown
from .mistakes import mistakes, notes, said_of
from .options import REFUSED, YES, PyinfraOptions


def run() -> None:
    """Does what the process's arguments say, as the command ``pyinfra`` does."""
    # It builds its state itself, and connects before it reads a runbook: nothing of ours is
    # asked in between.
    theirs.State = _State
    # It calls this once everything that was to be done is.
    theirs._exit = _exit
    # It asks by this before it executes anything, without -y; and, by what is set up here, whether
    # to go on without a host that failed.
    theirs._do_confirm = _confirmed
    theirs._set_fail_prompts = lambda *_: None
    # It prepares the process, and calls this.
    pyinfra_cli.main.cli = _command
    pyinfra_cli.main.main()


def _command() -> None:
    try:
        _check(sys.argv[1:], PyinfraOptions.from_environment().options)
        theirs.cli.main(standalone_mode=False)
    except click.ClickException as error:
        misused = isinstance(error, click.UsageError)
        journal.write(event="ended", reason=_reason(error), misused=misused)
        error.show()
        sys.exit(1)


def _check(arguments: list[str], options: Sequence[str]) -> None:
    """Raises `UsageError` for an option that a job decides itself, or a missing file."""
    try:
        given = theirs.cli.make_context("pyinfra", ["inventory", "runbook", *options])
    except click.exceptions.Exit:
        raise click.UsageError("--version and --support: expected with pyinfra itself") from None
    if stray := given.params["operations"][1:]:
        raise click.UsageError(f"unexpected {stray[0]}: only options stand after options")
    for parameter in given.command.params:
        name = str(parameter.name)
        if given.get_parameter_source(name) is ParameterSource.COMMANDLINE and name in REFUSED:
            raise click.UsageError(f"{parameter.opts[0]} does not pass through: {REFUSED[name]}")
    made = theirs.cli.make_context("pyinfra", arguments)
    params = made.params
    if params["yes"] and made.get_parameter_source("yes") is not ParameterSource.COMMANDLINE:
        raise click.UsageError("a yes that nobody gave: is PYINFRA_YES set?")
    keys = [value.partition("=")[0] for value in params["data"]]
    for key in ("unattended", "max_disruption"):
        if keys.count(key) > 1:
            raise click.UsageError(f"--data {key} does not pass through: the job sets it itself")
    for path in (params["inventory"], *params["operations"]):
        if path.endswith(".py") and not Path(params["chdir"] or ".", path).is_file():
            raise click.UsageError(f"there is no {path}")


def _reason(error: click.ClickException) -> str:
    """Why it ends; for an exception of an inventory or a runbook, with its line."""
    cause = getattr(error, "exception", None)
    if cause is None or isinstance(cause, SettingsError):
        return error.format_message() if cause is None else str(cause)
    return f"pyinfra error: {error.message}" if isinstance(cause, PyinfraError) else said_of(cause)


def _confirmed(_: str) -> bool:
    """
    Whether the job that started this says yes to all that is planned, which comes with the
    question. What the job can't be asked is a no, and so is the end of its words: it has died.
    """
    state = ctx_state.get()  # type: ignore[no-untyped-call]
    left = [host for host in state.inventory if host in state.active_hosts]
    planned = plans_to_json(plan for host in left for plan in shown(host))
    asked = journal.write(event="asks", plans=planned, others=sorted(_others(state, left)))
    return asked and sys.stdin.readline() == f"{YES}\n"


def _others(state: State, hosts: Sequence[Host]) -> set[str]:
    """The operations that are not ours, and so were not shown; whose changes are not known."""
    return {
        name
        for host in hosts
        for op_hash in state.ops.get(host, ())
        if op_hash not in run_of(host).operations
        for name in state.op_meta[op_hash].names
    }


def _exit() -> None:
    state = ctx_state.get()  # type: ignore[no-untyped-call]
    for host in state.inventory:
        if host in state.active_hosts:
            journal.write(event="finished", host=host.name)
    _theirs_exit()


_theirs_exit = theirs._exit


class _ConnectErrors(BaseStateCallback):
    """Writes into the journal why a host can't be connected to."""

    @staticmethod
    def host_connect_error(state: State, host: Host, error: ConnectError) -> None:
        journal.write(event="unreachable", host=host.name, reason=str(error))


class _State(State):
    """pyinfra's state, limited to the hosts of the job."""

    def init(self, inventory: Inventory, config: Config | None, initial_limit: Any = None) -> None:
        options = PyinfraOptions.from_environment()
        chosen = set(inventory if initial_limit is None else initial_limit)
        only = None if options.only is None else set(options.only)
        wanted = [h for h in inventory if h in chosen and (only is None or h.name in only)]
        # pyinfra looks each host up in a limit: where all are wanted, there is none.
        limit = wanted if len(wanted) < len(inventory) else None
        super().init(inventory, config, initial_limit=limit)
        self.add_callback_handler(_ConnectErrors())  # type: ignore[no-untyped-call]
        data: dict[str, dict[str, Any]]
        data = {host.name: host.data.dict() for host in wanted}  # type: ignore[no-untyped-call]
        files = [Path(file) for file in _sources()]
        if wrong := mistakes(data, files):
            raise SettingsError("\n".join(wrong))
        if options.listing:
            names, noted = [host.name for host in wanted], notes(data, files)
            journal.write(event="hosts", names=names, sources=_sources(), notes=noted)
            sys.exit()  # What follows would print all data, secrets included.
        if not wanted:
            raise PyinfraError("no host is left by --limit and --exclude")


def _sources() -> list[str]:
    """The files and directories that a run's inventory and runbook are read from."""
    params = click.get_current_context().params
    inventory = Path(params["inventory"])
    files = [inventory, params["config_filename"], *params["operations"][1:]]
    places = [inventory.parent / "group_data", *params["group_data"]]
    return [str(Path(path).absolute()) for path in (*files, *places)]
