"""What is known of the passwords that an inventory declares: where they are, and their hashes."""

from __future__ import annotations

import hashlib

from ...core.unknown import Unknown
from ...settings import HostFile, Source, Stack
from ..look import Look


def password_files(stack: Stack) -> tuple[str, ...]:
    """The files on the host that hold passwords or secrets."""
    sources = [source for component in stack.components for source in component.sources]
    sources += [secret.content for secret in stack.secrets if secret.content]
    files = {stack.compose.path(s.path) for s in sources if isinstance(s, HostFile)}
    return tuple(sorted(files | {s.name for s in stack.secrets if s.name.startswith("/")}))


def password_hash(look: Look, stack: Stack, source: Source) -> str | Unknown:
    """The sha256 of a password, wherever it is; the password itself stays there."""
    if not isinstance(source, HostFile):
        return hashlib.sha256(source.read().get_secret_value().encode()).hexdigest()
    path = stack.compose.path(source.path)
    file = look.files.get(path)
    if file is None or file.missing:
        return Unknown(f"{path} does not exist on the host")
    if file.silent:
        return Unknown(f"{path} can't be looked at: {file.error}")
    if file.kind != "regular file":
        return Unknown(f"{path} is not a regular file: {file.kind or file.error}")
    if file.password_sha256 is None:
        return Unknown(f"{path} can't be read ({file.error or f'{file.size} bytes'})")
    if file.line_count > 1:
        return Unknown(f"{path} has {file.line_count} lines, a password has one")
    if file.size == 0 or file.password_sha256 == hashlib.sha256(b"").hexdigest():
        return Unknown(f"{path} is empty")
    return file.password_sha256
