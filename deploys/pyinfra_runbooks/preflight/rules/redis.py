"""Whether each Redis takes its configuration and its ACL, and can use its data."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from ...core.unknown import Unknown
from ...engine.compose import DeclaredMount
from ...engine.files import File
from ...engine.rules.writers import writers
from ...packs.redis.rules.data import holding
from ...settings import Stack
from ..obstacles import Checked, Obstacle, Weight, together
from ..readers import Reader, serves_as, source_of
from ..seen import Asked, Found, Server, Tried
from .files import is_empty


def judge(found: Found, asked: Asked, stack: Stack | None) -> Checked:
    """Each server by itself."""
    return together(_server(found, asked, server, stack) for server in found.servers.values())


def _server(found: Found, asked: Asked, server: Server, stack: Stack | None) -> Checked:
    tried = asked.tried.get(server.service)
    acl = server.acl or (tried.acl if tried else "")
    redis = stack.server(server.service) if stack else None
    if not acl and redis and redis.users:
        acl = redis.acl_file
    empty = tuple(_open(found, server.service, acl, tried)) if acl else ()
    if tried is None:
        why = (
            "its image is not there"
            if found.image(server.service) is None
            else "there was no answer"
        )
        return Checked(empty, (f"{server.service}'s configuration was not tried: {why}",))
    data = _data(found, asked, server, tried, stack)
    if empty:  # Redis would take it, and be open.
        return together((Checked(empty), data))
    return together((_configuration(found, server, tried, acl), data))


def _open(found: Found, service: str, acl: str, tried: Tried | None) -> Iterator[Obstacle]:
    mount = holding(found.declared.services[service].mounts, acl)
    file = found.look.files.get(mount.source or "") if mount and mount.target == acl else None
    # In a directory that is mounted, only the trial sees it.
    file = file or next((f for f in (tried.opens if tried else ()) if f.path == acl), None)
    if file and file.kind == "regular file" and is_empty(file):
        path = source_of(found, service, acl) or acl
        yield Obstacle(
            Weight.DANGER,
            "acl-empty",
            path,
            f"is empty, and the ACL file of {service}: clients would need no password",
            f"{file.size} bytes; {service} reads it as {acl}",
            "write the users into it, in place; runbooks/redis.py does, where they are declared",
            path,
        )


def _configuration(found: Found, server: Server, tried: Tried, acl: str) -> Checked:
    service = server.service
    if tried.missing and not server.script:
        mounted = found.look.files.get(source_of(found, service, tried.missing) or "")
        if mounted and mounted.kind != "regular file":
            return Checked()  # That is an obstacle already.
        return Checked((_config_missing(service, tried),))
    if tried.refuses:
        return Checked((_refused(found, server, tried, acl),))
    if tried.untried:
        said = f"{service}'s ACL and configuration could not be tried: {tried.untried}"
        # What a script makes of its environment is not known beforehand.
        return Checked(notes=(said,)) if server.script else Checked(unseen=(said,))
    what = " and ".join(filter(None, (server.conf and "its configuration", acl and "its ACL"))) or (
        "what its command says" if not server.script else "its image's own configuration"
    )
    image = found.image_name(service)
    return Checked(fine=(f"{service} takes {what}, in a trial with its image {image}",))


def _config_missing(service: str, tried: Tried) -> Obstacle:
    return Obstacle(
        Weight.STOPS,
        "config-missing",
        service,
        f"is started with {tried.missing}, which is not there",
        "its image has no such file, and nothing is mounted there",
        "correct the command, or mount the file",
    )


def _refused(found: Found, server: Server, tried: Tried, acl: str) -> Obstacle:
    """It does not start: for its ACL, or for its configuration."""
    of_acl = "refuses its ACL" in tried.refuses  # trial.sh says so: verdict
    what, path = ("ACL", acl) if of_acl else ("configuration", server.conf)
    source = source_of(found, server.service, path)
    return Obstacle(
        Weight.STOPS,
        "acl-refused" if of_acl else "config-refused",
        server.service,
        f"would not start: it refuses its {what}",
        f"{found.image_name(server.service)} said in a trial: {_said(tried.refuses)}",
        f"correct {source or path or 'its command'}",
        source or "",
    )


def _said(text: str) -> str:
    """What a server says at its start, without what is the same each time."""
    for prefix in (
        "its ACL and configuration were tried, and it does not start: ",
        "Redis refuses its ACL: ",
    ):
        text = text.removeprefix(prefix)
    text = re.sub(r"\d+:[A-Z] \d+ \w+ \d{4} [\d:.]+ [.*#-] ", "", text)
    return re.sub(r"\*\*\* FATAL CONFIG FILE ERROR.*?\*\*\* ", "", text).strip()


def _data(found: Found, asked: Asked, server: Server, tried: Tried, stack: Stack | None) -> Checked:
    service = server.service
    if not tried.data:
        return Checked(unseen=(f"{service}'s data: where it is could not be found out",))
    declared = found.declared.services[service]
    mount = holding(declared.mounts, tried.data)
    if mount is None:
        return _unkept(found, server, tried)
    if not mount.writable:
        return Checked((_read_only(service, mount, tried),))
    reader = serves_as(found, asked, service)
    where = f"volume {mount.source}" if mount.kind == "volume" else f"{mount.source}"
    if mount.kind in ("tmpfs", "npipe") or mount.source is None:
        what = "in memory" if mount.kind == "tmpfs" else "in a volume without a name"
        return Checked(notes=(f"{service}'s data in {tried.data} is {what}: it goes with it",))
    if isinstance(reader, Unknown):
        return Checked(unseen=(f"whether {service} can use its data in {where}: {reader.reason}",))
    own = found.look.members(service)
    for other in writers(found.look, {mount.source}):
        if other not in own:
            return Checked((_in_use(service, where, other.name),))
    if tried.data_refused:
        return Checked((_newer(found, service, where, tried),))
    if tried.data_unseen:
        return Checked(unseen=(f"{service}'s data in {where}: {tried.data_unseen}",))
    fresh = not tried.files
    notes = (f"{where} is new: {service} begins without data",) if fresh else ()
    wrong = None if reader.reads_all else _unusable(tried, mount, reader)
    if wrong and reader.gives and f"{tried.data}/".startswith(f"{_working(found, service)}/"):
        owner = f"{wrong.uid}:{wrong.gid}"
        said = f"{where} belongs to {owner}: {reader.because}, and gives it that before"
        if not fresh:
            said += "; that of Redis 8 leaves a directory with other files in it alone"
        return Checked(notes=(*notes, said))
    if wrong is None:
        return Checked(
            notes=notes, fine=(f"{service}, as {reader.uid}, can use its data in {where}",)
        )
    return Checked((_not_usable(service, where, mount, reader, wrong),), (), notes)


def _working(found: Found, service: str) -> str:
    image = found.image(service)
    own = getattr(image, "working_dir", "")
    return (found.declared.services[service].working_dir or own or "/").rstrip("/")


def _unusable(tried: Tried, mount: DeclaredMount, reader: Reader) -> File | None:
    """The directory or the file that stands in the way."""
    if not tried.files:
        # A directory that Docker makes is root's; a volume becomes what the image has there.
        uid, gid, mode = (tried.new if mount.kind == "volume" else None) or (0, 0, 0o755)
        made = File(tried.data, "directory", uid, gid, mode)
        return None if reader.uses(made) else made
    for file in tried.files:
        usable = reader.uses(file) if file.kind == "directory" else reader.reads(file)
        # A dump is replaced; a log is written on.
        usable = usable and (not file.path.endswith(".aof") or reader.writes(file))
        if not usable and not file.error:
            return file
    return None


def _not_usable(
    service: str, where: str, mount: DeclaredMount, reader: Reader, wrong: File
) -> Obstacle:
    place = shlex.quote(mount.source or "")
    by_hand = f"mkdir -p {place} && chown {reader.uid} {place}"
    if mount.kind == "volume":
        by_hand = (
            f"docker run --rm --network none --volume {place}:/data IMAGE"
            f" chown -R {reader.uid} /data, with an image that has chown and starts as root"
        )
    return Obstacle(
        Weight.STOPS,
        "data-unusable",
        service,
        f"can't use its data in {where}",
        f"{wrong.path} is {wrong.uid}:{wrong.gid} {wrong.mode:04o};"
        f" {service} is {reader.uid} ({reader.because})",
        by_hand,
    )


def _in_use(service: str, where: str, other: str) -> Obstacle:
    return Obstacle(
        Weight.DANGER,
        "data-in-use",
        service,
        f"would share its data in {where}: two servers on it destroy it",
        f"{other} runs on it, and may write",
        f"find out what it is; docker stop {other}, once it has saved",
    )


def _newer(found: Found, service: str, where: str, tried: Tried) -> Obstacle:
    return Obstacle(
        Weight.DANGER,
        "data-newer",
        service,
        f"can't read its data in {where}",
        tried.data_refused,
        f"name the image that wrote it, or a later one: {found.image_name(service)} is older",
    )


def _read_only(service: str, mount: DeclaredMount, tried: Tried) -> Obstacle:
    return Obstacle(
        Weight.STOPS,
        "data-unusable",
        service,
        f"can't write its data: {mount.source} is mounted read-only at {mount.target}",
        f"its data directory is {tried.data}",
        "take read_only (or :ro) from that mount",
    )


def _unkept(found: Found, server: Server, tried: Tried) -> Checked:
    service = server.service
    image = found.image(service)
    volumes: frozenset[str] = getattr(image, "volumes", frozenset())
    anonymous = any(f"{tried.data}/".startswith(f"{v.rstrip('/')}/") for v in volumes)
    what = "a volume without a name" if anonymous else "no volume"
    said = f"{service}'s data in {tried.data} is in {what}: it goes with its container"
    if not (tried.keeps or server.keeps):
        return Checked(notes=(said,))
    return Checked(
        (
            Obstacle(
                Weight.LATER,
                "data-unkept",
                service,
                f"keeps its data on disk, in {tried.data}, which is in {what} and goes with it",
                "its configuration or its command says appendonly yes, or save",
                f"mount a named volume at {tried.data}",
            ),
        )
    )
