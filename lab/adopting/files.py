"""The files of a project, gathered in a directory that becomes /srv on the host.

The project's directory keeps its name, which is the project's unless the file says otherwise. What
a compose file names beside itself comes along; what is not there is made empty, and said.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from lab.console import LabError

from . import model
from .model import Json
from .resolving import Command, Missing, Resolved, resolve

_UP = re.compile(r"(?<![\w/.])(?:\.\./)+")
_DIGEST = re.compile(r"@sha256:[0-9a-f]{64}\b")
_IS_FILE = re.compile(r"\.\w{1,10}$|/(Caddyfile|Dockerfile|hosts|passwd)$")
_USUAL = (
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/etc/localtime",
    "/proc",
    "/sys",
    "/dev",
    "/",
)
_LARGEST = 64 * 1024 * 1024  # bytes that are taken along of one mounted directory


@dataclass
class Gathered:
    """A project, ready to go.

    + stage: the directory that becomes /srv
    + place: the project's own directory below it
    + made: what was not there, and is made empty
    + notes: what else differs from the files as they are
    + outside: absolute paths that the host has to have
    """

    stage: Path
    place: Path
    command: Command
    resolved: Resolved | None = None
    made: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    @property
    def directory(self) -> str:
        """Where the project will be."""
        return f"/srv/{self.place.relative_to(self.stage)}"

    @property
    def model(self) -> Json:
        """The project as Compose resolves it."""
        if self.resolved is None:
            raise LabError("it is not resolved yet")
        return self.resolved.model


def gather(
    stage: Path,
    files: Sequence[Path],
    *,
    environments: Mapping[str, Path] | None = None,
    variables: Sequence[str] = (),
    profiles: Sequence[str] = (),
) -> Gathered:
    """Put everything that the project needs below `stage`, and resolve it there.

    + environments: files with variables, and the name that each gets in the project
    + variables: `KEY=VALUE`, added to the project's `.env`

    Raises `LabError` with the names of all that is missing and can't be made up.
    """
    for file in files:
        if not file.is_file():
            raise LabError(f"{file} is not there")
    home = files[0].resolve().parent
    gathered = _placed(stage, home, files, profiles)
    source = _Source(home, gathered)
    source.take(".env")
    for path in dict.fromkeys(_named_in(files)):
        if (home / path).is_file():
            source.take(path)
    _add_environments(gathered, environments or {}, variables)
    gathered.resolved = _resolved(source, gathered)
    _mounted(source, gathered)
    return gathered


class _Source:
    """The project as it is, from which paths are copied to where they will be."""

    def __init__(self, home: Path, gathered: Gathered) -> None:
        self.home, self.gathered = home, gathered

    def original(self, staged: Path) -> Path:
        """What is copied to that path."""
        relative = Path(*_relative(staged, self.gathered.place))
        return (self.home / relative).resolve()

    def take(self, path: str) -> bool:
        """Copy a file or a directory that is named relative to the project; tell if it is there."""
        if not path or Path(path).is_absolute():
            return False
        staged = _normal(self.gathered.place / path)
        return self.copy(staged)

    def copy(self, staged: Path) -> bool:
        """The same, by the path that it gets."""
        original = self.original(staged)
        if staged.exists():
            return True
        if not original.exists() or not staged.is_relative_to(self.gathered.stage):
            return False
        staged.parent.mkdir(parents=True, exist_ok=True)
        if original.is_file():
            shutil.copy2(original, staged)
            self._without_digests(staged)
        elif original.is_dir():
            self._copy_directory(original, staged)
        else:
            return False
        return True

    def _copy_directory(self, original: Path, staged: Path) -> None:
        if original == self.home or self.home.is_relative_to(original):
            staged.mkdir(parents=True, exist_ok=True)
            self.gathered.notes.append(
                f"{original.name}/ is mounted as a whole: only an empty one is"
            )
            return
        size = sum(path.stat().st_size for path in original.rglob("*") if path.is_file())
        if size > _LARGEST:
            staged.mkdir(parents=True, exist_ok=True)
            self.gathered.notes.append(f"{original.name}/ has {size} bytes: it is made empty")
            return
        shutil.copytree(
            original,
            staged,
            symlinks=True,
            ignore=shutil.ignore_patterns(".git"),
            dirs_exist_ok=True,
        )

    def _without_digests(self, staged: Path) -> None:
        """No image can be given a registry's digest, so names go without one."""
        if staged.suffix not in (".yml", ".yaml", ".env") and not staged.name.startswith(".env"):
            return
        text = staged.read_text(errors="surrogateescape")
        if _DIGEST.search(text):
            staged.write_text(_DIGEST.sub("", text), errors="surrogateescape")
            self.gathered.notes.append(
                f"{staged.name}: digests of images are left out; only a registry gives those"
            )


def _placed(stage: Path, home: Path, files: Sequence[Path], profiles: Sequence[str]) -> Gathered:
    """As deep below /srv as its files reach out of its directory."""
    relatives = ["/".join(_relative(file.resolve(), home)) for file in files]
    texts = [*relatives, *(file.read_text(errors="replace") for file in files)]
    depth = max((up.group().count("../") for text in texts for up in _UP.finditer(text)), default=0)
    parents = home.parts[1:]
    place = stage.joinpath(*parents[-depth - 1 :]) if parents else stage / "root"
    place.mkdir(parents=True, exist_ok=True)
    gathered = Gathered(stage, place, Command(tuple(relatives), (), tuple(profiles)))
    source = _Source(home, gathered)
    for relative in relatives:
        if not source.take(relative):
            raise LabError(f"{relative} is too far from {home}: copy the files to one directory")
    return gathered


def _add_environments(
    gathered: Gathered, environments: Mapping[str, Path], variables: Sequence[str]
) -> None:
    """Files take the place of those that services name; another one is Compose's `--env-file`."""
    others = []
    named = set(_env_files(gathered))
    for name, path in environments.items():
        if not path.is_file():
            raise LabError(f"{path} is not there")
        target = _normal(gathered.place / name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
        if name != ".env" and name not in named:
            others.append(name)
    if others:
        gathered.command = Command(gathered.command.files, tuple(others), gathered.command.profiles)
    if not variables:
        return
    for variable in variables:
        if not re.match(r"[A-Za-z_]\w*=", variable):
            raise LabError(f"--env {variable.partition('=')[0]}: it has to be KEY=VALUE")
    target = gathered.place / (others[-1] if others else ".env")
    before = target.read_text() if target.exists() else ""
    lines = (
        f"{key}={_quoted(value)}" for key, _, value in (one.partition("=") for one in variables)
    )
    target.write_text("\n".join((before.rstrip("\n"), *lines, "")).lstrip("\n"))


def _quoted(value: str) -> str:
    return value if re.fullmatch(r"[\w./:@%+,-]*", value) else "'" + value.replace("'", r"\'") + "'"


def _resolved(source: _Source, gathered: Gathered) -> Resolved:
    """Let Compose say what is missing, one by one, until it has all or everything is known."""
    required: dict[str, str] = {}
    absent: list[str] = []
    while isinstance(answer := resolve(gathered.place, gathered.command, tuple(required)), Missing):
        if answer.variable:
            if answer.variable in required:
                raise LabError(f"the variable {answer.variable} is required, and nothing helps")
            required[answer.variable] = answer.why
            continue
        staged = _normal(Path(answer.path))
        if staged.exists() or not staged.is_relative_to(gathered.stage):
            raise LabError(f"Compose can't read {answer.path}")
        if not source.copy(staged):
            absent.append("/".join(_relative(staged, gathered.place)))
            staged.parent.mkdir(parents=True, exist_ok=True)
            staged.touch()
    lacking = [
        *(f"the file {path}: make it, or --env-file {path}=FILE" for path in absent),
        *(f"the variable {name}: --env {name}=VALUE ({why})" for name, why in required.items()),
        *_secrets_lacking(answer.model, gathered),
    ]
    if lacking:
        raise LabError("this is missing:\n  " + "\n  ".join(lacking))
    return answer


def _secrets_lacking(resolved: Json, gathered: Gathered) -> Iterator[str]:
    """Secrets and configs that come from variables: Compose looks for those when it starts."""
    names = {
        line.partition("=")[0].removeprefix("export ").strip()
        for file in gathered.command.environments or (".env",)
        if (gathered.place / file).is_file()
        for line in (gathered.place / file).read_text(errors="replace").splitlines()
    }
    for kind in ("secrets", "configs"):
        for key, held in (resolved.get(kind) or {}).items():
            name = held.get("environment")
            if name and name not in names:
                yield f"the variable {name}, for {kind[:-1]} {key}: --env {name}=VALUE"


def _mounted(source: _Source, gathered: Gathered) -> None:
    """Copy what is mounted from beside the file, or make it."""
    for path, wants_file in _sources(gathered.model):
        staged = _normal(path)
        if not staged.is_relative_to(gathered.stage):
            if str(path) not in _USUAL:
                gathered.outside.append(str(path))
            continue
        if source.copy(staged):
            continue
        shown = "/".join(_relative(staged, gathered.place))
        gathered.made.append(shown + ("" if wants_file else "/"))
        staged.parent.mkdir(parents=True, exist_ok=True)
        if wants_file:
            staged.touch()
        else:
            staged.mkdir(exist_ok=True)


def _sources(resolved: Json) -> Iterator[tuple[Path, bool]]:
    """What is mounted, and whether that is a file, as far as its names tell."""
    for service in model.services(resolved):
        for mount in service.mounts:
            if mount.get("type") == "bind":
                names = (str(mount["source"]).rstrip("/"), str(mount["target"]).rstrip("/"))
                yield Path(names[0]), all(map(_IS_FILE.search, names))
    for kind in ("secrets", "configs"):
        held: Json = resolved.get(kind) or {}
        yield from ((Path(one["file"]), True) for one in held.values() if one.get("file"))


def _named_in(files: Sequence[Path]) -> Iterator[str]:
    """Other files that compose files name: those that may be left out are not missed by Compose."""
    for file in files:
        yield from _strings(_read(file))


def _env_files(gathered: Gathered) -> Iterator[str]:
    for file in gathered.command.files:
        services = _read(gathered.place / file).get("services") or {}
        for service in services.values():
            named = (service or {}).get("env_file") or ()
            for one in [named] if isinstance(named, str) else named:
                path = one if isinstance(one, str) else str(one.get("path"))
                yield path.removeprefix("./")


def _strings(held: Any, under: str = "") -> Iterator[str]:
    """The values of what names a file: `env_file`, `include`, `extends`, `label_file`."""
    if isinstance(held, Mapping):
        for key, value in held.items():
            is_one = key in ("env_file", "include", "extends", "label_file")
            yield from _strings(value, key if is_one else under)
    elif isinstance(held, list):
        for value in held:
            yield from _strings(value, under)
    elif isinstance(held, str) and under and "$" not in held:
        yield held


def _read(file: Path) -> dict[str, Any]:
    try:
        held = YAML(typ="rt").load(file.read_text(errors="replace"))
    except YAMLError as error:
        raise LabError(f"{file.name} is no YAML: {str(error).splitlines()[0]}") from error
    return dict(held) if isinstance(held, Mapping) else {}


def _relative(path: Path, start: Path) -> tuple[str, ...]:
    """From one directory to a path, by `..` where it has to be."""
    common = 0
    for one, other in zip(path.parts, start.parts, strict=False):
        if one != other:
            break
        common += 1
    return (*([".."] * (len(start.parts) - common)), *path.parts[common:])


def _normal(path: Path) -> Path:
    """Without `..`, and without a look at links."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return Path(*parts)
