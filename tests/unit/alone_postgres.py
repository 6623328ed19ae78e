"""How the scripts of packs/postgres run alone, and what they say then; see test_shell_alone.py."""

from __future__ import annotations

from typing import Any

_WHOM = ("", "", "", "", "nowhere")

RUNS: dict[str, dict[str, Any]] = {
    "postgres_look.sh": {
        "says": "user postgres\ndatabase postgres\n",
        "arguments": (*_WHOM, "/proc"),
    },
    "postgres_set.sh": {
        "says": "does not mount the file that has it, and so does not get it; nothing was changed",
        "code": 1,
        "arguments": _WHOM,
    },
    "set_password.sh": {
        "says": "its containers have changed since the look: run this again; nothing was changed",
        "code": 1,
        "about": {"service": "db", "container": "1"},
    },
}
"""By their names: what `Run` takes, and the stand-ins that each needs."""

TOOLS = {
    "pg_isready": "#!/bin/sh\nexit 2\n",
    "psql": "#!/bin/sh\necho 'psql (PostgreSQL) 17.2'\n",
}
