"""The lab's command line: `python -m lab up|status|break|heal|matrix|adopt|down`."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import requests
from docker.errors import DockerException

from . import build, down, engine, matrix, stacks, up
from .adopting import command as adopting
from .console import LabError, say
from .faults.catalogue import FAULTS, break_host
from .healing import heal
from .hosts import ADOPTED, HOSTS, OTHERS, PROJECT, SERVICES, Host, by_name


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 means that all is healthy, 1 that it is not, 2 a wrong command line."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.command(options) or 0)
    except LabError as error:
        say(f"lab: {error}")
        return 1
    except (DockerException, requests.RequestException) as error:
        say(f"lab: a Docker Engine refused or went away: {error}")
        return 1
    except KeyboardInterrupt:
        say("lab: stopped; `python -m lab up` goes on from here")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab", description="Real hosts to rehearse on.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(
        name: str, function: Callable[[argparse.Namespace], int | None], text: str
    ) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(command=function)
        return command

    starting = add("up", _up, "build, start and repair what is missing")
    starting.add_argument(
        "hosts", nargs="*", metavar="HOST", help="these, and no others; of another version, too"
    )
    add("status", _status, "show each host; exits with 1 unless all is healthy")
    breaking = add("break", _break, "bring a fault about; without a name, list the catalogue")
    breaking.add_argument("faults", nargs="*", metavar="FAULT", choices=[*FAULTS, []])
    healing = add("heal", _heal, "bring hosts back to what they were after `up`")
    rehearsing = add("matrix", _matrix, "rehearse every fault and sets of them; print the table")
    matrix.options(rehearsing)
    taking = add("adopt", adopting.main, "put anybody's compose files on a host of their own")
    adopting.options(taking)
    removing = add("down", _down, "remove the hosts; stop the Docker Engine if the lab started it")
    removing.add_argument("--all", action="store_true", help="remove the cached images, too")
    for command in (breaking, healing, rehearsing):
        command.add_argument(
            "--host",
            choices=[host.name for host in (*HOSTS, *OTHERS)],
            help="only this one (default: both)",
        )
        command.add_argument(
            "--stack",
            choices=[stack.name for stack in stacks.STACKS],
            default=stacks.INCIDENT.name,
            help="which of the lab's stacks it has, or gets (default: the incident's)",
        )
    return parser


def _up(options: argparse.Namespace) -> None:
    hosts = [by_name(name) for name in options.hosts] or HOSTS
    if ADOPTED in hosts:
        raise LabError(f"{ADOPTED.name} has no stack of the lab: python -m lab adopt FILE...")
    up(hosts)
    for host in hosts:
        say(f"{host.name}: {host.login}")


def _down(options: argparse.Namespace) -> None:
    down(everything=options.all)


def _break(options: argparse.Namespace) -> None:
    if not options.faults:
        for fault in FAULTS.values():
            print(f"{fault.name}\n{_indent(fault.does)}\n{_indent('-> ' + fault.expect)}")
        return
    seconds = _on_each(options, lambda host: break_host(host, *options.faults))
    for host, took in zip(_chosen(options), seconds, strict=True):
        names = " + ".join(options.faults)
        say(f"{host.name}: {names} after {took:.1f} s; the API says {host.health()}")
        for fault in (FAULTS[name] for name in options.faults):
            if why_not := fault.why_not_on(host):
                say(f"({host.name}: the API does not show {fault.name}: {why_not})")


def _matrix(options: argparse.Namespace) -> int:
    return matrix.main(options, _hosts(options))


def _heal(options: argparse.Namespace) -> None:
    for host, took in zip(_chosen(options), _on_each(options, heal), strict=True):
        say(f"{host.name}: as it was, after {took:.1f} s; the API says {host.health()}")


def _status(_: argparse.Namespace) -> int:
    engine.client()  # says so if there is none
    hosts = [*HOSTS, *(host for host in OTHERS if build.is_there(host))]
    lines = [_state(host) for host in hosts]
    for host, (words, _healthy) in zip(hosts, lines, strict=True):
        print(f"{host.name:16}{words}")
    if build.is_there(ADOPTED):
        print(f"{ADOPTED.name:16}{_adopted()}")
    return 0 if all(healthy for _words, healthy in lines) else 1


def _state(host: Host) -> tuple[str, bool]:
    """What there is to say about a host, and whether all of it is healthy."""
    sshd = host.ssh_answers()
    docker = build.docker_answers(host)
    words = f"sshd {_word(sshd)}   docker {_word(docker)}"
    if not docker:
        return words, False
    running = _running(host)
    health = host.health()
    missing = [service for service in SERVICES if service not in running]
    words += f"   containers {len(SERVICES) - len(missing)}/{len(SERVICES)}"
    words += f" (not running: {', '.join(missing)})" if missing else ""
    words += f"   api {'does not answer' if health is None else health}"
    return words, sshd and not missing and host.is_healthy()


def _adopted() -> str:
    """How many containers run, of which projects; whether they should is not the lab's to say."""
    if not build.docker_answers(ADOPTED):
        return "docker down"
    label = "com.docker.compose.project"
    found = ADOPTED.docker().containers.list(filters={"label": label}, ignore_removed=True)
    projects = sorted({container.labels[label] for container in found})
    return f"containers {len(found)} of {', '.join(projects) or 'no project'}"


def _running(host: Host) -> set[str]:
    """The services of the stack that have a running container."""
    containers = host.docker().containers.list(
        filters={"label": f"com.docker.compose.project={PROJECT}", "status": "running"},
        ignore_removed=True,
    )
    return {container.labels.get("com.docker.compose.service", "") for container in containers}


def _word(healthy: bool) -> str:
    return "ok" if healthy else "down"


def _indent(text: str) -> str:
    return textwrap.fill(text, 96, initial_indent="    ", subsequent_indent="    ")


def _hosts(options: argparse.Namespace) -> list[Host]:
    return [by_name(options.host)] if options.host else list(HOSTS)


def _chosen(options: argparse.Namespace) -> list[Host]:
    return [host.having(stacks.by_name(options.stack)) for host in _hosts(options)]


def _on_each(options: argparse.Namespace, function: Callable[[Host], float]) -> list[float]:
    hosts = _chosen(options)
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        return list(pool.map(function, hosts))


if __name__ == "__main__":
    sys.exit(main())
