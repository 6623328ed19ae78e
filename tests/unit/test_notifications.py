"""Notifications arrive, at a real mail server and a real webhook; and nothing of a URL gets out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from journals import START, WRONG, look, report, run
from receivers import SECRET, Mailbox, Webhook, mailbox, nobody, webhook

from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.notify import notifying
from pyinfra_runbooks.jobs.notify.notifying import Known, Outcome, notify, unusable_for
from pyinfra_runbooks.jobs.report import Report


def config(tmp_path: Path, *entries: str, mode: int = 0o600) -> Path:
    """An Apprise configuration: each entry is a URL, and perhaps its tags."""
    file = tmp_path / "apprise.yml"
    lines = ["urls:"]
    for entry in entries:
        url, _, tags = entry.partition(" ")
        lines += [f"  - {url}:", f"      tag: {tags}"] if tags else [f"  - {url}"]
    file.write_text("\n".join(lines) + "\n")
    file.chmod(mode)
    return file


def of_one(drift: bool, at: float = 0) -> Report:
    """A check of one host."""
    entries = [run("one"), look("one", at, *([WRONG] if drift else []), api_healthy=None)]
    return replace(report("check"), hosts=tuple(of_journal(entries, corrected=False)))


def send(of: Report, file: Path, known: Known | None = None) -> Outcome:
    return notify(of, known or {}, file, now=START)


# Each test has receivers of its own: what a slow one takes late belongs to no other test.
@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as listening:
        yield listening


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as listening:
        yield listening


def test_a_job_is_one_message_to_each_service_by_its_tags(
    tmp_path: Path, hook: Webhook, box: Mailbox
) -> None:
    file = config(tmp_path, f"{hook.url} page", f"{box.url} info")
    outcome = send(report(), file)
    assert (outcome.failed, outcome.problems) == (0, ())
    (page,) = hook.got
    assert page["title"] == (
        "broken: failed: a repair failed: attach shop-redis-1 to shop_back (+3 more)"
    )
    assert page["type"] == "failure"
    assert (
        "- run: runbooks repair inventories/prod.py runbooks/redis_recovery.py" in page["message"]
    )
    (mail,) = box.got
    assert mail["Subject"] == "healed: repaired: redis: is not on shop_back [wrong-network]"
    assert mail["To"] == "oncall@example.com"
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert b"Repaired: redis: is not on shop_back [wrong-network]\r\n- on: healed" in text or (
        b"Repaired: redis: is not on shop_back [wrong-network]\n- on: healed" in text
    )


def test_the_same_is_sent_once_and_its_end(tmp_path: Path, hook: Webhook) -> None:
    file = config(tmp_path, f"{hook.url} warning")
    known: Known = {}
    for drift in (True, True, False, False):
        known = send(of_one(drift), file, known).known
    assert [message["title"] for message in hook.got] == [
        "one: drift found: redis: is not on shop_back [wrong-network]",
        "one: resolved: redis: is not on shop_back [wrong-network]",
    ]
    assert known == {}


def test_a_service_that_is_down_gets_it_later_and_the_other_not_twice(
    tmp_path: Path, hook: Webhook, box: Mailbox
) -> None:
    file = config(tmp_path, hook.url, box.url)
    hook.status = 500
    first = send(report(), file)
    assert first.failed == 1
    assert first.problems == (f"{file}: service 1 (json): it answered 500",)
    hook.status = 200
    second = send(report("check"), file, first.known)
    assert second.failed == 0
    assert "Failed: it could not be reached" in hook.got[0]["message"]
    assert [mail["Subject"] for mail in box.got][:1] == [
        "broken: failed: a repair failed: attach shop-redis-1 to shop_back (+4 more)"
    ]
    assert "away" not in "".join(str(mail.get_payload()) for mail in box.got[1:])


def test_a_service_that_does_not_answer(tmp_path: Path) -> None:
    file = config(tmp_path, f"json://bot:{SECRET}@127.0.0.1:{nobody()}/{SECRET}")
    outcome = send(report(), file)
    assert outcome.problems == (f"{file}: service 1 (json): it could not be reached",)
    assert [alert.kind for alerts in outcome.known.values() for alert in alerts] == [
        "wrong-network"  # It was repaired: that it is over is sent later.
    ]


def test_a_configuration_is_read_before_a_job_that_would_notify_nobody(
    tmp_path: Path, hook: Webhook
) -> None:
    assert unusable_for(config(tmp_path, hook.url)) == ""
    assert unusable_for(config(tmp_path, "slakc://a/b/c")).endswith("it names no service")
    assert unusable_for(tmp_path / "missing").endswith("No such file or directory")
    assert hook.got == []


def test_a_service_that_hangs_is_not_waited_for(
    tmp_path: Path, hook: Webhook, box: Mailbox
) -> None:
    hook.slow = 60
    file = config(tmp_path, hook.url + "?rto=50", box.url)
    start = time.monotonic()
    outcome = notify(report(), {}, file, now=START, deadline=15)
    assert time.monotonic() - start < 50
    assert outcome.problems == (f"{file}: service 1 (json): it was not done within 15 s",)
    assert len(box.got) == 1


def test_a_process_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifying, "_GRACE", 0.01)
    outcome = notify(report(), {}, config(tmp_path, "json://a"), now=START, deadline=0.01)
    (problem,) = outcome.problems
    assert problem.endswith("no notification is sent: it was not done within 0.02 s")
    assert outcome.failed == 1


UNUSABLE = {
    "it holds no service": ("urls: []\n", 0o600, "it names no service"),
    "nothing in it is understood": (f"nonsense://{SECRET}\n", 0o600, "it names no service"),
    "it is empty": ("", 0o600, "it names no service"),
    "all can read it": ("json://a\n", 0o644, "others can read or change it"),
    "its group can write to it": ("json://a\n", 0o660, "others can read or change it"),
}


@pytest.mark.parametrize(("text", "mode", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_configuration_that_can_not_be_used(
    tmp_path: Path, text: str, mode: int, why: str
) -> None:
    file = tmp_path / "apprise.yml"
    file.write_text(text)
    file.chmod(mode)
    outcome = send(report(), file)
    (problem,) = outcome.problems
    assert problem.startswith(f"{file}: no notification is sent: {why}")
    assert SECRET not in problem
    assert outcome.failed == 1


def test_one_that_is_not_there(tmp_path: Path) -> None:
    (problem,) = send(report(), tmp_path / "none.yml").problems
    assert problem.endswith("no notification is sent: No such file or directory")


def test_a_name_that_is_no_text_is_said(tmp_path: Path) -> None:
    (problem,) = send(report(inventory="\udcff.py"), config(tmp_path, "json://a")).problems
    assert problem.endswith("no notification is sent: a name in it can't be sent as UTF-8")


def test_its_group_may_read_it(tmp_path: Path, hook: Webhook) -> None:
    assert send(of_one(True), config(tmp_path, hook.url, mode=0o640)).problems == ()
    assert len(hook.got) == 1


def test_what_is_not_understood_is_said_and_the_rest_is_used(tmp_path: Path, hook: Webhook) -> None:
    entries = (f"{hook.url} page", "json://b teams", f"{hook.url} warning")
    file = config(tmp_path, f"nonsense://{SECRET}", *entries)
    assert send(of_one(True), file).problems == (
        f"{file}: service 2 (json) has none of the tags page, warning, info, and is sent nothing",
        f"{file}: something in it is not understood, and not used",
    )
    assert len(hook.got) == 1  # Its two entries are one service.


def test_no_secret_gets_out(
    tmp_path: Path, hook: Webhook, capfd: pytest.CaptureFixture[str]
) -> None:
    file = config(
        tmp_path,
        hook.url,
        f"json://bot:{SECRET}@127.0.0.1:{nobody()}/{SECRET}",
        f"slack://{SECRET}",
        f"alertmanager://bot:{SECRET}@127.0.0.1:{nobody()}/{SECRET}?generator=https://{SECRET}",
        f"mailto://bot:{SECRET}@127.0.0.1:{nobody()}?from=a@example.com&to=b@example.com",
    )
    outcome = send(report(), file)
    assert outcome.failed == 3
    printed = capfd.readouterr()
    said = json.dumps([outcome.problems, printed.out, printed.err]) + repr(outcome.known)
    assert SECRET not in said
    assert SECRET not in json.dumps(hook.got)


def test_nothing_is_sent_without_news(tmp_path: Path, hook: Webhook) -> None:
    outcome = send(of_one(False), config(tmp_path, hook.url))
    assert outcome == Outcome({})
    assert hook.got == []


# Alertmanager


def labels(alerts: list[dict[str, Any]], now: float = START) -> dict[str, bool]:
    """By host and kind, whether an alert is open."""
    return {
        f"{alert['labels'].get('host', '')} {alert['labels']['alertname']}": (
            datetime.fromisoformat(alert["endsAt"]).timestamp() > now
        )
        for alert in alerts
    }


def test_alertmanager_gets_what_is_open_in_its_own_form(tmp_path: Path, hook: Webhook) -> None:
    url = f"alertmanager://bot:{SECRET}@127.0.0.1:{hook.port}/prefix/?generator=https://ci/1"
    assert send(report(), config(tmp_path, url)).problems == ()
    assert hook.paths == ["/prefix/api/v2/alerts"]
    (alerts,) = hook.got
    assert labels(alerts) == {
        "refusing network-missing": True,
        "broken repair-failed": True,
        "away host-unreachable": True,
        "odd<&>\"' wrong-network": True,
    }
    first = next(alert for alert in alerts if alert["labels"]["host"] == "refusing")
    assert first == {
        "labels": {
            "alertname": "network-missing",
            "severity": "page",
            "source": "pyinfra-runbooks",
            "inventory": "inventories/prod.py",
            "host": "refusing",
            "stack": "shop",
            "subject": "shop_back",
        },
        "annotations": {
            "summary": "shop_back: does not exist [network-missing]",
            "description": "shop-shop_back-1 is on shop_test\ncan't: attach"
            " shop-shop_back-1 to shop_back; do: docker network create it",
            "run": "runbooks repair inventories/prod.py runbooks/redis_recovery.py"
            " --limit refusing",
        },
        "startsAt": "2027-01-15T08:00:00.000+00:00",
        "endsAt": "2027-01-16T08:00:00.000+00:00",
        "generatorURL": "https://ci/1",
    }
    assert SECRET not in json.dumps(alerts)


def test_alertmanager_gets_it_with_each_job_and_the_end_once(tmp_path: Path, hook: Webhook) -> None:
    file = config(tmp_path, f"alertmanager://127.0.0.1:{hook.port} warning")
    known: Known = {}
    for drift in (True, True, False, False):
        known = send(of_one(drift), file, known).known
    kind = "one wrong-network"
    assert [labels(alerts) for alerts in hook.got] == [{kind: True}, {kind: True}, {kind: False}]


def test_another_severity_is_another_alert(tmp_path: Path, hook: Webhook) -> None:
    file = config(tmp_path, f"alertmanager://127.0.0.1:{hook.port}")
    known = send(of_one(True), file).known
    (left,) = (replace(host, corrected=True) for host in of_one(True).hosts)
    send(replace(of_one(True), hosts=(left,)), file, known)
    now = START + 1
    ends = {alert["labels"]["severity"]: labels([alert], now) for alert in hook.got[1]}
    kind = "one wrong-network"
    assert ends == {"warning": {kind: False}, "page": {kind: True}}


def test_an_alertmanager_that_refuses_is_named(tmp_path: Path, hook: Webhook) -> None:
    hook.status = 400
    file = config(tmp_path, f"alertmanager://127.0.0.1:{hook.port}")
    outcome = send(of_one(True), file)
    assert outcome.problems == (f"{file}: service 1 (alertmanager): it answered 400",)
    assert outcome.known == {}
