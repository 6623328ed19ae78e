"""The stack `bare`: what the incident's images say of themselves has to be declared here."""

from dataclasses import replace
from pathlib import Path
from runpy import run_path

from pyinfra_runbooks import Service

__all__ = ["stack"]

_root = Path(__file__).resolve().parents[3]
_incident = run_path(str(_root / "inventories" / "group_data" / "lab.py"))["stack"]

_redis, *_clients = _incident.components
stack = replace(
    _incident,
    components=(replace(_redis, directory="/var/lib/store"), *_clients),
    services=(
        Service("api", port=8000),
        Service("redis", port=6379),
        Service("postgres", port=5432),
        Service("qdrant", port=6333),
        "caddy",
    ),
)
