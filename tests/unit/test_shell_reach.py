"""Where names lead from a network namespace, and what is in the way: tried in real ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import namespaces
import pytest
from hosts import SHELLS, Host
from looks import FRONT, healthy, stack, with_container, with_endpoint
from namespaces import CLIENT, OTHER, SERVER, Place

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.reach import Answer, Connections, Reach, Rule, Way, parse
from pyinfra_runbooks.engine.shell import script
from pyinfra_runbooks.facts.stack import StackReach
from pyinfra_runbooks.packs.network.asking import pairs
from pyinfra_runbooks.packs.network.rules.reach import findings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - in a network of its own
real = pytest.mark.needs("namespaces")


@pytest.fixture
def places() -> Iterator[tuple[Place, Place]]:
    """A client and a server on one network."""
    with namespaces.wired() as both:
        yield both


@pytest.fixture(params=SHELLS)
def here(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    """This machine, on which they are."""
    return Host(tmp_path, request.param)


def asked(
    host: Host, client: Place, server: Place, name: str = "cache", port: int | str = 6379
) -> Reach | Unknown:
    """What the client's namespace makes of a name for the server."""
    done = host.run(
        script(
            "ask_reach.sh",
            id="c1",
            pid=client.pid,
            address=CLIENT,
            own="shop-web-1",
            targets=f"{name}\t{port}\ts1\t{server.pid}",
        )
    )
    assert done.code == 0, done.out + done.err
    assert done.of("docker") == []
    (found,) = parse(done.out.splitlines()).values()
    return found


def reached(host: Host, client: Place, server: Place, name: str = "cache") -> Reach:
    found = asked(host, client, server, name)
    assert isinstance(found, Reach)
    return found


@real
def test_a_connection_opens(here: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(cache=SERVER)
    server.listens(EVERYWHERE, 6379)
    found = reached(here, client, server)
    assert found == Reach(
        "cache", 6379, Answer.FOUND, (SERVER,), {SERVER: Way.OPENS}, {}, {SERVER: Connections()}
    )


@real
@pytest.mark.parametrize(
    ("at_the_server", "way"),
    [
        ("iptables -A INPUT -p tcp --dport 6379 -j DROP", Way.DROPPED),
        ("iptables -A INPUT -p tcp -j REJECT --reject-with icmp-host-prohibited", Way.BARRED),
        ("iptables -A OUTPUT -p tcp -j DROP", Way.DROPPED),
    ],
    ids=["dropped", "rejected", "answers dropped"],
)
def test_packets_do_not_get_through(
    host: Host, places: tuple[Place, Place], at_the_server: str, way: Way
) -> None:
    client, server = places
    client.names(cache=SERVER)
    server.listens(EVERYWHERE, 6379)
    server.run(at_the_server)
    found = reached(host, client, server)
    assert found.ways == {SERVER: way}
    assert found.listens is None
    rule = at_the_server.removeprefix("iptables ").replace("tcp --dport", "tcp -m tcp --dport")
    assert Rule("s1", "iptables", rule) in found.rules
    assert not [r for r in found.rules if r.place == "shop-web-1"]


@real
def test_the_client_itself_has_no_way(host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(cache=SERVER)
    server.listens(EVERYWHERE, 6379)
    client.run(f"ip route add unreachable {SERVER}")
    found = reached(host, client, server)
    assert found.ways == {SERVER: Way.BARRED}
    assert found.words == {SERVER: "No route to host"}


@real
@pytest.mark.parametrize(
    ("listens", "told"),
    [
        (("127.0.0.1", 6379), ("127.0.0.1", 6379)),
        ((EVERYWHERE, 6380), ("*", 6380)),
        (("::1", 6379), ("::1", 6379)),
    ],
    ids=["for itself alone", "on another port", "for itself, by IPv6"],
)
def test_a_refusal_says_where_the_server_listens(
    host: Host, places: tuple[Place, Place], listens: tuple[str, int], told: tuple[str, int]
) -> None:
    client, server = places
    client.names(cache=SERVER)
    server.start(namespaces.LISTENS, *map(str, listens))
    found = reached(host, client, server)
    assert found.ways == {SERVER: Way.REFUSED}
    assert found.listens == (told,)


@real
def test_only_new_connections_are_dropped(host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(cache=SERVER)
    server.listens(EVERYWHERE, 6379)
    client.start(namespaces.CONNECTS, SERVER, "6379")
    server.run("iptables -A INPUT -p tcp --syn -j DROP")
    found = reached(host, client, server)
    assert found.ways == {SERVER: Way.DROPPED}
    assert found.has == {SERVER: Connections(open=1)}


@real
def test_only_old_connections_are_dropped(host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(cache=SERVER)
    server.listens(EVERYWHERE, 6379)
    connected = client.start(namespaces.CONNECTS, SERVER, "6379")
    assert connected.stdout
    port = int(connected.stdout.readline())
    server.run(f"iptables -A INPUT -p tcp --sport {port} -j DROP")
    assert connected.stdin
    connected.stdin.write(b"PING\n")
    connected.stdin.flush()
    time.sleep(3)  # Three times the same packet, after 0.2, 0.4 and 0.8 seconds.
    found = reached(host, client, server)
    assert found.ways == {SERVER: Way.OPENS}
    assert found.has == {SERVER: Connections(open=1, stuck=1)}


@real
@pytest.mark.parametrize(
    ("names", "said"),
    [
        ({"shop-web-1": CLIENT}, Answer.NOBODY),
        ({"shop-web-1": CLIENT, "cache": "silent"}, Answer.SILENT),
        ({"all": "silent"}, Answer.DEAD),
    ],
    ids=["nobody", "no answer", "no answer to anything"],
)
def test_a_name_leads_nowhere(
    host: Host, places: tuple[Place, Place], names: dict[str, str], said: Answer
) -> None:
    client, server = places
    client.names(**names)
    found = reached(host, client, server)
    assert (found.said, found.addresses, found.ways) == (said, (), {})


@real
def test_nobody_answers_for_names_at_all(host: Host, places: tuple[Place, Place]) -> None:
    assert reached(host, *places).said == Answer.DEAD


@real
def test_two_answer_to_a_name(host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(**{"dead-redis": f"{SERVER},{OTHER}"})
    server.run(f"ip addr add {OTHER}/24 dev w1")
    server.listens(OTHER, 6379)
    found = reached(host, client, server, "dead-redis")
    assert found.addresses == (SERVER, OTHER)
    assert found.ways == {SERVER: Way.REFUSED, OTHER: Way.OPENS}
    assert found.listens == ((OTHER, 6379),)


@real
def test_the_containers_own_file_comes_first(host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.hosts(f"127.0.0.1 localhost\n{SERVER} other Cache # cache2\n")
    client.names(cache=OTHER)
    found = reached(host, client, server)
    assert (found.said, found.addresses) == (Answer.FILE, (SERVER,))
    assert reached(host, client, server, "cache2").said == Answer.NOBODY


@real
@pytest.mark.parametrize("file", ["hosts", "resolv.conf"])
@pytest.mark.parametrize("leads", ["ln -s '{there}/{file}' /etc/{file}", "touch /etc/{file}"])
def test_a_link_of_the_containers_does_not_lead_root_out_of_it(
    any_host: Host, places: tuple[Place, Place], tmp_path: Path, file: str, leads: str
) -> None:
    client, server = places
    client.names(cache=SERVER)
    there = tmp_path / "of the host"
    there.mkdir()
    (there / file).write_text(f"{OTHER} cache\nnameserver {OTHER}\n", encoding="utf-8")
    client.run(
        "mount -t tmpfs none /etc && echo nameserver 127.0.0.11 >/etc/resolv.conf && :>/etc/hosts"
        f" && rm /etc/{file} && {leads.format(there=there, file=file)}"
    )
    values = {"pid": client.pid, "address": CLIENT, "own": "shop-web-1"}
    done = any_host.run(
        script("ask_reach.sh", id="c1", targets=f"cache\t\ts1\t{server.pid}\tx", **values)
    )
    out = done.out + done.err
    assert OTHER not in out
    if leads.startswith("ln"):
        assert (done.code, parse(done.out.splitlines())) == (1, {})
        assert "its own /etc leads out of it" in out
    else:
        assert done.code == 0


@real
def test_without_a_port_no_connection_is_tried(host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(cache=SERVER)
    assert asked(host, client, server, port="") == Reach("cache", None, Answer.FOUND, (SERVER,))


@real
def test_another_containers_network_is_not_entered(host: Host, places: tuple[Place, Place]) -> None:
    """Where the engine's numbers are others than this host's."""
    _, server = places
    values = {"pid": server.pid, "address": CLIENT, "own": "shop-web-1", "images": ("sha256:1",)}
    done = host.run(script("ask_reach.sh", id="c1", targets="cache\t6379\ts1\t1", **values))
    assert done.code == 1
    assert "no container could be started in its network" in done.out + done.err
    assert done.of("docker", "run")


# Without root

NOT_ROOT = {
    "id": "c1",
    "pid": 1,
    "address": CLIENT,
    "own": "shop-web-1",
    "targets": ("cache\t6379\ts1\t43\tsha256:s1", "db\t\ts2\t44\tsha256:s2"),
}
ANSWER = f"""r	cache	6379	found	s1	{SERVER}
e	{SERVER}	0	0	1
t	{SERVER}	dropped
.
x	db		there is nothing to ask for a name with
whole
"""


def unprivileged(host: Host, docker: str, **more: object) -> tuple[int, str, list[list[str]]]:
    """What comes of it where this user may only use the engine, which does that."""
    host.of_user(1000)
    host.tool("docker", _CALLED + docker)
    given = {**NOT_ROOT, "images": ("sha256:1", "sha256:2"), **more}
    done = host.run(script("ask_reach.sh", **given))
    calls = (host.place / "called").read_text(encoding="utf-8").split("\0\n")
    return done.code, done.out + done.err, [call.split("\0") for call in calls if call]


_CALLED = r"""#!/bin/sh
{ printf '%s\0' "$@"; echo; } >>"$HOME/called"
for image in "$@"; do case $image in sha256:*) break ;; esac; done
"""


def test_a_container_in_its_network_is_asked(here: Host) -> None:
    code, out, calls = unprivileged(here, f"case $1 in run) cat <<'end'\n{ANSWER}end\nesac")
    assert code == 0
    assert parse(out.splitlines()) == {
        ("cache", 6379): Reach(
            "cache",
            6379,
            Answer.FOUND,
            (SERVER,),
            {SERVER: Way.DROPPED},
            {},
            {SERVER: Connections(begun=1)},
        ),
        ("db", None): Unknown("there is nothing to ask for a name with"),
    }
    (run,) = [call for call in calls if call[0] == "run"]
    given = dict(pairwise(run))
    assert "--rm" in run
    assert "--read-only" in run
    assert (given["--network"], given["--pull"]) == ("container:c1", "never")
    assert (given["--log-driver"], given["--cap-drop"]) == ("none", "ALL")
    assert (given["--user"], given["--entrypoint"]) == ("65534:65534", "sh")
    assert (given["--memory"], given["--pids-limit"]) == ("64m", "256")
    assert "com.docker.compose.project=" in run  # Whatever label the image has
    assert not [word for word in run if word.startswith(("-v", "--mount", "--privileged", "-e"))]


_RUNS = r"""
[ "$1" = run ] || exit 0
while :; do
    case $1 in container:*) network=$1 ;; sha256:*) shift && break ;; esac
    shift
done
case $network in container:s1) pid=SERVER ;; *) pid=CLIENT ;; esac
exec nsenter -t $pid -n -m \
    setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all sh "$@"
"""


@real
@pytest.mark.parametrize("port", [6379, 6380])
def test_what_such_a_container_does_there(
    host: Host, places: tuple[Place, Place], port: int
) -> None:
    """Without any right, and with the client's own files in the place of the host's."""
    client, server = places
    client.hosts(f"127.0.0.1 localhost\n{OTHER} written\n")
    client.names(cache=SERVER)
    server.listens(EVERYWHERE, 6379)
    runs = _RUNS.replace("SERVER", str(server.pid)).replace("CLIENT", str(client.pid))
    targets = (f"cache\t{port}\ts1\t1\tsha256:s1", f"written\t{port}\ts1\t1\tsha256:s1")
    code, out, calls = unprivileged(host, runs, targets=targets)
    assert code == 0
    found = parse(out.splitlines())
    reach, written = found["cache", port], found["written", port]
    assert isinstance(reach, Reach)
    assert isinstance(written, Reach)
    assert (written.said, written.ways) == (Answer.FILE, {OTHER: Way.BARRED})
    if port == 6379:
        assert (reach.ways, reach.listens) == ({SERVER: Way.OPENS}, None)
        assert len([call for call in calls if call[0] == "run"]) == 1
    else:
        assert (reach.ways, reach.listens) == ({SERVER: Way.REFUSED}, (("*", 6379),))


def test_the_next_image_is_tried_where_one_has_no_shell(here: Host) -> None:
    no_shell = "docker: Error response from daemon: exec: sh: executable file not found"
    code, out, calls = unprivileged(
        here,
        f"case $1:$image in run:*:1) echo '{no_shell}'; exit 127 ;;"
        f" run:*) cat <<'end'\n{ANSWER}end\nesac",
    )
    assert code == 0
    assert isinstance(parse(out.splitlines())["cache", 6379], Reach)
    assert [call[0] for call in calls if call[0] == "run"] == ["run", "run"]


def test_where_none_has_one_that_is_said(here: Host) -> None:
    code, out, _ = unprivileged(
        here, "case $1 in run) echo 'exec: sh: not found'; exit 127 ;; esac"
    )
    assert code == 1
    assert "no container could be started in its network (exec: sh: not found)" in out
    assert parse(out.splitlines()) == {}


def test_an_answer_that_is_cut_short_is_none(here: Host) -> None:
    cut = ANSWER.partition("x\t")[0]
    code, out, _ = unprivileged(here, f"case $1 in run) cat <<'end'\n{cut}end\nesac")
    assert code == 1
    assert "no container could be started" in out


def test_what_is_left_is_removed(here: Host) -> None:
    """It is known by a label that no other one has."""
    _, _, calls = unprivileged(
        here, "case $1:$* in run:*) exit 125 ;; ps:*helper=*) echo 0123456789ab ;; esac"
    )
    (run, *_) = [call for call in calls if call[0] == "run"]
    label = run[run.index("--label") + 1]
    assert label.startswith("pyinfra-runbooks.helper=")
    assert ["ps", "--all", "--quiet", "--filter", f"label={label}"] in [c[:5] for c in calls]
    assert ["rm", "--force", "--volumes", "0123456789ab"] in [call[:4] for call in calls]


def test_a_refusal_without_root_asks_the_servers_network_too(here: Host) -> None:
    refused = ANSWER.replace("dropped", "refused")
    listens = "L\ts1\nl\ts1\t127.0.0.1\t6379\nwhole"
    code, _, calls = unprivileged(
        here,
        f"case $1:$* in run:*container:s*) printf '{listens}\n' ;;"
        f" run:*) cat <<'end'\n{refused}end\nesac",
        helper_image="sha256:0",
    )
    assert code == 0
    # No code of the one runs in the other's network.
    images = {
        (dict(pairwise(call))["--network"], word)
        for call in calls
        for word in call
        if call[0] == "run" and word.startswith("sha256:")
    }
    assert {network for network, _ in images} == {"container:c1", "container:s1", "container:s2"}
    assert {word for _, word in images} == {"sha256:0"}


def test_no_image_of_another_runs_in_a_network(here: Host) -> None:
    refused = ANSWER.replace("dropped", "refused")
    _, _, calls = unprivileged(
        here,
        "case $1:$* in run:*container:s*) exit 127 ;;"
        f" run:*sha256:1*) exit 127 ;; run:*) cat <<'end'\n{refused}end\nesac",
    )
    run = [call for call in calls if call[0] == "run"]
    assert [
        (dict(pairwise(call))["--network"], next(w for w in call if w.startswith("sha256:")))
        for call in run
    ] == [
        ("container:c1", "sha256:1"),
        ("container:c1", "sha256:2"),
        ("container:s1", "sha256:s1"),
        ("container:s2", "sha256:s2"),
    ]


def test_where_a_server_listens_is_read(here: Host) -> None:
    refused = ANSWER.replace("dropped", "refused")
    listens = "L\ts1\nl\ts1\t127.0.0.1\t6379\nwhole"
    _, out, _ = unprivileged(
        here,
        f"case $1:$* in run:*container:s*) printf '{listens}\n' ;;"
        f" run:*) cat <<'end'\n{refused}end\nesac",
    )
    found = parse(out.splitlines())["cache", 6379]
    assert isinstance(found, Reach)
    assert found.listens == (("127.0.0.1", 6379),)


# As the fact asks it


@real
def test_the_third_command_of_a_look(any_host: Host, places: tuple[Place, Place]) -> None:
    client, server = places
    client.names(cache=f"{SERVER},{OTHER}")
    server.listens(EVERYWHERE, 6379)
    look = healthy()
    at = {"web": (client.pid, CLIENT), "cache": (server.pid, SERVER)}
    for service, (pid, address) in at.items():
        look = with_endpoint(with_container(look, service, pid=pid), service, address=address)
    look = with_endpoint(look, "web", FRONT, address="")
    fact, tried = StackReach(), pairs(look, stack())
    done = any_host.run(fact.command(stack=stack(), pairs=tried))
    assert done.code == 0
    found = fact.process(done.out.splitlines())
    reach = found["shop-web-1", "cache"]
    assert isinstance(reach, Reach)
    assert reach.ways == {SERVER: Way.OPENS, OTHER: Way.BARRED}
    (finding,) = findings(replace(look, reaches=found), stack())
    assert finding.problem == (
        "its name cache leads to ours, and in 1 of 2 cases to an address that no container has"
    )


def test_a_host_that_says_nothing_of_it() -> None:
    look = with_container(with_container(healthy(), "web", pid=1), "cache", pid=2)
    fact = StackReach()
    fact.command(stack=stack(), pairs=pairs(look, stack()))
    (reach,) = fact.process(["look", "sh: cannot fork"]).values()
    assert isinstance(reach, Unknown)
    assert fact.default() == {}
