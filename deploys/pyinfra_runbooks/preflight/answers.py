"""The two answers of a host before its stack comes up, read as typed values. Pure.

`preflight.sh` says what is found there, and `preflight_ask.sh` what its images say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from ..core.answers import understood
from ..core.sections import parse_sections
from ..core.unknown import Unknown
from ..engine import docker, files
from ..engine.compose import Declared
from ..engine.found import Found as Running
from ..engine.look import Look, parse_declared, with_subnets
from ..engine.probe import answers
from ..engine.unseen import said
from .seen import (
    Asked,
    Engine,
    Found,
    Image,
    Published,
    Server,
    Socket,
    Sockets,
    Tried,
    Unresolved,
    Users,
)


def found(lines: Sequence[str], runs: Running) -> Found | Unresolved | Unknown:
    """What `preflight.sh` answered; `Unknown` where it is no whole and sensible answer.

    + runs: what the host runs, as it was found before
    """
    try:
        with understood("the host", ""):
            return _found(lines, runs)
    except ValueError as error:
        return Unknown(str(error))


def _found(lines: Sequence[str], runs: Running) -> Found | Unresolved | Unknown:
    reply = answers(lines, ("published", "config", "volume", "socket"))
    if isinstance(reply, Unknown):
        return reply
    sections, status = reply.sections, reply.status
    if status["config"]:
        declared = parse_declared(sections, status)
        return Unresolved(declared.reason if isinstance(declared, Unknown) else "")
    asked_docker = ("published", "volume")
    if any(status[name] for name in asked_docker):
        return Unknown("Docker did not answer: " + said(*(sections[name] for name in asked_docker)))
    declared = parse_declared(sections, status)
    if isinstance(declared, Unknown):
        return declared
    return Found(
        look=_look(declared, sections, runs),
        images=dict(_image(line) for line in sections.get("image", ()) if line.startswith("i ")),
        volumes=frozenset(filter(None, sections["volume"])),
        servers={s.service: s for s in map(_server, sections.get("server", ())) if s},
        sockets=_sockets(sections["socket"]),
        published=tuple(_published(sections["published"])),
        engine=_engine(sections.get("info", ())),
        subnets=docker.subnets(filter(None, sections.get("every", ())))[0],
    )


def _look(declared: Declared, sections: Mapping[str, Sequence[str]], runs: Running) -> Look:
    return Look(
        declared=declared,
        containers=runs.containers,
        networks=with_subnets(runs.networks, sections.get("subnet", ())),
        files=files.parse(sections.get("file", ())),
        servers={},
        insides={},
        answers={},
    )


def _image(line: str) -> tuple[str, Image | Unknown | None]:
    _, name, what = (*line.split(" ", 2), "", "")[:3]
    if what == "-":
        return name, None
    if not what.startswith("{"):
        return name, Unknown(what.removeprefix("? ") or "Docker did not answer in time")
    with understood("docker image inspect", what):
        data = json.loads(what)
        return name, Image(
            data["id"],
            data["os"] or "",
            data["architecture"] or "",
            data["user"] or "",
            data["working_dir"] or "",
            frozenset(data["volumes"] or ()),
        )


def _server(line: str) -> Server | None:
    if not line.startswith("{"):
        return None
    with understood("what starts a service", line):
        data = json.loads(line)
        names = ("script", "entry", "conf", "dir", "acl", "keeps", "becomes", "stays")
        return Server(data["service"], data["server"], *(data[name] for name in names))


# As `uname -m` says it, and as images do.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "armv6l": "arm"} | {
    name: name for name in ("ppc64le", "s390x", "riscv64")
}


def _engine(lines: Sequence[str]) -> Engine | Unknown:
    info = next((line for line in lines if line.startswith("{")), None)
    if info is None:
        return Unknown("docker info did not answer: " + said(lines))
    free = next((int(x[2:]) for x in lines if re.fullmatch(r"f \d+", x)), None)
    with understood("docker info", info):
        data = json.loads(info)
        return Engine(
            data["os"] or "",
            _ARCHITECTURES.get(data["architecture"], ""),
            any("userns" in option for option in data["security"] or ()),
            data["root"] or "",
            free,
        )


def _sockets(lines: Sequence[str]) -> Sockets:
    tables = {line[2:].removesuffix("6") for line in lines if line.startswith("t ")}
    addresses = {line[2:] for line in lines if line.startswith("a ")}
    addresses |= {_address(line[2:]) for line in lines if line.startswith("b ")}
    listening = [s for s in map(_socket, lines) if s]
    # A host that may bind addresses it does not have can be given any.
    any_address = "n" in lines or not addresses
    return Sockets(
        tuple(listening), frozenset(tables), frozenset() if any_address else frozenset(addresses)
    )


def _socket(line: str) -> Socket | None:
    match = re.fullmatch(r"l (tcp|udp)(6?) ([0-9A-F]+):([0-9A-F]{4}) (\d+) (\d+)", line)
    if not match:
        return None
    address = _address(match[3], swapped=True)
    return Socket(
        match[1],
        "" if address == "::" else address,
        int(match[4], 16),
        int(match[5]),
        match[6],
    )


def _address(text: str, swapped: bool = False) -> str:
    """An address as the kernel writes it, in hex.

    + swapped: whether in words of 4 bytes whose last byte comes first; default: ``False``
    """
    if not swapped:
        return str(ip_address(bytes.fromhex(text)))
    octets = bytes.fromhex(text)
    words = [octets[n : n + 4][::-1] for n in range(0, len(octets), 4)]
    address = ip_address(b"".join(words))
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _published(lines: Iterable[str]) -> Iterable[Published]:
    for line in lines:
        if match := re.fullmatch(r"!([0-9a-f]+)\t(.*)", line):
            with understood("docker inspect", match[2]):
                yield from _ports(match[1], json.loads(match[2]) or {})


def _ports(container: str, ports: Mapping[str, Any]) -> Iterable[Published]:
    for inner, bindings in ports.items():
        for binding in bindings or ():
            if binding.get("HostPort"):
                protocol = inner.partition("/")[2] or "tcp"
                address = binding.get("HostIp") or ""
                yield Published(container, protocol, address, int(binding["HostPort"]))


def asked(lines: Sequence[str]) -> Asked:
    """What `preflight_ask.sh` answered; what is missing was not asked."""
    sections, status = parse_sections(lines)
    named = {tuple(name.split(" ", 1)): name for name in sections if name in status}
    return Asked(
        users={n[1]: _users(sections[s], status[s]) for n, s in named.items() if n[0] == "users"},
        tried={n[1]: _tried(sections[s]) for n, s in named.items() if n[0] == "try"},
        holders={
            match[1]: f"{match[3]} (process {match[2]})"
            for line in sections.get("holder", ())
            if (match := re.fullmatch(r"h (\d+) (\d+) (.+)", line))
        },
    )


def _users(lines: Sequence[str], status: int) -> Users | Unknown:
    if status:
        return Unknown(said(lines))
    users = [re.fullmatch(r"u (\S+) (\d+) (\d+)", line) for line in lines]
    groups = [re.fullmatch(r"g (\S+) (\d+) ?(\S*)", line) for line in lines]
    script = next((line.split()[1:] for line in lines if line.startswith("e ")), ["-", "-"])
    return Users(
        {u[1]: (int(u[2]), int(u[3])) for u in users if u},
        {g[1]: (int(g[2]), frozenset(g[3].split(","))) for g in groups if g},
        {"-": "", "?": None}.get(script[0], script[0]),
        script[1:] in (["chown"], ["config"]),
        script[1:] == ["config"],
    )


def _tried(lines: Sequence[str]) -> Tried:
    settings: dict[str, str] = {}
    for line in lines:
        if match := re.fullmatch(r"=(\w+) (.*)", line):
            settings[match[1]] = match[2].strip().strip('"')
    problems = {t[1]: t[2] for t in (re.fullmatch(r"!(\w+) (.*)", line) for line in lines) if t}
    new = re.fullmatch(r"(\d+) (\d+) ([0-7]+)", settings.get("new", ""))
    kept = settings.get("appendonly") == "yes" or settings.get("save", "") != ""
    return Tried(
        refuses=problems.get("conf", "").strip(),
        untried=settings.get("untried", "").strip()
        or ("there is no server in its image" if settings.get("server") == "none" else ""),
        missing=settings.get("missing", ""),
        acl=settings.get("aclfile", ""),
        opens=tuple(files.about(line[3:]) for line in lines if line.startswith("=s ")),
        keeps=kept,
        data=settings.get("data", ""),
        place=settings.get("place"),
        files=tuple(files.about(line[3:]) for line in lines if line.startswith("=f ")),
        new=(int(new[1]), int(new[2]), int(new[3], 8)) if new else None,
        data_refused=problems.get("data", "").strip(),
        data_unseen=problems.get("unseen", "").strip(),
    )
