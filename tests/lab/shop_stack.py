"""The shop: another stack beside the first one on a host, brought up and seen without the product.

Its passwords are as unfriendly as passwords can be, its directory has a space in its name.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path
from shlex import quote
from typing import Any

from lab import engine
from lab.console import wait_until
from lab.hosts import Host
from lab.paths import SOURCE
from lab.runs import Run, pyinfra

DIRECTORY = "/srv/the shop"
CACHE, WEB = "shop-cache-1", "shop-web-1"
NETWORKS = ("partner-net", "shop_backend", "shop_default")
ADDRESS = "10.87.7.10"
USERS = {
    "shop-web": """it's a "web" $HOME `id` \\x41 pässwörd €; %s #1""",
    "shop-reports": """rep'orts  two spaces & <tags> \\ 100%""",
    "shop-admin": """-admin "$(id)" 'q' \\\\ ~*""",
}
RULES = {
    "shop-web": "~shop:* ~csrf:* resetchannels -@all +@read +@write -@dangerous +ping",
    "shop-reports": "~shop:report:* resetchannels -@all +@read -@dangerous +ping",
    "shop-admin": "~* &* +@all",
}
ENVIRONMENT = {
    "SHOP_WEB_PASSWORD": USERS["shop-web"],
    "SHOP_ADMIN_PASSWORD": USERS["shop-admin"],
}
_HERE = Path(__file__).parent / "shop"


def recover(host: Host, *options: str) -> Run:
    """Runs the shop's own deploy."""
    return pyinfra(*options, "tests/lab/shop/recover.py", "--limit", host.name, env=ENVIRONMENT)


def bring_up(host: Host) -> None:
    """The shop as its owner would bring it up; what is left of it is thrown away before."""
    take_away(host)
    host.run("docker network create partner-net")
    _deliver(host)
    compose(host, "up --detach")
    wait_until(lambda: not problems(host), "the shop to open", timeout=30)


def take_away(host: Host) -> None:
    """Remove the shop with all that it has."""
    for container in host.docker().containers.list(
        all=True, filters={"label": "com.docker.compose.project=shop"}, ignore_removed=True
    ):
        container.remove(force=True, v=True)
    host.run(
        f"rm -rf {quote(DIRECTORY)};"
        f" for n in {' '.join(NETWORKS)} elsewhere; do docker network rm $n; done;"
        " docker volume rm shop_cache_data; true"
    )


def compose(host: Host, command: str) -> str:
    """Docker Compose in the shop's directory."""
    return host.run(f"cd {quote(DIRECTORY)} && docker compose {command}")


def acl() -> str:
    """The ACL file, as its owner wrote it."""
    lines = ["user default off resetchannels -@all"]
    for name, rules in RULES.items():
        lines.append(f"user {name} on #{hashlib.sha256(USERS[name].encode()).hexdigest()} {rules}")
    return "\n".join(lines) + "\n"


def _deliver(host: Host) -> None:
    files = {name: (_HERE / name).read_bytes() for name in ("docker-compose.yml", "valkey.conf")}
    files["api/main.py"] = (SOURCE / "bare" / "api" / "main.py").read_bytes()
    private = {
        "private/cache.acl": acl().encode(),
        "private/web password.txt": USERS["shop-web"].encode() + b"\n",
        "private/reports password.txt": USERS["shop-reports"].encode() + b"\n",
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in (files | private).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o400 if name in private else 0o644
            entry.uid = entry.gid = 999 if name in private else 1000
            tar.addfile(entry, io.BytesIO(content))
    host.run(f"mkdir {quote(DIRECTORY)}")
    engine.client().api.put_archive(host.container, DIRECTORY, archive.getvalue())
    host.run(f"chown 1000 {quote(DIRECTORY)} && chmod 711 {quote(DIRECTORY)}/private")


def ask(host: Host, *commands: str, user: str | None = "shop-admin") -> str:
    """What the cache answers to a user, or to anybody."""
    lines = list(commands)
    if user:
        password = "".join(f"\\x{byte:02x}" for byte in USERS[user].encode())
        lines.insert(0, f'AUTH {user} "{password}"')
    said = "".join(quote(line) + " " for line in lines)
    out = host.run(f"printf '%s\\n' {said} | docker exec -i {CACHE} valkey-cli 2>&1", check=False)
    return out.removeprefix("OK\n") if user else out


def problems(host: Host) -> list[str]:
    """Why the shop is not healthy; empty: it is."""
    found = {c.name: c.attrs for c in host.docker().containers.list(ignore_removed=True)}
    if missing := {CACHE, WEB} - set(found):
        return [f"{sorted(missing)} do not run"]
    return [*_networks(found), *_files(host, found), *_rights(host), *_service(host, found)]


def _networks(found: dict[str, Any]) -> list[str]:
    wrong = []
    for name, networks, aliases in (
        (CACHE, NETWORKS, {CACHE, "cache"}),
        (WEB, NETWORKS[1:], {WEB, "web"}),
    ):
        there = found[name]["NetworkSettings"]["Networks"]
        for network in networks:
            if not aliases <= set(there.get(network, {}).get("Aliases") or ()):
                wrong.append(f"{name} is not {sorted(aliases)} on {network}: {there.get(network)}")
    backend = found[CACHE]["NetworkSettings"]["Networks"].get("shop_backend", {})
    if "sessions" not in (backend.get("Aliases") or ()):
        wrong.append("the cache is not called sessions")
    if backend.get("IPAddress") != ADDRESS:
        wrong.append(f"the cache is at {backend.get('IPAddress')}")
    return wrong


def _files(host: Host, found: dict[str, Any]) -> list[str]:
    wrong = []
    for container, name, inside in (
        (CACHE, "cache.acl", "/usr/local/etc/valkey/users.acl"),
        (WEB, "web password.txt", "/run/secrets/redis_password"),
    ):
        path = quote(f"{DIRECTORY}/private/{name}")
        root = f"/proc/{found[container]['State']['Pid']}/root"
        if host.run(f"[ {path} -ef {root}{inside} ] || echo other", check=False):
            wrong.append(f"{container} sees another {name}")
        if (stat := host.run(f"stat -c %u:%g:%a {path}").strip()) != "999:999:400":
            wrong.append(f"{name} is {stat}")
    if host.run(f"cat {quote(DIRECTORY)}/private/web*").rstrip("\n") != USERS["shop-web"]:
        wrong.append("web has another password")
    return wrong


def _rights(host: Host) -> list[str]:
    """By what the users may really do."""
    wrong = []
    for user, command, expected in (
        (None, "PING", "NOAUTH"),
        ("shop-admin", "CONFIG GET aclfile", "aclfile\n/usr/local/etc/valkey/users.acl"),
        ("shop-web", "PING", "PONG"),
        ("shop-web", "SET shop:visits 1", "OK"),
        ("shop-web", "SET elsewhere 1", "NOPERM"),
        ("shop-web", "PUBLISH news 1", "NOPERM"),
        ("shop-web", "KEYS shop:*", "NOPERM"),
        ("shop-reports", "GET shop:report:1", ""),
        ("shop-reports", "GET shop:visits", "NOPERM"),
        ("shop-reports", "SET shop:report:1 1", "NOPERM"),
    ):
        said = ask(host, command, user=user)
        if not said.startswith(expected):
            wrong.append(f"to {user}, {command} is answered with {said!r}, not {expected!r}")
    users = set(ask(host, "ACL USERS").split())
    if users != {"default", *USERS}:
        wrong.append(f"the cache has the users {sorted(users)}")
    return wrong


def _service(host: Host, found: dict[str, Any]) -> list[str]:
    address = found[WEB]["NetworkSettings"]["Networks"]["shop_backend"]["IPAddress"]
    said = host.run(f"curl -s -m 5 http://{address}:8000/api/v1/health", check=False)
    return [] if '"redis_connection":"ok"' in said else [f"web says {said!r}"]
