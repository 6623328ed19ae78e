"""redis.sh starts nothing with an ACL file that admits unauthenticated clients."""

from __future__ import annotations

import pytest
from hosts import Host

from pyinfra_runbooks.engine.shell import text, values
from pyinfra_runbooks.packs.redis.acl import parse_file

HASH = f"#{'0' * 64}"
CLERK = f"user clerk on {HASH} ~* +@all"
NEW = f"user default off\n{CLERK}"
OPEN = {
    "no default user": CLERK,
    "nopass": f"{CLERK}\nuser default on nopass ~* +@all",
    "nopass after a password": "user default on >x nopass",
    "in capitals, with Windows' line ends": "user default ON NOPASS\r\n" + CLERK,
    "on again": "user default on nopass off on",
    "a name that begins as default's": "user default2 off",
}
CLOSED = {
    "off": NEW,
    "off at last": "user default on nopass off",
    "a password after nopass": f"user default on nopass {HASH}",
    "resetpass": "user default nopass on resetpass",
    "reset": "user default on nopass reset",
    "nothing said": "user default ~* +@all",
}
_FUNCTIONS = text("redis.sh").removesuffix("audited swap\n")
_STAND_INS = """
write_acl() { echo "write $1"; }
try_acl() { not_tried; }
started_again() { echo "start $1"; status=running started=1; }
keep_what_it_may_read() { :; }
wait_until_healthy() { seen=$comes; [ "$seen" = healthy ]; }
loaded_what_was_saved() { :; }
stopped() { echo "stop $1"; }
look_up() { status=exited started=0; }
listed() { :; }; new_ones() { :; }; removed() { :; }; last_words() { :; }; load() { echo load; }
restarted() { started_again "$1"; }; containers_of() { :; }; hold_and_save() { :; }
"""


def done(
    host: Host, old: str, script: str, step: str = "start", comes: str = "healthy"
) -> list[str]:
    known = values(
        old_acl=old, new_acl=NEW, step=step, was="exited", id="a", container="a", followers=()
    ) + values(stop=1, ready=1, patience=1, users=1, comes=comes, last_said="", info="")
    functions = f"{values(service='cache', step='start')}{known}{_FUNCTIONS}\n{known}{_STAND_INS}"
    return host.run(f"{functions}{script}\n").out.splitlines()


def is_open(acl: str) -> bool:
    default = parse_file(acl).user("default")
    return default is not None and default.enabled and default.nopass


@pytest.mark.parametrize("old", OPEN.values(), ids=OPEN)
def test_what_would_admit_anybody_is_written_before_the_start(any_host: Host, old: str) -> None:
    """Though the new ACL could not be tried: it says who may come in, and the old one does not."""
    assert is_open(old)
    did = done(any_host, old, "write_what_is_tried && start")
    changes = [line for line in did if line.split()[0] in ("write", "start", "load", "stop")]
    assert changes == ["write user default off", "start a"]


@pytest.mark.parametrize("old", CLOSED.values(), ids=CLOSED)
def test_else_what_can_not_be_tried_is_loaded_after_the_start(any_host: Host, old: str) -> None:
    assert not is_open(old)
    new = f"new_acl='{NEW}\nuser other off'\n"
    did = done(any_host, old, f"{new}write_what_is_tried && start")
    changes = [line for line in did if line.split()[0] in ("write", "start", "load", "stop")]
    assert changes == ["start a", "load"]


@pytest.mark.parametrize("step", ["start", "restart", "recreate"])
def test_where_nobody_knows_what_should_be_in_it_nothing_is_started(
    any_host: Host, step: str
) -> None:
    same = f"step={step} new_acl=$old_acl\n"
    script = f"{same}never_open && echo goes on"
    assert done(any_host, OPEN["nopass"], script) == []
    assert done(any_host, CLOSED["off"], script) == ["goes on"]
    # It has no ACL file: who gets in is in its configuration.
    assert done(any_host, "", script) == ["goes on"]


@pytest.mark.parametrize(
    ("old", "did"),
    [
        (OPEN["no default user"], ["start a"]),
        (CLOSED["nothing said"], ["write user default ~* +@all", "start a"]),
    ],
)
def test_it_is_not_put_back(any_host: Host, old: str, did: list[str]) -> None:
    assert done(any_host, old, "put_back 'it was restarted'", "restart") == did


@pytest.mark.parametrize("step", ["restart", "recreate"])
@pytest.mark.parametrize("sought", ["", "reach", "login"])
@pytest.mark.parametrize(("was", "did"), [("open", []), ("healthy", ["stop a"])])
def test_what_was_open_before_is_not_stopped_for_that(
    any_host: Host, step: str, sought: str, was: str, did: list[str]
) -> None:
    script = f"judge() {{ seen={was}; }}; sought='{sought}'; serves_before\n"
    script += "seen=open; (came_up_otherwise 'it was restarted'); (put_back 'it was restarted')"
    told = done(any_host, NEW, script, step, "open")
    assert [line for line in told if line.startswith("stop")] == did * 2
