"""What a look tells of Compose: its commands at work, and nothing of what it says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
from hosts import Host
from prepared import looked, prepare

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.look import Look

# Who else is at work


@pytest.mark.parametrize(
    ("words", "here", "verb"),
    [
        (["compose", "up", "-d"], True, "up"),
        (["compose", "up", "-Vd", "--scale", "web=2"], True, "up"),
        (["compose", "up", "--wait", "web"], True, "up"),
        (["compose", "up", "--no-start"], True, "up"),
        (["compose", "up", "--force-recreate", "db"], True, "up attached"),
        (["compose", "run", "web", "sh", "-d"], True, "run attached"),
        (["compose", "-f", "PLACE/compose.yml", "down"], False, "down"),
        (["compose", "restart", "cache"], False, None),
        (["compose", "logs", "-f"], True, None),
        (["compose", "config", "up"], False, None),
    ],
)
def test_a_compose_command_at_work(
    host: Host, words: list[str], here: bool, verb: str | None
) -> None:
    """In the project's directory, or with a file of it; nothing is shown of others."""
    stack = prepare(host, host.place / "shop")
    elsewhere = host.place / "elsewhere"
    elsewhere.mkdir()
    tool = host.place / "docker-compose"
    shutil.copy(os.path.realpath("/bin/sh"), tool)  # what it is called is all that counts
    words = [word.replace("PLACE", stack.compose.directory) for word in words]
    at = stack.compose.directory if here else elsewhere
    call = [str(tool), "-c", "read -r end; :", *words]
    with subprocess.Popen(call, cwd=at, stdin=subprocess.PIPE) as command:
        seen = looked(host, stack).seen
        command.communicate(b"\n")
    assert isinstance(seen, Look), seen
    shown = [f"{c.verb}{' attached' if c.attached else ''}" for c in seen.commands]
    assert shown == ([verb] if verb else [])
    assert all(c.seconds < 30 for c in seen.commands)


# What Compose says stays on the host, but for what can hold no value


def compose_says(host: Host, said: str, code: int = 0) -> None:
    """Compose prints this, whatever it is asked."""
    (host.place / "said").write_text(said, encoding="utf-8")
    compose = host.place / "docker" / "cli-plugins" / "docker-compose"
    compose.write_text(f"#!/bin/sh\ncat {host.place}/said >&2\nexit {code}\n")


@pytest.mark.parametrize(
    ("said", "code", "reason"),
    [
        (
            'failed to read /srv/.env: line 4: unterminated quoted value "hunter2\nhunter2\n',
            1,
            "Compose can't resolve the project (/srv/.env, line 4: a quote is not closed)",
        ),
        ("Invalid containerPort: hunter2\n", 15, "Compose can't resolve the project (what it said"),
        (
            'service "web" depends on undefined service "db": invalid compose project\n',
            15,
            'Compose can\'t resolve the project (service "web" depends on undefined service "db":'
            " invalid compose project; if that is behind a profile: Compose(profiles=...)",
        ),
        ("hunter2", 124, "Compose can't resolve the project (it did not answer in time)"),
        ("hunter2", 0, "Compose printed its configuration in a form that is not understood"),
    ],
)
def test_no_value_of_an_error_leaves_the_host(
    any_host: Host, said: str, code: int, reason: str
) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    compose_says(any_host, said, code)
    taken = looked(any_host, stack)
    done, seen = taken.both, taken.seen
    assert isinstance(seen, Unknown)
    assert seen.reason.startswith(reason)
    assert "hunter2" not in done.out + done.err


def test_a_host_without_compose(any_host: Host) -> None:
    stack = prepare(any_host, any_host.place / "shop")
    compose_says(any_host, "unknown flag: hunter2", 125)
    any_host.tool(
        "docker",
        f"""#!/bin/sh
        case $1 in
            ps | inspect) exec cat "{any_host.place}/answers/docker-$1" ;;
            network) exit 0 ;;
        esac
        exit 1
        """,
    )
    done = looked(any_host, stack).both
    assert "no Compose v2" in done.out.splitlines()
    assert "hunter2" not in done.out + done.err


def test_a_variable_is_named_where_a_compose_file_names_it(any_host: Host) -> None:
    """In an env file, or after a plain $, it may be a piece of a password."""
    directory = any_host.place / "it's a shop"
    stack = prepare(any_host, directory)
    (directory / "compose.yml").write_text(
        'image: "a:${TAG}-${FLAVOUR:-x}"\nenvironment: {A: b$hunter2, C: "$${hunter3}"}\n'
    )
    (directory / ".env").write_text("PASSWORD=abc${hunter4}\n")
    config = {"name": "shop", "services": {"cache": {}}}
    warnings = "".join(
        f'time="now" level=warning msg="The \\"{name}\\" variable is not set. Defaulting."\n'
        for name in ("TAG", "hunter2", "hunter3", "hunter4", "FLAVOUR")
    )
    compose_says(any_host, f"{warnings}{json.dumps(config, indent=2)}\n")
    taken = looked(any_host, stack)
    done, seen = taken.both, taken.seen
    assert isinstance(seen, Look), seen
    assert seen.declared.unset == ("TAG", "?", "?", "?", "FLAVOUR")
    assert "hunter" not in done.out + done.err
