"""Faults of the Compose project: its files, and what was made of other ones."""

from __future__ import annotations

from collections.abc import Callable
from shlex import quote

from ..aside import MOVED, SECOND
from ..hosts import DIRECTORY, NETWORK, PROJECT, REDIS, Host
from ..paths import SOURCE
from .model import PROCESS, Fault, Refused, Repaired, Unaffected, touching

_FILE = f"{DIRECTORY}/docker-compose.yml"


def recreate_without_secrets(
    host: Host, network: str = NETWORK, command: str | None = None
) -> None:
    """Have Compose recreate Redis from a file that is gone afterwards."""
    file = (SOURCE / "faulty" / "no-secrets.yml").read_text()
    host.run(
        f"""set -eu
        directory=$(mktemp -d)
        trap 'rm -r "$directory"' EXIT
        printf %s {quote(file)} >"$directory/docker-compose.yml"
        export REDIS_IMAGE={quote(host.redis.name)} STACK_NETWORK={quote(network)}
        export REDIS_COMMAND={quote(command or host.stack.server)}
        export REDIS_VOLUME={host.volume} REDIS_DATA={host.stack.data}
        docker compose --project-name {PROJECT} --file "$directory/docker-compose.yml" \
            up --detach --timeout 30 redis"""
    )


def add_service(host: Host, service: str, api: str = "") -> None:
    """Write another service into the compose file, and more members of the API."""
    host.run(
        f"""set -eu
        cd {DIRECTORY}
        service={quote(service)} api={quote(api)} awk '
            /^networks:/ {{ printf "%s", ENVIRON["service"] }}
            {{ print }}
            /^  api:/ {{ printf "%s", ENVIRON["api"] }}' docker-compose.yml >docker-compose.yml.new
        cat docker-compose.yml.new >docker-compose.yml
        rm docker-compose.yml.new"""
    )


def _on_the_host(script: str) -> Callable[[Host], object]:
    return lambda host: host.run(script)


def _by_hand(host: Host) -> None:
    host.run(
        f"docker stop --time 30 {REDIS} && docker rm {REDIS}"
        f" && docker run --detach --name {REDIS} --network {NETWORK} --network-alias redis"
        f" --volume {host.volume}:{host.stack.data} {host.redis.name} {host.stack.server}"
    )


def _second_stack(host: Host) -> None:
    file = (SOURCE / "faulty" / "second.yml").read_text()
    host.run(
        f"""set -eu
        mkdir -p {SECOND}
        printf %s {quote(file)} >{SECOND}/docker-compose.yml
        echo REDIS_IMAGE={quote(host.redis.name)} >{SECOND}/.env
        echo REDIS_DATA={host.stack.data} >>{SECOND}/.env
        echo REDIS_COMMAND={quote(host.stack.server)} >>{SECOND}/.env
        cd {SECOND} && docker compose up --detach"""
    )


FAULTS = (
    Fault(
        "compose-edited",
        "changes the declaration of Redis, in something harmless, while it runs",
        "API ok; the running Redis is not what Compose declares",
        "nobody has brought it up from the new file",
        _on_the_host(f"sed -i 's/retries: 3/retries: 4/' {_FILE}"),
        Repaired("recreate"),
        touching("compose-file"),
    ),
    Fault(
        "compose-edited-all",
        "changes the declaration of every service",
        "API ok; nothing that runs is what Compose declares",
        "nobody has brought it up from the new file",
        _on_the_host(
            f"sed -i -e 's/^    restart: unless-stopped/    restart: always/'"
            f" -e 's/^    stop_grace_period: 1s/    stop_grace_period: 2s/' {_FILE}",
        ),
        Refused("cannot judge: no container of the stack matches its compose files"),
        touching("compose-file"),
    ),
    Fault(
        "compose-moved",
        "gives the compose file another name",
        "API ok; the file that the containers were made from is gone",
        "nobody has asked Compose since",
        _on_the_host(f"mv {_FILE} {MOVED}"),
        Refused(r"docker-compose\.yml"),
        touching("compose-file"),
    ),
    Fault(
        "compose-invalid",
        "breaks the compose file's YAML",
        "API ok; Compose can do nothing on this stack",
        "nobody has asked Compose since",
        _on_the_host(f"printf '  - [nonsense\\n' >>{_FILE}"),
        Refused("no valid YAML"),
        touching("compose-file"),
    ),
    Fault(
        "compose-renamed",
        "gives the project another name in the compose file",
        "API ok; a plain `docker compose up` would make a second stack",
        "the containers' labels say which project they are",
        _on_the_host(f"sed -i 's/^name: .*/name: another_engine/' {_FILE}"),
        Refused("cannot judge: containers of .* belong to project"),
        touching("compose-file"),
    ),
    Fault(
        "env-missing",
        "removes the env file, which names the image of Redis",
        "API ok; Compose can't resolve the stack",
        "nobody has asked Compose since",
        _on_the_host(f"rm {DIRECTORY}/.env"),
        Refused("REDIS_IMAGE|neither an image"),
        touching("compose-file"),
    ),
    Fault(
        "redis-conf-broken",
        "puts a line into redis.conf that Redis does not know, with a password, and restarts it",
        "API degraded: Redis refuses its configuration, and restarts for ever",
        None,
        _on_the_host(
            f"echo 'nosuchdirective hunter2' >>{DIRECTORY}/redis.conf"
            f" && docker restart -t 30 {REDIS}"
        ),
        Refused("nosuchdirective", never="hunter2"),
        touching(*PROCESS, "redis-conf"),
        loops=True,
    ),
    Fault(
        "by-hand",
        "replaces Redis by a container of the same name, made by a plain docker run",
        "API degraded: its user is unknown; strangers are let in",
        None,
        _by_hand,
        Refused("what it holds is not known"),
        touching(*PROCESS, "redis-container", "redis-networks", "redis-conf"),
        stage=0,
    ),
    Fault(
        "second-stack",
        f"brings up another stack with a service redis, from {SECOND}",
        "nothing: it has a network of its own",
        "the other stack is no concern of this one",
        _second_stack,
        Unaffected(),
        touching("second-stack"),
    ),
)
