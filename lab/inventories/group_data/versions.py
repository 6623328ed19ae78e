"""The incident's stack, whatever runs it."""

from pathlib import Path
from runpy import run_path

__all__ = ["stack"]

_root = Path(__file__).resolve().parents[3]

stack = run_path(str(_root / "inventories" / "group_data" / "lab.py"))["stack"]
