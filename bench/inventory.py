"""The bench's names for pyinfra: who they are is in the file that BENCH_TARGETS names.

Their stack is the lab's own. Hundreds of looks at two hosts wait for each other, so that a look
may take BENCH_LOOK seconds.
"""

import json
import os
from dataclasses import replace as _replace
from pathlib import Path
from runpy import run_path as _run_path

from pyinfra_runbooks.settings import Timeouts as _Timeouts

_lab = Path(__file__).resolve().parent.parent / "inventories" / "group_data" / "lab.py"
_look = _Timeouts(look=int(os.environ.get("BENCH_LOOK", "30")))

names = (
    [(name, data) for name, data in json.loads(Path(os.environ["BENCH_TARGETS"]).read_text())],
    {"stack": _replace(_run_path(str(_lab))["stack"], timeouts=_look)},
)
