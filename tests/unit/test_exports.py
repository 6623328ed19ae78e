"""What others may import: the names of each public module, and what is packaged."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import pyinfra_runbooks

PACKAGE = Path(pyinfra_runbooks.__file__).parent

EXPORTS = {
    "network": {"attachment", "detachment"},
    "redis": {"recreation"},
    "api": {"restart"},
    "verification": {"proof"},
    "preflight": {"check"},
    "schedule": {"units"},
    "compose_file": {"networks"},
    "diagnosis": {"declared", "drifted", "seen", "tell"},
    "errors": {"RunbookError", "SettingsError"},
    "disruption": {"Disruption"},
    "findings": {
        *("Deviation", "Finding", "Part", "Refusal", "Remedy", "Restraint"),
        *("Symptom", "Unknown", "refusals", "remedies", "worst"),
    },
    "facts.stack": {"StackHealth", "StackLook"},
    "facts.health": {"await_health"},
    "operations.compose_file": {"networks"},
    "operations.network": {"attachments", "foreign_networks", "namespaces", "networks"},
    "operations.redis": {"secrets", "server"},
    "operations.api": {"needs", "service"},
    "operations.verification": {"proof"},
}
SETTINGS = {
    *(
        "Accepted",
        "Api",
        "Breaker",
        "Compose",
        "Redis",
        "RedisUser",
        "Secret",
        "Service",
        "Stack",
        "Timeouts",
    ),
    *("HttpCheck", "HostFile", "EnvironmentVariable", "LocalFile", "Command", "Source"),
    *("Disruption", "from_host_data", "project_from_host_data"),
}


def public(module: ModuleType) -> set[str]:
    """The functions and classes that a module defines itself, and does not keep to itself."""
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and isinstance(value, (type, FunctionType))
        and value.__module__ == module.__name__
    }


@pytest.mark.parametrize("name", EXPORTS)
def test_exports(name: str) -> None:
    module = import_module(f"pyinfra_runbooks.{name}")
    assert public(module) == EXPORTS[name]
    assert all(getattr(module, export).__doc__ for export in EXPORTS[name])


def test_settings() -> None:
    settings = import_module("pyinfra_runbooks.settings")
    assert set(settings.__all__) == SETTINGS
    assert list(settings.__all__) == sorted(settings.__all__)
    assert all(hasattr(settings, name) for name in SETTINGS)


def test_acl() -> None:
    acl = import_module("pyinfra_runbooks.acl")
    assert all(hasattr(acl, name) for name in acl.__all__)
    assert {"compare", "parse_user", "parse_file", "from_getuser", "render"} <= set(acl.__all__)


def test_the_package_itself_exports_nothing() -> None:
    assert public(pyinfra_runbooks) == set()


def test_whatever_runs_on_hosts_is_packaged() -> None:
    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["pyinfra_runbooks"]
    packaged = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    data = {
        path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert data
    assert data == packaged
