"""Faults of the ACL: in the running Redis, and in its file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress

from lab.console import LabError
from lab.faults.common import NOT_LOADED
from lab.faults.model import PROCESS, RELOADED, Fault, Refused, Repaired, touching
from lab.hosts import DIRECTORY, REDIS, Host
from lab.redis import ACL_FILE, ask

_OTHER = hashlib.sha256(b"not the password").hexdigest()
_LOCKED_OUT = Refused("no user can log in to have it save")


def _running(*commands: str) -> Callable[[Host], object]:
    """Changes the running rules, as lwe-app may."""
    return lambda host: ask(host, *commands)


def _file(script: str) -> Callable[[Host], object]:
    """Changes the file, in place: the same inode, owner and mode."""
    return lambda host: host.run(f"set -eu; file={ACL_FILE}; {script}")


def _edited(sed: str) -> str:
    return f'new=$(sed "{sed}" $file); printf "%s\\n" "$new" >$file'


def _renamed(host: Host) -> None:
    host.run(f"set -eu; file={ACL_FILE}; {_edited('s/^user lwe-app /user lwe-app-old /')}")
    # The user that asks for it is gone then, and so is its connection.
    with suppress(LabError):
        ask(host, "ACL LOAD")


def _open_and_stopped(host: Host) -> None:
    """What its configuration includes is in its data, which no trial sees."""
    included = f"{host.stack.data}/included.conf"
    host.run(f"""set -eu
        docker exec {REDIS} sh -c 'echo timeout 300 >{included}'
        echo 'include {included}' >>{DIRECTORY}/redis.conf
        docker stop --time 30 {REDIS}
        file={ACL_FILE}; {_edited("/^user default /d")}""")


FAULTS = (
    Fault(
        "acl-not-loaded",
        "gives the running Redis other rules than its ACL file: no lwe-app, default is open",
        "API degraded: its user is unknown; strangers are let in",
        None,
        _running(*NOT_LOADED),
        RELOADED,
        touching("acl-default", "acl-lwe-app"),
        causes=frozenset({"acl-open"}),
    ),
    Fault(
        "acl-tampered",
        "adds the user intruder to the running Redis and changes the password of lwe-app",
        "API degraded: its password is wrong; intruder is let in without one",
        None,
        # A new password leaves the connections that are open alone: they have to come again.
        _running(
            "ACL SETUSER intruder on nopass ~* &* +@all",
            f"ACL SETUSER lwe-app resetpass #{_OTHER}",
            "CLIENT KILL TYPE normal",
        ),
        _LOCKED_OUT,
        touching("acl-lwe-app"),
    ),
    Fault(
        "acl-run-time-user",
        "adds the user reporter to the running Redis, and to no file",
        "API ok; loading the ACL file, or a restart of Redis, cuts reporter off",
        "its own user is as it was",
        _running(f"ACL SETUSER reporter on #{_OTHER} ~* +@read"),
        Refused("lacks users that the running Redis has: reporter"),
        touching(*PROCESS),
        causes=frozenset({"acl-run-time-user"}),
    ),
    Fault(
        "acl-default-on",
        "switches the user default on in the running Redis, without a password",
        "API ok; strangers are let in",
        "its own user is as it was",
        _running("ACL SETUSER default on nopass ~* &* +@all"),
        RELOADED,
        touching("acl-default"),
    ),
    Fault(
        "acl-extra-permission",
        "lets the user default read everything, though it stays off",
        "API ok; switching that user on lets strangers read",
        "its own user is as it was",
        _running("ACL SETUSER default ~* +@read"),
        RELOADED,
        touching("acl-default"),
    ),
    Fault(
        "acl-second-password",
        "gives lwe-app a second password in the running Redis",
        "API ok; another person can log in as lwe-app",
        "its own password is as it was",
        _running(f"ACL SETUSER lwe-app #{_OTHER}"),
        RELOADED,
        touching("acl-lwe-app"),
    ),
    Fault(
        "acl-restricted",
        "takes the dangerous commands from lwe-app in the running Redis",
        "API ok; nobody may look after Redis any more",
        "it needs none of them",
        _running("ACL SETUSER lwe-app -@dangerous -@admin"),
        Refused("cannot judge: its ACL can't be compared"),
        touching("acl-lwe-app"),
    ),
    Fault(
        "acl-renamed",
        "renames lwe-app to lwe-app-old, in the ACL file and in the running Redis",
        "API degraded: its user is unknown",
        None,
        _renamed,
        _LOCKED_OUT,
        touching("acl-lwe-app", "acl-default", "acl-file"),
    ),
    Fault(
        "acl-file-empty",
        "empties the ACL file",
        "API ok for now; a restart lets strangers in, and locks the API out",
        "Redis reads the file when it starts",
        _file(": >$file"),
        Repaired("none"),
        touching("acl-file"),
    ),
    Fault(
        "acl-file-open-stopped",
        "takes the user default out of the ACL file of a Redis that is stopped, and can't be tried",
        "API degraded: Redis is down; who starts it with that file lets strangers in",
        None,
        _open_and_stopped,
        Repaired("none"),
        touching(*PROCESS, "acl-file", "redis-conf", "data"),
        stage=3,
    ),
    Fault(
        "acl-file-unreadable",
        "takes all rights from the ACL file",
        "API ok for now; a restart of Redis fails",
        "Redis reads the file when it starts",
        _file("chmod 000 $file"),
        Repaired("none"),
        touching("acl-file"),
    ),
    Fault(
        "acl-syntax-error",
        "misspells a rule of lwe-app in the ACL file",
        "API ok for now; a restart of Redis fails",
        "Redis reads the file when it starts",
        _file(_edited("s/+@all/+@al/")),
        Repaired("none"),
        touching("acl-file"),
    ),
    Fault(
        "acl-comments",
        "puts a # comment into the ACL file, which Redis before 8.8 refuses",
        "API ok for now; a restart of Redis fails",
        "Redis reads the file when it starts",
        _file(_edited("1i # the users of the stack")),
        Repaired("none"),
        touching("acl-file"),
    ),
    Fault(
        "acl-stranger-broken",
        "adds a user to the ACL file, with a category that Redis does not know",
        "API ok for now; a restart of Redis fails",
        "Redis reads the file when it starts",
        _file(f"echo 'user reporter on #{_OTHER} ~* +@nosuchcategory' >>$file"),
        Refused("nosuchcategory"),
        touching("acl-file"),
    ),
)
