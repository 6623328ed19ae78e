"""The lab's hosts with other engines and other servers: `python -m lab up lab-x-docker20`."""

from pathlib import Path
from runpy import run_path

_root = Path(__file__).resolve().parents[2]
_lab = run_path(str(_root / "inventories" / "lab.py"))["lab"]

versions = (
    [
        ("lab-x-docker20", {"ssh_port": 22090}),
        ("lab-x-docker28", {"ssh_port": 22091, "_sudo": True}),
        ("lab-x-valkey9", {"ssh_port": 22092}),
    ],
    _lab[1],
)
