"""Whether containers still are as they were seen; and who gets a login: a label is a claim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hosts import Done, Host, in_directory
from prepared import target

from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.shell import text, values, words
from pyinfra_runbooks.engine.shell.stack import of
from pyinfra_runbooks.packs.redis.replies import escaped

ID = f"{1:064x}"
EVIL = f"{2:064x}"


def find(host: Host, *seen: str) -> Done:
    head = f"{values(project_name='shop')}{target(in_directory(host.place))}"
    return host.run(f"{head}{words('as_seen', 'cache', *seen)} && printf '%s\\n' \"$there\"\n")


def test_who_is_there_is_asked_of_the_engine_as_compose_asks(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache", "cache")
    done = find(any_host, EVIL, ID)
    assert (done.code, done.out.splitlines()) == (0, [ID, EVIL])
    (asked,) = done.of("docker", "ps")
    name = "label=com.docker.compose."
    filters = {word for word in asked if word.startswith(name)}
    assert filters == {f"{name}project=shop", f"{name}service=cache", f"{name}oneoff=False"}


def test_who_came_or_went_since_ends_it(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    for seen in ((), (EVIL,), (ID, EVIL)):
        done = find(any_host, *seen)
        assert done.code == 1
        assert "its containers have changed since the look" in done.err
    any_host.stack(str(any_host.place))
    assert find(any_host).code == 0


def test_an_engine_that_says_nothing_has_not_said_that_there_is_none(any_host: Host) -> None:
    any_host.answer("docker-ps", "")
    done = find(any_host)
    assert (done.code, done.err) == (1, "Docker did not answer: \n")


# Who gets a login


LOGIN = f'AUTH "{escaped("clerk")}" "{escaped("hunter2 <&>")}"'


def shown(host: Host, ours: tuple[str, ...], login: str = LOGIN) -> bool:
    head = f"{target(in_directory(host.place))}{values(ours=ours)}{text('logins.sh')}"
    return host.run(f"{head}may_get_login {ID} {words(login)}\n").code == 0


def test_who_mounts_a_secret_of_the_stack(any_host: Host) -> None:
    any_host.answer("docker-inspect", '"/srv/shop/keys/it\'s \\u0026 co.txt"\n')
    assert shown(any_host, ("/srv/other", "/srv/shop/keys/it's & co.txt"))
    assert not shown(any_host, ("/srv/shop/keys/its & co.txt", "/srv/shop/keys"))
    assert not shown(any_host, ())


def test_a_secret_that_is_mounted_by_another_path(any_host: Host) -> None:
    (any_host.place / "key").touch()
    (any_host.place / "link").symlink_to(any_host.place / "key")
    any_host.answer("docker-inspect", f'"{any_host.place}/link"\n')
    assert shown(any_host, (f"{any_host.place}/key",))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        ('=["--requirepass","hunter2 \\u003c\\u0026\\u003e"]null', True),
        ('=[]["PASSWORD=hunter2 \\u003c\\u0026\\u003e"]', True),
        ('=[]["URL=redis://x:hunter2 \\u003c\\u0026\\u003e@cache"]', True),
        ('=[]["PASSWORD=xhunter2 \\u003c\\u0026\\u003e"]', False),
        ('=["hunter"]["A=2"]', False),
        ("=[]null", False),
    ],
)
def test_who_has_the_password_already(any_host: Host, held: str, expected: bool) -> None:
    any_host.answer("docker-inspect", f"{held}\n")
    assert shown(any_host, ("/srv/shop/keys/cache.txt",)) is expected


def test_a_short_password_may_stand_there_by_chance(any_host: Host) -> None:
    any_host.answer("docker-inspect", '=["yes"]["A=yes"]\n')
    assert not shown(any_host, (), f'AUTH "{escaped("clerk")}" "{escaped("yes")}"')


def test_an_engine_that_does_not_answer_trusts_nobody(any_host: Host) -> None:
    any_host.answer("docker-inspect", "")
    assert not shown(any_host, ("/srv/shop/keys/cache.txt", ""))


# The names of images


@pytest.mark.parametrize("name", ["redis:7-alpine", "registry.example:5000/a/b:1.0", "x@sha256"])
def test_what_a_name_stood_for_is_put_back(host: Host, name: str) -> None:
    script = f"{target(in_directory(host.place))}{text('image.sh')}"
    kept = host.run(f"{script}kept_name {words(name)}").out
    host.answer("docker-image", f"{kept}\n")
    done = host.run(f"{script}names_back\n")
    assert done.code == 0
    assert done.of("docker", "tag") == [["tag", kept, name]]
    assert ["image", "rm", kept] in done.of("docker", "image")


@pytest.mark.parametrize("password", ["plain", 'a "b" \\ c', "%s\\n\\101", "päss€"])
def test_a_password_is_escaped_and_back(any_host: Host, password: str) -> None:
    script = f"{target(in_directory(any_host.place))}redis_unescape {words(escaped(password))}"
    assert any_host.run(script).out == password


AND = "/srv/shop/a & b"


def test_the_files_of_this_stack_alone(tmp_path: Path) -> None:
    """What Redis' ACL is mounted from, and where it is the only one the project's secrets; no
    configuration."""
    host = Host(tmp_path)
    host.stack(str(tmp_path), "cache")
    acl = {"type": "bind", "source": "/srv/shop/users.acl", "target": "/acl"}
    config = {
        "name": "shop",
        "services": {
            "cache": {"volumes": [acl, {"type": "bind", "source": "/etc/x", "target": "/x"}]},
            "web": {"volumes": [{"type": "bind", "source": "/srv/shop/public", "target": "/acl"}]},
        },
        "configs": {"c": {"file": "/srv/shop/nginx.conf"}},
        "secrets": {"s": {"name": "shop_s", "file": AND}},
    }
    host.answer("docker-compose-json", json.dumps(config, indent=2).replace("&", "\\u0026"))
    for all_secrets, shown in (
        ("", ["/srv/shop/users.acl"]),
        ("yes", ["/srv/shop/users.acl", AND]),
    ):
        given = {"acl_file": "/acl", "service": "cache", "all_secrets": all_secrets, "id": ID}
        script = shell.script("ask_redis.sh", **of(in_directory(tmp_path)), **given)
        functions, start, _ = script.partition("read_passwords\nlogin_lines=")
        assert start
        assert host.run(f"{functions}secret_files\n").out.splitlines() == shown
