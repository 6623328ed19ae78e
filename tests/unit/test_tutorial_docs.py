"""The screens of the tutorial are what the code prints of its example."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from journals import START, WRONG, change, finding, look, run
from snapshots import snapshot_on

from pyinfra_runbooks.jobs.cli import main
from pyinfra_runbooks.jobs.hosts import HostReport, of_journal
from pyinfra_runbooks.jobs.init import command
from pyinfra_runbooks.jobs.proposal import clock, progress
from pyinfra_runbooks.jobs.repair import Conversation
from pyinfra_runbooks.jobs.report import Report, merged
from pyinfra_runbooks.jobs.reports import terminal
from pyinfra_runbooks.jobs.running import Entry, Run

PAGE = Path(__file__).parents[2] / "docs" / "tutorial.md"
HOST = "shop-1.example.com"
FOUND: list[Entry] = [
    {"event": "versions", "versions": {"Docker Engine": "28.5.2", "Compose": "2.40.3"}},
    {
        "event": "overview",
        "host": HOST,
        "name": "shop",
        "path": "/srv/shop",
        "services": ["redis", "web", "worker"],
        "redis": [
            {
                "service": "redis",
                "is": "Redis 7.4.2",
                "reached": "port 6379",
                "guarded": "password, from $REDIS_PASSWORD",
                "data": "cache",
            }
        ],
        "clients": {"web": True, "worker": True},
        "asked": ["web (8080) accepts connections"],
    },
]
FAILS = {
    **finding("unhealthy", "health", "symptom", part="health", evidence="asked from this host"),
    "problem": "http://web:8080/health answered 503, expected 200",
    "resolution": {"type": "symptom", "look": "docker logs shop-web-1"},
}
ATTACH = {"thing": "redis", "does": WRONG["resolution"]["does"], "disruption": "none"}
HEADLINE = f"redis: {WRONG['problem']} [wrong-network]"
BROKEN = [run(HOST), {**look(HOST, 0.5, WRONG, FAILS), "plan": [{**ATTACH, "repairs": [HEADLINE]}]}]
ASKS: Entry = {
    "event": "asks",
    "at": START + 1,
    "plans": [{"host": HOST, "directory": "/srv/shop", "steps": [ATTACH], "later": []}],
    "others": [],
}
STAGES: list[tuple[float, Entry]] = [
    (0.9, {"event": "changing", "things": ["redis"], "does": [ATTACH["does"]]}),
    (1.3, change(HOST, 2)),
    *((1.8 + n / 10, {"event": "waiting", "passed": n, "of": 3, "failed": []}) for n in (1, 2, 3)),
    (2.5, {"event": "proof", "findings": []}),
]
REPAIRED = [
    *BROKEN,
    change(HOST, 2.4),
    look(HOST, 2.8),
    {"event": "proof", "host": HOST, "at": START + 3.3, "findings": [], "api_healthy": True},
]


def report(job: str, hosts: list[HostReport], seconds: float) -> str:
    """As the terminal shows it."""
    about = ("inventories/shop_1.py", "redis_recovery", START, seconds, "ops@desk", "0.1.0")
    return terminal.render(Report(job, *about, tuple(hosts)))


def test_what_init_prints_and_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "unknown_key", lambda _: None)
    monkeypatch.setattr(command, "pyinfra", lambda *_: Run(0, tuple(FOUND)))
    done = CliRunner().invoke(main, ["init", f"deploy@{HOST}", "ops"])
    assert done.exit_code == 0
    snapshot_on(PAGE, "init", done.output)
    (data,) = (tmp_path / "ops" / "inventories" / "group_data").glob("*.py")
    snapshot_on(PAGE, "group data", data.read_text(encoding="utf-8"))


def test_what_check_prints() -> None:
    snapshot_on(PAGE, "check", report("check", of_journal(BROKEN, corrected=False), 1.2))


def test_what_repair_asks_and_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert Conversation().approves([*BROKEN, ASKS])
    stages = [clock(at) + progress({**entry, "host": HOST}) for at, entry in STAGES]
    asked = capsys.readouterr().out.rstrip()
    assert asked.endswith("[y/N]:")
    snapshot_on(PAGE, "repair", "\n".join([f"{asked} y", *stages, ""]))


def test_what_is_said_at_the_end() -> None:
    looked = of_journal(BROKEN, corrected=True)
    hosts = merged(looked, of_journal(REPAIRED, corrected=True))
    snapshot_on(PAGE, "report", report("repair", hosts, 4.1))


def test_every_command_of_the_page_is_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    called: Any = re.findall(r"^runbooks (\w+)", text, re.MULTILINE)
    assert {"check", "init", "validate", "repair"} <= {*called} <= {*main.commands}
