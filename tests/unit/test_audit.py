"""The audit: what the controller knows, what the host adds, and how it reads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hosts import HOSTILE, Done, Host, in_directory

from pyinfra_runbooks.core import audit
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.shell import audit as scripts
from pyinfra_runbooks.engine.shell.stack import of
from pyinfra_runbooks.settings import Stack

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


def log_of(host: Host) -> Path:
    """The audit's place, in the host's own."""
    log = host.place / "log" / "pyinfra-runbooks" / "audit.log"
    log.parent.parent.mkdir(exist_ok=True)
    host.of_user(0)
    host.tool("chgrp", "#!/bin/sh\n")
    return log


def run(host: Host, script: str, *stdin: str) -> Done:
    assert scripts.LOG in script
    here = script.replace(scripts.LOG, str(log_of(host)))
    return host.run(here, stdin="".join(f"{line}\n" for line in stdin))


def changing(stack: Stack, does: str, unattended: bool = False) -> str:
    """What changes something, and notes it."""
    work = f"{shell.function('work', does)}audited work\n"
    script = shell.script("audited.sh", **of(stack)) + work
    return scripts.audited("a1", script, unattended)


def noted(host: Host) -> list[dict[str, object]]:
    log = log_of(host)
    mode = log.stat().st_mode & 0o777, log.parent.stat().st_mode & 0o777
    assert mode == (0o640, 0o750)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_change(any_host: Host, name: str) -> None:
    stack = in_directory(any_host.place)
    entry = audit.members(
        stack=name, run="a1", who=name, runbook=name, version="1", findings=[name], remedy=name
    )
    run(any_host, changing(stack, f"echo done; cat >'{any_host.place}/stdin'"), entry)
    (line,) = noted(any_host)
    assert set(line) == {*MEMBERS}
    assert line["who"] == line["remedy"] == name
    assert line["findings"] == [name]
    assert (line["result"], line["said"]) == ("ok", "done")
    assert audit.line(json.dumps(line)) == line
    assert not any_host.canary


def test_a_change_that_fails_says_why(any_host: Host) -> None:
    does = """echo 'no "way"\\' >&2; exit 3"""
    done = run(any_host, changing(in_directory(any_host.place), does), '"who":"ann"')
    assert (done.code, done.err) == (1, 'no "way"\\\n')
    (line,) = noted(any_host)
    assert (line["result"], line["said"]) == ("failed", 'no "way"\\')


def test_what_is_done_keeps_its_stdin_and_its_environment_to_itself(any_host: Host) -> None:
    kept = any_host.place / "kept"
    script = changing(in_directory(any_host.place), f"cat >'{kept}'")
    done = run(any_host, script, '"who":"ann"', "a secret", "another")
    assert done.code == 0
    assert kept.read_text(encoding="utf-8") == "a secret\nanother\n"
    assert "a secret" not in log_of(any_host).read_text(encoding="utf-8") + done.out + done.err


def test_the_line_is_in_no_arguments(any_host: Host) -> None:
    """Everybody on a host can read those. Here, every tool writes down what it is called with."""
    called = any_host.place / "called"
    for tool in ("printf", "sh", "grep", "tail", "cat", "sed", "tr", "cut", "logger", "chmod"):
        real = shutil.which(tool) or "true"
        note = f'printf "%s " {tool} "$@" >>{called}'
        any_host.tool(tool, f'#!{shutil.which("dash") or "/bin/sh"}\n{note}\nexec {real} "$@"\n')
    stack, entry = in_directory(any_host.place), '"who":"ann","findings":["F1ND1NG"]'
    script = changing(stack, "echo S41D")
    assert run(any_host, script, entry).code == 0
    run(any_host, scripts.refused(stack, Found()), entry, "R34S0N")
    assert [line["said"] for line in noted(any_host)] == ["S41D", "R34S0N"]
    words = called.read_text(encoding="utf-8")
    assert "chmod 750" in words
    assert not any(secret in words for secret in ("F1ND1NG", "R34S0N"))


def test_without_its_line_nothing_is_done(any_host: Host) -> None:
    script = changing(in_directory(any_host.place), "touch repaired")
    done = run(any_host, script)
    assert done.code == 1
    assert "nothing was changed" in done.err
    assert not (any_host.place / "repaired").exists()


def blocked(host: Host) -> None:
    """Nothing can be written to where the audit is."""
    log_of(host).parent.write_text("")


def test_a_log_that_can_not_be_written_fails_no_persons_repair(any_host: Host) -> None:
    blocked(any_host)
    script = changing(in_directory(any_host.place), "touch repaired")
    done = run(any_host, script, '"who":"ann"')
    assert done.code == 0
    assert (any_host.place / "repaired").exists()
    assert "the audit line could not be written" in done.err


def test_what_a_job_can_not_write_down_it_does_not_do(any_host: Host) -> None:
    blocked(any_host)
    stack = in_directory(any_host.place)
    done = run(any_host, changing(stack, "touch repaired", True), '"who":"ann"')
    assert done.code == 1
    assert "nothing was changed: no job repairs what it can't write down" in done.err
    assert not (any_host.place / "repaired").exists()


def test_what_wrote_nothing_and_says_nothing_is_no_audit(any_host: Host) -> None:
    """A container that ends with 0 is no proof."""
    any_host.stack(str(any_host.place), "cache")
    any_host.answer("docker-compose-cache", "example/cache:1\n")
    any_host.answer("docker-image", "sha256:0123\n")
    stack = in_directory(any_host.place)
    script = changing(stack, "touch repaired", True)
    any_host.of_user(1000)
    done = any_host.run(script, stdin='"who":"ann"\n')
    assert done.of("docker", "run")
    assert done.code == 1
    assert not (any_host.place / "repaired").exists()


def test_a_job_writes_down_that_it_begins(any_host: Host) -> None:
    stack = in_directory(any_host.place)
    log = log_of(any_host)
    does = f"grep -c begun '{log}'"
    done = run(any_host, changing(stack, does, True), '"who":"ann"')
    assert done.code == 0
    assert [(x["result"], x["said"]) for x in noted(any_host)] == [("begun", ""), ("ok", "1")]


def test_a_line_that_was_left_unfinished_takes_no_other_with_it(any_host: Host) -> None:
    log = log_of(any_host)
    log.parent.mkdir()
    log.write_text('{"time": "20')
    run(any_host, scripts.refused(in_directory(any_host.place), Found()), '"who":"ann"', "no")
    unfinished, line = log.read_text(encoding="utf-8").splitlines()
    assert audit.line(unfinished) is None
    assert (audit.line(line) or {})["said"] == "no"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_refusal(any_host: Host, name: str) -> None:
    stack = in_directory(any_host.place)
    run(any_host, scripts.refused(stack, Found()), audit.members(who="ann"), name)
    (line,) = noted(any_host)
    assert line["result"] == "refused"
    assert line["said"] == "".join(c for c in name if " " <= c <= "~")
    assert not any_host.canary


@pytest.mark.parametrize("name", HOSTILE)
def test_a_user_of_docker_writes_with_that_directory_alone(any_host: Host, name: str) -> None:
    any_host.stack(str(any_host.place), "cache")
    any_host.answer("docker-compose-cache", "example/cache:1\n")
    any_host.answer("docker-image", "sha256:0123\n")
    any_host.of_user(1000)
    stack = in_directory(any_host.place)
    done = any_host.run(
        scripts.refused(stack, Found()), stdin=f"{audit.members(who=name)}\n{name}\n"
    )
    ((*options, image, _, _, _, does, _, _),) = done.of("docker", "run")
    assert does == "note"
    assert image == "sha256:0123"
    directory = scripts.LOG.rpartition("/")[0]
    assert [x for x in options if x.startswith(("--volume", "--mount"))] == [
        f"--volume={directory}:{directory}"
    ]
    assert {"--read-only", "--rm", "no-new-privileges"} <= {*options}
    for option, value in (("--network", "none"), ("--log-driver", "none"), ("--cap-drop", "ALL")):
        assert options[options.index(option) + 1] == value
    (sent,) = done.stdin("docker", "run")
    length, line = sent.split("\n", 1)
    assert int(length) == len(line.encode())
    assert json.loads(line)["who"] == name


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
    snippet = Path(__file__).parents[2] / "monitoring" / "logrotate.conf"
    assert snippet.read_text(encoding="utf-8").startswith(f"{scripts.LOG} {{")


def test_what_notes_nothing_is_no_change(any_host: Host) -> None:
    with pytest.raises(ValueError, match="would note nothing"):
        scripts.audited("a1", "touch repaired\n")


MADE = {
    "time": "2026-01-31T23:59:59Z",
    "stack": "/srv/shop",
    "findings": ["redis: is not on shop_back [wrong-network]", "redis: is odd [config-differs]"],
    "remedy": "recreate redis as Compose declares",
    "result": "ok",
    "said": "",
    "seconds": 2,
}


def test_the_history_is_a_table() -> None:
    refused = {**MADE, "stack": None, "result": "refused", "said": "it is paused", "seconds": 0}
    paused = {**MADE, "findings": ["a pause until noon"], "remedy": "", "seconds": 0}
    head, *lines = audit.table([MADE, refused, paused])
    assert head.split("  ")[0] == "TIME (UTC)"
    assert lines == [
        "2026-01-31 23:59  shop   redis    wrong-network +1  done in 2 s: recreate redis as Compose"
        " declares",
        "2026-01-31 23:59  -      redis    wrong-network +1  refused: it is paused",
        "2026-01-31 23:59  shop   -        -                 done: a pause until noon",
    ]
    assert {
        line.index(word) for line, word in zip(lines, ("done", "refused", "done"), strict=True)
    } == {head.index("OUTCOME")}


def test_a_table_is_cut_at_the_screen_and_nowhere_else() -> None:
    assert max(map(len, audit.table([MADE], 80))) == 80
    assert audit.table([MADE], 80)[1].endswith(" ...")
    assert audit.table([MADE])[1].endswith("declares")
    assert audit.table([]) == []


def test_what_a_script_said_has_its_noun() -> None:
    failed = {**MADE, "result": "failed", "said": "it was started, and is empty"}
    assert audit.row(failed)[-1] == "failed in 2 s: redis was started, and is empty"
