"""Journals of runs, as `pyinfra_runbooks.facts.journal` writes them: one host of each kind."""

from __future__ import annotations

from typing import Any

from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.report import Report, merged

START = 1_800_000_000.0
BACK, TEST = "shop_back", "shop_test"


RESOLUTIONS: dict[str, dict[str, Any]] = {
    "remedy": {"does": "attach shop-{subject}-1 to shop_back", "disruption": "none"},
    "refusal": {
        "because": "attach shop-{subject}-1 to shop_back",
        "instead": "docker network create it",
        "restraint": None,
    },
    "symptom": {"look": "docker logs shop-api-1"},
    "waiver": {"reason": "exporter", "owner": "ops", "until": "2027-01-31"},
    "note": {},
}


def finding(
    kind: str,
    subject: str = "redis",
    resolution: str = "remedy",
    restraint: str | None = None,
    **other: str,
) -> dict[str, Any]:
    """A finding, in the form that it has in a journal."""
    members = {
        name: text.format(subject=subject) if isinstance(text, str) else text
        for name, text in RESOLUTIONS[resolution].items()
    }
    return {
        "kind": kind,
        "part": "network",
        "subject": subject,
        "problem": f"is not on {BACK}",
        "evidence": f"shop-{subject}-1 is on {TEST}",
        "resolution": {
            **members,
            **({"restraint": restraint} if restraint else {}),
            "type": resolution,
        },
        **other,
    }


def place(service: str, *networks: str) -> dict[str, Any]:
    """Where a service is; it should be on the back network."""
    return {
        "service": service,
        "container": f"shop-{service}-1",
        "status": "running" if networks else "exited",
        "declared": [BACK],
        "networks": {network: [f"shop-{service}-1", service] for network in networks},
    }


def look(host: str, at: float, *findings: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A look at a host, `at` seconds after the start."""
    drift = any(f["resolution"]["type"] in ("remedy", "refusal", "symptom") for f in findings)
    return {
        "event": "look",
        "host": host,
        "at": START + at,
        "stack": "shop",
        "findings": list(findings),
        "picture": [place("api", BACK), place("redis", TEST if drift else BACK)],
        "declared": "0123456789abcdef",
        "api_healthy": not drift,
        "redis_answers": True,
        "paused": "",
        "deploying": "",
        **other,
    }


UNHEALTHY = finding(
    "unhealthy",
    "health",
    "symptom",
    part="health",
    problem='http://api:8000/health answered {"status":"degraded"}, expected {"status": "ok"}',
    evidence="asked from this host",
)
WRONG = finding("wrong-network")
REFUSED = finding("network-missing", BACK, "refusal", problem="does not exist")
WAIVED = finding("extra-network", "api", "waiver")


def run(*reached: str, hosts: tuple[str, ...] = ()) -> dict[str, Any]:
    """The head of a journal."""
    every = list(hosts or reached)
    return {
        "event": "run",
        "run": "abc",
        "who": "ops@desk",
        "hosts": every,
        "reached": list(reached),
        "at": START,
    }


def change(host: str, at: float, done: bool = True) -> dict[str, Any]:
    """A repair."""
    return {
        "event": "change",
        "host": host,
        "at": START + at,
        "does": [WRONG["resolution"]["does"]],
        "disruption": "none",
        "done": done,
        "seconds": 0.4,
    }


def report(command: str = "correct", **other: Any) -> Report:
    """The report of a job on one host of each kind."""
    hosts = ("calm", "healed", "refusing", "broken", "away", "odd<&>\"'")
    before = [
        run(*(name for name in hosts if name != "away"), hosts=hosts),
        look("calm", 0.5, WAIVED),
        look("healed", 0.5, WRONG, UNHEALTHY),
        look("refusing", 0.5, REFUSED, UNHEALTHY, paused="paused by ops@desk until noon: moving"),
        look("broken", 0.5, WRONG),
        look("odd<&>\"'", 0.5, finding("wrong-network", "<script>alert(1)</script>", "refusal")),
    ]
    after = [
        run("healed", "broken"),
        look("healed", 2, WRONG, UNHEALTHY),
        change("healed", 2.4),
        look("healed", 2.8),
        {
            "event": "proof",
            "host": "healed",
            "at": START + 3.3,
            "findings": [],
            "api_healthy": True,
        },
        look("broken", 2, WRONG),
        change("broken", 2.6, done=False),
        {
            "event": "refusal",
            "host": "broken",
            "at": START + 2.7,
            "reasons": ["Docker said: address already in use"],
        },
    ]
    looked = of_journal(before, corrected=command == "correct")
    hosts_ = merged(looked, of_journal(after, corrected=True)) if command == "correct" else looked
    return Report(
        **{
            "command": command,
            "inventory": "inventories/prod.py",
            "runbook": "runbooks/redis_recovery.py",
            "started": START,
            "seconds": 4.2,
            "who": "ops@desk",
            "version": "0.1.0",
            "hosts": tuple(hosts_),
            **other,
        }
    )
