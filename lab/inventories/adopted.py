"""The host with adopted projects: `python -m lab adopt FILE...`. Nothing is declared of them."""

from pathlib import Path
from runpy import run_path

_root = Path(__file__).resolve().parents[2]
_lab = run_path(str(_root / "inventories" / "lab.py"))["lab"]

adopted = ([("lab-adopted", {"ssh_port": 22100})], _lab[1])
