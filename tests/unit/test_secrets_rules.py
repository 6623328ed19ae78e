"""Secret files on the host: content, owner and mode."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from looks import stack, with_file, without_file
from verdicts import actions, verdicts

from pyinfra_runbooks.core.disruption import Disruption
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.packs.files.rules import secrets as rules
from pyinfra_runbooks.packs.files.rules.secrets import PutSecret
from pyinfra_runbooks.settings import EnvironmentVariable, HostFile, Secret

KEY, JSON, BIND = "/srv/shop/keys/cache.txt", "/srv/shop/keys/cache.json", "/etc/shop/token"
OWNED = Secret("cache_password", owner=999, group=999, mode=0o440)
COPIED = Secret(BIND, content=HostFile("keys/cache.txt"), mode=0o400)
QUOTED = Secret(JSON, content=HostFile("keys/cache.txt"), format="json")
SAME = {
    "kind": "regular file",
    "inode": 5,
    "mode": 0o400,
    "size": 11,
    "password_sha256": sha256(b"a password").hexdigest(),
}
FIXED = [("secret-file", Disruption.NONE)]
REFUSED = [("secret-file", "Refusal")]


def test_a_healthy_stack_has_no_finding(look: Look) -> None:
    assert list(rules.findings(look, stack())) == []


@pytest.mark.parametrize(
    ("secret", "change", "expected", "content"),
    [
        pytest.param(*case, id=name)
        for name, case in {
            "as declared": (OWNED, lambda look: look, [], None),
            "another owner": (OWNED, lambda look: with_file(look, KEY, uid=0), FIXED, False),
            "another group": (OWNED, lambda look: with_file(look, KEY, gid=0), FIXED, False),
            "too open": (OWNED, lambda look: with_file(look, KEY, mode=0o644), FIXED, False),
            "owner and mode are nobody's business": (
                Secret("cache_password"),
                lambda look: with_file(look, KEY, uid=0, mode=0o644),
                [],
                None,
            ),
            "a directory, which Docker makes of a missing file": (
                OWNED,
                lambda look: with_file(look, KEY, kind="directory", uid=0, sha256=None),
                REFUSED,
                None,
            ),
            "missing, and nobody knows its content": (
                OWNED,
                lambda look: without_file(look, KEY),
                REFUSED,
                None,
            ),
            "no secret of the compose file": (
                Secret("unheard_of"),
                lambda look: look,
                REFUSED,
                None,
            ),
            "a file that was not looked at": (
                Secret(BIND, mode=0o400),
                lambda look: look,
                REFUSED,
                None,
            ),
            "a file that can't be looked at": (
                Secret(BIND, mode=0o400),
                lambda look: with_file(look, BIND, error="Permission denied"),
                REFUSED,
                None,
            ),
            "a bind mount with the right content": (
                COPIED,
                lambda look: with_file(look, BIND, **SAME),
                [],
                None,
            ),
            "a bind mount with another content": (
                COPIED,
                lambda look: with_file(look, BIND, **{**SAME, "password_sha256": "0" * 64}),
                FIXED,
                True,
            ),
            "a bind mount that is missing": (
                COPIED,
                lambda look: without_file(look, BIND),
                FIXED,
                True,
            ),
            "its source is missing": (
                COPIED,
                lambda look: without_file(with_file(look, BIND, **SAME), KEY),
                REFUSED,
                None,
            ),
            "its source is empty": (
                COPIED,
                lambda look: with_file(with_file(look, BIND, **SAME), KEY, size=0),
                REFUSED,
                None,
            ),
            "its source has two lines": (
                COPIED,
                lambda look: with_file(with_file(look, BIND, **SAME), KEY, line_count=2),
                REFUSED,
                None,
            ),
            "its source is a directory": (
                COPIED,
                lambda look: with_file(with_file(look, BIND, **SAME), KEY, kind="directory"),
                REFUSED,
                None,
            ),
            "content that can't be read": (
                COPIED,
                lambda look: with_file(look, BIND, **{**SAME, "password_sha256": None}),
                REFUSED,
                None,
            ),
            "as JSON": (
                QUOTED,
                lambda look: with_file(
                    look,
                    JSON,
                    **{**SAME, "password_sha256": sha256(b'"a password"').hexdigest()},
                ),
                [],
                None,
            ),
            "plain where JSON is declared": (
                QUOTED,
                lambda look: with_file(look, JSON, **SAME),
                FIXED,
                True,
            ),
            "owner and content": (
                COPIED,
                lambda look: with_file(
                    look, BIND, **{**SAME, "mode": 0o644, "password_sha256": "0" * 64}
                ),
                FIXED,
                True,
            ),
        }.items()
    ],
)
def test_secret(
    look: Look,
    secret: Secret,
    change: Callable[[Look], Look],
    expected: list[Any],
    content: bool | None,
) -> None:
    found = list(rules.findings(change(look), stack(secrets=(secret,))))
    assert verdicts(found) == expected
    put = actions(found)
    assert [action.content for action in put] == ([] if content is None else [content])
    assert all(isinstance(a, PutSecret) and a.secret == secret for a in put)


@pytest.mark.parametrize(
    ("form", "content"), [("plain", b"s3cret"), ("json", b'"s3cret"')], ids=["plain", "json"]
)
def test_a_password_of_the_controller_is_compared_by_hash(
    look: Look, monkeypatch: pytest.MonkeyPatch, form: Any, content: bytes
) -> None:
    variable = f"SHOP_SECRET_{form.upper()}"
    monkeypatch.setenv(variable, "s3cret")
    declared = Secret(BIND, content=EnvironmentVariable(variable), format=form)
    there = {**SAME, "password_sha256": sha256(content).hexdigest()}
    same = with_file(look, BIND, **there)
    other = with_file(look, BIND, **SAME)
    assert verdicts(rules.findings(same, stack(secrets=(declared,)))) == []
    found = list(rules.findings(other, stack(secrets=(declared,))))
    assert verdicts(found) == FIXED
    assert "s3cret" not in repr(found) + "".join(line for f in found for line in f.lines())


def test_path_of(look: Look) -> None:
    assert rules.path_of(look, Secret("cache_password")) == KEY
    assert rules.path_of(look, Secret("/etc/token")) == "/etc/token"
    assert rules.path_of(look, Secret("unheard_of")) is None
