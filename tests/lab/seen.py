"""What a host looks like to eyes that are not the product's: Docker's API, ssh, redis-cli."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from shlex import quote
from typing import Any, TypeVar

from lab import observing, project
from lab.console import wait_until
from lab.healing import heal
from lab.hosts import DIRECTORY, HOSTS, NETWORK, PROJECT, REDIS, SERVICES, Host
from lab.observing import changes as changes
from lab.observing import files as files
from lab.observing import loops

T = TypeVar("T")

ACL_FILE = f"{DIRECTORY}/secrets/redis_users.acl"
HEALTHY = {"status": "ok", "redis_connection": "ok"}
_CURL = (
    "curl --silent --show-error --max-time 5 --resolve aiwfe.com:443:127.0.0.1"
    f" --cacert {DIRECTORY}/certs/ca.pem https://aiwfe.com/api/v1"
)
_AS_APP = (
    "REDISCLI_AUTH=$(cat /run/secrets/redis_password)"
    " redis-cli --user lwe-app --no-auth-warning --json"
)


def on_each(function: Callable[[Host], T]) -> dict[str, T]:
    """The same on all hosts, side by side; the answers by the hosts' names."""
    with ThreadPoolExecutor(max_workers=len(HOSTS)) as pool:
        return dict(zip((h.name for h in HOSTS), pool.map(function, HOSTS), strict=True))


def healed(host: Host) -> None:
    """Bring a host back to what it was, down to its API's last connection."""
    heal(host)
    drain(host)


@contextmanager
def deployed(host: Host, script: str) -> Iterator[None]:
    """While a person deploys the stack: a Compose command is at work for as long as a script runs.

    A name is all that tells one: a shell that is called so. The script ends with the block at last.
    """
    tool = "/usr/local/bin/docker-compose-at-work"
    host.run(
        f"cp /bin/sh {tool}; cd {DIRECTORY};"
        # Without a last command of its own, the shell would become that of the script.
        f" setsid {tool} -c {quote(f'{script}; :')} compose up >/dev/null 2>&1 </dev/null &"
        # A name is cut to 15 characters; Compose's own is shorter.
        " timeout 10 sh -c 'until pgrep -x docker-compose- >/dev/null; do sleep 0.02; done'"
    )
    try:
        yield
    finally:
        host.run("pkill -f '[d]ocker-compose-at-work'", check=False)
        host.run(f"rm -f {tool}")


def snapshot(host: Host, *directories: str) -> dict[str, Any]:
    """Everything that a run which changes nothing must leave as it is, Redis' ACL among it."""
    # One in a restart loop answers now this, now that: that it runs, or that it does not.
    looping = any(loops(c.attrs) for c in host.containers() if c.name == REDIS)
    acl = None if looping else acl_list(host)
    return observing.snapshot(host, *directories) | {"acl": acl}


def acl_list(host: Host, container: str = REDIS) -> str:
    """What the running Redis says of its ACL: to lwe-app, or to anybody."""
    script = (
        f"echo 'ACL LIST' | {_AS_APP} 2>/dev/null;"
        " echo 'ACL LIST' | redis-cli --json 2>/dev/null; echo PING | redis-cli 2>/dev/null"
    )
    return host.run(f"docker exec -i {container} sh -c {quote(script)}", check=False)


def run_id(host: Host) -> str:
    """Which Redis process this is."""
    return _as_app(host, "INFO server").partition("run_id:")[2].split()[0].strip("\\rn")[:40]


def app_is_served(host: Host) -> bool:
    """Whether Redis answers to the API's own credentials, in the API's own network."""
    return "PONG" in _as_app(host, "PING")


def _as_app(host: Host, command: str) -> str:
    script = f"echo {quote(command)} | {_AS_APP}"
    return host.run(f"docker exec -i {REDIS} sh -c {quote(script)}")


def problems(host: Host, ssh: Any) -> list[str]:
    """Why a host is not healthy; empty: it is.

    + ssh: testinfra's host, which logs in as the product does
    """
    return [
        problem
        for check in (_running, _attached, _mounted, _serves, _admits, _answers)
        for problem in check(host, ssh)
    ]


def _running(_: Host, ssh: Any) -> list[str]:
    return [
        f"{service} does not run"
        for service in SERVICES
        if not ssh.docker(f"{PROJECT}-{service}-1").is_running
    ]


def _attached(host: Host, _: Any) -> list[str]:
    found = {c.name: c.attrs["NetworkSettings"]["Networks"] for c in host.containers()}
    wrong = []
    for service in SERVICES:
        name = f"{PROJECT}-{service}-1"
        endpoint = found.get(name, {}).get(NETWORK)
        if endpoint is None:
            wrong.append(f"{name} is not on {NETWORK}")
        elif missing := {name, service} - set(endpoint["Aliases"] or ()):
            wrong.append(f"{name} does not answer to {sorted(missing)}")
    answer = host.run(f"docker exec {PROJECT}-api-1 getent ahostsv4 redis", check=False)
    addresses = {line.split()[0] for line in answer.splitlines()}
    if addresses != {found.get(REDIS, {}).get(NETWORK, {}).get("IPAddress")}:
        wrong.append(f"to the API, redis is at {sorted(addresses)}")
    return wrong


def _mounted(host: Host, ssh: Any) -> list[str]:
    """Redis is what Compose would make, and sees the very files that are on the host."""
    redis = host.docker().containers.get(REDIS)
    wrong = []
    declared = project.compose(host, "config --hash redis").split()[-1]
    if redis.labels["com.docker.compose.project.config_files"] != f"{DIRECTORY}/docker-compose.yml":
        wrong.append("redis was made from another compose file")
    elif redis.labels["com.docker.compose.config-hash"] != declared:
        wrong.append("redis has another config hash than Compose declares")
    if redis.image.id != host.docker().images.get(host.redis.name).id:
        wrong.append(f"redis does not run {host.redis.name}")
    pid = redis.attrs["State"]["Pid"]
    for source, target in (
        (ACL_FILE, "/run/secrets/redis_users_acl"),
        (f"{DIRECTORY}/secrets/redis_password.txt", "/run/secrets/redis_password"),
    ):
        if host.run(f"[ {source} -ef /proc/{pid}/root{target} ] || echo other", check=False):
            wrong.append(f"redis sees another {target} than the host")
    file = ssh.file(ACL_FILE)
    if (file.uid, file.gid, file.mode) != (999, 999, 0o400):
        wrong.append(f"{ACL_FILE} is {file.uid}:{file.gid} {file.mode:04o}")
    return wrong


def _serves(host: Host, ssh: Any) -> list[str]:
    """By the ACL, as it runs: who there is, what they may do, and where it came from."""
    ask = f"docker exec -i {REDIS} sh -c {quote(_AS_APP)}"
    questions = ("ACL USERS", "ACL GETUSER lwe-app", "ACL GETUSER default", "CONFIG GET aclfile")
    lines = "".join(f"{question}\\n" for question in questions)
    answers = ssh.run(f"printf {quote(lines)} | {ask}").stdout.splitlines()
    if any("OCI runtime" in answer for answer in answers):  # As in `lab.redis.ask`.
        answers = ssh.run(f"printf {quote(lines)} | {ask}").stdout.splitlines()
    if len(answers) != len(questions):
        return [f"redis does not answer lwe-app: {answers}"]
    users, app, default, configured = (json.loads(answer) for answer in answers)
    hashed = hashlib.sha256(host.password().encode()).hexdigest()
    wrong = []
    if set(users) != {"default", "lwe-app"}:
        wrong.append(f"redis has the users {sorted(users)}")
    if app["passwords"] != [hashed] or "on" not in app["flags"] or "nopass" in app["flags"]:
        wrong.append(f"lwe-app has {app['flags']} and {len(app['passwords'])} passwords")
    if not app["commands"].startswith("+@all") or (app["keys"], app["channels"]) != ("~*", "&*"):
        wrong.append(f"lwe-app may {app['commands']} {app['keys']} {app['channels']}")
    if "off" not in default["flags"] or default["commands"] != "-@all" or default["keys"]:
        wrong.append(f"default is {default}")
    if configured["aclfile"] != "/run/secrets/redis_users_acl":
        wrong.append(f"redis runs with {configured}")
    return wrong


def _admits(_: Host, ssh: Any) -> list[str]:
    said = ssh.run(f"echo PING | docker exec -i {REDIS} redis-cli").stdout.strip()
    return [] if said.startswith("NOAUTH") else [f"without a password, redis says {said!r}"]


def _answers(host: Host, ssh: Any) -> list[str]:
    """The API serves through Caddy, and it is this Redis that its tokens end up in."""
    wrong = []
    health = ssh.run(f"{_CURL}/health").stdout
    if not health or json.loads(health) != HEALTHY:
        wrong.append(f"the API says {health!r}")
    token = ssh.run(f"{_CURL}/auth/csrf-token").stdout
    token = json.loads(token or "{}").get("csrf_token")
    if not token:
        wrong.append("the API gives no token")
    elif "1" not in _as_app(host, f"EXISTS csrf:{token}"):
        wrong.append("the API's token is in another Redis")
    return wrong


def drain(host: Host) -> None:
    """Ask the API until its pool holds no dead connection any more; each costs one answer."""
    ask = f"for i in 1 2 3 4 5 6 7 8; do {_CURL}/auth/csrf-token & done 2>/dev/null; wait"
    wait_until(
        lambda: host.run(ask, check=False).count('"csrf_token"') == 8,
        f"all answers of the API of {host.name} to be good",
        timeout=30,
    )


def dump(host: Host) -> str:
    """What a person would look at first when a test failed here."""
    script = (
        "docker ps -a; docker network ls;"
        f' for c in {REDIS} {PROJECT}-api-1; do echo "== $c"; docker logs --tail 15 $c; done 2>&1'
    )
    return host.run(script, check=False) + time.strftime("\n(at %H:%M:%S)")
