"""Notifications arrive, at a real mail server and a real webhook; and nothing of a URL gets out."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from journals import START, WRONG, look, report, run
from receivers import SECRET, Mailbox, Webhook, mailbox, nobody, webhook

from pyinfra_runbooks.jobs.hosts import of_journal
from pyinfra_runbooks.jobs.memory import Memory
from pyinfra_runbooks.jobs.notify.services import UnusableError, services
from pyinfra_runbooks.jobs.report import Report
from pyinfra_runbooks.jobs.telling import Outcome, tell

REMIND = 4 * 3600.0


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
    entries = [run("one"), look("one", at, *([WRONG] if drift else []))]
    return replace(report("check"), hosts=tuple(of_journal(entries, corrected=False)))


def told(of: Report, file: Path, memory: Memory | None = None, after: float = 0) -> Outcome:
    return tell(of, memory or Memory(), file, REMIND, now=START + after)


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Webhook, Mailbox]]:
    with ExitStack() as stack:
        yield stack.enter_context(webhook()), stack.enter_context(mailbox())


@pytest.fixture
def hook(listening: tuple[Webhook, Mailbox]) -> Webhook:
    hook, _ = listening
    hook.got.clear()
    hook.status, hook.slow = 200, 0
    return hook


@pytest.fixture
def box(listening: tuple[Webhook, Mailbox]) -> Mailbox:
    listening[1].got.clear()
    return listening[1]


def test_a_job_is_one_message_to_each_service_by_its_tags(
    tmp_path: Path, hook: Webhook, box: Mailbox
) -> None:
    file = config(tmp_path, f"{hook.url} page", f"{box.url} info")
    outcome = told(report(), file)
    assert (outcome.failed, outcome.problems) == (0, ())
    (page,) = hook.got
    assert page["title"] == "inventories/prod.py: 2 failed, 2 left for a person"
    assert page["type"] == "failure"
    assert "- run: pyinfra inventories/prod.py runbooks/redis_recovery.py" in page["message"]
    (mail,) = box.got
    assert mail["Subject"] == "inventories/prod.py: 1 repaired"
    assert mail["To"] == "oncall@example.com"
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert b"Repaired: redis: is not on shop_back [wrong-network]\r\n- on: healed" in text or (
        b"Repaired: redis: is not on shop_back [wrong-network]\n- on: healed" in text
    )


def test_the_same_is_not_told_again_until_it_is_time(tmp_path: Path, hook: Webhook) -> None:
    file = config(tmp_path, hook.url)
    memory = told(of_one(True), file).memory
    memory = told(of_one(True), file, memory, after=60).memory
    assert len(hook.got) == 1
    told(of_one(True), file, memory, after=REMIND)
    assert len(hook.got) == 2


def test_the_end_is_told(tmp_path: Path, hook: Webhook) -> None:
    file = config(tmp_path, f"{hook.url} warning")
    memory = told(of_one(True), file).memory
    memory = told(of_one(False), file, memory, after=60).memory
    assert [message["title"] for message in hook.got] == [
        "inventories/prod.py: 1 drift found",
        "inventories/prod.py: 1 well again",
    ]
    assert memory == Memory()


def test_a_service_that_is_down_is_told_later_and_the_other_not_twice(
    tmp_path: Path, hook: Webhook, box: Mailbox
) -> None:
    file = config(tmp_path, hook.url, box.url)
    hook.status = 500
    first = told(report(), file)
    assert first.failed == 1
    assert first.problems == (f"{file}: service 1 (json): it answered 500",)
    hook.status = 200
    second = told(report("check"), file, first.memory, after=60)
    assert second.failed == 0
    assert "1 repaired" in hook.got[0]["title"]
    assert [mail["Subject"] for mail in box.got][:1] == [
        "inventories/prod.py: 2 failed, 2 left for a person, 1 repaired"
    ]
    assert "repaired" not in "".join(str(mail["Subject"]) for mail in box.got[1:])
    assert second.memory.pending == {}


def test_a_service_that_nobody_answers_for(tmp_path: Path) -> None:
    file = config(tmp_path, f"json://bot:{SECRET}@127.0.0.1:{nobody()}/{SECRET}")
    outcome = told(report(), file)
    assert outcome.problems == (f"{file}: service 1 (json): it could not be reached",)
    assert outcome.memory.told == {}


def test_a_service_that_hangs_is_not_waited_for(
    tmp_path: Path, hook: Webhook, box: Mailbox
) -> None:
    hook.slow = 60
    file = config(tmp_path, hook.url + "?rto=50", box.url)
    start = time.monotonic()
    outcome = tell(report(), Memory(), file, REMIND, now=START, deadline=15)
    assert time.monotonic() - start < 50
    assert outcome.problems == (f"{file}: service 1 (json): it was not done within 15 s",)
    assert len(box.got) == 1


def test_of_a_repair_that_could_not_be_told_to_anybody_is_told_later(
    tmp_path: Path, hook: Webhook
) -> None:
    memory = told(report(), tmp_path / "not there yet.yml").memory
    told(of_one(False), config(tmp_path, hook.url), memory, after=60)
    assert [message["title"] for message in hook.got] == ["inventories/prod.py: 1 repaired"]


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
    outcome = told(report(), file)
    (problem,) = outcome.problems
    assert problem.startswith(f"{file}: no notification is sent: {why}")
    assert SECRET not in problem
    assert outcome.failed == 1


def test_one_that_is_not_there(tmp_path: Path) -> None:
    (problem,) = told(report(), tmp_path / "none.yml").problems
    assert problem.endswith("no notification is sent: No such file or directory")


def test_its_group_may_read_it(tmp_path: Path) -> None:
    found, complaints = services(config(tmp_path, "json://a", mode=0o640))
    assert [service.name for service in found] == ["service 1 (json)"]
    assert complaints == []


def test_what_is_not_understood_is_said_and_the_rest_is_used(tmp_path: Path) -> None:
    file = config(tmp_path, f"nonsense://{SECRET}", "json://a page", "json://b teams", "json://a x")
    found, complaints = services(file)
    assert [service.name for service in found] == ["service 1 (json)", "service 2 (json)"]
    assert complaints == [
        "service 2 (json) has none of the tags page, warning, info, and is told nothing",
        "something in it is not understood, and not used",
    ]


def test_the_deadline_counts_for_reading_the_configuration_too(tmp_path: Path) -> None:
    with pytest.raises(UnusableError, match="was not done within"):
        services(config(tmp_path, "json://a"), deadline=0.01)


def test_no_secret_gets_out(
    tmp_path: Path, hook: Webhook, capfd: pytest.CaptureFixture[str]
) -> None:
    file = config(
        tmp_path,
        hook.url,
        f"json://bot:{SECRET}@127.0.0.1:{nobody()}/{SECRET}",
        f"slack://{SECRET}",
        f"mailto://bot:{SECRET}@127.0.0.1:{nobody()}?from=a@example.com&to=b@example.com",
    )
    outcome = told(report(), file)
    assert outcome.failed == 2
    printed = capfd.readouterr()
    said = json.dumps([outcome.problems, printed.out, printed.err]) + repr(outcome.memory)
    assert SECRET not in said
    assert SECRET not in json.dumps(hook.got)


def test_nobody_is_told_when_there_is_nothing_to_tell(tmp_path: Path, hook: Webhook) -> None:
    outcome = told(of_one(False), config(tmp_path, hook.url))
    assert outcome == Outcome(Memory(), 0, ())
    assert hook.got == []
