"""A script that is sent as one word."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hosts import Host

from pyinfra_runbooks.engine.shell.packed import LACKING, packed


@pytest.mark.parametrize("code", [0, 7])
def test_it_does_the_same_as_the_script(any_host: Host, code: int) -> None:
    script = f"read -r line\necho \"it's $line\" '\\\\'\nexit {code}\n"
    done = any_host.run(packed(script), stdin="given\n")
    assert (done.code, done.out) == (code, any_host.run(script, stdin="given\n").out)
    assert done.out.startswith("it's given")


def test_it_carries_nothing_that_a_login_shell_changes() -> None:
    word = packed("echo 'a\\b' \"$HOME\"").split("printf %s ")[1].split()[0]
    assert set(word) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


@pytest.mark.parametrize("missing", ["base64", "gzip"])
def test_without_what_unpacks_it_nothing_is_taken_for_an_answer(
    tmp_path: Path, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in {"base64", "gzip", "sh"} - {missing}:
        (tools / name).symlink_to(str(shutil.which(name)))
    host = Host(tmp_path)
    monkeypatch.setenv("PATH", str(tools))
    done = host.run(packed("echo well"))
    assert (done.code, done.out) == (1, "")
    assert LACKING in done.err
