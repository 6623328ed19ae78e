"""Faults of the Compose project: its files, and what was made of other ones."""

from __future__ import annotations

from shlex import quote

from ..aside import MOVED, SECOND
from ..hosts import DIRECTORY, Host
from ..paths import SOURCE
from .common import on_the_host
from .model import Fault, Refused, Repaired, Unaffected, touching

_FILE = f"{DIRECTORY}/docker-compose.yml"


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
        on_the_host(f"sed -i 's/retries: 3/retries: 4/' {_FILE}"),
        Repaired("recreate"),
        touching("compose-file"),
    ),
    Fault(
        "compose-edited-all",
        "changes the declaration of every service",
        "API ok; nothing that runs is what Compose declares",
        "nobody has brought it up from the new file",
        on_the_host(
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
        on_the_host(f"mv {_FILE} {MOVED}"),
        Refused(r"docker-compose\.yml"),
        touching("compose-file"),
    ),
    Fault(
        "compose-invalid",
        "breaks the compose file's YAML",
        "API ok; Compose can do nothing on this stack",
        "nobody has asked Compose since",
        on_the_host(f"printf '  - [nonsense\\n' >>{_FILE}"),
        Refused("no valid YAML"),
        touching("compose-file"),
    ),
    Fault(
        "compose-renamed",
        "gives the project another name in the compose file",
        "API ok; a plain `docker compose up` would make a second stack",
        "the containers' labels say which project they are",
        on_the_host(f"sed -i 's/^name: .*/name: another_engine/' {_FILE}"),
        Refused("cannot judge: containers of .* belong to project"),
        touching("compose-file"),
    ),
    Fault(
        "env-missing",
        "removes the env file, which names the image of Redis",
        "API ok; Compose can't resolve the stack",
        "nobody has asked Compose since",
        on_the_host(f"rm {DIRECTORY}/.env"),
        Refused("REDIS_IMAGE|neither an image"),
        touching("compose-file"),
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
