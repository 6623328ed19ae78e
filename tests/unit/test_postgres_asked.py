"""What PostgreSQL is asked, what it answers, and what an inventory and the lab say of it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hosts import Host
from looks import (
    healthy,
    with_container,
)
from looks import stack as declared
from postgres_looks import (
    DECLARED,
    FILE,
    GIVEN,
    REFUSED,
    SAYS,
    SERVER,
    found,
    seeing,
    stack,
)

from lab.faults.model import Fault, Refused
from pyinfra_runbooks import HostFile
from pyinfra_runbooks.core.answers import AnswerError
from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.core.kind import kinds as kinds_there
from pyinfra_runbooks.core.policy import Policy
from pyinfra_runbooks.engine.asked import Asking, Member
from pyinfra_runbooks.engine.docker import Mount
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.probe import Answers, answers, together
from pyinfra_runbooks.engine.rules.passwords import password_files
from pyinfra_runbooks.operations.executing import change_of
from pyinfra_runbooks.packs import findings as verification
from pyinfra_runbooks.packs.look import look as look_script
from pyinfra_runbooks.packs.look import questions
from pyinfra_runbooks.packs.postgres import Postgres
from pyinfra_runbooks.packs.postgres.faults import FAULTS
from pyinfra_runbooks.packs.postgres.probe import POSTGRES
from pyinfra_runbooks.packs.postgres.seen import (
    Disk,
    Limit,
    Login,
    Ready,
    Role,
    Seen,
    Server,
    Sessions,
    parse,
)

# What is asked


def asked(postgres: Postgres = DECLARED, **changes: Any) -> dict[str, Any]:
    look = with_container(healthy(), "db", **changes)
    asking = Asking.of(stack(postgres), Found(look.containers))
    (question,) = (q for q in questions(asking) if q.name == "postgres db")
    return dict(question.values)


def test_a_password_goes_to_who_mounts_its_file_alone() -> None:
    assert asked()["password_from"] == "nowhere"
    assert asked(mounts=(Mount("bind", f"{FILE}.old", "/x"),))["password_from"] == "nowhere"
    shown = asked(mounts=(Mount("bind", FILE, "/run/secrets/db"),))
    assert (shown["password_from"], shown["password_file"]) == ("file", FILE)
    assert asked(GIVEN)["password_from"] == "given"


def test_a_directory_may_have_two_names() -> None:
    """Compose was called by one, the inventory has the other."""
    look = with_container(
        healthy(),
        "db",
        working_dir="/data/shop",
        mounts=(Mount("bind", "/data/shop/keys/db.txt", "/x"),),
    )
    places = {"/data/shop": "1:2", "/srv/shop": "1:2"}
    asking = Asking.of(stack(), Found(look.containers, places=places))
    (question,) = (q for q in questions(asking) if q.name == "postgres db")
    assert question.values["password_from"] == "file"


def test_a_repair_asks_where_the_look_did() -> None:
    look = with_container(seeing(REFUSED), "db", mounts=(Mount("bind", FILE, "/x"),))
    (step,) = verification.planned(look, stack()).steps
    script = change_of(step, look, stack(), Policy()).script
    assert "password_from=file\n" in script
    assert f"password_file={FILE}\n" in script
    assert len(script) < 1 << 16


def test_a_repair_goes_by_what_is_mounted_whatever_the_container_says() -> None:
    """One that prints `from file` got the password of a file that it does not mount."""
    lines = ("from nowhere", "user app", "socket accepting", "network accepting", "from file")
    refused = f"login password {SAYS}"
    server = (
        'server {"version": "17", "standby": false, "listens": "*", "admin": "postgres",'
        ' "superuser": true, "role": {"login": true, "expired": false, "clients": 0}}'
    )
    look = seeing(parse((*lines, refused, server)))
    (step,) = verification.planned(look, stack()).steps
    script = change_of(step, look, stack(), Policy()).script
    assert "password_from=nowhere\n" in script
    assert "password_from=file\n" not in script


@pytest.mark.parametrize(
    "words", ["socket accepting", "network silent", "user app", "database x", "at 10.0.0.9:5432"]
)
def test_who_says_a_word_twice_is_not_believed(words: str) -> None:
    with pytest.raises(AnswerError, match="twice"):
        parse((words, words))


def test_it_takes_its_place_in_a_look(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "db")
    any_host.is_at("db", address="172.30.0.9")
    any_host.answer("docker-exec", f"user app\nlogin password {SAYS}\n")
    asking = Asking.of(stack(), Found(healthy().containers))
    head = 'mark=7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55; echo "look $mark"\n'
    asks = [q for q in questions(asking) if q.name == "postgres db"]
    done = any_host.run(head + together(asks))
    shown = answers(done.out.splitlines(), ["postgres db"])
    assert isinstance(shown, Answers)
    seen = shown.to(POSTGRES, "db")
    assert isinstance(seen, Seen)
    assert (seen.user, seen.login) == ("app", Login.PASSWORD)
    (words,) = done.of("docker", "exec")
    assert words[-7:] == ["postgres", "172.30.0.9", "5432", "app", "", "nowhere", ""]


def test_its_functions_have_names_of_their_own_in_a_look() -> None:
    text = look_script(stack(), Found(healthy().containers))
    names = re.findall(r"(?m)^(\w+)\(\) \{", text)
    assert [names.count(name) for name in ("inside_postgres", "from_file")] == [1, 1]


def test_whom_it_is_about() -> None:
    shown = asked(Postgres("db", user="app", database="shop", data="/d"))
    assert (shown["port"], shown["address"]) == (5432, "172.30.0.9")
    assert (shown["user"], shown["database"], shown["data"]) == ("app", "shop", "/d")


def test_of_one_that_does_not_run_its_disk_is_asked() -> None:
    mounts = (
        Mount("volume", "/v/data", "/var/lib/postgresql/data", "shop_data"),
        Mount("bind", "/srv/conf", "/etc/postgresql"),
        Mount("bind", "/srv/ro", "/var/lib/postgresql/ro", writable=False),
    )
    assert asked(status="exited", mounts=mounts) == {"places": ("/v/data",)}
    elsewhere = Postgres("db", data="/etc/postgresql/17")
    assert asked(elsewhere, status="exited", mounts=mounts) == {"places": ("/srv/conf",)}


def test_its_file_is_among_those_that_hold_passwords() -> None:
    assert FILE in password_files(stack())
    assert FILE not in password_files(stack(GIVEN))


def test_nobody_else_is_asked() -> None:
    component = declared().components[0]
    asking = Asking.of(stack(), Found(healthy().containers))
    assert POSTGRES.values(Member(asking, component)) is None


# What it answers


def test_an_answer() -> None:
    shown = parse(
        (
            *("user app", "database shop", "at 10.0.0.2:5432", "socket accepting"),
            *("network accepting", f"login password {SAYS}", "", "disk 7 9 /a b", "disk 7 9 /a b"),
            'server {"version": "12.1", "standby": true, "listens": "*", "admin": "postgres",'
            ' "superuser": true, "role": {"login": true, "expired": false, "clients": 2}}',
        )
    )
    assert (shown.user, shown.database, shown.login, shown.says) == (
        "app",
        "shop",
        "password",
        SAYS,
    )
    assert shown.server == Server("12.1", True, "*", "postgres", True, Role(True, False, 2))
    assert shown.disks == (Disk(7, 9, "/a b"),)
    assert parse(()) == Seen()
    said = (
        '{"server": [7, 97], "role": [2, 5], "database": null, "most": ["app", 4], "states_known": '
    )
    limits = (Limit("server", 7, 97), Limit("role", 2, 5))
    shown = parse((f'sessions {said}true, "idle": 3, "in_transaction": 1}}',))
    assert shown.sessions == Sessions(limits, ("app", 4), 3, 1)
    shown = parse((f'sessions {said}false, "idle": 0, "in_transaction": 0}}',))
    assert shown.sessions == Sessions(limits, ("app", 4))
    assert parse(
        (
            "closed no",
            'server {"version": "1", "standby": false, "listens": "",'
            ' "admin": "x", "superuser": false, "role": null}',
        )
    ).server


@pytest.mark.parametrize(
    "line", ["socket x", "login maybe", "server {", "server {}", "sessions {}", "disk 1 x /"]
)
def test_what_is_no_answer(line: str) -> None:
    with pytest.raises(AnswerError):
        parse((line,))


# What an inventory says of it


@pytest.mark.parametrize("name", ["", "a b", "it's", 'a"b', "back\\slash"])
def test_a_name_that_none_has(name: str) -> None:
    with pytest.raises(SettingsError, match=r"Postgres.user: expected a name without"):
        Postgres(user=name)


def test_whose_password_it_is_has_to_be_said() -> None:
    """Without a name it would be the administrator's, which a job would overwrite."""
    expected = r"test_postgres_asked.py:\d+: Postgres.password: expected user= .*, got no user="
    with pytest.raises(SettingsError, match=expected):
        Postgres("db", password=HostFile("keys/db.txt"))
    # The official image's usual role, which is also the one that administers, is said by its name.
    assert Postgres(user="app", password=HostFile("keys/db.txt")).user == "app"
    with pytest.raises(SettingsError) as caught:
        Postgres(user="a b", password=HostFile("keys/db.txt"))
    assert "no user=" not in str(caught.value)


def test_its_password_is_a_file_of_the_host() -> None:
    with pytest.raises(SettingsError, match=r"Postgres.password: expected a HostFile") as caught:
        Postgres(user="app", password="s3cret")  # type: ignore[arg-type]
    assert "s3cret" not in str(caught.value)


# What the lab breaks


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_one_that_is_found(fault: Fault) -> None:
    assert fault.causes <= set(kinds_there())
    assert fault.touches == {"postgres"}
    for text in (fault.does, fault.expect):
        assert len(text) > 10
    if isinstance(fault.outcome, Refused):
        assert re.compile(fault.outcome.reason)


def test_what_is_refused_is_refused_in_the_words_that_the_faults_expect() -> None:
    full = seeing(disks=(Disk(1 << 20, 0, "/data"),))
    silent = seeing(Seen(Ready.SILENT, Ready.SILENT))
    closed = seeing(Seen(Ready.ACCEPTING, Ready.SILENT, server=replace(SERVER, listens="x")))
    said = ["\n".join(f.lines()) for look in (full, silent, closed) for f in found(look)]
    for fault in (f for f in FAULTS if isinstance(f.outcome, Refused)):
        assert any(re.search(fault.outcome.reason, text) for text in said), fault.name
