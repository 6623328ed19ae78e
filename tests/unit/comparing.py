"""fields.awk, run: a container against what is declared."""

from __future__ import annotations

import copy
import json
import os
import subprocess
from typing import Any

from awks import SECRET
from composed import CONTAINER, PROJECT, Parts

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.differences import Difference, parse

PROGRAM = "".join(shell.text(f"{name}.awk") for name in ("json", "fields", "variables"))
ID, IMAGE = "e" * 64, f"sha256:{'1' * 64}"


def differences(
    awk: tuple[str, ...],
    container: Parts | None = None,
    project: Parts | None = None,
    raw: Parts | None = None,
    image: Parts | None = None,
    env_files: str = "",
    spellings: str = "",
) -> tuple[Difference, ...] | None:
    """What the program tells of one container.

    + raw: the project without its variables; None: it is the resolved one
    + image: None: there is none any more
    """
    project = project or PROJECT
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    lines = [f"s {ID} cache {IMAGE}", f"k {ID} {json.dumps(container or CONTAINER, **compact)}"]
    if image is not None:
        lines.append(f"i {IMAGE} {json.dumps(image, **compact)}")
    for word, printed in (("c", project), ("v", raw if raw is not None else project)):
        text = json.dumps(printed, indent=2, ensure_ascii=False)
        for character in "<>&":
            text = text.replace(character, f"\\u{ord(character):04x}")
        lines += [f"{word} {line}" for line in text.split("\n")]
    done = subprocess.run(
        [*awk, PROGRAM],
        input="\n".join((*lines, "")).encode(),
        capture_output=True,
        check=True,
        timeout=10,
        env={
            "PATH": os.environ["PATH"],
            "LC_ALL": "C",
            "env_files": env_files,
            "spellings": spellings,
        },
    )
    assert done.stderr == b""
    assert SECRET not in done.stdout.decode()
    return parse(done.stdout.decode().splitlines()).get(ID)


def changed(parts: Parts, path: tuple[Any, ...], new: object) -> Parts:
    """A copy with something else at that place; ``...`` leaves it out."""
    copied = copy.deepcopy(parts)
    at: Any = copied
    for key in path[:-1]:
        at = at[key]
    if new is ...:
        del at[path[-1]]
    else:
        at[path[-1]] = new
    return copied
