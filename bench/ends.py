"""The end that everybody has to reach: what counts of a host, seen past all contenders."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime
from typing import Any

from lab import redis
from lab.hosts import API, DIRECTORY, NETWORK, PROJECT, REDIS, SERVICES, Host

_FILES = ("redis_users.acl", "redis_password.txt")
_ACL_FILE = "/run/secrets/redis_users_acl"


def youngest(host: Host) -> float:
    """Seconds since the last container was made: what is younger than a few is a repair's work."""
    made = "docker inspect --format '{{.Created}}' $(docker ps -aq)"
    now, *times = host.run(f"date -u +%Y-%m-%dT%H:%M:%S.%NZ; {made}").split()
    created = max(map(datetime.fromisoformat, times))
    return (datetime.fromisoformat(now) - created).total_seconds()


def facts(host: Host) -> dict[str, Any]:
    """All that has to be the same, whatever repaired it."""
    return {
        "attached": {service: _is_attached(host, service) for service in SERVICES},
        "acl": {user: _rules(host, user) for user in ("lwe-app", "default")},
        "users": redis.ask(host, "ACL USERS").split(),
        "aclfile": redis.ask(host, "CONFIG GET aclfile").split()[-1] == _ACL_FILE,
        "stranger": _stranger(host),
        "secrets": host.run(
            f"cd {DIRECTORY}/secrets && stat -c '%n %u %g %a' {' '.join(_FILES)}"
        ).splitlines(),
        "answers": _answers(host),
    }


def run_id(host: Host) -> str:
    """Which start of Redis this is."""
    return redis.info(host, "server")["run_id"]


def write_key(host: Host) -> str:
    """Write a key that nobody has written, and return it."""
    key = f"bench:{secrets.token_hex(8)}"
    redis.ask(host, f"SET {key} {key}")
    return key


def holds(host: Host, key: str) -> bool:
    """Whether Redis has still got a key of `write_key`."""
    return redis.ask(host, f"GET {key}").strip().strip('"') == key


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What is not as it should be, in words."""
    return [
        f"{name}: expected {expected[name]}, found {found[name]}"
        for name in expected
        if expected[name] != found[name]
    ]


def _is_attached(host: Host, service: str) -> bool:
    name = f"{PROJECT}-{service}-1"
    container = host.docker().containers.get(name).attrs
    end = container["NetworkSettings"]["Networks"].get(NETWORK, {})
    return {service, name} <= set(end.get("Aliases") or ())


def _rules(host: Host, user: str) -> str:
    """The rules in Redis' words, of a password only whether it is the one of the host's file.

    Redis 7.0 leaves +@pubsub out when it prints rules: it adds nothing to +@all.
    """
    own = hashlib.sha256(host.password().encode()).hexdigest()
    said = redis.ask(host, f"ACL GETUSER {user}").replace(own, "PASSWORD").replace(" +@pubsub", "")
    return re.sub(r"\b[0-9a-f]{64}\b", "ANOTHER", " ".join(said.split()))


def _stranger(host: Host) -> str:
    return host.run(f"docker exec {REDIS} redis-cli ping 2>&1", check=False).split(" ")[0].strip()


def _answers(host: Host) -> list[str]:
    """Health and token, directly and through Caddy; of a token only that it is one."""
    address = f'{{{{(index .NetworkSettings.Networks "{NETWORK}").IPAddress}}}}'
    script = f"""cd {DIRECTORY}
        ip=$(docker inspect --format '{address}' {API})
        direct=http://$ip:8000/api/v1 public=https://aiwfe.com/api/v1
        curl --silent --max-time 5 --cacert certs/ca.pem --resolve aiwfe.com:443:127.0.0.1 \
            --write-out '\\n' $direct/health $direct/auth/csrf-token \
            $public/health $public/auth/csrf-token |
        sed 's/"csrf_token":"[^"]\\{{1,\\}}"/"csrf_token":"..."/'"""
    return host.run(script, check=False).splitlines()
