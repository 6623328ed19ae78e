"""The garden: a small healthy stack, in all the forms that people give to theirs.

Each form is what differs from the plain one: members of the compose file, other files beside it,
and how it is brought up.
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lab import engine
from lab.console import wait_until
from lab.hosts import Host
from lab.paths import SOURCE

DIRECTORY = "/srv/garden"
PASSWORD = "a password for the garden"
_NETWORK = "garden-street"
_LINKS = "/srv/links"


@dataclass(frozen=True)
class Form:
    """How a stack is written down and brought up.

    + services: members of services that differ from the plain ones, or more services
    + top: more members of the compose file
    + files: more files, by name; a JSON value is a compose file
    + up: the commands that bring it up, in its directory
    + profiles: what the inventory has to name besides
    """

    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    top: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Any] = field(default_factory=dict)
    up: str = "docker compose up --detach"
    profiles: tuple[str, ...] = ()


_MORE = {"services": {"notes": {"image": "lab/python:3.13", "command": ["sleep", "infinity"]}}}
_JOB = {"image": "lab/python:3.13", "command": ["python3", "-c", "pass"]}

FORMS = {
    "plain": Form(),
    "env_file": Form(
        services={
            "kv": {
                "env_file": ["kv.env"],
                "entrypoint": ["sh", "-c", 'exec redis-server --aclfile "$$ACL_FILE"'],
            },
            "web": {"env_file": ["web.env"]},
        },
        files={
            "kv.env": "ACL_FILE=/run/secrets/redis_users_acl\n",
            "web.env": "GREETING='a $$ and a # in it'\n",
        },
    ),
    "several files": Form(
        files={"kv.yml": {"services": {"kv": {"labels": {"garden": "yes"}}}}},
        up="docker compose -f compose.yml -f kv.yml up --detach",
    ),
    "a link to its directory": Form(
        up=f"mkdir {_LINKS} && ln -s {DIRECTORY} {_LINKS}/garden"
        f" && docker compose --project-directory {_LINKS}/garden up --detach",
    ),
    "services added by another file": Form(
        files={"more.yml": _MORE},
        up="docker compose up --detach"
        " && docker compose -f compose.yml -f more.yml up --detach --no-deps notes",
    ),
    "exported variables": Form(
        services={"web": {"environment": {"GREETING": "${GREETING:-nothing}"}}},
        up="GREETING=exported docker compose up --detach",
    ),
    "exported over .env": Form(
        services={"web": {"environment": {"GREETING": "${GREETING}"}}},
        files={".env": "GREETING=written\n"},
        up="GREETING=exported docker compose up --detach",
    ),
    "both restart policies": Form(
        services={
            "kv": {
                "restart": "unless-stopped",
                "deploy": {"restart_policy": {"condition": "on-failure", "max_attempts": 3}},
                "environment": {"WORD": "null"},
            },
        },
        # Another hash, and no field that is compared, as after an upgrade of Compose.
        up="docker compose up --detach && "
        """sed -i 's/"restart":/"annotations": {"garden": "yes"}, "restart":/' compose.yml""",
    ),
    "profiles": Form(
        services={"debug": {**_JOB, "profiles": ["debug"], "command": ["sleep", "infinity"]}},
    ),
    "all of it behind profiles": Form(
        services={"kv": {"profiles": ["prod"]}, "web": {"profiles": ["prod", "test"]}},
        up="docker compose --profile prod up --detach",
        profiles=("prod",),
    ),
    "a part of it is up": Form(
        services={"tools": {**_JOB, "networks": ["shed"]}},
        top={"networks": {"shed": {}}},
        up="docker compose up --detach kv web",
    ),
    "replicas": Form(services={"web": {"deploy": {"replicas": 3}}}),
    "jobs": Form(
        services={
            "migrate": _JOB,
            "web": {"depends_on": {"migrate": {"condition": "service_completed_successfully"}}},
        },
    ),
    "a job that has what a server has": Form(
        services={
            "migrate": {**_JOB, "restart": "no", "expose": ["8000"]},
            "kv": {"restart": "unless-stopped"},
            "web": {
                "restart": "unless-stopped",
                "depends_on": {"migrate": {"condition": "service_started"}},
            },
        },
    ),
    "external network": Form(
        services={"kv": {"networks": ["street"]}, "web": {"networks": ["street"]}},
        top={"networks": {"street": {"name": _NETWORK, "external": True}}},
    ),
    "host network": Form(
        services={
            "agent": {
                "image": "lab/python:3.13",
                "command": ["sleep", "infinity"],
                "network_mode": "host",
            }
        },
    ),
    "sidecar": Form(
        services={
            "exporter": {
                "image": "lab/python:3.13",
                "command": ["sleep", "infinity"],
                "init": True,
                "network_mode": "service:kv",
            }
        },
    ),
}


def bring_up(host: Host, form: Form) -> None:
    """The garden in one of its forms, healthy, and old enough to be no deployment any more."""
    take_away(host)
    host.run(f"docker network create {_NETWORK}; mkdir -p {DIRECTORY}/api")
    engine.client().api.put_archive(host.container, DIRECTORY, _archive(_files(host, form)))
    host.run(f"cd {DIRECTORY} && {form.up}")
    address = (
        "docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}'"
        " garden-web-1"
    )
    ask = f"curl -s -m 5 http://$({address}):8000/api/v1/health"
    healthy = '"redis_connection":"ok"'
    wait_until(lambda: healthy in host.run(ask, check=False), "the garden to be healthy", 30)


def take_off(host: Host) -> None:
    """Redis is on no network any more."""
    (kv,) = host.docker().containers.list(filters={"name": "garden-kv-1"})
    for network in kv.attrs["NetworkSettings"]["Networks"]:
        host.run(f"docker network disconnect {network} {kv.name}")


def take_away(host: Host) -> None:
    """Remove the garden with all that it has."""
    for container in host.docker().containers.list(
        all=True, filters={"label": "com.docker.compose.project=garden"}, ignore_removed=True
    ):
        container.remove(force=True, v=True)
    host.run(
        f"rm -rf {DIRECTORY} {_LINKS};"
        f" for n in {_NETWORK} garden_default; do docker network rm $n; done;"
        " docker volume rm garden_kv; true"
    )


def _files(host: Host, form: Form) -> dict[str, bytes]:
    services: dict[str, dict[str, Any]] = {
        "kv": {
            "image": host.redis.name,
            "entrypoint": ["redis-server", "--aclfile", "/run/secrets/redis_users_acl"],
            "user": "999:999",
            "working_dir": "/data",
            "volumes": ["kv:/data"],
            "secrets": ["redis_users_acl"],
        },
        "web": {
            "image": "lab/python:3.13",
            "user": "999:999",
            "working_dir": "/app",
            "command": ["python3", "-m", "uvicorn", "main:app", "--host", "0.0.0.0"],  # noqa: S104
            "environment": {"REDIS_HOST": "kv", "REDIS_USER": "app"},
            "volumes": ["./api:/app:ro"],
            "secrets": ["redis_password"],
            "expose": ["8000"],
        },
    }
    for name, members in form.services.items():
        there = services.setdefault(name, {})
        for member, value in members.items():
            both = isinstance(value, dict) and isinstance(there.get(member), dict)
            there[member] = {**there[member], **value} if both else value
    whole = {
        "services": services,
        "volumes": {"kv": {}},
        "secrets": {
            "redis_users_acl": {"file": "./users.acl"},
            "redis_password": {"file": "./password.txt"},
        },
        **form.top,
    }
    digest = hashlib.sha256(PASSWORD.encode()).hexdigest()
    files: dict[str, Any] = {
        "compose.yml": whole,
        "users.acl": f"user default off resetchannels -@all\nuser app on #{digest} ~* &* +@all\n",
        "password.txt": f"{PASSWORD}\n",
        "api/main.py": (SOURCE / "bare" / "api" / "main.py").read_text(encoding="utf-8"),
        **form.files,
    }
    return {
        name: (content if isinstance(content, str) else json.dumps(content)).encode()
        for name, content in files.items()
    }


def _archive(files: Mapping[str, bytes]) -> bytes:
    """Each file; secrets belong to the user that the servers run as."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            secret = name in ("users.acl", "password.txt")
            entry.size, entry.mode = len(content), 0o400 if secret else 0o644
            entry.uid = entry.gid = 999 if secret else 0
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()
