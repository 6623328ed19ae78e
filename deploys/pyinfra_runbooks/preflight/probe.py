"""The two scripts of a preflight, after what is found: what is declared and there, and what images
say. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engine.found import Found
from ..engine.probe import together
from ..engine.projects import project
from ..engine.shell import functions, values
from ..engine.shell.seen import declared
from ..engine.shell.stack import of
from ..settings import Stack

_IMAGE = (
    '{"id":{{json .ID}},"os":{{json .Os}},"architecture":{{json .Architecture}},'
    '"user":{{json .Config.User}},"working_dir":{{json .Config.WorkingDir}},'
    '"volumes":{{json .Config.Volumes}}}'
)
_INFO = (
    '{"os":{{json .OSType}},"architecture":{{json .Architecture}},'
    '"security":{{json .SecurityOptions}},"root":{{json .DockerRootDir}}}'
)
_SUBNETS = '{"name":{{json .Name}},"subnets":{{json .IPAM.Config}}}'
_PUBLISHED = "!{{.ID}}\t{{json .NetworkSettings.Ports}}"
_MARK = 'read -r mark </proc/sys/kernel/random/uuid; echo "look $mark"\n'


@dataclass(frozen=True, slots=True)
class Trial:
    """A server to be tried; see `preflight_ask.sh`.

    + image: its id
    + mounts: options of ``docker run`` for what it may read
    + places: where its data may be: a path in the container, and the option for what is there
    + named: whether ``data`` counts, whatever its configuration says
    """

    service: str
    image: str
    image_name: str
    program: str
    script: bool
    conf: str
    acl: str
    mounts: tuple[str, ...]
    data: str
    named: bool
    places: tuple[tuple[str, str], ...]


def see(stack: Stack, found: Found) -> str:
    """What is declared on the host, and what is there of it; reads only.

    + found: what the host runs
    """
    about = declared(stack) | {
        "contents_matter": "yes",
        "ids": tuple(container.id for container in found.containers),
        "published_template": _PUBLISHED,
        "every_subnet": _SUBNETS,
        "image_template": _IMAGE,
        "info_template": _INFO,
    }
    return _of(stack, found) + together((), [("preflight.sh", about)])


def ask(
    stack: Stack,
    found: Found,
    images: Sequence[tuple[str, str]],
    trials: Sequence[Trial],
    inodes: Sequence[str],
) -> str:
    """What its images say; containers are made for that, and removed: one after the other.

    + found: what the host runs
    + images: the ids of those whose users are asked for, each with its start script
    + trials: the servers to try
    + inodes: the sockets whose process is asked for
    """
    asks: list[dict[str, object]] = [
        {"does": "users", "image": image, "entry": entry} for image, entry in images
    ]
    asks += [{"does": "try", **_values(trial)} for trial in trials]
    asks += [{"does": "holders", "inodes": tuple(inodes)}] if inodes else []
    named = [(f"ask_{n}", "preflight_ask.sh", each) for n, each in enumerate(asks)]
    return "".join(
        (
            _of(stack, found),
            functions(named, ("common.sh", "sections.sh", "reading.sh")),
            "sweep\n",
            *(f"{name} </dev/null\n" for name, *_ in named),
        )
    )


def _of(stack: Stack, found: Found) -> str:
    """The files and the project that the stack was brought up with."""
    made = project(found, stack.compose)
    return _MARK + values(changed_script=0, **of(stack, made))


def _values(trial: Trial) -> dict[str, object]:
    return {
        "service": trial.service,
        "image": trial.image,
        "image_name": trial.image_name,
        "program": trial.program,
        "script": "yes" if trial.script else "",
        "conf": trial.conf,
        "acl": trial.acl,
        "mounts": trial.mounts,
        "data": trial.data,
        "data_named": "yes" if trial.named else "",
        "places": tuple(f"{target}\t{option}" for target, option in trial.places),
        "id": "",
        "step": "recreate",
    }
