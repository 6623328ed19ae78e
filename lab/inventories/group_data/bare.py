"""The stack `bare`: what the incident's images say of themselves has to be declared here."""

from dataclasses import replace
from pathlib import Path
from runpy import run_path

from pyinfra_runbooks.settings import Service

__all__ = ["stack"]

_root = Path(__file__).resolve().parents[3]
_incident = run_path(str(_root / "inventories" / "group_data" / "lab.py"))["stack"]

stack = replace(
    _incident,
    redis=replace(_incident.redis, data="/var/lib/store"),
    services=(
        Service("api", port=8000),
        Service("redis", port=6379),
        Service("postgres", port=5432),
        Service("qdrant", port=6333),
        "caddy",
    ),
)
