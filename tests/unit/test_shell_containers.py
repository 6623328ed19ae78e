"""Who is who on a host, and who is told a login: labels are claims, and anybody may make them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hosts import Host, in_directory

from pyinfra_runbooks.server import escaped
from pyinfra_runbooks.shell import look, text, values, words

ID = f"{1:064x}"
EVIL = f"{2:064x}"


def labelled(container: str, *labels: str) -> str:
    """What the engine tells of a container: its state, and labels as Go's JSON has them."""
    return (
        "\t".join((f"={container}", *(json.dumps(label) for label in ("running", *labels)))) + "\n"
    )


def members(host: Host) -> list[str]:
    script = f"{look.target(in_directory(host.place))}list_stack\nprintf '%s\\n' \"$members\"\n"
    return host.run(script).out.splitlines()


@pytest.mark.parametrize(
    "forged",
    [
        "qdrant\nNEW\tshop\tcache\tFalse\trunning",
        'qdrant"\t"running"\t"shop"\t"cache',
        "qdrant\\nNEW\tcache",
        "cache\x1b[2J",
    ],
)
def test_a_label_forges_no_container(any_host: Host, forged: str) -> None:
    """Whatever is in it stays one value, of the container that carries it."""
    place = str(any_host.place)
    any_host.answer("docker-ps", f"CONTAINER ID   IMAGE\n{ID}   example/cache:1\n{EVIL}   evil:1\n")
    real = labelled(ID, "shop", "cache", "False", place, f"{place}/compose.yml", "")
    evil = labelled(EVIL, "shop", forged, "False", place, f"{place}/compose.yml", "")
    any_host.answer("docker-inspect", real + evil)
    found = [line.split("\t") for line in members(any_host)]
    assert found[0] == [ID, "cache", "running", "example/cache:1"]
    assert [row[0] for row in found[1:]] == [EVIL]
    assert found[1][1] != "cache"
    assert len(found[1]) == 4


def test_two_that_carry_the_labels_are_two(any_host: Host) -> None:
    place = str(any_host.place)
    any_host.answer("docker-ps", f"CONTAINER ID   IMAGE\n{ID}   example/cache:1\n{EVIL}   evil:1\n")
    real = labelled(ID, "shop", "cache", "False", place, f"{place}/compose.yml", "")
    any_host.answer("docker-inspect", real + labelled(EVIL, "shop", "cache", "", "", "", ""))
    script = f"{look.target(in_directory(any_host.place))}list_stack\ncontainers_of cache\n"
    assert any_host.run(script).out.splitlines() == [ID, EVIL]


@pytest.mark.parametrize("inventory", ["link", "srv"])
@pytest.mark.parametrize("label", ["link", "srv", "other"])
def test_a_directory_with_several_names_is_called_as_the_labels_call_it(
    any_host: Host, inventory: str, label: str
) -> None:
    """Compose resolves relative mounts in it; which name it gets depends on $PWD."""
    place = any_host.place
    (place / "srv").mkdir()
    for name in ("link", "other"):
        (place / name).symlink_to("srv")
    directory = str(place / label)
    ids = [f"{n:064x}" for n in range(1, 5)]
    rows = "".join(f"{i}   example/x:1\n" for i in ids)
    any_host.answer("docker-ps", f"CONTAINER ID   IMAGE\n{rows}")
    files = f"{directory}/compose.yml"
    made = [labelled(i, "shop", "cache", "False", directory, files, "") for i in ids[:2]]
    physical = str(place / "srv")
    made.append(labelled(ids[2], "shop", "db", "False", physical, f"{physical}/compose.yml", ""))
    made.append(labelled(ids[3], "blog", "db", "False", str(place / "gone"), "x", ""))
    any_host.answer("docker-inspect", "".join(made))
    script = (
        f"{look.target(in_directory(place / inventory))}list_stack\n"
        "printf '%s\\n' \"$directory\" \"$config_files\" ==; told_of_containers | grep '^w '\n"
        "printf '%s\\n' == \"$members\"\n"
    )
    told = text("look.sh").partition("told_of_containers() {")[2].partition("\n}")[0]
    done = any_host.run(f"told_of_containers() {{{told}\n}}\n{script}")
    assert done.err == ""
    where, spelled, found = done.out.split("==\n")
    assert where.splitlines() == [directory, files]
    names = [line[2:] for line in spelled.splitlines()]
    assert names[:1] == [directory] * bool(names)
    assert set(names) == ({directory, physical, str(place / inventory)} if names else set())
    assert bool(names) == (not inventory == label == "srv")
    assert [row.split("\t")[0] for row in found.splitlines()] == ids[:3]


def test_who_went_between_two_questions_hides_nobody(host: Host) -> None:
    """The list is asked for again, and what is gone by then is not in it."""
    host.stack(str(host.place), "cache")
    answers = host.place / "answers"
    host.tool(
        "docker",
        f"""#!/bin/sh
        if [ "$1" = inspect ] && [ ! -e {host.place}/asked ]; then
            touch {host.place}/asked
            echo 'Error: No such object: {EVIL}' >&2
            exit 1
        fi
        cat "{answers}/docker-$1"
        """,
    )
    assert len(members(host)) == 1


# Who is told


LOGIN = f'AUTH "{escaped("clerk")}" "{escaped("hunter2 <&>")}"'


def told(host: Host, ours: tuple[str, ...], login: str = LOGIN) -> bool:
    head = f"{look.target(in_directory(host.place))}{values(ours=ours)}{text('logins.sh')}"
    return host.run(f"{head}may_get_login {ID} {words(login)}\n").code == 0


def test_who_mounts_a_secret_of_the_stack(any_host: Host) -> None:
    any_host.answer("docker-inspect", '"/srv/shop/keys/it\'s \\u0026 co.txt"\n')
    assert told(any_host, ("/srv/other", "/srv/shop/keys/it's & co.txt"))
    assert not told(any_host, ("/srv/shop/keys/its & co.txt", "/srv/shop/keys"))
    assert not told(any_host, ())


def test_a_secret_that_is_mounted_by_another_path(any_host: Host) -> None:
    (any_host.place / "key").touch()
    (any_host.place / "link").symlink_to(any_host.place / "key")
    any_host.answer("docker-inspect", f'"{any_host.place}/link"\n')
    assert told(any_host, (f"{any_host.place}/key",))


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
    assert told(any_host, ("/srv/shop/keys/cache.txt",)) is expected


def test_a_short_password_may_stand_there_by_chance(any_host: Host) -> None:
    any_host.answer("docker-inspect", '=["yes"]["A=yes"]\n')
    assert not told(any_host, (), f'AUTH "{escaped("clerk")}" "{escaped("yes")}"')


def test_an_engine_that_does_not_answer_trusts_nobody(any_host: Host) -> None:
    any_host.answer("docker-inspect", "")
    assert not told(any_host, ("/srv/shop/keys/cache.txt", ""))


# The names of images


@pytest.mark.parametrize("name", ["redis:7-alpine", "registry.example:5000/a/b:1.0", "x@sha256"])
def test_what_a_name_stood_for_is_put_back(host: Host, name: str) -> None:
    script = f"{look.target(in_directory(host.place))}{text('image.sh')}"
    kept = host.run(f"{script}kept_name {words(name)}").out
    host.answer("docker-image", f"{kept}\n")
    done = host.run(f"{script}names_back\n")
    assert done.code == 0
    assert done.of("docker", "tag") == [["tag", kept, name]]
    assert ["image", "rm", kept] in done.of("docker", "image")


@pytest.mark.parametrize("password", ["plain", 'a "b" \\ c', "%s\\n\\101", "päss€"])
def test_a_password_is_escaped_and_back(any_host: Host, password: str) -> None:
    script = f"{look.target(in_directory(any_host.place))}unescaped {words(escaped(password))}"
    assert any_host.run(script).out == password


def test_the_files_of_this_stack_alone(tmp_path: Path) -> None:
    """The project's secrets, and what Redis' ACL is mounted from; no configuration."""
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
        "secrets": {"s": {"name": "shop_s", "file": "/srv/shop/a & b"}},
    }
    host.answer("docker-compose-json", json.dumps(config, indent=2).replace("&", "\\u0026"))
    functions, start, _ = look.look(in_directory(tmp_path)).rpartition("answer=$(look_networks")
    assert start
    script = f"{functions}\nacl_file=/acl\nsecret_files\n"
    assert host.run(script).out.splitlines()[1:] == ["/srv/shop/users.acl", "/srv/shop/a & b"]
