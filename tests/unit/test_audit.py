"""The audit: what the controller knows, what the host adds, and how it reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hosts import HOSTILE, Host, in_directory

from pyinfra_runbooks import audit
from pyinfra_runbooks.shell import audit as scripts

MEMBERS = (
    "time",
    "stack",
    "run",
    "who",
    "runbook",
    "version",
    "findings",
    "remedy",
    "as",
    "from",
    "result",
    "said",
    "seconds",
)


def lines(host: Host, script: str) -> list[dict[str, object]]:
    """What a script writes, to a log in the host's own place."""
    log = host.place / "log" / "pyinfra-runbooks" / "audit.log"
    log.parent.parent.mkdir(exist_ok=True)
    assert scripts.LOG in script
    host.of_user(0)
    host.tool("chgrp", "#!/bin/sh\n")
    host.run(script.replace(scripts.LOG, str(log)))
    mode = log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777
    assert mode == (0o640, 0o750)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_change(any_host: Host, name: str) -> None:
    stack = in_directory(any_host.place)
    entry = audit.members(
        stack=name, run="a1", who=name, runbook=name, version="1", findings=[name], remedy=name
    )
    script = scripts.audited(stack, "a1", entry, f"echo done; cat >'{any_host.place}/stdin'")
    (line,) = lines(any_host, script)
    assert set(line) == {*MEMBERS}
    assert line["who"] == line["remedy"] == name
    assert line["findings"] == [name]
    assert (line["result"], line["said"]) == ("ok", "done")
    assert audit.line(json.dumps(line)) == line
    assert not any_host.canary


def test_a_change_that_fails_says_why(any_host: Host) -> None:
    script = scripts.audited(
        in_directory(any_host.place), "a1", '"who":"ann"', """echo 'no "way"\\' >&2; exit 3"""
    )
    log = any_host.place / "log" / "audit.log"
    log.parent.mkdir()
    any_host.of_user(0)
    any_host.tool("chgrp", "#!/bin/sh\n")
    done = any_host.run(script.replace(scripts.LOG, str(log)))
    assert (done.code, done.err) == (1, 'no "way"\\\n')
    line = json.loads(log.read_text(encoding="utf-8"))
    assert (line["result"], line["said"]) == ("failed", 'no "way"\\')


def test_what_is_done_keeps_its_stdin_and_its_environment_to_itself(host: Host) -> None:
    script = scripts.audited(in_directory(host.place), "a1", '"who":"ann"', "read -r x; exit 0")
    host.tool("chgrp", "#!/bin/sh\n")
    host.of_user(0)
    log = host.place / "audit.log"
    done = host.run(script.replace(scripts.LOG, str(log)), stdin="a secret\n")
    assert done.code == 0
    assert "a secret" not in log.read_text(encoding="utf-8") + done.out + done.err


def test_a_log_that_can_not_be_written_fails_no_repair(host: Host) -> None:
    blocked = host.place / "file"
    blocked.write_text("")
    script = scripts.audited(in_directory(host.place), "a1", '"who":"ann"', "touch repaired")
    host.of_user(0)
    done = host.run(script.replace(scripts.LOG, f"{blocked}/audit.log"))
    assert done.code == 0
    assert (host.place / "repaired").exists()
    assert "the audit line could not be written" in done.err


@pytest.mark.parametrize("name", HOSTILE)
def test_a_refusal(any_host: Host, name: str) -> None:
    stack = in_directory(any_host.place)
    (line,) = lines(any_host, scripts.refused(stack, audit.members(who="ann"), name))
    assert line["result"] == "refused"
    assert line["said"] == "".join(c for c in name if " " <= c <= "~")
    assert not any_host.canary


@pytest.mark.parametrize("text", ["", "{}", "[]", "nothing", '{"time": 1}', "[" * 9000])
def test_what_is_no_line(text: str) -> None:
    assert audit.line(text) is None


def test_a_line_as_a_person_reads_it() -> None:
    entry = {
        "time": "2026-01-31T23:59:59Z",
        "who": "ann@desk",
        "from": "10.0.0.7",
        "runbook": "runbooks/redis.py",
        "run": "a1",
        "findings": ["redis: is not on shop_back [wrong-network]"],
        "remedy": "attach it",
        "result": "ok",
        "said": "",
        "seconds": 2,
    }
    whose = "2026-01-31T23:59:59Z ann@desk from 10.0.0.7, runbooks/redis.py (run a1)"
    assert audit.shown(entry) == f"{whose}: attach it: ok, 2 s"
    assert audit.shown({**entry, "remedy": "", "result": "refused", "said": "no"}) == (
        f"{whose}: redis: is not on shop_back [wrong-network]: refused: no, 2 s"
    )


def test_the_log_is_where_logrotate_looks() -> None:
    snippet = Path(__file__).parents[2] / "docs" / "logrotate.conf"
    assert snippet.read_text(encoding="utf-8").startswith(f"{scripts.LOG} {{")
