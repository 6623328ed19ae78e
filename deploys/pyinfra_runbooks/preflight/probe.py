"""The two scripts of a preflight: what is found, and what is asked of the images. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engine import CONTAINER_TEMPLATE, NETWORK_TEMPLATE, SUBNETS_TEMPLATE
from ..settings import Compose, Stack, Timeouts
from ..shell import text, values
from ..shell.look import MOST_HASHED, describing, password_files, project

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
    """A server to be tried; see `shell/preflight_ask.sh`.

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


def find(stack: Stack | Compose) -> str:
    """What is on the host; reads only.

    + stack: the stack, or no more of it than the project
    """
    paths = password_files(stack) if isinstance(stack, Stack) else ()
    known = values(password_files=paths, contents_matter="yes")
    if isinstance(stack, Stack):
        describe = describing(stack)
    else:
        describe = values(json_matters="", most_hashed=MOST_HASHED) + text("describe.sh")
    return "".join(
        (
            _MARK,
            values(changed_script=0),
            _project(stack),
            known,
            values(
                container_template=f"{CONTAINER_TEMPLATE}\n{_PUBLISHED}",
                network_template=NETWORK_TEMPLATE,
                subnets_template=SUBNETS_TEMPLATE,
                every_subnet=_SUBNETS,
                image_template=_IMAGE,
                info_template=_INFO,
                config_awk=text("config.awk"),
                uses_awk=text("uses.awk"),
                networks_awk=text("networks.awk"),
                compose_awk=text("compose.awk"),
                servers_awk=text("json.awk") + text("servers.awk"),
                files_sh=known + describe + text("files.sh"),
            ),
            describe,
            text("check.sh"),
            text("declared.sh"),
            text("preflight.sh"),
        )
    )


def ask(
    stack: Stack | Compose,
    images: Sequence[tuple[str, str]],
    trials: Sequence[Trial],
    inodes: Sequence[str],
) -> str:
    """What its images say; containers are made for that, and removed.

    + stack: the stack, or no more of it than the project
    + images: the ids of those whose users are asked for, each with its start script
    + trials: the servers to try
    + inodes: the sockets whose process is asked for
    """
    asks = [f"users_of {_quoted(image)} {_quoted(entry)} </dev/null\n" for image, entry in images]
    for trial in trials:
        asks += [_values(trial), "try_server </dev/null\n"]
    if inodes:
        asks.append(f"holders {' '.join(map(_quoted, inodes))} </dev/null\n")
    return "".join(
        (
            _MARK,
            _project(stack),
            values(servers_awk=text("json.awk") + text("servers.awk")),
            text("declared.sh"),
            text("container.sh"),
            text("refused.sh"),
            text("log.sh"),
            text("trial.sh"),
            text("preflight_ask.sh"),
            # The files and the project that the stack was brought up with.
            "list_stack || :\nsweep\n",
            *asks,
        )
    )


def _project(stack: Stack | Compose) -> str:
    if isinstance(stack, Stack):
        return project(stack.compose, stack.timeouts, stack.helper_image)
    return project(stack, Timeouts())


def _quoted(word: str) -> str:
    return values(x=word).removeprefix("x=").removesuffix("\n")


def _values(trial: Trial) -> str:
    return values(
        service=trial.service,
        image=trial.image,
        image_name=trial.image_name,
        program=trial.program,
        script="yes" if trial.script else "",
        conf=trial.conf,
        acl=trial.acl,
        mounts=trial.mounts,
        data=trial.data,
        data_named="yes" if trial.named else "",
        places=tuple(f"{target}\t{option}" for target, option in trial.places),
        id="",
        step="recreate",
    )
