"""A preflight, of stand-ins alone: who opens which file, and who can use which data."""

from __future__ import annotations

import os
import shutil

import pytest
from fresh_host import OWNERS, Undeployed, kinds
from hosts import Host


@pytest.fixture
def before(host: Host) -> Undeployed:
    """The host, where all is as it has to be."""
    return Undeployed(host)


@OWNERS
@pytest.mark.parametrize(
    ("owner", "mode", "who"),
    [(0, 0o600, "999"), (999, 0o000, "999"), (1000, 0o400, "999")],
)
def test_an_acl_is_read_by_who_the_start_script_becomes(
    before: Undeployed, owner: int, mode: int, who: str
) -> None:
    before.file("users.acl", "user default off\n", mode, owner)
    (found,) = before.check().obstacles
    assert found.kind == "file-unreadable"
    assert f"cache is {who} (its image's docker-entrypoint.sh becomes redis)" in found.seen
    assert found.path.endswith("/users.acl")


@OWNERS
def test_a_file_that_only_root_may_read_is_no_fault_where_root_reads_it(
    before: Undeployed,
) -> None:
    before.file("clerk.txt", "a password\n", 0o400, 0)
    assert kinds(before.check()) == ["file-unreadable"]  # web is user 1000
    before.service("web")["user"] = "0:0"
    assert before.check().ready
    before.service("web")["cap_drop"] = ["ALL"]
    before.file("clerk.txt", "a password\n", 0o400, 1000)
    assert kinds(before.check()) == ["file-unreadable"]


@OWNERS
def test_a_group_reads_what_is_its_own(before: Undeployed) -> None:
    path = before.file("clerk.txt", "a password\n", 0o440, 0)
    os.chown(path, 0, 50)
    assert kinds(before.check()) == ["file-unreadable"]
    before.service("web")["group_add"] = ["readers"]
    assert before.check().ready
    before.service("web").update(group_add=[], user="redis")  # the image has it in that group
    assert before.check().ready


@OWNERS
def test_a_script_that_starts_redis_gives_up_no_rights(before: Undeployed) -> None:
    """The start script becomes another user only for a command that it knows."""
    before.file("users.acl", "user default off\n", 0o600, 0)
    conf = before.project / "redis.conf"
    before.service("cache")["command"] = ["sh", "-c", f"exec redis-server {conf}"]
    assert before.check().ready


@OWNERS
def test_who_can_not_use_its_data(before: Undeployed) -> None:
    """A directory that is not there becomes root's; a start script as root gives it away."""
    before.service("cache")["volumes"][0] = before.bind("data", target="/data")
    checked = before.check()
    assert checked.ready
    assert f"{before.project}/data is new: cache begins without data" in checked.notes
    before.service("cache")["user"] = "999:999"
    checked = before.check()
    assert kinds(checked) == ["data-unusable"]
    assert "/data is 0:0 0755; cache is 999 (user: 999:999)" in checked.obstacles[0].seen


@OWNERS
def test_a_new_volume_becomes_what_the_image_has_there(before: Undeployed) -> None:
    before.service("cache")["user"] = "999:999"
    assert before.check().ready
    shutil.rmtree(before.engine / "root" / "data")
    assert kinds(before.check()) == ["data-unusable"]


@OWNERS
def test_data_that_is_there(before: Undeployed) -> None:
    place = before.project / "data"
    place.mkdir()
    os.chown(place, 999, 999)
    before.service("cache").update(user="999:999")
    before.service("cache")["volumes"][0] = before.bind("data")
    before.file("redis.conf", f'dir "{place}"\naclfile @PROJECT@/users.acl\n', 0o644)
    checked = before.check()
    assert checked.ready
    assert f"cache, as 999, can use its data in {place}" in checked.fine
    (place / "dump.rdb").write_text("")
    (place / "dump.rdb").chmod(0o600)
    checked = before.check()
    assert kinds(checked) == ["data-unusable"]
    assert f"{place}/dump.rdb is 0:0 0600" in checked.obstacles[0].seen
    before.service("cache")["volumes"][0]["read_only"] = True
    assert "mounted read-only" in before.check().obstacles[0].problem


@OWNERS
def test_data_in_no_volume_is_a_note_unless_it_is_to_be_kept(before: Undeployed) -> None:
    del before.service("cache")["volumes"][0]
    checked = before.check()
    assert checked.ready
    assert checked.notes == ("cache's data in /data is in no volume: it goes with its container",)
    before.file("redis.conf", "appendonly yes\n", 0o644)
    assert kinds(before.check()) == ["data-unkept"]


@OWNERS
def test_an_acl_in_a_directory_that_is_mounted(before: Undeployed) -> None:
    """Only the trial sees it, whose it is, and that it is empty."""
    place = before.project / "acls"
    place.mkdir()
    users = place / "users.acl"
    users.write_text("user default off\n")
    users.chmod(0o600)
    before.file("redis.conf", f"aclfile {users}\n", 0o644)
    before.service("cache")["volumes"].append(before.bind("acls"))
    (found,) = before.check().obstacles
    assert (found.kind, found.path) == ("file-unreadable", str(users))
    os.chown(users, 999, 999)
    assert before.check().ready
    users.write_text("")
    (found,) = before.check().obstacles
    assert (found.kind, found.path) == ("acl-empty", str(users))


@OWNERS
def test_what_a_command_keeps_on_disk_needs_a_volume(before: Undeployed) -> None:
    before.service("cache").update(command=["--appendonly", "yes"], volumes=[], secrets=[])
    assert kinds(before.check()) == ["data-unkept"]
    before.service("cache")["command"] = ["--save", "", "--appendonly", "no"]
    assert before.check().ready


# As Redis 8 has it: in other words, after conditions, and it gives its configuration away, too.
ENTRY_8 = """#!/bin/bash
# gosu nobody would do as well
SETPRIV="/usr/bin/setpriv --reuid redis --regid redis --clear-groups"
has_cap() { /usr/bin/setpriv -d | grep -q "$1"; }
fix_config_perms() { chown redis "$1"; }
exec $SETPRIV --nnp "$0" "$@"
"""


@OWNERS
def test_the_start_script_of_redis_8(before: Undeployed) -> None:
    before.root("usr/local/bin/docker-entrypoint.sh", ENTRY_8)
    assert before.check().ready
    before.file("redis.conf", "dir /data\naclfile @PROJECT@/users.acl\n", 0o600, 0)
    checked = before.check()
    assert checked.ready
    assert f"{before.project}/redis.conf: its image's docker-entrypoint.sh" in " ".join(
        checked.notes
    )
    before.service("cache")["volumes"][1]["read_only"] = True
    assert kinds(before.check()) == ["file-unreadable"]
    # What its environment says of it is not known but for this.
    before.service("cache")["environment"] = {"SKIP_DROP_PRIVS": "1"}
    assert before.check().ready


@OWNERS
def test_a_start_script_that_may_not_become_anybody(before: Undeployed) -> None:
    before.service("cache")["cap_drop"] = ["ALL"]
    checked = before.check()
    assert not checked.ready
    assert "cap_drop keeps its image's docker-entrypoint.sh from becoming redis" in str(
        checked.unseen
    )
    before.service("cache")["cap_add"] = ["SETUID", "CAP_SETGID"]
    assert before.check().ready


@OWNERS
def test_a_start_script_that_nobody_understands(before: Undeployed) -> None:
    before.root("usr/local/bin/docker-entrypoint.sh", '#!/bin/sh\nexec gosu "$USER_OF_MINE" "$@"\n')
    checked = before.check()
    assert not checked.ready
    assert "gives up root's rights in a way that is not known here" in str(checked.unseen)


@OWNERS
def test_a_secret_for_root_alone_is_reported_where_a_server_becomes_another_user(
    before: Undeployed,
) -> None:
    secret = {"source": "clerk", "target": str(before.project / "clerk.txt")}
    before.service("cache")["secrets"].append(secret)
    checked = before.check()
    assert checked.ready
    assert f"{before.project}/clerk.txt is for root alone in cache" in " ".join(checked.notes)
