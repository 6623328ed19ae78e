"""Bugs that were found once, to be put back: each of them has to turn the harness red."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyinfra_runbooks

from .cases import RED

PACKAGE = Path(pyinfra_runbooks.__file__).parent
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Mutant:
    """One bug.

    + name: what it is, and the finding that it comes from
    + file: below the package
    + changes: texts that are there, each once, and what is in their place with the bug
    + cases: of which at least one has to break a promise
    """

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    cases: tuple[str, ...]


MUTANTS = (
    Mutant(
        "1: an answer of nothing is taken for a save",
        "shell/redis.sh",
        (
            (
                """            '{"step":"saved",'*'"}')\n""",
                """            '{"step":"saved",'*'"}' | '')\n""",
            ),
            (
                """        '{"step":"saved",'*) printf '%s\\n' "$saved" ;;\n""",
                """        '{"step":"saved",'* | '') printf '%s\\n' "$saved" ;;\n""",
            ),
        ),
        (
            "restart 'call=docker exec:2' 'how=says nothing' persistence=unsaved",
            "restart 'call=docker exec:3' 'how=says nothing' persistence=unsaved",
        ),
    ),
    Mutant(
        "2: what loads for long is stopped",
        "shell/redis.sh",
        (
            (
                '        loading) fail "$1 and is',
                '        loading) stopped "$id" 2; fail "$1 and is',
            ),
        ),
        ("restart load=slow",),
    ),
    Mutant(
        "4: keys that were counted, of a server that has an AOF",
        "shell/redis.sh",
        (
            ("loaded=$(value aof_current_size)", "loaded=$(value rdb_last_load_keys_loaded)"),
            (
                "    loaded_what_was_saved || fail",
                '    loaded_what_was_saved || stopped "$id" 2 || fail',
            ),
        ),
        ("restart persistence=aof",),
    ),
    Mutant(
        "5: what serves is put back",
        "shell/redis.sh",
        (
            (
                "        silent | refused) fail",
                "        silent) put_back late ;;\n        refused) fail",
            ),
        ),
        (
            "recreate 'call=docker exec:3' how=hangs",
            "recreate 'call=docker exec:4' how=hangs",
        ),
    ),
    Mutant(
        "9: an ACL file that can't be read has no other users",
        "shell/redis.sh",
        (("""    [ $? = 3 ] || fail "$acl_path can't be read; nothing was changed"\n""", ""),),
        tuple(f"load login=member 'call=docker cp:{n}' how=fails" for n in (1, 2, 3)),
    ),
    Mutant(
        "10: a source that can't be read empties a secret",
        "shell/secret.sh",
        (
            ("        echo 'nothing was changed' >&2\n        exit 1\n", ""),
            ("    '' | '\"\"')", "    '\"\"')"),
        ),
        ("secret login=member 'call=docker cp:1' how=fails",),
    ),
    Mutant(
        "15: what was stopped and not started stays so",
        "shell/container.sh",
        (('                *) started_again "$1" && return ;;\n', ""),),
        ("restart 'call=docker restart:3' how=fails",),
    ),
    Mutant(
        "19: an engine that says nothing says that nothing moved",
        "shell/lock.py",
        (("{ now=$(state_now) && [", "{ now=$(state_now) || now=$seen; ["),),
        ("lock 'call=docker ps:1' how=fails", "lock 'call=docker inspect:1' how=fails"),
    ),
)


def text_of(mutant: Mutant) -> str:
    return (PACKAGE / mutant.file).read_text(encoding="utf-8")


def turns_red(mutant: Mutant, place: Path) -> str:
    """What its cases print, with that bug in a copy of the package; empty: none broke a promise."""
    mutated = place / PACKAGE.name
    shutil.copytree(PACKAGE, mutated, ignore=shutil.ignore_patterns("__pycache__"))
    text = text_of(mutant)
    for old, new in mutant.changes:
        text = text.replace(old, new)
    (mutated / mutant.file).write_text(text, encoding="utf-8")
    for case in mutant.cases:
        done = subprocess.run(
            [sys.executable, "-m", "tests.redis.unkind.cases", case],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode == RED:
            return done.stdout
        assert done.returncode == 0, done.stderr
    return ""
