"""What the stand-in answers to `curl` on the engine's socket."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .containers import EngineError

if TYPE_CHECKING:
    from .engine import Call, Engine

_VALUED = {
    *("--unix-socket", "--max-time", "-m", "--connect-timeout", "-H", "--header", "-X"),
    *("--request", "-d", "--data", "--data-binary", "--data-raw", "-o", "--output", "-w"),
    *("--write-out", "--noproxy", "--url", "--retry"),
}

Answer = tuple[int, str]


def run(engine: Engine, call: Call) -> int:
    """Prints the answer as curl does; its exit code tells only whether there was one."""
    options, flags, url = _parsed(call.words)
    body = options.get("-d") or options.get("--data") or options.get("--data-binary") or ""
    if body == "@-":
        body = call.read().decode()
    method = options.get("-X") or options.get("--request") or ("POST" if body else "GET")
    status, text = _answer(engine, method, url, body)
    fails = bool({"-f", "--fail"} & flags) and status >= 400
    if fails:
        call.err(f"curl: (22) The requested URL returned error: {status}\n")
        text = ""
    if options.get("-o", options.get("--output")) != "/dev/null":
        call.out(text)
    written = options.get("-w", options.get("--write-out", ""))
    call.out(written.replace("%{http_code}", str(status)).replace("\\n", "\n"))
    return 22 if fails else 0


def _parsed(words: list[str]) -> tuple[dict[str, str], set[str], str]:
    options: dict[str, str] = {}
    flags: set[str] = set()
    url, words = "", list(words)
    while words:
        word = words.pop(0)
        if word in _VALUED:
            options[word] = words.pop(0)
        elif word.startswith("--"):
            flags.add(word)
        elif word.startswith("-"):
            flags |= {f"-{letter}" for letter in word[1:]}
        else:
            url = word
    return options, flags, options.get("--url", url)


def _answer(engine: Engine, method: str, url: str, body: str) -> Answer:
    parts = urlsplit(url)
    path = re.sub(r"^/v[0-9.]+/", "/", parts.path)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        for wanted, pattern, answer in _ROUTES:
            if wanted == method and (match := re.fullmatch(pattern, path)):
                return answer(engine, match.groups(), query, json.loads(body) if body else {})
    except EngineError as error:
        status = {"No such": 404, "Conflict": 409, "Containe": 400}.get(
            str(error)[:8].rstrip(), 500
        )
        status = 404 if str(error).startswith("No such") else status
        return status, json.dumps({"message": str(error)}) + "\n"
    return 404, '{"message":"page not found"}\n'


def _created(engine: Engine, _: Any, query: dict[str, str], body: dict[str, Any]) -> Answer:
    host_config = body.pop("HostConfig", {})
    networks = body.pop("NetworkingConfig", {}).get("EndpointsConfig") or {}
    name = query.get("name", "unnamed")
    made = engine.create(name, body, host_config, networks)
    return 201, json.dumps({"Id": made.id, "Warnings": []}, separators=(",", ":")) + "\n"


def _connected(engine: Engine, path: Any, _: Any, body: dict[str, Any]) -> Answer:
    endpoint = body.get("EndpointConfig") or {}
    engine.connect(path[0], engine.find(body["Container"]), endpoint)
    return 200, ""


def _disconnected(engine: Engine, path: Any, _: Any, body: dict[str, Any]) -> Answer:
    engine.disconnect(path[0], engine.find(body["Container"]))
    return 200, ""


def _removed(engine: Engine, path: Any, query: dict[str, str], _: Any) -> Answer:
    engine.remove(engine.find(path[0]), query.get("force") in ("1", "true"))
    return 204, ""


def _acted(engine: Engine, path: Any, query: dict[str, str], _: Any) -> Answer:
    container, seconds = engine.find(path[0]), float(query.get("t", 10))
    match path[1]:
        case "start":
            engine.start(container)
        case "stop":
            container.stop(seconds)
        case "restart":
            container.stop(seconds)
            engine.start(container)
        case "unpause":
            container.unpause()
        case "rename":
            engine.rename(container, query["name"])
    return 204, ""


def _seen(engine: Engine, path: Any, *_: Any) -> Answer:
    return 200, json.dumps(engine.find(path[0]).inspected(), separators=(",", ":")) + "\n"


_ROUTES: tuple[tuple[str, str, Callable[..., Answer]], ...] = (
    ("GET", "/_ping", lambda *_: (200, "OK")),
    ("POST", "/containers/create", _created),
    ("POST", "/networks/([^/]+)/connect", _connected),
    ("POST", "/networks/([^/]+)/disconnect", _disconnected),
    ("DELETE", "/containers/([^/]+)", _removed),
    ("POST", "/containers/([^/]+)/(start|stop|restart|unpause|rename)", _acted),
    ("GET", "/containers/([^/]+)/json", _seen),
)
