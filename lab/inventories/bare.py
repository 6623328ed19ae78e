"""The lab's hosts while they have the stack `bare`. What that is: group_data/bare.py."""

from pathlib import Path
from runpy import run_path

_root = Path(__file__).resolve().parents[2]

bare = run_path(str(_root / "inventories" / "lab.py"))["lab"]
