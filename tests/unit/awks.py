"""Every awk there is, to run the filters through which all passes before it leaves a host."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pyinfra_runbooks.engine import shell

# Each once, however many names it has here.
_FOUND = {
    Path(shutil.which(awk[0]) or "").resolve(): awk
    for awk in (("awk",), ("mawk",), ("gawk", "--posix"), ("busybox", "awk"), ("original-awk",))
    if shutil.which(awk[0])
}
AWKS = [pytest.param(awk, id=" ".join(awk)) for awk in _FOUND.values()]
SECRET = "hunter2"

# What may stand in a value, and looks like JSON's own punctuation.
STRINGS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["}", "{", "[", "],", '"', '\\"', "    },", '": {', "\n", "  "]),
)


def filtered(awk: tuple[str, ...], program: str, text: str, **environment: str) -> str:
    """What a program makes of a text, without a word of complaint."""
    done = subprocess.run(
        [*awk, shell.text(program)],
        input=text.encode(),
        capture_output=True,
        check=True,
        timeout=10,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C", **environment},
    )
    assert done.stderr == b""
    return done.stdout.decode()
