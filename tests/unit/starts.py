"""Containers as the engine tells of them before all that may be a secret is masked."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.discovery.seen import Seen, parse

PROGRAM = ("seen.awk", "links.awk", "words.awk")


def go_json(value: object) -> str:
    """As Go prints it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def told(
    id_: str,
    *words: str,
    env: Mapping[str, str] | Iterable[str] = (),
    name: str = "",
    service: str = "",
    aliases: Iterable[str] = (),
    **more: Any,
) -> str:
    """
    What both templates come to for one container.

    + words: its path and arguments
    + env: its environment, as a mapping or as the engine has it
    + more: ``bindings``, ``ports``
    """
    lines = [f"{k}={v}" for k, v in env.items()] if isinstance(env, Mapping) else [*env]
    networks = {"shop_back": {"Aliases": [*aliases], "DNSNames": [id_[:12]]}}
    first = {"id": id_, "name": f"/{name}", "networks": networks, "service": service or None}
    path, *arguments = words or ("serve",)
    return "".join(
        f"{line}\n"
        for line in (
            go_json(first),
            f"id {go_json(id_)}",
            f"path {go_json(path)}",
            *(f"arg {go_json(word)}" for word in arguments),
            *(f"env {go_json(line)}" for line in lines),
            f"bindings {go_json(more.get('bindings'))}",
            f"ports {go_json(more.get('ports'))}",
        )
    )


def started(*ids: str) -> list[str]:
    """What a host tells of containers that are started with nothing of interest."""
    rest: dict[str, Any] = {"arguments": [], "links": [], "bindings": {}, "ports": {}}
    shown = ({"id": id_, "program": "serve", **rest} for id_ in ids)
    return [*(f"seen\t{json.dumps(each)}" for each in shown), f"seen\tall {len(ids)}"]


def masked(awk: Iterable[str], text: str) -> str:
    """What leaves the host of that, without a word of complaint."""
    done = subprocess.run(
        [*awk, shell.text(*PROGRAM)],
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=20,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
    )
    assert done.stderr == b""
    return done.stdout.decode()


def seen(awk: Iterable[str], *containers: str) -> dict[str, Seen]:
    """The same, as it is read."""
    lines = masked(awk, "".join(containers)).splitlines()
    assert all(line.startswith("seen\t") for line in lines)
    return parse([line.partition("\t")[2] for line in lines])
