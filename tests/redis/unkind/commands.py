"""What the stand-in answers to `docker`."""

from __future__ import annotations

import io
import json
import os
import re
import tarfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .containers import LABEL, Container, EngineError, spawned
from .templates import TemplateError, render

if TYPE_CHECKING:
    from .engine import Call, Engine

# Options without a value; all others have one, in the next word or behind "=".
_FLAGS = {
    *("-a", "--all", "-q", "--quiet", "--no-trunc", "-i", "--interactive", "-t", "--tty", "-d"),
    *("--detach", "--rm", "-f", "--force", "--read-only", "--init", "--privileged", "--timestamps"),
    *("-v=volumes", "-aq", "-qa", "-it", "-L", "--volumes", "--no-healthcheck", "-P"),
}
# -t is the time of a stop, and a flag elsewhere; -v a mount, and a flag of rm.
_VALUED_T = {"stop", "restart"}
# Each container has a directory of its own for temporary files.
_IN_TMP = re.compile(r"(?<!\w)/tmp/")
_CHANGING = {"stop", "start", "restart", "unpause", "pause", "rename", "kill", "tag", "network"}


@dataclass
class Parsed:
    """The words of a call: options, several times the same where it was given so, and the rest."""

    options: dict[str, list[str]] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)

    def one(self, *names: str, default: str = "") -> str:
        return next((self.options[name][-1] for name in names if name in self.options), default)

    def all(self, *names: str) -> list[str]:
        return [value for name in names for value in self.options.get(name, ())]

    def has(self, *names: str) -> bool:
        return any(name in self.options for name in names)


def parsed(command: str, words: list[str]) -> Parsed:
    """Takes the options that come before the first other word; docker itself stops there, too."""
    found, words = Parsed(), list(words)
    intermixed = command not in ("exec", "run", "create")
    while words:
        word = words.pop(0)
        if word == "--":
            found.rest += words
            break
        if not word.startswith("-") or word == "-":
            found.rest.append(word)
            if intermixed:
                continue
            found.rest += words
            break
        name, given, value = word.partition("=")
        flag = name in _FLAGS and not (name == "-t" and command in _VALUED_T)
        if (name == "-v" and command == "rm") or (name == "-f" and command in ("ps", "inspect")):
            flag = command == "rm"
        if not given and not flag:
            if not words:
                raise EngineError(f"flag needs an argument: {name}")
            value = words.pop(0)
        found.options.setdefault(name, []).append(value)
    return found


def changes(tool: str, words: list[str]) -> bool:
    """Whether a call changes what is there, whatever it is."""
    if tool == "docker-compose":
        return bool({"up", "start", "stop", "restart", "rm"} & set(words))
    return tool == "docker" and bool(words) and words[0] in _CHANGING


def named(tool: str, words: list[str]) -> str:
    """What a call is called, such as ``docker exec``, ``docker-compose up`` or ``curl``."""
    known = {"docker": words[:1], "docker-compose": [w for w in words if w in ("up", "config")]}
    return " ".join([tool, *known.get(tool, ())[:1]])


def run(engine: Engine, call: Call) -> int:
    words = list(call.words)
    while words and words[0] in ("-H", "--host", "--context", "--log-level"):
        words = words[2:]
    if not words:
        return 0
    if words[0] == "compose":
        from . import compose

        call.words = words[1:]
        return compose.run(engine, call)
    name = words.pop(0)
    if name in ("container", "image", "network", "volume", "system"):
        name = f"{name} {words.pop(0)}" if words else name
        name = name.removeprefix("container ").removeprefix("system ")
    known = COMMANDS.get(name)
    if known is None:
        call.err(f"docker: '{name}' is not a docker command.\n")
        return 1
    return known(engine, call, parsed(name.rpartition(" ")[2], words))


def _ps(engine: Engine, call: Call, asked: Parsed) -> int:
    shown = []
    with engine.lock:
        for container in reversed(engine.containers):
            if not asked.has("-a", "--all", "-aq", "-qa") and not container.running:
                continue
            if _passes(container, asked.all("-f", "--filter")):
                shown.append(container)
    quiet = asked.has("-q", "--quiet", "-aq", "-qa")
    template = asked.one("--format") or "{{.ID}}\t{{.Image}}\t{{.State}}\t{{.Names}}"
    template = {"json": "{{json .}}"}.get(template, template)
    if template.startswith("table "):
        # Docker's columns: their heads, and as many spaces as it takes.
        template = template.removeprefix("table ").replace("\t", "   ")
        call.out("CONTAINER ID   IMAGE\n")
    for container in shown:
        row = _row(engine, container)
        if not asked.has("--no-trunc"):
            row["ID"] = row["ID"][:12]
        call.out(f"{row['ID']}\n" if quiet else f"{_rendered(template, row)}\n")
    return 0


def _passes(container: Container, filters: list[str]) -> bool:
    """Each label has to be there; of several values for anything else, one is enough."""
    wanted: dict[str, list[bool]] = {}
    for text in filters:
        key, _, value = text.partition("=")
        group = text if key == "label" else key
        wanted.setdefault(group, []).append(_matches(container, key, value))
    return all(any(group) for group in wanted.values())


def _matches(container: Container, key: str, value: str) -> bool:
    match key:
        case "label":
            name, given, text = value.partition("=")
            there = name in container.labels
            return there and (not given or container.labels[name] == text)
        case "status":
            return container.status == value
        case "name":
            return value.strip("^$/") in container.name
        case "id":
            return container.id.startswith(value)
        case "volume":
            places = {p for m in container.mounts() for p in (m["Source"], m["Destination"])}
            return value in places
        case "network":
            return any(value in (n, e["NetworkID"]) for n, e in container.networks.items())
        case "ancestor":
            return value in (container.image, container.config.get("Image"))
    raise EngineError(f"invalid filter '{key}'")


class _Row(dict[str, Any]):
    """A row of `docker ps`; JSON shows its columns alone."""


def _row(engine: Engine, container: Container) -> dict[str, Any]:
    names = {identity: name for name, identity in engine.images.items()}
    columns = {
        "ID": container.id,
        "Image": container.config.get("Image") or names.get(container.image, container.image),
        "State": container.status,
        "Status": container.status.title(),
        "Names": container.name,
        "Networks": ",".join(container.networks),
        "CreatedAt": container.created,
        "RunningFor": "2 seconds ago",
        "Mounts": ",".join(m["Source"] for m in container.mounts()),
        "Labels": ",".join(f"{name}={value}" for name, value in container.labels.items()),
    }
    return _Row(columns)


def _rendered(template: str, data: dict[str, Any]) -> str:
    if isinstance(data, _Row) and "Label " in template:
        labels = dict(part.partition("=")[::2] for part in data["Labels"].split(",") if part)
        data = {**data, "Label": lambda name: labels.get(name, "")}
    try:
        return render(template, data)
    except TemplateError as error:
        raise EngineError(f"template parsing error: {error}") from None


def _inspect(engine: Engine, call: Call, asked: Parsed) -> int:
    template, code = asked.one("--format", "-f"), 0
    answers = []
    for name in asked.rest:
        try:
            answers.append(_one(engine, name, asked.one("--type")))
        except EngineError as error:
            call.err(f"Error response from daemon: {error}\n")
            code = 1
    if not template or template == "json":
        call.out(f"{json.dumps(answers, indent=None if template else 4)}\n")
    for answer in answers if template and template != "json" else ():
        call.out(f"{_seen_through(template, answer)}\n")
    return code


def _seen_through(template: str, answer: dict[str, Any]) -> str:
    """As docker's client does: by its own types, and where these lack a field, by the raw JSON."""
    typed = {**answer, "ID": answer["Id"]}
    typed["Config"] = {"ExposedPorts": None, "Healthcheck": None, **answer["Config"]}
    del typed["Id"]
    try:
        return render(template, typed)
    except TemplateError:
        return _rendered(template, answer)


def _one(engine: Engine, name: str, kind: str) -> dict[str, Any]:
    if kind == "image":
        return _image(engine, name)
    try:
        return engine.find(name).inspected()
    except EngineError:
        if kind == "container" or name not in {*engine.images, *engine.images.values()}:
            raise
        return _image(engine, name)


def _image(engine: Engine, name: str) -> dict[str, Any]:
    identity = engine.images.get(name) or engine.images.get(f"{name}:latest", name)
    if identity not in engine.images.values():
        raise EngineError(f"No such image: {name}")
    tags = [n for n, i in engine.images.items() if i == identity and not n.startswith("sha256:")]
    command = list(engine.service.command[:1])
    config: dict[str, Any] = {
        "Env": [],
        "Cmd": command,
        "Entrypoint": None,
        "Labels": {},
        "Volumes": {},
    }
    return {"Id": identity, "RepoTags": tags, "Created": "2026-01-01T00:00:00Z", "Config": config}


def _diff(engine: Engine, call: Call, asked: Parsed) -> int:
    """Nothing: paths are the same inside and outside, so there is nothing but what is mounted."""
    engine.find(asked.rest[0])
    return 0


def _image_inspect(engine: Engine, call: Call, asked: Parsed) -> int:
    asked.options["--type"] = ["image"]
    return _inspect(engine, call, asked)


def _images(engine: Engine, call: Call, asked: Parsed) -> int:
    template = asked.one("--format") or "{{.Repository}}\t{{.Tag}}\t{{.ID}}"
    patterns = [text.removeprefix("reference=") for text in asked.all("--filter", "-f")]
    for name, identity in engine.images.items():
        repository, _, tag = name.rpartition(":")
        if not all(fnmatch(name, p) or fnmatch(repository, p) for p in patterns):
            continue
        row = _Row(Repository=repository, Tag=tag, ID=identity, Labels="")
        call.out(f"{identity}\n" if asked.has("-q", "-aq") else f"{_rendered(template, row)}\n")
    return 0


def _tag(engine: Engine, call: Call, asked: Parsed) -> int:
    source, name = asked.rest
    tagged = name if ":" in name else f"{name}:latest"
    engine.images[tagged] = _image(engine, source)["Id"]
    return 0


def _image_rm(engine: Engine, call: Call, asked: Parsed) -> int:
    for name in asked.rest:
        tagged = name if ":" in name else f"{name}:latest"
        if engine.images.pop(tagged, None) is None:
            raise EngineError(f"No such image: {name}")
    return 0


def _exec(engine: Engine, call: Call, asked: Parsed) -> int:
    container, *command = asked.rest
    stdin = call.stdin if asked.has("-i", "--interactive", "-it") else None
    return call.relay(engine.find(container).inside(command, stdin))


def _each(
    act: Callable[[Engine, Container, Parsed], None],
) -> Callable[[Engine, Call, Parsed], int]:
    def all_of_them(engine: Engine, call: Call, asked: Parsed) -> int:
        code = 0
        for name in asked.rest:
            try:
                act(engine, engine.find(name), asked)
                call.out(f"{name}\n")
            except EngineError as error:
                call.err(f"Error response from daemon: {error}\n")
                code = 1
        return code

    return all_of_them


def _seconds(asked: Parsed) -> float:
    return float(asked.one("-t", "--time", "--timeout", default="10"))


def _restart(engine: Engine, call: Call, asked: Parsed) -> int:
    """A stop and a start, each of which may fail."""
    for name in asked.rest:
        container = engine.find(name)
        steps = (lambda: container.stop(_seconds(asked)), lambda: engine.start(container))  # noqa: B023
        for step in steps:
            code = engine.met(call, lambda step=step: done(call, step))  # type: ignore[misc]
            if code:
                return code
        engine.told(container, "restart")
        call.out(f"{name}\n")
    return 0


def done(call: Call, step: Callable[[], None]) -> int:
    """Takes a step, or says why not."""
    try:
        step()
    except EngineError as error:
        call.err(f"Error response from daemon: {error}\n")
        return 1
    return 0


def _rename(engine: Engine, call: Call, asked: Parsed) -> int:
    name, other = asked.rest
    engine.rename(engine.find(name), other)
    return 0


def _logs(engine: Engine, call: Call, asked: Parsed) -> int:
    container = engine.find(asked.rest[0])
    text = container.logs.read_bytes() if container.logs.exists() else b""
    lines = text.splitlines(keepends=True)
    count = asked.one("--tail", "-n", default="all")
    call.out(b"".join(lines if count == "all" else lines[-int(count) :]))
    return 0


def _mounts(asked: Parsed) -> Iterator[tuple[str, str, bool]]:
    """Source, target and whether it is read-only, of each mount of a `run` or `create`."""
    for text in asked.all("-v", "--volume"):
        source, _, rest = text.partition(":")
        target, _, mode = rest.partition(":")
        yield source, target, "ro" in mode.split(",")
    for text in asked.all("--mount"):
        parts = dict(part.partition("=")[::2] for part in _csv(text))
        source = parts.get("src", parts.get("source", ""))
        target = parts.get("dst", parts.get("target", parts.get("destination", "")))
        if not Path(source).exists():
            raise EngineError(
                f'invalid mount config for type "bind": bind source path does not exist: {source}'
            )
        yield source, target, "readonly" in parts or "ro" in parts


def _csv(text: str) -> list[str]:
    import csv

    return next(csv.reader([text]))


def _run(engine: Engine, call: Call, asked: Parsed) -> int:
    """The command itself, at once: what it mounts is where it is anyway."""
    image, *arguments = asked.rest
    _image(engine, image)
    moved = [(target, source) for source, target, _ in _mounts(asked) if target != source]
    entrypoint = asked.one("--entrypoint")
    command = [entrypoint] if entrypoint else []
    for word in arguments:
        for target, source in moved:
            if word == target or word.startswith(f"{target}/"):
                word = source + word.removeprefix(target)
        command.append(_IN_TMP.sub(f"{engine.place}/inside/", word))
    stdin = call.stdin if asked.has("-i", "--interactive") else None
    return call.relay(spawned(command, stdin, engine.environment))


def _create(engine: Engine, call: Call, asked: Parsed) -> int:
    image, *arguments = asked.rest
    binds = [f"{s}:{t}:{'ro' if ro else 'rw'}" for s, t, ro in _mounts(asked)]
    labels = dict(text.partition("=")[::2] for text in asked.all("-l", "--label"))
    entrypoint = asked.one("--entrypoint")
    config = {
        "Image": image,
        "Cmd": arguments or ["true"],
        "Entrypoint": [entrypoint] if entrypoint else None,
        "Labels": labels,
        "Env": asked.all("-e", "--env"),
        "User": asked.one("-u", "--user"),
    }
    network = asked.one("--network", "--net", default="none")
    host_config = {"Binds": binds, "NetworkMode": network, "RestartPolicy": {"Name": "no"}}
    name = asked.one("--name", default=f"made_{time.monotonic_ns()}")
    made = engine.create(name, config, host_config, {})
    call.out(f"{made.id}\n")
    return 0


def _cp(engine: Engine, call: Call, asked: Parsed) -> int:
    source, destination = asked.rest
    if destination == "-":
        name, _, path = source.partition(":")
        call.out(_packed(_real(engine.find(name), path), Path(path).name))
    elif source == "-":
        name, _, path = destination.partition(":")
        container = engine.find(name)
        with tarfile.open(fileobj=io.BytesIO(call.read())) as packed:
            for member in packed:
                _unpack(packed, member, _real(container, f"{path.rstrip('/')}/{member.name}"))
    elif ":" in source and not source.startswith("/"):
        name, _, path = source.partition(":")
        found = _real(engine.find(name), path)
        Path(destination).write_bytes(found.read_bytes())
    else:
        name, _, path = destination.partition(":")
        _real(engine.find(name), path).write_bytes(Path(source).read_bytes())
    return 0


def _real(container: Container, path: str) -> Path:
    """Where a container's path is outside: what it does not mount, it does not have."""
    for mount in container.mounts():
        if path == mount["Destination"] or path.startswith(f"{mount['Destination']}/"):
            return Path(mount["Source"] + path.removeprefix(mount["Destination"]))
    raise EngineError(f"Could not find the file {path} in container {container.name}")


def _packed(path: Path, name: str) -> bytes:
    if not path.exists():
        raise EngineError(f"Could not find the file {path} in container")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(path, arcname=name, filter=_whole_seconds)
    return packed.getvalue()


def _whole_seconds(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Docker's headers know no fractions."""
    member.mtime = int(member.mtime)
    return member


def _unpack(packed: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    content = packed.extractfile(member)
    if content is None:
        path.mkdir(exist_ok=True)
        return
    path.write_bytes(content.read())  # as Docker does: not at once, and in place
    os.chown(path, member.uid, member.gid)
    path.chmod(member.mode)


def _network_connect(engine: Engine, call: Call, asked: Parsed) -> int:
    network, name = asked.rest
    endpoint: dict[str, Any] = {"Aliases": asked.all("--alias") or None}
    engine.connect(network, engine.find(name), endpoint)
    return 0


def _network_disconnect(engine: Engine, call: Call, asked: Parsed) -> int:
    network, name = asked.rest
    engine.disconnect(network, engine.find(name))
    return 0


def _network_inspect(engine: Engine, call: Call, asked: Parsed) -> int:
    template = asked.one("--format", "-f", default="{{json .}}")
    for name in asked.rest:
        names = {identity: n for n, identity in engine.network_ids.items()}
        name = names.get(name, name)
        if name not in engine.network_ids:
            raise EngineError(f"network {name} not found")
        members = {
            c.id: {"Name": c.name, "IPv4Address": "127.0.0.1/8"}
            for c in engine.containers
            if name in c.networks and c.running
        }
        seen = {
            "Name": name,
            "Id": engine.network_ids[name],
            "Driver": "bridge",
            "Internal": False,
            "Options": {},
            "IPAM": {"Driver": "default", "Config": []},
            "Labels": {f"{LABEL}project": "shop", f"{LABEL}network": name.partition("_")[2]},
            "Containers": members,
        }
        call.out(f"{_rendered(template, seen)}\n")
    return 0


def _network_ls(engine: Engine, call: Call, asked: Parsed) -> int:
    for name, identity in engine.network_ids.items():
        labels = {f"{LABEL}project": "shop", f"{LABEL}network": name.partition("_")[2]}
        row = _Row(
            ID=identity,
            Name=name,
            Driver="bridge",
            Internal="false",
            IPv6="false",
            Label=lambda key, labels=labels: labels.get(key, ""),
        )
        template = asked.one("--format", default="{{.ID}}\t{{.Name}}")
        call.out(f"{_rendered(template, row)}\n")
    return 0


def _events(engine: Engine, call: Call, asked: Parsed) -> int:
    """Those that there were; nobody waits here for others."""
    since, until = (float(asked.one(f"--{end}") or "nan") for end in ("since", "until"))
    wanted: dict[str, set[str]] = {}
    for text in asked.all("--filter", "-f"):
        key, _, value = text.partition("=")
        wanted.setdefault(key, set()).add(value)
    template = asked.one("--format", default="{{json .}}")
    template = {"json": "{{json .}}"}.get(template, template)
    with engine.lock:
        events = list(engine.events)
    for event in events:
        if event["at"] < since or event["at"] > until:
            continue
        if not {event["Type"]} <= wanted.get("type", {event["Type"]}):
            continue
        if not {event["Action"]} <= wanted.get("event", {event["Action"]}):
            continue
        attributes = {"container": "", **event["Actor"]["Attributes"]}
        seconds = int(event["at"])
        seen = {
            **event,
            "Actor": {**event["Actor"], "Attributes": attributes},
            "ID": event["Actor"]["ID"],
            "Status": event["Action"],
            "status": event["Action"],
            "time": seconds,
            "Time": seconds,
            "timeNano": int(event["at"] * 1e9),
            "TimeNano": int(event["at"] * 1e9),
        }
        del seen["at"]
        call.out(f"{_rendered(template, seen)}\n")
    return 0


def _nothing(engine: Engine, call: Call, asked: Parsed) -> int:
    return 0


def _version(engine: Engine, call: Call, asked: Parsed) -> int:
    api = "1.43" if engine.age < 25 else "1.45"
    side = {"Version": f"{engine.age}.0.0", "APIVersion": api, "ApiVersion": api, "Os": "linux"}
    seen = {"Client": side, "Server": side, "ServerVersion": f"{engine.age}.0.0"}
    call.out(f"{_rendered(asked.one('--format', '-f', default='{{json .}}'), seen)}\n")
    return 0


COMMANDS: dict[str, Callable[[Engine, Call, Parsed], int]] = {
    "ps": _ps,
    "ls": _ps,
    "inspect": _inspect,
    "diff": _diff,
    "exec": _exec,
    "start": _each(lambda engine, container, _: engine.start(container)),
    "stop": _each(lambda _, container, asked: container.stop(_seconds(asked))),
    "restart": _restart,
    "kill": _each(lambda _, container, __: container.kill()),
    "pause": _each(lambda _, container, __: container.pause()),
    "unpause": _each(lambda _, container, __: container.unpause()),
    "rm": _each(lambda e, container, asked: e.remove(container, asked.has("-f", "--force"))),
    "rename": _rename,
    "logs": _logs,
    "run": _run,
    "create": _create,
    "cp": _cp,
    "tag": _tag,
    "image tag": _tag,
    "images": _images,
    "image ls": _images,
    "image inspect": _image_inspect,
    "image rm": _image_rm,
    "rmi": _image_rm,
    "network connect": _network_connect,
    "network disconnect": _network_disconnect,
    "network inspect": _network_inspect,
    "network ls": _network_ls,
    "volume ls": _nothing,
    "events": _events,
    "version": _version,
    "info": _version,
}
