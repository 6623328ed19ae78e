"""servers.awk: which service is a Redis, by the words that start it; these stay on the host."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from awks import AWKS, SECRET

from pyinfra_runbooks.engine.shell import text

IMAGES: dict[str, Any] = {
    "redis:7": {"entrypoint": ["docker-entrypoint.sh"], "cmd": ["redis-server"]},
    "valkey:8": {"entrypoint": ["/usr/bin/start.sh"], "cmd": ["valkey-server", "/etc/v.conf"]},
    "store:1": {"entrypoint": ["tini", "--", "/usr/bin/redis-server", "/c.conf"], "cmd": None},
    "bare:1": {"entrypoint": ["setpriv", "--reuid=999", "--clear-groups", "--"], "cmd": None},
    "web:1": {"entrypoint": None, "cmd": ["web"]},
}


def shown(awk: tuple[str, ...], service: dict[str, Any], options: bool = False) -> str:
    """What it prints of one service, called cache."""
    config = {"name": "shop", "services": {"cache": service}}
    lines = [f"i {name} {json.dumps(image)}" for name, image in IMAGES.items()]
    lines += [f"c {line}" for line in json.dumps(config, indent=2).splitlines()]
    done = subprocess.run(
        [*awk, text("json.awk") + text("servers.awk")],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "options_of": "cache" if options else ""},
    )
    assert done.stderr == ""
    return done.stdout


def server(name: str = "redis-server", **more: object) -> dict[str, object]:
    known: dict[str, object] = {"service": "cache", "server": name, "script": False, "keeps": False}
    known["stays"] = False
    paths = {"entry": "docker-entrypoint.sh", "conf": "", "dir": "", "acl": ""}
    return {**known, **paths, "becomes": "", **more}


SERVERS: dict[str, tuple[dict[str, Any], dict[str, object]]] = {
    "the image's own command": ({"image": "redis:7", "command": None}, server()),
    "options alone": (
        {"image": "redis:7", "command": ["--requirepass", SECRET, "--dir", "/d"]},
        server(dir="/d"),
    ),
    "a configuration alone": ({"image": "redis:7", "command": ["/r.conf"]}, server(conf="/r.conf")),
    "all of it": (
        {"image": "redis:7", "command": ["redis-server", "/r.conf", "--aclfile", "/a"]},
        server(conf="/r.conf", acl="/a"),
    ),
    "a command of the image": (
        {"image": "valkey:8"},
        server("valkey-server", entry="/usr/bin/start.sh", conf="/etc/v.conf"),
    ),
    "an entrypoint": ({"image": "store:1"}, server(entry="", conf="/c.conf")),
    "an entrypoint that gives up root's rights": (
        {"image": "bare:1", "command": ["valkey-server", "/c.conf"]},
        server("valkey-server", entry="", conf="/c.conf", becomes="999"),
    ),
    "a command that does": (
        {"image": "redis:7", "entrypoint": ["gosu", "redis:redis", "redis-server"]},
        server(entry="", becomes="redis"),
    ),
    "another entrypoint": (
        {"image": "valkey:8", "entrypoint": ["/bin/redis-server"], "command": ["--dir", "/d"]},
        server(entry="", dir="/d"),
    ),
    "a line of shell": (
        {"image": "redis:7", "command": ["sh", "-c", f"exec redis-server --requirepass {SECRET}"]},
        server(script=True),
    ),
    "lines of shell": (
        {
            "image": "redis:7",
            "command": ["sh", "-euc", "echo $$P >/etc/r.conf\nexec redis-server /etc/r.conf\n"],
        },
        server(script=True, conf="/etc/r.conf"),
    ),
    "the image's script in a line of shell": (
        {
            "image": "redis:7",
            "command": [
                *("sh", "-euc"),
                '/usr/local/bin/docker-entrypoint.sh --dir /d --requirepass "$$(cat $$FILE)"',
            ],
        },
        server(script=True, dir="/d"),
    ),
    "and a configuration": (
        {"image": "redis:7", "command": ["sh", "-c", "exec docker-entrypoint.sh /r.conf"]},
        server(script=True, conf="/r.conf"),
    ),
    "one that stays root": (
        {"image": "redis:7", "environment": {"SKIP_DROP_PRIVS": "1", "PASSWORD": SECRET}},
        server(stays=True),
    ),
    "what is kept": (
        {"image": "redis:7", "command": ["--save", "900 1", "--appendonly", "no"]},
        server(keeps=True),
    ),
    "a variable in it": (
        {"image": "redis:7", "command": ["sh", "-c", "valkey-server --dir $$D --aclfile /a"]},
        server("valkey-server", script=True, acl="/a"),
    ),
}
NONE: dict[str, dict[str, Any]] = {
    "another service": {"image": "web:1"},
    "a host's name": {"image": "web:1", "command": ["wait-for", "redis-server"]},
    "a host's name and a port": {"image": "web:1", "command": ["--host=redis-server:6379"]},
    "a host's name in a line of shell": {
        "image": "web:1",
        "command": ["sh", "-c", "wait-for redis-server && go"],
    },
    "another command of the image": {"image": "redis:7", "command": ["redis-sentinel", "/s.conf"]},
    "a sentinel": {"image": "redis:7", "command": ["redis-server", "/s.conf", "--sentinel"]},
    "a sentinel in a line of shell": {
        "image": "redis:7",
        "command": ["sh", "-c", "cp /s /s.conf && exec redis-server /s.conf --sentinel"],
    },
    "an entrypoint without the image's command": {"image": "redis:7", "entrypoint": ["sleep"]},
    "another program by the image's script": {
        "image": "redis:7",
        "command": ["sh", "-c", "docker-entrypoint.sh redis-cli -h cache"],
    },
    "the script of another image": {
        "image": "web:1",
        "command": ["sh", "-c", "/docker-entrypoint.sh --debug"],
    },
    "an image that is not there": {"image": "gone:1"},
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", SERVERS)
def test_a_server(awk: tuple[str, ...], name: str) -> None:
    service, expected = SERVERS[name]
    printed = shown(awk, service)
    assert json.loads(printed) == expected
    assert SECRET not in printed


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("name", NONE)
def test_no_server(awk: tuple[str, ...], name: str) -> None:
    assert shown(awk, NONE[name]) == ""


@pytest.mark.parametrize("awk", AWKS)
def test_the_options_for_a_trial_hold_no_password(awk: tuple[str, ...]) -> None:
    words = [
        *("redis-server", "/r.conf", "--requirepass", SECRET, "--masterauth", SECRET),
        *("--save", "900 1", "--dir", "/d", "--user", "a", f">{SECRET}", "--maxmemory", "1gb"),
    ]
    printed = shown(awk, {"image": "redis:7", "command": words}, options=True)
    assert printed.splitlines() == [
        *("--requirepass", "x", "--masterauth", "x", "--save", "900 1", "--dir", "/tmp"),  # noqa: S108
        *("--maxmemory", "1gb"),
    ]


@pytest.mark.parametrize("awk", AWKS)
def test_a_line_of_shell_has_no_options_to_try(awk: tuple[str, ...]) -> None:
    service = {"image": "redis:7", "command": ["sh", "-c", f"redis-server --requirepass {SECRET}"]}
    assert shown(awk, service, options=True) == ""
