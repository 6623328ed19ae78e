"""fields.awk, in every awk there is: on which variables a field depends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awks import AWKS, SECRET
from comparing import changed, differences
from composed import CONTAINER, IMAGE_CONFIG, PROJECT, Parts


def variables(
    awk: tuple[str, ...], path: tuple[Any, ...], new: object, raw: Parts, env_files: str = ""
) -> tuple[str, ...]:
    """Those that the one difference depends on; with a "=", those that an env file sets."""
    shown = differences(awk, changed(CONTAINER, path, new), PROJECT, raw, IMAGE_CONFIG, env_files)
    assert shown is not None
    (difference,) = shown
    return tuple(f"{v}=" if v in difference.settled else v for v in difference.variables)


RAW: dict[str, tuple[tuple[Any, ...], object, tuple[Any, ...], object, tuple[str, ...]]] = {
    "in a command": (
        ("Config", "Cmd"),
        ["x"],
        ("command",),
        "sh ${LEVEL:-1} ${OTHER} $$NONE $${NONE}",
        ("LEVEL", "OTHER"),
    ),
    "that may be a piece of a password": (
        ("Config", "Env", 0),
        "PASSWORD=x",
        ("environment",),
        [f"PASSWORD=a${SECRET}", "OTHER=${LEVEL}"],
        ("?",),
    ),
    "of another item": (
        ("Config", "Env", 0),
        "PASSWORD=x",
        ("environment",),
        {"PASSWORD": "a", "OTHER": "${LEVEL}"},
        (),
    ),
    "of another field": (("Config", "User"), "0", ("command",), "${LEVEL}", ()),
    "that is handed through": (
        ("Config", "Env", 5),
        f"NONE={SECRET}",
        ("environment",),
        ["NONE"],
        ("NONE",),
    ),
    "that is handed through by name, and has a value now": (
        ("Config", "Env", 0),
        f"PASSWORD={SECRET}",
        ("environment",),
        {"PASSWORD": None},
        ("PASSWORD",),
    ),
    "the same in a list": (
        ("Config", "Env", 0),
        f"PASSWORD={SECRET}",
        ("environment",),
        ["PASSWORD", "OTHER=x"],
        ("PASSWORD",),
    ),
    "in a secret's path": (
        ("Mounts", 4, "Source"),
        "/else",
        ("secrets",),
        [{"source": "acl", "target": "/run/secrets/acl"}],
        ("KEYS",),
    ),
    "in a port": (
        ("HostConfig", "PortBindings", "6379/tcp", 0, "HostPort"),
        "1",
        ("ports",),
        ["${PORT:-6379}:6379"],
        ("PORT",),
    ),
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", RAW)
def test_a_variable(awk: tuple[str, ...], name: str, tmp_path: Path) -> None:
    path, new, field, text, expected = RAW[name]
    raw = changed(PROJECT, ("services", "cache", *field), text)
    raw["secrets"]["acl"]["file"] = "/srv/${KEYS:-k}/acl"
    assert variables(awk, path, new, raw) == expected
    settled = tmp_path / "settled.env"
    lines = ("# LEVEL=", "LEVEL=2", "export OTHER = x", "KEYS=", "PORT: 7", f"{SECRET}=1", "NONE=")
    settled.write_text("\n".join((*lines, "PASSWORD=", "")))
    both = f"{tmp_path}/none.env\n{settled}"
    assert variables(awk, path, new, raw, both) == tuple(f"{name}=" for name in expected)


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("PASSWORD=plain", ()),
        (f"PASSWORD=a${SECRET}", ("?",)),
        (f"PASSWORD='a${SECRET}'", ()),
        ("PASSWORD", ("PASSWORD",)),
        ("HERE=1\nPASSWORD=${HERE}", ("HERE=",)),
        ("PASSWORD=${THERE}", ("THERE=",)),
        ("OTHER=$X", ()),
    ],
)
def test_a_variable_of_an_env_file(
    awk: tuple[str, ...], line: str, expected: tuple[str, ...], tmp_path: Path
) -> None:
    file, own = tmp_path / "cache.env", tmp_path / ".env"
    file.write_text(f"# comment\n\n{line}\n")
    own.write_text("THERE=1\n")
    for listed in ([str(file)], [{"path": str(file), "required": True}]):
        raw = changed(PROJECT, ("services", "cache", "env_file"), listed)
        assert variables(awk, ("Config", "Env", 0), "PASSWORD=x", raw, str(own)) == expected


@pytest.mark.parametrize("awk", AWKS)
def test_an_env_file_that_can_not_be_read(awk: tuple[str, ...]) -> None:
    raw = changed(PROJECT, ("services", "cache", "env_file"), ["/nowhere/cache.env"])
    assert variables(awk, ("Config", "Env", 0), "PASSWORD=x", raw) == ("?",)


@pytest.mark.parametrize("awk", AWKS)
def test_without_its_variables_nothing_is_sure(awk: tuple[str, ...]) -> None:
    assert variables(awk, ("Config", "User"), "0", {}) == ("?",)
