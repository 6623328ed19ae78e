"""The images that are made on the host: the lab's own, with what a project wants on top of them.

Only small files are added, so the large images are loaded once, and each is given all the names
that it stands in for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shlex import quote

from lab.paths import SOURCE

from .plan import Layer, Plan

FILES = SOURCE / "images" / "adopted"
STANDING = SOURCE / "standing"
LABEL = "lab.adopted"  # on each of them: the project

_CHECKS = {
    "redis": "redis-cli ping",
    "valkey": "valkey-cli ping",
    "bitnami": "redis-cli ping || valkey-cli ping",
    "dragonfly": "redis-cli ping || valkey-cli ping",
    "keydb": "redis-cli ping || valkey-cli ping",
    "postgres": "pg_isready",
    "caddy": "true",
}
_OTHERS = {
    "keydb": ("keydb-server", "docker-entrypoint.sh", ()),
    "dragonfly": ("dragonfly", "entrypoint.sh", ("--logtostderr",)),
}
"""Servers that only speak Redis' protocol: the program, what starts it, and what it is given."""
_HEALTH = "test -f /dev/shm/lab-stand-in -a ! -s /dev/shm/lab-stand-in"
"""What a stand-in says of itself, without starting Python for it."""


def name(plan: Plan, layer: Layer) -> str:
    """What an image is called on the host, besides the names of the file."""
    return f"lab-adopted/{plan.project}:{layer.tag}"


def contexts(plan: Plan) -> dict[str, bytes]:
    """What each image is built of: paths below a directory, and their content."""
    files: dict[str, bytes] = {}
    for layer in plan.made:
        below = f"{layer.tag}/lab"
        files[f"{layer.tag}/Dockerfile"] = dockerfile(plan, layer).encode()
        for path in _wanted(layer):
            files[f"{below}/{path.name}"] = path.read_bytes()
        if layer.stand_in.server is None:
            for path in sorted(STANDING.glob("*.py")):
                files[f"{below}/standing/{path.name}"] = path.read_bytes()
            files[f"{below}/plan.json"] = json.dumps(plan.document()).encode()
    for number, (image, layer) in enumerate(plan.layers.items()):
        if layer.stand_in.server is None:
            said = f"FROM {name(plan, layer)}\nCOPY image /lab/image\n"
            files[f"{named(number)}/Dockerfile"] = said.encode()
            files[f"{named(number)}/image"] = image.encode()
    return files


def named(number: int) -> str:
    """Where the image with a name of its own is built: services are told apart by that, too."""
    return f"named-{number}"


def dockerfile(plan: Plan, layer: Layer) -> str:
    """How one of them is made."""
    its = [service for service in plan.taken if service.layer.tag == layer.tag]
    programs = dict.fromkeys(program for service in its for program in service.programs)
    program = "/bin/true" if layer.stand_in.server else "/lab/stand-in"
    arguments = (program, " ".join(plan.users), " ".join(programs))
    lines = [
        f"FROM {layer.stand_in.base.name}",
        f"LABEL {LABEL}={plan.project}",
        "COPY lab /lab",
        *_instructions(layer),
        f"RUN chmod -R a+rX /lab && sh /lab/setup {' '.join(map(quote, arguments))} >/lab/made",
    ]
    if layer.stand_in.variant == "bitnami":
        lines.append("USER 1001")
    if layer.checked:
        check = _CHECKS.get(layer.stand_in.variant, _HEALTH)
        # Often only until it is well for the first time: a project may have a dozen of them.
        often = "--interval=15s --start-period=60s --start-interval=1s"
        lines.append(f"HEALTHCHECK {often} CMD {check}")
    return "\n".join((*lines, ""))


def _instructions(layer: Layer) -> Iterator[str]:
    variant, base = layer.stand_in.variant, layer.stand_in.base.name
    server = "valkey-server" if "valkey" in base else "redis-server"
    if layer.stand_in.is_redis:
        yield f"RUN ln -s /lab/server /usr/local/bin/{server}"
    if variant == "stand-in":
        yield "RUN ln -s /lab/stand-in /lab/health"
        yield 'ENTRYPOINT ["/lab/stand-in"]'
        yield "CMD []"
    elif variant == "bitnami":
        directories = " ".join(f"/bitnami/{kind}/data" for kind in ("redis", "valkey"))
        yield f"RUN mkdir -p {directories} && chown -R 1001:0 /bitnami && chmod -R g+w /bitnami"
        yield 'ENTRYPOINT ["/lab/bitnami"]'
        yield f'CMD ["/opt/bitnami/scripts/{server.partition("-")[0]}/run.sh"]'
    elif variant in ("dragonfly", "keydb"):
        # As in the images themselves: by that a look knows what runs.
        other, entry, given = _OTHERS[variant]
        made = f"/usr/local/lib/lab/{other}"
        yield f"RUN mkdir -p /usr/local/lib/lab && cp -L /usr/bin/{server} {made}"
        yield f"RUN echo {other} >/lab/name && ln -s /lab/other /usr/local/bin/{other}"
        yield f"RUN ln -sf /lab/other /usr/local/bin/{entry}"
        yield f'ENTRYPOINT ["{entry}"]'
        yield f"CMD {json.dumps([other, *given])}"
    elif variant == "postgres":
        yield "RUN ln -sf /lab/postgres /usr/local/bin/docker-entrypoint.sh"
        yield 'ENTRYPOINT ["docker-entrypoint.sh"]'
        yield 'CMD ["postgres"]'
    elif variant == "caddy":
        yield "RUN cp /lab/Caddyfile /etc/caddy/Caddyfile"
    if layer.socket:
        yield f"RUN install -d -o 999 -g 999 {quote(layer.socket)}"
        options = ["--unixsocket", f"{layer.socket}/redis.sock", "--unixsocketperm", "777"]
        yield f"CMD {json.dumps([server, *options, '--port', '0'])}"


def _wanted(layer: Layer) -> Iterator[Path]:
    """The files of `lab/images/adopted` that it gets."""
    names = {
        "stand-in": ("stand-in",),
        "bitnami": ("server", "bitnami"),
        "dragonfly": ("server", "other"),
        "keydb": ("server", "other"),
        "postgres": ("postgres",),
        "caddy": ("Caddyfile",),
    }
    for file in ("setup", *names.get(layer.stand_in.variant, ("server",))):
        yield FILES / file
