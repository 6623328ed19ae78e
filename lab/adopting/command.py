"""`python -m lab adopt FILE...`: the command, and what it prints."""

from __future__ import annotations

import argparse
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lab.console import LabError, say, wait_until
from lab.hosts import ADOPTED
from lab.paths import KNOWN_HOSTS, SSH_KEY

from . import host
from .files import Gathered, gather
from .plan import Adopted, Plan, planned

_SETTLED = 180  # seconds until all health checks have said something
_AFTER_A_FAILURE = 30


def options(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="as after `compose -f`")
    parser.add_argument("--profile", action="append", default=[], help="to be started, too")
    parser.add_argument(
        *("--env", "-e"),
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="added to the project's .env on the host",
    )
    parser.add_argument(
        "--env-file",
        action="append",
        default=[],
        metavar="[NAME=]FILE",
        help="in the place of a file that the project wants and that isn't there; else Compose's",
    )
    parser.add_argument(
        "--fresh", action="store_true", help="take away what was adopted before, with its data"
    )
    parser.add_argument(
        "--plan", action="store_true", help="show what would stand in for what, and start nothing"
    )


def main(arguments: argparse.Namespace) -> int:
    """Adopt, and print what came up; 0 means that everything is up."""
    with tempfile.TemporaryDirectory() as directory:
        # Its name is gone from all paths: what is below it, is below /srv.
        stage = Path(directory).resolve()
        if not arguments.plan:
            host.ensure()
        gathered = gather(
            stage,
            arguments.files,
            environments=dict(_environment(word) for word in arguments.env_file),
            variables=arguments.env,
            profiles=arguments.profile,
        )
        plan = planned(gathered.model)
        if arguments.plan:
            print("\n".join(shown(gathered, plan)))
            return 0
        return _adopt(gathered, plan, arguments.fresh)


def _adopt(gathered: Gathered, plan: Plan, fresh: bool) -> int:
    if not plan.taken:
        print("\n".join(shown(gathered, plan)))
        raise LabError("nothing of it can be adopted")
    ours = ADOPTED
    if fresh:
        host.clear(ours)
    ours = host.load(ours, plan)
    made = host.make_images(ours, plan)
    failures = host.bring_up(ours, gathered, plan)
    states = _settled(plan, _AFTER_A_FAILURE if failures else _SETTLED)
    print("\n".join(shown(gathered, plan, made)))
    print("\n".join(came_up(states, failures)))
    print("\n".join(looking(gathered)))
    lacking = {service.name for service in plan.taken} - {state.service for state in states}
    well = all(state.is_well for state in states) and not failures and not lacking
    return 0 if well else 1


def _settled(plan: Plan, timeout: float) -> list[host.State]:
    """The containers, once each is well, or has had its time."""

    def now() -> bool:
        return all(state.is_well for state in host.states(ADOPTED, plan.project))

    try:
        wait_until(now, f"{plan.project} to be well", timeout=timeout, every=1)
    except LabError as error:
        say(f"  !!  {error}")
    return host.states(ADOPTED, plan.project)


def shown(
    gathered: Gathered, plan: Plan, made: Mapping[str, Sequence[str]] | None = None
) -> Iterator[str]:
    """What stands in for what, and what is not as in the file."""
    yield f"{plan.project}, in {gathered.directory}:"
    wide = max(len(service.name) for service in plan.services) if plan.services else 0
    for service in plan.services:
        yield f"  {service.name:{wide}}  {service.image}"
        yield from (f"  {'':{wide}}  {line}" for line in _of(service))
    unset = gathered.resolved.unset if gathered.resolved else ()
    notes = [
        *(f"${name} is not set, so it is empty: --env {name}=VALUE" for name in unset),
        *(f"{path} was not there, and is made empty" for path in gathered.made),
        *(f"{path} is made on the host, unless it is there" for path in gathered.outside),
        *(f"the external network {name} is made" for name in plan.networks),
        *(f"the external volume {name} is made" for name in plan.volumes),
        *gathered.notes,
    ]
    for tag, programs in (made or {}).items():
        if programs:
            says = "says what the stand-in says" if "stand-in" in tag else "always ends with 0"
            notes.append(f"in {tag}, a made-up program {says}: {', '.join(programs)}")
    yield from (f"  note: {note}" for note in notes)


def _of(service: Adopted) -> Iterator[str]:
    if service.refused:
        yield f"NOT ADOPTED: {service.refused}"
        return
    stand_in, entry = service.layer.stand_in, service.entry
    what = f"is {stand_in.says}"
    if stand_in.server is None:
        if entry.once:
            yield f"{what}, and ends with 0"
            return
        if entry.ports:
            what += f"; answers on {', '.join(map(str, entry.ports))}"
        if entry.client and service.by:
            what += f"; {'worker' if entry.worker else 'client'} of {'; '.join(service.by)}"
    if service.layer.socket:
        what += f", which listens in {service.layer.socket} alone"
    yield what
    if service.layer.checked:
        yield "has a health check of its image's own: others wait for it, and the file has none"
    yield from (f"its health check can't come out well: {why}" for why in service.cannot)


def came_up(states: Sequence[host.State], failures: Sequence[str]) -> Iterator[str]:
    """What runs, what has ended, and what isn't well, with its last words."""
    for state in states:
        words = f"{state.status} {state.health}".strip()
        if state.status == "exited":
            words = f"ended with {state.code}"
        why = f": {state.said}" if not state.is_well and state.said else ""
        yield f"  {'ok' if state.is_well else '!!'}  {state.service}  {words}{why}"
    yield from (f"  !!  {failure}" for failure in failures)


def looking(gathered: Gathered) -> Iterator[str]:
    """How to look at it."""
    yield f"look at it:  runbooks check deploy@127.0.0.1:{ADOPTED.port} --key {SSH_KEY}"
    yield f"                 --data ssh_known_hosts_file={KNOWN_HOSTS}"
    yield f"             or: runbooks check {ADOPTED.inventory}"
    yield f"log in:      {ADOPTED.login}"
    if gathered.command.profiles:
        yield f"profiles:    {', '.join(gathered.command.profiles)}, which no label records"


def _environment(word: str) -> tuple[str, Path]:
    """The name that a file gets in the project, and the file."""
    named = re.fullmatch(r"([\w./-]+)=(.+)", word)
    return (named[1], Path(named[2])) if named else (Path(word).name, Path(word))
