"""The scripts that go to hosts, put together as operations do, and what there is before them.

This is all that the harness knows of the scripts: how they are composed, what comes over stdin, and
how a proof reads.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyinfra_runbooks.core import audit as audit_line
from pyinfra_runbooks.engine import shell
from pyinfra_runbooks.engine.compose import Attachment, Declared, DeclaredMount, DeclaredService
from pyinfra_runbooks.engine.found import Found
from pyinfra_runbooks.engine.look import Look
from pyinfra_runbooks.engine.probe import named
from pyinfra_runbooks.engine.shell import audit, function, lock
from pyinfra_runbooks.engine.shell.stack import of
from pyinfra_runbooks.packs.files import scripts as secrets
from pyinfra_runbooks.packs.files.rules.secrets import PutSecret
from pyinfra_runbooks.packs.redis import scripts as redis
from pyinfra_runbooks.packs.redis.access import ACCESS, Access, Given
from pyinfra_runbooks.packs.redis.acl import parse_user
from pyinfra_runbooks.packs.redis.acl.users import AclUser
from pyinfra_runbooks.packs.redis.rules.acl import AclPlan
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.packs.redis.steps import Step

from .world import APP, IMAGE, OPS, RULES, SHELLS, World, docker_group

RUN = "a1b2c3d4e5f6"
NOBODY = 65534
LONGEST = 120
# Where all hosts keep what is ours, and where each world has its own.
_OURS = {
    "/var/log/pyinfra-runbooks": "log",
    "/run/pyinfra-runbooks": "run",
    "/var/lib/pyinfra-runbooks": "lib",
}


@dataclass(frozen=True)
class Script:
    """One script, and what it is about.

    + name: in the names of cases
    + compose: the script itself
    + stdin: what it reads
    + before: makes the world what it is there for
    + serves: whether Redis serves before it
    + proves_health: whether exit code 0 says that Redis is healthy
    """

    name: str
    compose: Callable[[World], str]
    stdin: Callable[[World], Sequence[str]] = lambda _: ()
    before: Callable[[World], None] = lambda _: None
    serves: bool = True
    proves_health: bool = True


@dataclass(frozen=True)
class Done:
    """What came of a script.

    + states: whether the script knows how to state a proof
    """

    code: int
    out: str
    err: str
    states: bool

    def statements(self) -> list[str]:
        """The names of the steps that it says it has proved."""
        found = []
        for text in self.out.splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and "step" in line:
                found.append(str(line["step"]))
        return found


def run(world: World, script: Script, shell: str, login: str) -> Done:
    """Runs it as the host would; who is not root is a member of the group docker.

    The files that all hosts share are this world's own.
    """
    text = _at_home(world, script.compose(world))
    states = '"step"' in text.replace("\\", "")
    stdin = "".join(f"{line}\n" for line in script.stdin(world))
    with subprocess.Popen(
        [*SHELLS[shell], "-c", text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=world.place,
        start_new_session=True,
        user=NOBODY if login == "member" else None,
        group=NOBODY if login == "member" else None,
        extra_groups=docker_group() if login == "member" else None,
        env={
            "PATH": f"{world.place}/tools{os.pathsep}{os.environ['PATH']}",
            "HOME": str(world.place),
            "DOCKER_CONFIG": str(world.place / "docker"),
            "DOCKER_HOST": f"unix://{world.engine.socket}",
        },
    ) as process:
        world.engine.script = process.pid
        try:
            out, err = process.communicate(stdin, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            out, err = process.communicate()
            return Done(124, out, f"{err}\nit did not end within {LONGEST} s", states)
    return Done(process.returncode, out, err, states)


def _at_home(world: World, script: str) -> str:
    for path, name in _OURS.items():
        script = script.replace(path, str(world.place / name))
    return script


# Redis


def _repair(step: Step) -> Callable[[World], str]:
    return lambda world: _repaired(world, step, world.members()[0].id)


def _repaired(world: World, step: Step, container: str) -> str:
    script = redis.repair(
        world.stack, world.stack.servers[0], step, _plan(world), _look(world), IMAGE, container
    )
    return audit.audited(RUN, script)


def again(world: World, former: Script) -> Script:
    """What the next run does about what a killed one left, as the rules have it."""
    there = world.members()
    names = tuple(f"{c.id[:12]}_" for c in there)
    made = [c for c in there if c.status == "created" and c.name.startswith(names)]
    step = {"start": Step.START, "restart": Step.RESTART, "recreate": Step.RECREATE}[former.name]
    for container in made:  # A person does so, who is asked to.
        world.engine.remove(container)
    container = next((c for c in there if c not in made), None)
    if container is None:
        step = Step.RECREATE
    elif container.status != "running" or not container.labels.get("harness.first"):
        step = Step.START
    name = container.id if container else ""
    return Script(step.name.lower(), lambda _: _repaired(world, step, name), _given)


def _plan(world: World) -> AclPlan:
    if world.access != "acl":
        return AclPlan(None)
    return AclPlan(str(world.acl), acl_users())


def acl_users() -> tuple[AclUser, ...]:
    """The declared users, as the rules hand them to the script."""
    passwords = {"ops": OPS, "app": APP}
    declared = (
        parse_user(name, rules, passwords=[hashlib.sha256(passwords[name].encode()).hexdigest()])
        for name, rules in RULES.items()
    )
    return AclUser("default"), *declared


def _entry(world: World) -> str:
    return audit_line.members(
        stack=world.stack.compose.directory,
        run=RUN,
        who="ann@desk",
        runbook="runbooks/redis.py",
        version="1",
        findings=["redis: is not as it should be"],
        remedy="repair it",
    )


def _look(world: World) -> Look:
    files, arguments = (Given("given" if world.access in of else "none") for of in _GIVEN_IN)
    access = Access(arguments=arguments, file=files, conf=str(world.configuration))
    open_ = world.access in ("open", "unguarded")
    server = Server(open_, {}, {}, None, None if world.access == "acl" else frozenset(), {}, {})
    look = Look(_declared(world), (), {}, {}, {"cache": server}, {}, {})
    return replace(look, replies={named(ACCESS, "cache"): access})


_GIVEN_IN = ({"file", "unguarded"}, {"arguments"})


def _declared(world: World) -> Declared:
    service = world.engine.service
    mounts = [DeclaredMount("bind", file, file) for file in service.files]
    declared = DeclaredService(
        service.name,
        IMAGE,
        None,
        {name: Attachment(frozenset(aliases)) for name, aliases in service.networks.items()},
        (*mounts, DeclaredMount("bind", service.data, service.data)),
        service.config_hash,
    )
    return Declared(name="shop", services={service.name: declared}, networks={})


def _given(world: World) -> Sequence[str]:
    return [_entry(world), *redis.stdin_lines(world.stack.servers[0], _plan(world))]


def _stopped(world: World) -> None:
    """Its data is on disk: what a server does not save by itself was never promised."""
    with world.connect("ops", 10) as server:
        server.ask("SAVE")
    (container,) = world.members()
    container.stop(10)


def _paused(world: World) -> None:
    (container,) = world.members()
    container.pause()


def _new_one_dies(world: World) -> None:
    """What Compose makes ends at once, for a reason that no trial of the configuration shows."""
    service = world.engine.service
    world.engine.service = type(service)(
        **{**vars(service), "command": ("sh", "-c", "echo 'it dies'; exit 3")}
    )


def _new_one_is_refused(world: World) -> None:
    world.engine.refuses_new = (
        "driver failed programming external connectivity: port is already allocated"
    )


# Files, and what surrounds a change


def _secret(world: World) -> str:
    (secret,) = world.stack.secrets
    script = secrets.put(world.stack, _look(world), PutSecret(str(world.exporter), secret, True))
    return audit.audited(RUN, script)


def _content(world: World) -> Sequence[str]:
    (secret,) = world.stack.secrets
    return [_entry(world), *secrets.content(PutSecret(str(world.exporter), secret, True))]


def _audit(world: World) -> str:
    does = function("work", "echo 'what was done'")
    return audit.audited(
        RUN, f"{shell.script('audited.sh', **of(world.stack))}{does}audited work\n"
    )


def _lock(world: World) -> str:
    """Something happened between the look and the lock."""
    owner = lock.Owner(RUN, "ann@desk", "runbooks/redis.py")
    return lock.take(world.stack, owner, Found(state="what it was before"))


def release(world: World) -> None:
    """Ends what holds the lock."""
    text = _at_home(world, lock.unlock(world.stack))
    tools = {"PATH": f"{world.place}/tools{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", text], check=False, capture_output=True, env=tools)


SCRIPTS = {
    script.name: script
    for script in (
        Script("load", _repair(Step.LOAD), _given),
        Script("start", _repair(Step.START), _given, _stopped, serves=False),
        Script("unpause", _repair(Step.START), _given, _paused, serves=False),
        Script("restart", _repair(Step.RESTART), _given),
        Script("recreate", _repair(Step.RECREATE), _given),
        Script("put-back", _repair(Step.RECREATE), _given, _new_one_dies),
        Script("put-back-refused", _repair(Step.RECREATE), _given, _new_one_is_refused),
        Script("write", _repair(Step.WRITE), _given, proves_health=False),
        Script("secret", _secret, _content, proves_health=False),
        Script("audit", _audit, lambda world: [_entry(world)], proves_health=False),
        Script("lock", _lock, proves_health=False),
    )
}


PROOFS = {
    "start": {"back"},
    "unpause": {"back"},
    "restart": {"saved", "back"},
    "recreate": {"saved", "back"},
    "write": {"wrote"},
    "secret": {"wrote"},
}
"""The steps that a script has to say it has proved, if it ends with 0."""


def unproved(script: Script, done: Done) -> list[str]:
    """The proofs that its output lacks; a script that knows no statements is asked for none."""
    wanted = PROOFS.get(script.name, set()) if done.states else set()
    return sorted(wanted - set(done.statements()))


def wanted_secret() -> bytes:
    """What the secret's file holds once it is written."""
    return f"{json.dumps(APP)}\n".encode()


def new_audit_lines(world: World) -> list[dict[str, object]] | None:
    """The lines that were added; None where the file holds anything else than whole lines."""
    text = Path(world.audit).read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    if first != '{"time":"before"}' or (rest and not rest.endswith("\n")):
        return None
    try:
        return [json.loads(line) for line in rest.splitlines()]
    except ValueError:
        return None
