"""What leaves the host of what an engine, Compose or a container's log says: never a value."""

from __future__ import annotations

import pytest
from hosts import Host, in_directory
from prepared import with_containers

from pyinfra_runbooks.engine.shell import text
from pyinfra_runbooks.packs.clients import scripts as clients
from pyinfra_runbooks.packs.clients.rules.api import Step
from pyinfra_runbooks.packs.clients.rules.needed import Start
from pyinfra_runbooks.settings import Api, Timeouts

SECRET = "hunter2"
ONE = f"{1:064x}"
RUNC = (
    "failed to create task for container: failed to create shim task: OCI runtime create failed: "
    "runc create failed: unable to start container process: error during container init: "
)
LONG = f"redis-server --requirepass {SECRET}"
# What an engine says, and what is made of it.
ENGINE = {
    f'{RUNC}exec: "{LONG}": executable file not found in $PATH': "it is to run is not in its image",
    f'{RUNC}exec: "/bin/{LONG}": stat /bin/{LONG}: no such file or directory: unknown': (
        "what it is to run is not in its image"
    ),
    f'{RUNC}exec: "/start.sh": permission denied: unknown': "what it is to run is not executable",
    "OCI runtime create failed: container_linux.go:380: starting container process caused: exec:"
    f' \\"{LONG}\\": stat {LONG}: no such file or directory: unknown': "is not in its image",
    "driver failed programming external connectivity on endpoint shop-web-1 (0a1b): Bind for"
    " 0.0.0.0:8000 failed: port is already allocated": "port 8000 of this host is in use",
    "driver failed programming external connectivity on endpoint shop-web-1 (0a1b): Bind for"
    " :::8000 failed: port is already allocated": "port 8000 of this host is in use",
    "failed to set up container networking: driver failed programming external connectivity on"
    " endpoint shop-web-1 (0a1b): failed to bind host port for 0.0.0.0:8000:172.18.0.2:80/tcp:"
    " address already in use": "port 8000 of this host is in use",
    "driver failed programming external connectivity on endpoint shop-web-1 (0a1b): Error starting"
    " userland proxy: listen tcp4 0.0.0.0:8000: bind: address already in use": "port 8000 of this",
    f"invalid environment variable: ={SECRET}": "Docker refused: invalid environment variable: ...",
    "error while mounting volume '/var/lib/docker/volumes/nas/_data': failed to mount local volume:"
    f" mount //nas/x:/var/lib/docker/volumes/nas/_data, data: username=u,pass={SECRET}: denied": (
        "mount //nas/x:/var/lib/docker/volumes/nas/_data, data: username..."
    ),
    f"failed to initialize logging driver: dial redis://:{SECRET}@log:1: no": (
        "Docker refused: failed to initialize logging driver: dial redis..."
    ),
    'invalid mount config for type "bind": bind source path does not exist: /srv/shop/x.conf': (
        "what it mounts is not on this host: /srv/shop/x.conf"
    ),
    f'{RUNC}error mounting "/srv/shop/x.conf" to rootfs at "/x.conf": mount src=/srv/shop: not a'
    " directory": 'error mounting "/srv/shop/x.conf" to rootfs at "/x.conf": mount src...',
    "network 0a1b not found": "its network is gone",
    "No such container: 0a1b": "it is gone",
}
# What a container has logged.
LOGS = (
    f"INFO using redis://:{SECRET}@redis:6379/0",
    f"/usr/local/bin/docker-entrypoint.sh: 44: exec: {LONG}: not found",
    f"1:M 26 Nov 2026 21:00:00.000 # {SECRET} logged by a script",
    f">>> '{SECRET}'",
    f">>> 'requirepass \"{SECRET}\" more'",
    f"Reading the configuration file, at line 3 {SECRET}",
)


def engine(host: Host, said: str) -> None:
    """A container that can't be started, for this reason; Compose says the same of a new one."""
    host.stack(str(host.place), "web", state="exited")
    (host.place / "said").write_text(f"Error response from daemon: {said}\n")
    (host.place / "log").write_text("".join(f"{line}\n" for line in LOGS))
    host.tool(
        "docker",
        f"""#!/bin/sh
        case "$*" in
            ps*) exec cat "{host.place}/answers/docker-ps" ;;
            *.State.StartedAt*) echo "exited 2026-01-01T00:00:00Z 0" ;;
            *'{{{{.Name}}}} {{{{.State.ExitCode}}}}'*) echo /shop-web-1 137 ;;
            *'--format {{{{.Name}}}} '*) echo /shop-web-1 ;;
            start* | restart* | unpause*) cat "{host.place}/said" >&2; exit 1 ;;
            logs*) exec cat "{host.place}/log" ;;
            *'{{{{.Image}}}}'* | 'image inspect'*) echo sha256:0a ;;
            inspect*) cat "{host.place}/answers/docker-inspect" ;;
        esac
        """,
    )
    compose = host.place / "docker" / "cli-plugins" / "docker-compose"
    compose.write_text(
        f"#!/bin/sh\necho ' Container shop-web-1  Starting'\ncat {host.place}/said\nexit 1\n"
    )


@pytest.mark.parametrize("step", [Step.START, Step.RECREATE])
@pytest.mark.parametrize(("said", "words"), ENGINE.items(), ids=range(len(ENGINE)))
def test_the_engines_reason_is_reported_and_no_value(
    host: Host, step: Step, said: str, words: str
) -> None:
    engine(host, said)
    done = host.run(
        clients.repair(
            in_directory(host.place), with_containers("web"), "web", step, "example/web:1"
        )
    )
    assert done.code == 1
    assert words in done.err
    assert SECRET not in done.out + done.err
    assert "INFO" not in done.err


def test_so_it_is_where_it_could_not_be_restarted(any_host: Host) -> None:
    engine(any_host, next(iter(ENGINE)))
    stack = in_directory(any_host.place, timeouts=Timeouts(look=1), api=Api("web", stop=1))
    done = any_host.run(
        clients.repair(stack, with_containers("web"), "web", Step.RESTART, "example/web:1")
    )
    assert done.code == 1
    assert "it could not be restarted: what it is to run is not in its image" in done.err
    assert SECRET not in done.out + done.err


def test_another_service_is_started_in_the_same_words(any_host: Host) -> None:
    engine(any_host, next(iter(ENGINE)))
    start = clients.start(in_directory(any_host.place), with_containers("db"), Start("db", ONE))
    done = any_host.run(start)
    assert done.code == 1
    assert "it could not be started: what it is to run is not in its image" in done.err
    assert SECRET not in done.out + done.err


def test_an_engine_that_says_nothing_is_no_reason_to_show_a_log(any_host: Host) -> None:
    """It was started, and ended at once: what it logged last may hold anything."""
    engine(any_host, "")
    (any_host.place / "said").write_text("")
    done = any_host.run(
        clients.start(in_directory(any_host.place), with_containers("web"), Start("web", ONE))
    )
    assert done.code == 1
    assert "it ended with code 137; its log" in done.err
    assert "docker logs --tail 20 shop-web-1" in done.err
    assert SECRET not in done.out + done.err


def test_what_compose_says_is_not_shown(any_host: Host) -> None:
    engine(any_host, "")
    (any_host.place / "said").write_text(
        f" Container shop-web-1  Error {SECRET}\n{SECRET} is bad\n"
    )
    done = any_host.run(
        clients.repair(
            in_directory(any_host.place),
            with_containers("web"),
            "web",
            Step.RECREATE,
            "example/web:1",
        )
    )
    assert done.code == 1
    assert "Container shop-web-1  Error" in done.err
    assert SECRET not in done.out + done.err


# What Redis logs

KNOWN = {
    "1:M 26 Nov 2026 21:00:00.000 # Failed listening on port 6379 (tcp), aborting.": (
        "Failed listening on port 6379 (tcp), aborting."
    ),
    "1:M 2026-11-26T21:00:00.000+01:00 # Can't handle RDB format version 99": (
        "Can't handle RDB format version 99"
    ),
    "1:C 26 Nov 2026 21:00:00.000 # Fatal error, can't open config file '/x.conf': No such file": (
        "Fatal error, can't open config file '/x.conf': No such file"
    ),
    "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***": (
        "*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***"
    ),
    "Reading the configuration file, at line 7": "Reading the configuration file, at line 7",
    f">>> 'maxmemry {SECRET}'": ">>> maxmemry ...",
    "Bad directive or wrong number of arguments": "Bad directive or wrong number of arguments",
    "1:M 26 Nov 2026 21:00:00.000 # Aborting Redis startup because of ACL errors: /x.acl:2: Error"
    " in applying operation '+@nosuch': Unknown command or category name in ACL. ": (
        "Aborting Redis startup because of ACL errors: /x.acl:2: Error in"
        " applying operation '+@nosuch': Unknown command or category name in ACL. "
    ),
    f"Error in user declaration 'on >{SECRET}': Syntax error": "",
    f"Invalid user 'on >{SECRET}'": "Invalid user ...",
    **dict.fromkeys(LOGS[:4], ""),
    LOGS[4]: ">>> requirepass ...",
    LOGS[5]: "",
}


@pytest.mark.parametrize(("line", "shown"), KNOWN.items(), ids=range(len(KNOWN)))
def test_of_a_servers_log_only_known_words_are_shown(any_host: Host, line: str, shown: str) -> None:
    (any_host.place / "log").write_text(f"{line}\n")
    script = text("refused.sh") + text("log.sh") + f"server_words <{any_host.place}/log\n"
    assert any_host.run(script).out.removesuffix("\n") == shown
