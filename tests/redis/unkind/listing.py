"""What the stand-in tells of what there is: lists, inspections, events."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from .containers import LABEL, Container, EngineError
from .templates import TemplateError, render
from .words import Parsed

if TYPE_CHECKING:
    from .engine import Call, Engine


def ps(engine: Engine, call: Call, asked: Parsed) -> int:
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


def inspect(engine: Engine, call: Call, asked: Parsed) -> int:
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
        return image_named(engine, name)
    try:
        return engine.find(name).inspected()
    except EngineError:
        if kind == "container" or name not in {*engine.images, *engine.images.values()}:
            raise
        return image_named(engine, name)


def image_named(engine: Engine, name: str) -> dict[str, Any]:
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


def diff(engine: Engine, call: Call, asked: Parsed) -> int:
    """Nothing: paths are the same inside and outside, so there is nothing but what is mounted."""
    engine.find(asked.rest[0])
    return 0


def image_inspect(engine: Engine, call: Call, asked: Parsed) -> int:
    asked.options["--type"] = ["image"]
    return inspect(engine, call, asked)


def images(engine: Engine, call: Call, asked: Parsed) -> int:
    template = asked.one("--format") or "{{.Repository}}\t{{.Tag}}\t{{.ID}}"
    patterns = [text.removeprefix("reference=") for text in asked.all("--filter", "-f")]
    for name, identity in engine.images.items():
        repository, _, tag = name.rpartition(":")
        if not all(fnmatch(name, p) or fnmatch(repository, p) for p in patterns):
            continue
        row = _Row(Repository=repository, Tag=tag, ID=identity, Labels="")
        call.out(f"{identity}\n" if asked.has("-q", "-aq") else f"{_rendered(template, row)}\n")
    return 0


def logs(engine: Engine, call: Call, asked: Parsed) -> int:
    container = engine.find(asked.rest[0])
    text = container.logs.read_bytes() if container.logs.exists() else b""
    lines = text.splitlines(keepends=True)
    count = asked.one("--tail", "-n", default="all")
    call.out(b"".join(lines if count == "all" else lines[-int(count) :]))
    return 0


def network_inspect(engine: Engine, call: Call, asked: Parsed) -> int:
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


def network_ls(engine: Engine, call: Call, asked: Parsed) -> int:
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


def events(engine: Engine, call: Call, asked: Parsed) -> int:
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


def version(engine: Engine, call: Call, asked: Parsed) -> int:
    api = "1.43" if engine.age < 25 else "1.45"
    side = {"Version": f"{engine.age}.0.0", "APIVersion": api, "ApiVersion": api, "Os": "linux"}
    seen = {"Client": side, "Server": side, "ServerVersion": f"{engine.age}.0.0"}
    call.out(f"{_rendered(asked.one('--format', '-f', default='{{json .}}'), seen)}\n")
    return 0
