"""The acceptance suite sees what is wrong, and changes nothing while it looks."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import seen
from seen import on_each

from lab.faults.catalogue import break_host
from lab.hosts import HOSTS, Host
from lab.runs import ROOT

REDIS7, REDIS8 = HOSTS


def _suite() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "tests/acceptance", "-p", "no:cacheprovider", "-q"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _failed(output: str, host: Host) -> set[str]:
    return set(re.findall(rf"^FAILED \S+::(\w+)\[{host.name}\]", output, re.MULTILINE))


@pytest.mark.parametrize(
    ("faults", "failed"),
    [
        (("wrong-network", "acl-not-loaded"), ({"share_a_network"}, {"admits_nobody"})),
        (("missing-alias", "alias-conflict"), ({"answer_to_their_names"}, {"nobody_else"})),
        pytest.param(
            *(("redis-stopped", "api-stuck"), ({"services_run"}, {"health_checks"})),
            marks=pytest.mark.thorough,
        ),
    ],
    ids=lambda value: "+".join(value) if isinstance(value[0], str) else "",
)
def test_it_sees_what_is_wrong(
    redis7: Host, redis8: Host, faults: tuple[str, str], failed: tuple[set[str], set[str]]
) -> None:
    """A different fault on each host, to be found there and not on the other one."""
    for host, fault in zip((redis7, redis8), faults, strict=True):
        break_host(host, fault)
    before = on_each(seen.snapshot)
    done = _suite()
    assert done.returncode == 1, done.stdout + done.stderr
    for host, expected in zip((redis7, redis8), failed, strict=True):
        for part in expected:
            found = [name for name in _failed(done.stdout, host) if part in name]
            assert found, done.stdout
        assert seen.changes(before[host.name], seen.snapshot(host)) == {}
