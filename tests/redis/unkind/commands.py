"""What the stand-in answers to `docker`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import listing, making
from .containers import Container, EngineError
from .words import Parsed, parsed

if TYPE_CHECKING:
    from .engine import Call, Engine

_CHANGING = {"stop", "start", "restart", "unpause", "pause", "rename", "kill", "tag", "network"}


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


def _tag(engine: Engine, call: Call, asked: Parsed) -> int:
    source, name = asked.rest
    tagged = name if ":" in name else f"{name}:latest"
    engine.images[tagged] = listing.image_named(engine, source)["Id"]
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
    return call.relay(engine.find(container).inside(command, stdin, asked.all("-e", "--env")))


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
        engine.notify(container, "restart")
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


def _network_connect(engine: Engine, call: Call, asked: Parsed) -> int:
    network, name = asked.rest
    endpoint: dict[str, Any] = {"Aliases": asked.all("--alias") or None}
    engine.connect(network, engine.find(name), endpoint)
    return 0


def _network_disconnect(engine: Engine, call: Call, asked: Parsed) -> int:
    network, name = asked.rest
    engine.disconnect(network, engine.find(name))
    return 0


def _nothing(engine: Engine, call: Call, asked: Parsed) -> int:
    return 0


COMMANDS: dict[str, Callable[[Engine, Call, Parsed], int]] = {
    "ps": listing.ps,
    "ls": listing.ps,
    "inspect": listing.inspect,
    "diff": listing.diff,
    "exec": _exec,
    "start": _each(lambda engine, container, _: engine.start(container)),
    "stop": _each(lambda _, container, asked: container.stop(_seconds(asked))),
    "restart": _restart,
    "kill": _each(lambda _, container, __: container.kill()),
    "pause": _each(lambda _, container, __: container.pause()),
    "unpause": _each(lambda _, container, __: container.unpause()),
    "rm": _each(lambda e, container, asked: e.remove(container, asked.has("-f", "--force"))),
    "rename": _rename,
    "logs": listing.logs,
    "run": making.run,
    "create": making.create,
    "cp": making.cp,
    "tag": _tag,
    "image tag": _tag,
    "images": listing.images,
    "image ls": listing.images,
    "image inspect": listing.image_inspect,
    "image rm": _image_rm,
    "rmi": _image_rm,
    "network connect": _network_connect,
    "network disconnect": _network_disconnect,
    "network inspect": listing.network_inspect,
    "network ls": listing.network_ls,
    "volume ls": _nothing,
    "events": listing.events,
    "version": listing.version,
    "info": listing.version,
}
