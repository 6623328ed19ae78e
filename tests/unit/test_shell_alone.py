"""Each script does by itself what it does as it is sent to a host."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

import pytest
from hosts import Host

from pyinfra_runbooks.engine import found, shell
from pyinfra_runbooks.engine.shell import values, words
from pyinfra_runbooks.packs.all import SHIPPED

# Of those test_probes.py says what they print.
PROBES = {probe.script for probe in found.PROBES}
PROBES |= {probe.script for pack in SHIPPED for probe in (*pack.probes, *pack.probes_each)}
SCRIPTS = sorted({name for name in shell.files() if name.endswith(".sh")} - PROBES - {"text_of.sh"})
_SERVER = '#!/bin/sh\necho "${0##*/} $*"\ncase $* in --help) echo --no-raw ;; esac\n'


@dataclass(frozen=True)
class Run:
    """How a script is run, and what it says then; by default it defines functions, and no more.

    + about: its values; ``@`` is the host's directory
    """

    says: str = ""
    code: int = 0
    arguments: tuple[str, ...] = ()
    about: dict[str, object] = field(default_factory=dict)
    stdin: str = ""


RUNS = {
    "ask.sh": Run("redis-cli -p 7 -2 --json", about={"reach": "-p\n7"}, stdin="PING\n"),
    "ask_check.sh": Run("c 0 000 0 ", about={"url": "http://web/"}),
    "ask_command.sh": Run("web does not run", about={"service": "web", "command": "true"}),
    "ask_declared.sh": Run("- file"),
    "ask_fields.sh": Run("- hash"),
    "ask_own_check.sh": Run("web has no container", about={"service": "web"}),
    "ask_reach.sh": Run(
        "there is no image with a shell for it",
        1,
        about={"id": "a1", "pid": "0", "own": "web-1", "targets": "cache\t1\tb1\t0"},
    ),
    "ask_redis.sh": Run(about={"id": "a1"}),
    "ask_tcp.sh": Run("c 0 001 ", about={"host": "web", "port": 1}),
    "compare_files.sh": Run(
        "same", about={"handed_list": ("-",), "handed_many": 1}, stdin="eA==\n" * 2
    ),
    "compose_files.sh": Run("chosen no\n"),
    "events.sh": Run("now ", about={"seconds": 1}),
    "files.sh": Run("s regular file|", arguments=("@/tools/docker",)),
    "hold.sh": Run(arguments=("place", "a1", "1", "0", "0")),
    "inside.sh": Run("u ", arguments=("/proc/self",)),
    "inside_deadline.sh": Run("all is well", arguments=("9", "echo", "all is well")),
    "inside_files.sh": Run("s regular file|", arguments=("@/tools/docker",)),
    "held_login.sh": Run(
        "login refused $PW", about={"look_for": "yes"}, stdin="@login $PW default \\x61\n@ask\n"
    ),
    "inside_redis.sh": Run("redis-cli --no-raw", arguments=("/proc/self",), stdin="@ask\nPING\n"),
    "with_login.sh": Run("r", about={"does": "cat"}, stdin="@ask\nPING\n@end\n"),
    "keep_dump.sh": Run("dump.rdb.before-recovery-", arguments=("@",)),
    "print_file.sh": Run("#!/bin/sh", arguments=("@/tools/docker",)),
    "lock.sh": Run(
        "changes were paused here meanwhile",
        about={"locks": "@/locks", "run": "a1", "pause_file": "@/tools/docker"},
    ),
    "lock_holder.sh": Run(about={"locks": "@/locks"}),
    "network.sh": Run(
        "web-1 is another container than was looked at",
        1,
        ("attach", "--alias=a b"),
        {"id": "a1", "container": "web-1", "network": "back"},
    ),
    "pause.sh": Run(
        "could not be written", 0, ("keep",), {"pause_file": "@/p/pause"}, "e\nwhy\n9\n{}\n"
    ),
    "preflight.sh": Run("- socket"),
    "preflight_ask.sh": Run("- holder", about={"does": "holders", "inodes": "1"}),
    "put_back.sh": Run(about={"service": "cache"}),
    "reach.sh": Run("whole", arguments=("/etc/hosts", "/etc/resolv.conf", "web-1", "")),
    "recreate.sh": Run(about={"service": "cache"}),
    "redis.sh": Run(
        "Redis refused the ACL, and the file is as it was",
        1,
        about={"step": "load", "service": "cache", "acl_path": "@/acl", "acl_is_right": "yes"},
    ),
    "refusal.sh": Run(
        "could not be written", about={"audit_log": "@/tools/docker/log"}, stdin="e\nwhy\n"
    ),
    "save.sh": Run("!it does not say where its data is", 1, about={"ask_sh": "cat >/dev/null"}),
    "secret.sh": Run('"bytes":7', 0, ("put", "@/key", "", "", "600"), {}, "s3cret\n"),
    "service.sh": Run("could not be restarted", 1, ("a1",), {"step": "restart", "service": "web"}),
    "trial_acl.sh": Run("redis-server --dir /proc", arguments=("", "", "")),
    "trial_data.sh": Run("=f directory|", arguments=("@", "")),
    "trial_options.sh": Run(
        "redis-server --maxmemory 1", stdin="--maxmemory\n1\n", arguments=("", "", "")
    ),
    "unit_states.sh": Run("unit a.timer -", 0, ("a.timer",), {"unit_directory": "@"}),
    "units.sh": Run("write a.timer failed", 1, ("write", "a.timer"), {"unit_directory": "@"}),
    "unlock.sh": Run("no process that this user may see", 1, about={"locks": "@/locks"}),
    "write_files.sh": Run(
        "is not as it was read",
        1,
        about={"paths": "@/none", "sums": "0", "new_sums": "1"},
        stdin="eA==\n",
    ),
    "writer.sh": Run('"step":"wrote"', 0, ("put", "@/key", "", "", "600"), {}, "3\nabc"),
}

TOOLS = {"redis-cli": _SERVER, "redis-server": _SERVER}
for own in sorted(Path(__file__).parent.glob("alone_*.py")):  # What a pack brings along.
    RUNS |= {name: Run(**run) for name, run in import_module(own.stem).RUNS.items()}
    TOOLS |= import_module(own.stem).TOOLS


@pytest.mark.needs("root")  # writes as it
@pytest.mark.parametrize("name", SCRIPTS)
def test_alone(any_host: Host, name: str) -> None:
    run = RUNS.get(name, Run())
    for tool, stands_in in TOOLS.items():
        any_host.tool(tool, stands_in)
    place = str(any_host.place)
    about: dict[str, object] = {"directory": place, "patience": 1, **run.about}
    about = {k: v.replace("@", place) if isinstance(v, str) else v for k, v in about.items()}
    arguments = [word.replace("@", place) for word in run.arguments]
    call = words(*any_host.shell, shell.path_of(name), *arguments)
    alone = f"{values(**about)}export {' '.join(about)}\n{call}"
    did = []
    for script in (alone, shell.script(name, *arguments, **about)):
        for left in any_host.place.glob("dump.rdb*"):
            left.unlink()
        (any_host.place / "key").unlink(missing_ok=True)
        (any_host.place / "dump.rdb").write_bytes(bytes(300))
        done = any_host.run(script, run.stdin)
        said = done.out + done.err
        assert (done.code, run.says in said) == (run.code, True), said
        assert run.says or not said
        did.append((_without_times(said), sorted(call[:2] for call in done.calls)))
    assert did[0] == did[1]


_TIMES = re.compile(
    r"(?m)^l .*\n|^now .*|\d{4}-\d\d-\d\dT[0-9:]+Z|before-recovery-\d+|\d+\|\d+\|/"
    r"|(?<=^c 0 00[01] )\d+\.\d+|\"from\":\"[^\"]*\""
)


def _without_times(said: str) -> str:
    return _TIMES.sub("", said)


def used_by(name: str) -> set[str]:
    """A script, and all that stands in the same text."""
    text = shell.path_of(name).read_text(encoding="utf-8")
    uses = re.findall(r'(?m)^\. "\$\(dirname "\$0"\)/.*/(.*)"$', text)
    return {name}.union(*map(used_by, uses))


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_function_is_defined_twice(name: str) -> None:
    """In one text; each shell that it starts has functions of its own."""
    texts = "".join(shell.path_of(part).read_text(encoding="utf-8") for part in used_by(name))
    functions = re.findall(r"(?m)^(\w+)\(\)", texts)
    assert sorted({each for each in functions if functions.count(each) > 1}) == []


def test_what_is_handed_over_has_one_name() -> None:
    """Where several scripts run in one command, each text stands there once."""
    handed: dict[str, set[str]] = {}
    for path in shell.files().values():
        for name, files in re.findall(
            r"(?m)^(\w+)=\$\(text_of (.*)\)$", path.read_text(encoding="utf-8")
        ):
            handed.setdefault(name, set()).add(files)
    assert {name: files for name, files in handed.items() if len(files) > 1} == {}


def test_on_a_host_no_value_comes_from_its_environment(any_host: Host) -> None:
    """Containers and sessions have variables of such names: container=lxc."""
    script = shell.script("refused.sh", network="back")
    said = 'in_words "Error response from daemon: No such container: x"\necho "$network"\n'
    done = any_host.run(f"container=lxc network=lan\nexport container network\n{script}{said}")
    assert done.out == "it is gone: run this again\nback\n"
