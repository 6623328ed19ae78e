"""Which ports accept connections: one that answers nothing holds up nothing."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyinfra_runbooks.engine.shell import text


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port of which the kernel takes no more connections: it answers nothing."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        for _ in range(4):
            waits = stack.enter_context(socket.socket())
            waits.setblocking(False)
            waits.connect_ex(server.getsockname())
        time.sleep(0.1)
        yield server.getsockname()[1]


def test_what_answers_nothing_ends_with_the_shell_alone(deaf: int, tmp_path: Path) -> None:
    """Busybox' timeout ends the shell, and none of what it has started."""
    with socket.socket() as server, socket.socket() as nobody:
        server.bind(("127.0.0.1", 0))
        server.listen()
        nobody.bind(("127.0.0.1", 0))
        ports = {"web": server.getsockname()[1], "db": nobody.getsockname()[1], "deaf": deaf}
        lines = "".join(f"{name}\t127.0.0.1\t{port}\n" for name, port in ports.items())
        asked = tmp_path / "asked"
        asked.write_text(lines, encoding="utf-8")
        with (
            asked.open(encoding="utf-8") as file,
            subprocess.Popen(
                ["bash", "-c", text("try_ports.bash")],
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            time.sleep(1)
            process.terminate()
            out, err = process.communicate(timeout=3)
    assert sorted(out.splitlines()) == [
        f"db\t{ports['db']}\trefuses",
        f"web\t{ports['web']}\taccepts",
    ]
    assert err == ""
