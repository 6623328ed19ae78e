"""Whether the secrets on the host have the right content, owner and mode."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from ....core.disruption import Disruption
from ....core.finding import Finding
from ....core.kind import kind
from ....core.resolution import Refusal, Remedy
from ....core.task import Stage, Task
from ....core.unknown import Unknown
from ....engine.files import File
from ....engine.look import Look
from ....engine.parts import Part
from ....engine.rules.passwords import password_hash
from ....settings import HostFile, Secret, Stack


@dataclass(frozen=True, slots=True)
class PutSecret(Task):
    """Give a file the declared owner and mode and, where ``content`` says so, content."""

    path: str
    secret: Secret
    content: bool

    @property
    def verb(self) -> str:
        return "put"

    @property
    def stage(self) -> Stage:
        return Stage.FILES


SecretFinding = Finding[PutSecret]

SECRET_FILE = kind(
    "secret-file",
    title="A secret's file is not as the inventory says",
    part=Part.REDIS,
    means="Its content, owner or mode is another, or it is missing: what mounts it may fail.",
    known="`stat`, and the sha256 of the content; no content is read by the controller.",
    repair="It is written in place, or gets its owner and mode, as the inventory declares.",
    undo="Declare the former content, owner or mode, and run it again.",
    explains=("secret-unreadable", "acl-unknown", "api-unhealthy", "unhealthy"),
)


def findings(look: Look, stack: Stack) -> Iterator[SecretFinding]:
    """Secrets that are not as the inventory says."""
    for secret in stack.secrets:
        path = path_of(look, secret)
        if path is None:
            yield SECRET_FILE.found(
                secret.name,
                "is not a secret that Compose mounts",
                "docker compose config",
                Refusal(
                    "so its file on the host is not known",
                    "correct its name in the inventory, or give a path: Secret(...)",
                    in_inventory=True,
                ),
            )
            continue
        file = look.files.get(path) or File(path, error="it was not looked at")
        yield from _secret(look, stack, secret, file)


def path_of(look: Look, secret: Secret) -> str | None:
    """Where a secret is on the host."""
    if secret.name.startswith("/"):
        return secret.name
    mounts = (m for s in look.declared.services.values() for m in s.mounts)
    return next((m.source for m in mounts if m.secret == secret.name), None)


def _secret(look: Look, stack: Stack, secret: Secret, file: File) -> Iterator[SecretFinding]:
    content = _content_problem(look, stack, secret, file)
    if isinstance(content, Refusal):
        yield SECRET_FILE.found(file.path, "can't be compared", file.error or "", content)
        return
    if file.error and file.inode == 0 and not file.missing:
        yield SECRET_FILE.found(
            file.path,
            "can't be looked at",
            file.error,
            Refusal("its owner and mode are not known", f"ls -l {file.path}"),
        )
        return
    if not file.missing and file.kind != "regular file":
        instead = f"rmdir {file.path}, if it is empty, and put the file there"
        because = "Docker makes a directory where the file of a mount is missing"
        yield SECRET_FILE.found(
            file.path, f"is a {file.kind}", file.kind, Refusal(because, instead)
        )
        return
    owner = None if file.missing else _owner_problem(secret, file)
    if not content and not owner:
        return
    does = " and ".join(
        what for what, wrong in (("write it", content), ("set owner and mode", owner)) if wrong
    )
    does += "" if content else f" of {file.path}"
    yield SECRET_FILE.found(
        file.path,
        "; ".join(problem for problem in (content, owner) if problem),
        f"{file.kind} {file.uid}:{file.gid} {file.mode:04o}" if file.kind else file.error or "",
        Remedy(does, Disruption.NONE, PutSecret(file.path, secret, bool(content))),
    )


def _owner_problem(secret: Secret, file: File) -> str | None:
    wrong = [
        f"{what} is {shown.format(found)}, expected {shown.format(should)}"
        for what, should, found, shown in (
            ("owner", secret.owner, file.uid, "{}"),
            ("group", secret.group, file.gid, "{}"),
            ("mode", secret.mode, file.mode, "{:04o}"),
        )
        if should is not None and should != found
    ]
    return ", ".join(wrong) or None


def _content_problem(look: Look, stack: Stack, secret: Secret, file: File) -> str | Refusal | None:
    if secret.content is None:
        if file.missing:
            return Refusal(
                "it is missing, and the inventory does not say what belongs there",
                f"put {file.path} back, or declare what belongs there: Secret(content=...)",
            )
        return None
    wanted = _wanted_hash(look, stack, secret)
    if isinstance(wanted, Unknown):
        return Refusal(
            wanted.reason, "put the content there, or name another place: Secret(content=...)"
        )
    if file.missing:
        return "does not exist"
    if file.password_sha256 is None:
        return Refusal(
            f"its content can't be read ({file.error or file.kind})", f"ls -l {file.path}"
        )
    return None if file.password_sha256 == wanted else "differs from the declared content"


def _wanted_hash(look: Look, stack: Stack, secret: Secret) -> str | Unknown:
    assert secret.content is not None  # noqa: S101 - the caller asked
    known = password_hash(look, stack, secret.content)
    if isinstance(known, Unknown) or secret.format == "plain":
        return known
    if isinstance(secret.content, HostFile):
        return look.files[stack.compose.path(secret.content.path)].json_sha256 or Unknown(
            f"{secret.content.path} can't be read"
        )
    return hashlib.sha256(json.dumps(secret.content.read().get_secret_value()).encode()).hexdigest()
