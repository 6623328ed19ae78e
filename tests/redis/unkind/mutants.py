"""Bugs that were found once, to be put back: each of them has to break its promise here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pyinfra_runbooks

from .cases import RED
from .promises import DROPPED, FALSE_ZERO, LOST, STOPPED

PACKAGE = Path(pyinfra_runbooks.__file__).parent
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Change:
    """A text that is there once, and what is in its place with the bug."""

    file: str
    old: str
    new: str

    def made(self, package: Path) -> None:
        """Makes it in a package."""
        path = package / self.file
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Mutant:
    """One bug.

    + name: what it is, after the number of the finding in a review where it is from there
    + breaks: the kind of the promise that it breaks
    + case: the one that shows it
    """

    name: str
    breaks: str
    case: str
    changes: tuple[Change, ...]


REDIS, SERVED = "packs/redis/redis.sh", "packs/redis/served.sh"
SAVED, PUT_BACK = "packs/redis/saved.sh", "packs/redis/put_back.sh"
MUTANTS = (
    Mutant(
        "1: silence counts as saved",
        FALSE_ZERO,
        "restart 'call=docker exec:3' how=fails persistence=unsaved",
        (
            Change(
                SAVED,
                """            '{"step":"saved",'*'"}')\n""",
                """            '{"step":"saved",'*'"}' | '')\n""",
            ),
            Change(
                SAVED,
                """        '{"step":"saved",'*) printf '%s\\n' "$saved" ;;\n""",
                """        '{"step":"saved",'* | '') printf '%s\\n' "$saved" ;;\n""",
            ),
        ),
    ),
    Mutant(
        "2: what loads for longer than it may is put back, and stopped",
        STOPPED,
        "restart load=slow",
        (
            Change(SERVED, "            loading) until=$(($(now) + ready)) ;;\n", ""),
            Change(
                REDIS,
                '        loading) fail "$1 and is still loading',
                '        loading) put_back "$1 and is still loading',
            ),
            Change(
                PUT_BACK,
                '        loading) fail "$1; what was before is back, and is loading its data"',
                '        loading) stopped "$id" "$stop"; fail "$1; it is stopped"',
            ),
        ),
    ),
    Mutant(
        "4: a count of keys decides, and stops",
        STOPPED,
        "restart persistence=aof",
        (
            Change(SAVED, "        AOF*:1)\n", "        AOF*:-)\n"),
            Change(SAVED, "        AOF:* | RDB:1) why", "        RDB:1) why"),
            Change(SAVED, "        *RDB:*)\n", "        *)\n"),
            Change(
                REDIS,
                "    loaded_what_was_saved || fail",
                '    loaded_what_was_saved || { stopped "$id" "$stop"; false; } || fail',
            ),
        ),
    ),
    Mutant(
        "5: what serves is put back, to what had been saved before",
        LOST,
        "recreate 'call=docker exec:4' how=hangs",
        (
            Change(
                REDIS,
                "        silent)\n",
                "        never)\n",
            ),
            # Otherwise it is asked once more, and answers.
            Change(
                SERVED,
                '[ "$began" -lt "$until" ]',
                '[ "$(now)" -lt "$until" ]',
            ),
            Change(
                PUT_BACK,
                "    removed $(new_ones) && look_up",
                '    removed $(new_ones) && mv -f "$copy" "${copy%.before-recovery-*}" && look_up',
            ),
        ),
    ),
    Mutant(
        "9: the ACL file is read a second time, and need not answer",
        DROPPED,
        "write login=member 'call=docker cp:3' how=fails",
        (
            Change(
                "packs/redis/acl_file.sh",
                """    printf '%s\\n' "$old_acl" | tr -d""",
                """    read_file "$acl_path" 2>/dev/null | tr -d""",
            ),
        ),
    ),
    Mutant(
        "10: a source that can't be read empties a secret",
        LOST,
        "secret login=member 'call=docker cp:1' how=fails",
        (
            Change(
                "packs/files/secret.sh",
                "            echo 'nothing was changed' >&2\n            exit 1\n",
                "",
            ),
            Change("packs/files/secret.sh", """        '' | '""')\n""", """        '""')\n"""),
        ),
    ),
    Mutant(
        "15: a slow stop is given up, and leaves it stopped",
        STOPPED,
        "restart 'call=docker stop:1' 'how=too late'",
        (
            Change(
                "engine/shell/container.sh",
                """docker restart -t "$2" "$1" 2>&1 >/dev/null) && longer=1 || longer=$2\n""",
                """docker stop -t "$2" "$1" 2>&1 >/dev/null) && longer=1 || return\n""",
            ),
        ),
    ),
    Mutant(
        "19: an engine that does not answer says that nothing moved",
        FALSE_ZERO,
        "lock 'call=docker ps:1' how=fails",
        (
            Change(
                "engine/shell/lock.sh",
                "{ state=$(state_now) && [",
                "{ state=$(state_now) || state=$seen; [",
            ),
        ),
    ),
    Mutant(
        "a network counts as connected where nothing is said",
        STOPPED,
        "put-back engine=20 'call=curl:7' 'how=says nothing'",
        (Change("packs/redis/put_back.sh", '[ "$refused" = 200 ]', '[ "${refused:-200}" = 200 ]'),),
    ),
    Mutant(
        "a server that does not say what it holds is taken for an empty one",
        FALSE_ZERO,
        "start 'call=docker exec:3' how=fails persistence=aof+rdb",
        (Change(REDIS, "*'# Keyspace'*) fail", "*) fail"),),
    ),
    Mutant(
        "redis#14541: an AOF that holds transactions counts as saved",
        LOST,
        "restart persistence=aof",
        (Change("packs/redis/save.sh", "    how=AOF\n    rewrite\n", "    how=AOF\n"),),
    ),
)


def shown(mutant: Mutant, place: Path) -> str:
    """What its case prints, with that bug in a copy of the package."""
    mutated = place / PACKAGE.name
    shutil.copytree(PACKAGE, mutated, ignore=shutil.ignore_patterns("__pycache__"))
    for change in mutant.changes:
        change.made(mutated)
    done = subprocess.run(
        [sys.executable, "-m", "tests.redis.unkind.cases", mutant.case],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{place}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, RED), done.stderr
    return done.stdout
