"""What is in the way of a deploy, of looks that are made up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from looks import BACK, container, healthy, stranger, with_declared

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.compose import DeclaredPort
from pyinfra_runbooks.engine.found import Found as Running
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.preflight import answers
from pyinfra_runbooks.preflight.obstacles import Checked, Obstacle, Weight, together
from pyinfra_runbooks.preflight.rules import names, ports
from pyinfra_runbooks.preflight.seen import (
    Asked,
    Engine,
    Found,
    Image,
    Published,
    Socket,
    Sockets,
    Unresolved,
)

ALL = frozenset({"tcp", "udp"})
HERE = frozenset({"127.0.0.1", "192.0.2.1", "::1"})
WEB = DeclaredPort("", 80, 80)


def host(
    *sockets: Socket,
    published: tuple[Published, ...] = (),
    look: Look | None = None,
    ports: tuple[DeclaredPort, ...] = (WEB,),
) -> Found:
    """The invented stack, whose web publishes ports."""
    image = Image("sha256:1", "linux", "amd64", "", "", frozenset())
    seen = with_declared(look or healthy(), "web", ports=ports)
    return Found(
        look=seen,
        images={f"example/{name}:1": image for name in ("cache", "web", "db")},
        volumes=frozenset({"shop_cache"}),
        servers={},
        sockets=Sockets(sockets, ALL, HERE),
        published=published,
        engine=Engine("linux", "amd64", False, "/", None),
    )


def listening(address: str, port: int = 80, protocol: str = "tcp") -> Socket:
    return Socket(protocol, address, port, 33, "77")


# Ports


@pytest.mark.parametrize(
    ("there", "wanted", "meets"),
    [
        ("", "", True),
        ("", "127.0.0.1", True),
        ("", "::1", True),
        ("0.0.0.0", "", True),  # noqa: S104
        ("0.0.0.0", "127.0.0.1", True),  # noqa: S104
        ("0.0.0.0", "::1", False),  # noqa: S104
        ("127.0.0.1", "0.0.0.0", True),  # noqa: S104
        ("127.0.0.1", "127.0.0.1", True),
        ("127.0.0.1", "192.0.2.1", False),
        ("::1", "::", True),
        ("::1", "127.0.0.1", False),
    ],
)
def test_two_addresses_of_one_port(there: str, wanted: str, meets: bool) -> None:
    assert ports.overlaps(there, wanted) is meets
    assert ports.overlaps(wanted, there) is meets
    port = replace(WEB, address=wanted)
    checked = ports.judge(host(listening(there), ports=(port,)), Asked())
    assert bool(checked.obstacles) is meets


def test_a_process_is_named_as_far_as_it_is_known() -> None:
    found = host(listening("127.0.0.1"))
    (taken,) = ports.judge(found, Asked()).obstacles
    assert taken.seen == "a process of user 33 listens on 127.0.0.1:80/tcp"
    (taken,) = ports.judge(found, Asked(holders={"77": "nginx (process 5)"})).obstacles
    assert taken.seen == "nginx (process 5) listens on 127.0.0.1:80/tcp"


def test_the_stack_s_own_container_has_its_port() -> None:
    """The engine listens for it, on every address."""
    (own,) = healthy().members("web")
    published = (
        Published(own.id, "tcp", "0.0.0.0", 80),  # noqa: S104
        Published(own.id, "tcp", "::", 80),
    )
    sockets = (listening("0.0.0.0"), listening(""))  # noqa: S104
    checked = ports.judge(host(*sockets, published=published), Asked())
    assert checked.obstacles == ()
    assert checked.fine == ("ports that the stack itself has: 80",)
    # Another process on an address of its own is none of it.
    more = (*sockets, listening("192.0.2.1"))
    assert ports.judge(host(*more, published=published), Asked()).obstacles


def test_another_stack_s_container_has_it() -> None:
    other = stranger("proxy-1", project="proxy")
    look = replace(healthy(), containers=(*healthy().containers, other))
    published = (Published(other.id, "tcp", "0.0.0.0", 80),)  # noqa: S104
    found = host(listening("0.0.0.0"), published=published, look=look)  # noqa: S104
    (taken,) = ports.judge(found, Asked()).obstacles
    assert taken.seen == "proxy-1 of project proxy publishes 0.0.0.0:80/tcp"
    assert "docker stop proxy-1" in taken.do


def test_of_a_range_one_has_to_be_free() -> None:
    port = DeclaredPort("", 80, 81)
    assert ports.judge(host(listening(""), ports=(port,)), Asked()).fine == ("free ports: 80-81",)
    both = (listening(""), listening("", 81))
    assert ports.judge(host(*both, ports=(port,)), Asked()).obstacles


def test_what_the_kernel_does_not_tell_is_not_free() -> None:
    port = DeclaredPort("", 80, 80, "sctp")
    checked = ports.judge(host(ports=(port,)), Asked())
    assert not checked.ready
    assert "80/sctp" in checked.unseen[0]


def test_an_address_that_the_host_has_not() -> None:
    for address, missing in (("192.0.2.1", False), ("127.0.0.9", False), ("192.0.2.2", True)):
        found = host(ports=(replace(WEB, address=address),))
        assert bool(ports.judge(found, Asked()).obstacles) is missing
    assert not ports.judge(replace(found, sockets=Sockets((), ALL, frozenset())), Asked()).obstacles


# Names


def test_a_container_s_name_that_another_one_has() -> None:
    look = healthy()
    look = replace(look, containers=tuple(c for c in look.containers if c.service != "cache"))
    by_hand = replace(stranger("shop-cache-1"), status="exited")
    found = host(look=replace(look, containers=(*look.containers, by_hand)))
    (taken,) = names.judge(found).obstacles
    assert taken.problem == "can't have the name shop-cache-1: another container has it"
    assert "not made by Compose" in taken.seen
    mine = container("cache", "shop-cache-1", {})
    found = host(look=replace(look, containers=(*look.containers, mine)))
    assert names.judge(found).obstacles == ()


def test_a_subnet_that_another_network_has_a_part_of() -> None:
    look = healthy()
    declared = replace(look.declared.networks[BACK], subnets=frozenset({"10.1.0.0/16"}))
    networks = {**look.declared.networks, BACK: declared}
    look = replace(look, declared=replace(look.declared, networks=networks), networks={})
    found = replace(host(look=look), subnets={"other": frozenset({"10.1.2.0/24", "fd00::/64"})})
    (taken,) = names.judge(found).obstacles
    assert taken.kind == "subnet-taken"
    assert names.judge(replace(found, subnets={})).obstacles == ()


# All of it


def test_the_worst_comes_first_and_a_file_is_named_once() -> None:
    def one(weight: Weight, kind: str, path: str = "") -> Checked:
        return Checked((Obstacle(weight, kind, "x", "is", "seen", "do", path),))

    checked = together(
        (
            one(Weight.LATER, "a"),
            one(Weight.STOPS, "b", "/f"),
            one(Weight.DANGER, "c", "/f"),
            one(Weight.STOPS, "d"),
        )
    )
    assert [o.kind for o in checked.obstacles] == ["c", "d", "a"]


# Answers


@pytest.mark.parametrize("lines", [(), ("look x",), ("nonsense", "more of it")])
def test_an_answer_that_is_none_is_unknown(lines: tuple[str, ...]) -> None:
    assert isinstance(parsed(lines), Unknown)


def test_an_answer_that_is_cut_off_is_unknown() -> None:
    mark = "7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55"
    lines = [f"look {mark}", f"{mark} engine", f"{mark} =0", f"{mark} config", "{"]
    shown = parsed(lines)
    assert isinstance(shown, Unknown)
    assert "cut off" in shown.reason


def parsed(lines: list[str]) -> Found | Unresolved | Unknown:
    return answers.found(lines, Running())


MARK = "7d0c2a52-4c0b-4d6e-9a31-0f7f3a2b9c55"


def answer(**sections: tuple[str, ...]) -> list[str]:
    """What a host prints that has these sections, and nothing else of interest."""
    usual: dict[str, tuple[str, ...]] = {
        **dict.fromkeys(("published", "volume", "socket", "info"), ()),
        "config": ("{", '  "name": "shop",', '  "services": {"web": {"image": "w"}}', "}"),
        "began": ("1795640453",),
        "whole": (),
    }
    lines = [f"look {MARK}"]
    for name, text in {**usual, **sections}.items():
        lines += [f"{MARK} {name}", *text, f"{MARK} =0"]
    return lines


def test_sockets_as_the_kernel_writes_them() -> None:
    found = parsed(
        answer(
            socket=(
                *("t tcp", "t tcp6", "t udp"),
                "l tcp 0100007F:0050 33 5",
                "l tcp6 00000000000000000000000000000000:01BB 0 6",
                "l tcp6 00000000000000000000000001000000:0050 0 7",
                "l tcp6 0000000000000000FFFF00000100007F:0051 0 8",
                "l udp 00000000:0035 101 9",
                *("a 127.0.0.1", "a 192.0.2.1", "b 00000000000000000000000000000001"),
                *("b fe800000000000000000000000000001", "nonsense", "l tcp X:1 2 3"),
            )
        )
    )
    assert isinstance(found, Found)
    assert [(s.protocol, s.address, s.port, s.uid) for s in found.sockets.listening] == [
        ("tcp", "127.0.0.1", 80, 33),
        ("tcp", "", 443, 0),
        ("tcp", "::1", 80, 0),
        ("tcp", "127.0.0.1", 81, 0),
        ("udp", "0.0.0.0", 53, 101),  # noqa: S104
    ]
    assert found.sockets.protocols == ALL
    assert found.sockets.addresses == {"127.0.0.1", "192.0.2.1", "::1", "fe80::1"}


def test_images_that_are_there_that_are_not_and_that_nobody_knows() -> None:
    shown = (
        '{"id":"1","os":"linux","architecture":"amd64","user":null,"working_dir":"","volumes":null}'
    )
    found = parsed(answer(image=(f"i a {shown}", "i b -", "i c ? not in time")))
    assert isinstance(found, Found)
    assert found.images["a"] == Image("1", "linux", "amd64", "", "", frozenset())
    assert found.images["b"] is None
    assert found.images["c"] == Unknown("not in time")
    assert isinstance(found.image("web"), Unknown)


@pytest.mark.parametrize("line", ["i a {", 'i a {"id":1}', "i a []"])
def test_garbage_is_unknown_and_no_traceback(line: str) -> None:
    shown = parsed(answer(image=(line,)))
    assert isinstance(shown, Unknown) or isinstance(shown.image("web"), Unknown)  # type: ignore[union-attr]
