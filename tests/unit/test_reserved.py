"""No argument of ours takes the name of one of pyinfra's own, which pyinfra would swallow."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pyinfra.api import FactBase
from pyinfra.api.arguments import all_argument_meta

import pyinfra_runbooks

PACKAGE = Path(pyinfra_runbooks.__file__).parent
DEPLOYS = ("network", "redis", "api", "verification", "recovery")
# What an operation or deploy gets besides: its name, and the host and state of older versions.
RESERVED = {*all_argument_meta, "name", "host", "state", "self_"}


def modules(folder: str) -> list[str]:
    return sorted(f"{folder}.{p.stem}" for p in (PACKAGE / folder).glob("*.py") if p.stem[0] != "_")


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    for name in modules("facts"):
        module = import_module(f"pyinfra_runbooks.{name}")
        for fact in vars(module).values():
            if isinstance(fact, type) and issubclass(fact, FactBase) and fact is not FactBase:
                yield f"{name}.{fact.__name__}", fact.command
    for name in [*modules("operations"), *DEPLOYS]:
        module = import_module(f"pyinfra_runbooks.{name}")
        for attribute, value in vars(module).items():
            if hasattr(value, "_inner") and value.__module__ == module.__name__:
                yield f"{name}.{attribute}", value._inner


ALL = dict(callables())


def test_everything_is_found() -> None:
    assert {"facts.stack.StackLook", "operations.recovery.recover", "network.attach"} <= set(ALL)
    assert len(ALL) >= 13


@pytest.mark.parametrize("name", ALL)
def test_no_argument_is_reserved(name: str) -> None:
    arguments = set(inspect.signature(ALL[name]).parameters) - {"self"}
    assert arguments or name in ("facts.pauses.HostPause", "facts.versions.DockerVersions")
    assert not arguments & RESERVED
    assert not {argument for argument in arguments if argument.startswith("_")}
