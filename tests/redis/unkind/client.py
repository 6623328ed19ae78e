"""The stand-ins for docker, docker-compose and curl: hand the call to the engine, print its answer.

Each is one small program that starts within ten milliseconds, since a script calls dozens.
"""

from __future__ import annotations

import sys
from pathlib import Path

TOOLS = ("docker", "curl")

# The call goes over with the client's own stdin; what comes back are frames: what it is (1: for
# stdout, 2: for stderr, 0: the exit code), its length, and the bytes. An engine that says nothing
# more has lost the client, as if it had been killed.
_CLIENT = """#!{python} -IS
import _socket, marshal, posix, sys
engine = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
engine.connect({socket!r})
call = marshal.dumps(({tool!r}, sys.argv[1:], posix.getppid()))
stdin = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, (0).to_bytes(4, sys.byteorder))
engine.sendmsg([len(call).to_bytes(4, "big")], [stdin])
engine.sendall(call)
kept = b""
def take(size):
    global kept
    while len(kept) < size:
        came = engine.recv(65536)
        if not came:
            posix.kill(posix.getpid(), 9)
        kept += came
    taken, kept = kept[:size], kept[size:]
    return taken
while True:
    what, size = take(1)[0], int.from_bytes(take(4), "big")
    if not what:
        posix._exit(size)
    text = take(size)
    while text:
        text = text[posix.write(what, text):]
"""


def install(tools: Path, plugins: Path, socket: Path) -> None:
    """Puts the stand-ins into directories, as clients of the engine that listens there."""
    python = next(filter(_anybodys, (Path(sys.executable).resolve(), Path("/usr/bin/python3"))))
    for path in (*(tools / tool for tool in TOOLS), plugins / "docker-compose"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            _CLIENT.format(python=python, socket=str(socket), tool=path.name), encoding="utf-8"
        )
        path.chmod(0o755)


def _anybodys(program: Path) -> bool:
    """Whether any user may run it."""
    return all(path.stat().st_mode & 0o001 for path in (program, *program.parents))
