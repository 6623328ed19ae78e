"""On a healthy stack nothing is found or done, whatever form its owner has given it."""

from __future__ import annotations

from collections.abc import Iterator

import garden_stack as garden
import pytest
import seen

from lab.console import wait_until
from lab.hosts import HOSTS, Host
from lab.runs import Run, pyinfra

_SAMPLE = {
    "env_file": HOSTS[1],
    "services added by another file": HOSTS[0],
    "jobs": HOSTS[1],
}


@pytest.fixture(scope="module", autouse=True)
def _winter() -> Iterator[None]:
    """The gardens are taken away after all tests."""
    yield
    seen.on_each(garden.take_away)


def _recover(host: Host, form: garden.Form, how: str = "-y") -> Run:
    where = {"GARDEN": garden.DIRECTORY, "PROFILES": " ".join(form.profiles)}
    return pyinfra(how, "tests/lab/garden/recover.py", "--limit", host.name, env=where)


@pytest.mark.parametrize(
    ("host", "form"),
    [
        pytest.param(
            host,
            form,
            id=f"{name}-{host.name}",
            marks=[pytest.mark.thorough] * (_SAMPLE.get(name) != host),
        )
        for name, form in garden.FORMS.items()
        for host in HOSTS
    ],
)
def test_nothing_is_found(host: Host, form: garden.Form) -> None:
    garden.bring_up(host, form)
    before = seen.snapshot(host, garden.DIRECTORY)
    # What was made within the last seconds counts as being deployed.
    wait_until(
        lambda: "deploying" not in _recover(host, form).text, "the deployment to be over", 30
    )
    run = _recover(host, form)
    assert run.rc == 0, str(run)
    assert run.kinds(host.name) == set(), str(run)
    assert "garden is healthy" in run.text, str(run)
    assert "finding" not in run.text, str(run)
    assert seen.changes(before, seen.snapshot(host, garden.DIRECTORY)) == {}
    # It is this stack that was looked at, and what is wrong with it would have been found.
    garden.take_off(host)
    assert _recover(host, form, "--dry").kinds(host.name) == {"no-network"}
