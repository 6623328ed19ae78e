"""What others may import: the names of each public module, and what is packaged."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from gevent.monkey import is_module_patched

import pyinfra_runbooks

PACKAGE = Path(pyinfra_runbooks.__file__).parent

EXPORTS = {
    "network": {"attach", "detach"},
    "redis": {"recreate"},
    "api": {"restart"},
    "verification": {"verify"},
    "recovery": {"recover"},
    "preflight": {"check"},
    "schedule": {"install"},
    "compose_file": {"declare_networks"},
    "diagnosis": {"declared", "diagnose", "diagnose_host", "overview", "seen"},
    "core.errors": {"RunbookError", "SettingsError"},
    "core.disruption": {"Disruption"},
    "core.unknown": {"Cause", "Unknown"},
    "engine.pack": {"Pack", "Sent"},
    "packs.all": {"components_of", "pack_of", "packs_of"},
    "core.kind": {"Kind", "kind", "kinds", "named", "nearest"},
    "core.resolution": {
        *("Later", "Note", "Refusal", "Remedy", "Restraint", "Symptom", "Waiver"),
    },
    "core.finding": {
        *("Finding", "does", "refusals", "from_json", "remedies", "to_json", "max_disruption"),
    },
    "facts.stack": {
        *("HostFound", "HostLook", "StackHealth", "StackLook", "StackReach"),
        *("find", "look_at_several", "look_once"),
    },
    "facts.health": {"await_clients", "await_health", "await_own_checks"},
    "core.plan": {"Plan", "Scope", "Step", "plan", "task_of"},
    "core.policy": {"Correction", "Policy", "Waived", "waived", "waiver"},
    "core.task": {"Named", "Stage", "Task"},
    "operations.compose_file": {"declare_networks", "findings"},
    "operations.recovery": {"recover", "scope_of"},
    "operations.proving": {"proved", "verify", "why"},
    "operations.change": {"Change", "changed", "locked", "refused"},
}
SETTINGS = {
    *(
        "Accepted",
        "Api",
        "Breaker",
        "Component",
        "Compose",
        "InContainer",
        "Redis",
        "RedisUser",
        "Secret",
        "Service",
        "Stack",
        "Tls",
        "Timeouts",
    ),
    *("Check", "HttpCheck", "TcpCheck", "CommandCheck", "ContainerCheck"),
    *("HostFile", "EnvironmentVariable", "LocalFile", "Command", "Source"),
    "FoundStack",
    *("Disruption", "projects_from_host_data", "run_policy", "setting", "stacks_from_host_data"),
}
INNER = {
    *("Check", "FoundStack", "Source"),
    *("projects_from_host_data", "run_policy", "stacks_from_host_data"),
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
    acl = import_module("pyinfra_runbooks.packs.redis.acl")
    assert all(hasattr(acl, name) for name in acl.__all__)
    assert {"compare", "parse_user", "parse_file", "from_getuser", "render"} <= set(acl.__all__)


# What inventories and runbooks have used before there were flat names, and what runbooks still do.
MODULES = {
    *("network", "redis", "api", "verification", "recovery", "lock", "pause", "schedule"),
    *("compose_file", "history", "preflight", "settings"),
}


def test_the_package_has_what_inventories_and_runbooks_use() -> None:
    assert set(pyinfra_runbooks.__all__) == SETTINGS - INNER | {"recover"}
    assert list(pyinfra_runbooks.__all__) == sorted(pyinfra_runbooks.__all__)
    assert pyinfra_runbooks.recover is import_module("pyinfra_runbooks.recovery").recover
    assert all(import_module(f"pyinfra_runbooks.{name}").__doc__ for name in MODULES)


def test_pyinfras_command_line_may_come_after_it() -> None:
    """That changes the standard library: nothing may have taken anything out of it before."""
    code = "import pyinfra_runbooks, pyinfra_cli"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_no_test_takes_pyinfras_command_line_into_this_process() -> None:
    """So all of them can be in one: some import ssl, and pyinfra would have to come before."""
    assert not any(map(is_module_patched, ("ssl", "socket", "threading", "subprocess")))


def test_whatever_runs_on_hosts_is_packaged() -> None:
    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["pyinfra_runbooks"]
    packaged = {path for pattern in patterns for path in PACKAGE.glob(pattern)}
    packaged -= {*PACKAGE.glob("share/*/*")}  # links to what is no module: test_wheel.py
    data = {
        path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert data
    assert data == packaged
