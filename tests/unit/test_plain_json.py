"""plain_json.sh: what a redis-cli before 7.0 prints, as a later one does with --json."""

from __future__ import annotations

import pytest
from hosts import Host

from pyinfra_runbooks.engine import shell

PLAIN = """\
OK
PONG
(error) NOAUTH Authentication required.
1) "dir"
2) "/data"
1) "save"
2) ""
(integer) 3
(empty array)
(nil)
"nobody"
# Persistence
loading:0
"""
JSON = """\
"OK"
"PONG"
error:"NOAUTH Authentication required."
["dir","/data"]
["save",""]
3
[]
null
"nobody"
# Persistence
loading:0
"""


@pytest.mark.parametrize(("plain", "expected"), [(PLAIN, JSON), ('1) "a"\n', '["a"]\n'), ("", "")])
def test_the_same(any_host: Host, plain: str, expected: str) -> None:
    script = shell.text("plain_json.sh") + 'printf %s "$plain" | plain_json\n'
    assert any_host.run(shell.values(plain=plain) + script).out == expected
