"""The scripts that attach containers to networks: any name stays a name."""

from __future__ import annotations

from typing import Any

import pytest
from hosts import HOSTILE, Host, in_directory
from looks import endpoint, healthy
from looks import stack as shop
from prepared import with_containers

from pyinfra_runbooks.engine.compose import Attachment
from pyinfra_runbooks.packs.network import scripts as network
from pyinfra_runbooks.packs.network.rules.attachments import Attach
from pyinfra_runbooks.packs.network.rules.networks import CreateNetwork
from pyinfra_runbooks.packs.network.rules.strangers import Detach

ID = "0123456789abcdef" * 4


@pytest.mark.parametrize("name", HOSTILE)
def test_attach(host: Host, name: str) -> None:
    wanted = Attachment(
        frozenset({name, "cache"}), "172.30.0.5", "fd00::5", frozenset({"169.254.8.8"})
    )
    host.answer("docker-inspect", f"/{name}\n")
    done = host.run(network.attach(shop(), healthy(), Attach(ID, name, f"net {name}", wanted)))
    assert done.of("docker", "network") == [
        [
            *("network", "connect"),
            *(f"--alias={alias}" for alias in sorted(wanted.aliases)),
            *("--ip=172.30.0.5", "--ip6=fd00::5", "--link-local-ip=169.254.8.8"),
            *(f"net {name}", ID),
        ]
    ]
    assert not host.canary


@pytest.mark.parametrize("name", HOSTILE)
def test_reattach(host: Host, name: str) -> None:
    host.answer("docker-inspect", "/shop-cache-1\n")
    had = endpoint("cache", names=frozenset({f"former {name}"}))
    wanted = Attachment(frozenset({name}), driver_opts=(("a", name),), gw_priority=7)
    done = host.run(
        network.attach(shop(), healthy(), Attach(ID, "shop-cache-1", "shop_back", wanted, had))
    )
    assert done.code == 0
    assert done.of("docker", "network", "disconnect") == [
        ["network", "disconnect", "--force", "shop_back", ID]
    ]
    assert done.of("docker", "network", "connect") == [
        [
            *("network", "connect", f"--alias={name}", f"--driver-opt=a={name}"),
            *("--gw-priority=7", "shop_back", ID),
        ]
    ]
    assert not host.canary


def test_what_can_not_be_attached_again_is_put_back_as_it_was(any_host: Host) -> None:
    log = any_host.place / "log"
    any_host.tool(
        "docker",
        "#!/bin/sh\n[ $1 != inspect ] || exec echo /shop-cache-1\n"
        f'echo "$*" >>{log}\ncase "$*" in *--alias=new*) echo no >&2; exit 1 ;; esac\n',
    )
    had = endpoint("cache", names=frozenset({"old"}), ipv4="172.30.0.7")
    action = Attach(ID, "shop-cache-1", "shop_back", Attachment(frozenset({"new"})), had)
    done = any_host.run(network.attach(shop(), healthy(), action))
    assert done.code != 0
    assert "put back" in done.err
    assert log.read_text(encoding="utf-8").splitlines() == [
        f"network disconnect --force shop_back {ID}",
        *3 * [f"network connect --alias=new shop_back {ID}"],
        f"network connect --alias=old --ip=172.30.0.7 shop_back {ID}",
    ]


def test_an_alias_of_two_lines_is_one_alias(host: Host) -> None:
    host.answer("docker-inspect", "/shop-cache-1\n")
    wanted = Attachment(frozenset({"two\n--ip=172.30.0.66"}))
    action = Attach(ID, "shop-cache-1", "shop_back", wanted, endpoint("cache"))
    done = host.run(network.attach(shop(), healthy(), action))
    (connect,) = done.of("docker", "network", "connect")
    assert connect[2:] == ["--alias=two\n--ip=172.30.0.66", "shop_back", ID]


@pytest.mark.parametrize("name", HOSTILE)
def test_detach(host: Host, name: str) -> None:
    host.answer("docker-inspect", f"/{name}\n")
    done = host.run(network.detach(shop(), healthy(), Detach(ID, name, f"net {name}")))
    assert done.of("docker", "network") == [["network", "disconnect", f"net {name}", ID]]
    assert not host.canary


WANTED = Attachment(frozenset({"cache"}), "172.30.0.5")
STEPS = {
    "attach": Attach(ID, "shop-cache-1", "shop_back", WANTED),
    "reattach": Attach(ID, "shop-cache-1", "shop_back", WANTED, endpoint("cache")),
    "detach": Detach(ID, "shop-cache-1", "shop_back"),
}


def step(action: Attach | Detach) -> str:
    does: Any = network.attach if isinstance(action, Attach) else network.detach
    return str(does(shop(), healthy(), action))


@pytest.mark.parametrize("does", STEPS)
@pytest.mark.parametrize(
    ("now", "words"),
    [
        # Compose renames the one that it replaces.
        ("echo /0a1b2c3d4e5f_shop-cache-1", "is another container than was looked at"),
        ("echo 'Error: No such container: a1' >&2; exit 1", "shop-cache-1 is gone: run this again"),
        ("exit 0", "is another container than was looked at"),
        ("exit 1", "could not be looked at again"),
    ],
)
def test_one_that_was_made_since_under_that_name_is_left_alone(
    any_host: Host, does: str, now: str, words: str
) -> None:
    log = any_host.place / "log"
    any_host.tool(
        "docker",
        f"""#!/bin/sh
        case $1:$* in inspect:*{ID}) {now}; exit ;; inspect:*) echo /shop-cache-1; exit ;; esac
        echo "$*" >>{log}
        """,
    )
    done = any_host.run(step(STEPS[does]))
    assert (done.code, log.exists()) == (1, False)
    assert words in done.err
    assert "shop-cache-1" in done.err
    assert "nothing was changed" in done.err


def test_create(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    done = any_host.run(
        network.create(
            in_directory(any_host.place), with_containers("cache"), CreateNetwork("cache")
        )
    )
    (up,) = done.of("docker-compose")
    words = up[up.index("up") :]
    assert {"--no-start", "--no-recreate", "--no-deps", "--no-build", "--pull"} < set(words)
    assert words[-1] == "cache"


def test_a_network_that_differs_is_removed_before(any_host: Host) -> None:
    any_host.stack(str(any_host.place), "cache")
    any_host.answer("docker-network", "--driver=bridge\n")
    action = CreateNetwork("cache", instead_of="shop_back")
    done = any_host.run(
        network.create(in_directory(any_host.place), with_containers("cache"), action)
    )
    assert done.of("docker", "network", "rm") == [["network", "rm", "shop_back"]]
    assert done.of("docker", "network", "create") == []
    assert len(done.of("docker-compose")) == 1
    busy = "error while removing network: network shop_back has active endpoints"
    refusing(any_host, busy, "case $2 in inspect) echo --driver=bridge; exit ;; esac")
    failed = any_host.run(
        network.create(in_directory(any_host.place), with_containers("cache"), action)
    )
    assert (failed.code, failed.of("docker-compose")) == (1, [])
    assert "shop_back could not be removed: something is on shop_back" in failed.err


FORMER = """--driver=bridge
--internal
--opt=com.docker.network.bridge.name=br it's
--ipam-driver=default
--subnet=172.30.0.0/16
--gateway=172.30.0.1
--label=com.docker.compose.network=back
--label=note=$(touch canary) in two
lines
"""


def unwilling(host: Host, kept: str = "", back: int = 0) -> None:
    """An engine that removes the network, and a Compose that can't create the one it declares."""
    (host.place / "former").write_text(FORMER, encoding="utf-8")
    (host.place / "kept").write_text(kept, encoding="utf-8")
    host.tool(
        "docker",
        f"""#!/bin/sh
        printf '%s\\n' "$*" >>{host.place}/log
        case $1:${{2:-}}:${{3:-}} in
            ps:* | inspect:*) exec cat "{host.place}/answers/docker-$1" ;;
            network:rm:*) rm {host.place}/former ;;
            network:inspect:--format) cat {host.place}/former ;;
            network:inspect:*) [ -s {host.place}/kept ] ;;
            network:create:*) echo refused >&2; exit {back} ;;
        esac
        """,
    )
    compose = host.place / "docker" / "cli-plugins" / "docker-compose"
    compose.write_text(
        "#!/bin/sh\necho 'failed to create network a: Error response from daemon: Pool overlaps"
        " with other one on this address space' >&2\nexit 1\n"
    )


def replaced(host: Host) -> tuple[str, list[str]]:
    host.stack(str(host.place), "cache")
    action = CreateNetwork("cache", instead_of="shop_back")
    done = host.run(network.create(in_directory(host.place), with_containers("cache"), action))
    assert done.code == 1
    assert not host.canary
    log = (host.place / "log").read_text(encoding="utf-8").splitlines()
    return done.err, [line for line in log if line.startswith("network create")]


def test_a_network_that_can_not_be_replaced_is_put_back(any_host: Host) -> None:
    """Its containers are stopped: without it, nothing of the stack could be started any more."""
    unwilling(any_host)
    said, made = replaced(any_host)
    assert "another network has a part of its subnet" in said
    assert "shop_back is there again as it was" in said
    assert made == [
        "network create --driver=bridge --internal --opt=com.docker.network.bridge.name=br it's"
        " --ipam-driver=default --subnet=172.30.0.0/16 --gateway=172.30.0.1"
        " --label=com.docker.compose.network=back --label=note=$(touch canary) in two shop_back"
    ]


def test_one_that_compose_has_made_all_the_same_stays(any_host: Host) -> None:
    unwilling(any_host, kept="yes")
    assert replaced(any_host)[1] == []


def test_one_that_is_gone_for_good_is_reported(any_host: Host) -> None:
    unwilling(any_host, back=1)
    said, made = replaced(any_host)
    assert len(made) == 3
    assert "shop_back could not be put back" in said


def test_what_nobody_can_put_back_is_not_removed(any_host: Host) -> None:
    unwilling(any_host)
    (any_host.place / "former").unlink()
    said, made = replaced(any_host)
    assert made == []
    assert "was not removed" in said
    assert "network rm" not in (any_host.place / "log").read_text(encoding="utf-8")


def test_no_container_is_made_for_a_network(any_host: Host) -> None:
    """It was there when that was judged."""
    any_host.stack(str(any_host.place))
    script = network.create(
        in_directory(any_host.place), with_containers("cache"), CreateNetwork("cache")
    )
    done = any_host.run(script)
    assert (done.code, done.of("docker-compose")) == (1, [])
    assert "its containers have changed since the look" in done.err


# What an engine refuses, in words

REFUSALS = {
    "invalid endpoint settings:\nno configured subnet or ip-range contain the IP address": (
        "no subnet of shop_back has its address"
    ),
    "invalid endpoint settings: user specified IP address is supported only when connecting to"
    " networks with user configured subnets": "was created without a declared subnet",
    "Address already in use": "is already in use on shop_back",
    "no available IPv4 addresses on this network's address pools: shop_back": "no address is left",
    "could not find a network matching network mode 0a1b: network 0a1b not found": (
        "it is configured for a network that is gone"
    ),
    "endpoint with name a already exists in network shop_back": "attached to shop_back meanwhile",
    "network shop_back not found": "shop_back is gone",
    "No such container: shop-cache-1": "shop-cache-1 is gone",
    "container sharing network namespace with another container or host cannot be connected to any"
    " other network": "uses another container's network",
    "Could not attach to network shop_back: rpc error: code = PermissionDenied desc = network"
    " shop_back not manually attachable": "belongs to a Swarm",
    "something that nobody has seen \33[31m yet": "Docker refused: something that nobody has seen",
}


def refusing(host: Host, said: str, but: str = "") -> None:
    """An engine that refuses whatever is asked of networks."""
    (host.place / "said").write_text(f"Error response from daemon: {said}\n")
    host.tool(
        "docker",
        f"""#!/bin/sh
        case $1 in ps | inspect) exec cat "{host.place}/answers/docker-$1" ;; esac
        {but}
        cat "{host.place}/said" >&2
        exit 1
        """,
    )


@pytest.mark.parametrize(("said", "words"), REFUSALS.items(), ids=range(len(REFUSALS)))
def test_no_refusal_is_reported_raw(host: Host, said: str, words: str) -> None:
    refusing(host, said)
    host.answer("docker-inspect", "/shop-cache-1\n")
    attach = Attach(ID, "shop-cache-1", "shop_back", Attachment(frozenset({"cache"})))
    detach = Detach(ID, "shop-cache-1", "shop_back")
    for script in (
        network.attach(shop(), healthy(), attach),
        network.detach(shop(), healthy(), detach),
    ):
        done = host.run(script)
        assert done.code == 1
        assert words in done.err
        assert "Error response" not in done.err
        assert "\33" not in done.err


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("failed to create network a: Error response from daemon: Pool overlaps with", "another"),
        ('network a was found but has incorrect label x set to "hunter2"', "did not create"),
        (
            "failed to create network a: Error response from daemon: all predefined address pools"
            " have been fully subnetted",
            "no subnet left",
        ),
        ("services.cache.environment: hunter2 is not allowed", "Docker refused: nothing was said"),
    ],
)
def test_what_compose_refuses_is_reported_without_a_value(
    any_host: Host, said: str, words: str
) -> None:
    any_host.stack(str(any_host.place), "cache")
    compose = any_host.place / "docker" / "cli-plugins" / "docker-compose"
    (any_host.place / "said").write_text(f"{said}\n")
    compose.write_text(f"#!/bin/sh\ncat {any_host.place}/said >&2\nexit 1\n")
    done = any_host.run(
        network.create(
            in_directory(any_host.place), with_containers("cache"), CreateNetwork("cache")
        )
    )
    assert done.code == 1
    assert words in done.err
    assert "hunter2" not in done.out + done.err
