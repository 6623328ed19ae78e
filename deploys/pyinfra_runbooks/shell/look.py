"""The script of one look at a stack, and of the health checks alone."""

from __future__ import annotations

import json

from .. import server
from ..acl import needs_categories, parse_user
from ..engine import CONTAINER_TEMPLATE, NETWORK_TEMPLATE, SUBNETS_TEMPLATE
from ..settings import Compose, HostFile, HttpCheck, RedisUser, Stack, Timeouts
from . import LOG, PAUSE, function, text, values, words

FIELDS = ("json", "fields", "variables")
_COMMON = ("common", "engine", "containers", "escaped", "reading")

# Behind each container's JSON: what the script itself needs of it. Where it can be knocked at, and
# since when it sees what is mounted into it.
_ADDRESSES = (
    "@{{.ID}}\t{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}} {{end}}"
    "\t{{.State.Pid}}"
    "\t{{range $port, $none := .Config.ExposedPorts}}{{$port}} {{end}}"
    "\t{{.HostConfig.NetworkMode}}"
)
_MOUNTS = (
    "+{{.ID}}\t{{.State.Pid}}\t{{.Created}}\t{{.State.FinishedAt}}"
    '{{range .Mounts}}{{if eq .Type "bind"}}\t{{json .Source}}{{end}}{{end}}'
)


def look(stack: Stack, hurried: bool = False) -> str:
    """
    The whole look. Passwords that the controller has come over stdin, in `given`'s order.

    + stack: the stack
    + hurried: whether health checks get next to no time; default: ``False``
    """
    redis = stack.redis.service
    contents_matter = "yes" if any(s.content for s in stack.secrets) else ""
    describe = describing(stack)
    files = values(password_files=password_files(stack), contents_matter=contents_matter) + describe
    reads, login = logins(stack)
    return "".join(
        (
            'read -r mark </proc/sys/kernel/random/uuid; echo "look $mark"\n',
            values(changed_script=0),
            target(stack),
            reads,
            values(
                redis_service=redis,
                hurried="yes" if hurried else "",
                api_service=stack.api.service,
                password_files=password_files(stack),
                acl_file=stack.redis.acl_file,
                data_directory=stack.redis.data,
                contents_matter=contents_matter,
                service_ports=tuple(f"{s.name}:{s.port}" for s in stack.services if s.port),
                container_template=f"{CONTAINER_TEMPLATE}\n{_ADDRESSES}\n{_MOUNTS}",
                network_template=NETWORK_TEMPLATE,
                subnets_template=SUBNETS_TEMPLATE,
                pause_file=PAUSE,
                audit_log=LOG,
                corrections=16 * stack.breaker.corrections,
                unattended="yes" if stack.unattended else "",
                in_audit=f'"stack": {json.dumps(stack.compose.directory)}',
                config_awk=text("config.awk"),
                uses_awk=text("uses.awk"),
                networks_awk=text("networks.awk"),
                compose_awk=text("compose.awk"),
                fields_awk="".join(text(f"{name}.awk") for name in FIELDS),
                files_sh=files + text("files.sh"),
                inside_redis_sh=inside(stack, stack.redis.data, stack.redis.acl_file)
                + f"echo r\n{ask(stack)}",
                inside_api_sh=inside(stack, "", ""),
            ),
            describe,
            login,
            _questions(stack),
            _checks(stack),
            text("logins.sh"),
            text("state.sh"),
            text("kept.sh"),
            text("fields.sh"),
            text("declared.sh"),
            text("look.sh"),
        )
    )


MOST_HASHED = 4 << 20
"""Bytes of the largest file that is read: no secret, ACL or configuration is as large."""


def describing(stack: Stack) -> str:
    """The functions that tell of files."""
    json_matters = any(s.content and s.format == "json" for s in stack.secrets)
    given = values(json_matters="yes" if json_matters else "", most_hashed=MOST_HASHED)
    return given + text("describe.sh")


def inside(stack: Stack, data: str, acl_file: str) -> str:
    """What a container sees of its mounts.

    + data: its data directory; empty: it is not asked for
    + acl_file: the path of its ACL file there; empty: it has none
    """
    given = values(data=data, acl_file=acl_file, file_patience=5)
    files = given + describing(stack) + text("held.sh") + text("inside_files.sh")
    return given + values(inside_files_sh=files) + text("inside.sh")


def health(stack: Stack) -> str:
    """The health checks alone, for the time after a change."""
    return "".join(
        (
            target(stack),
            values(container_template=_ADDRESSES),
            _checks(stack),
            "list_stack && locate && checks | sed 's/^/check|/'\n",
        )
    )


def target(stack: Stack) -> str:
    """What every script starts with: which project, and the common functions."""
    return project(stack.compose, stack.timeouts, stack.helper_image)


def project(compose: Compose, timeouts: Timeouts, helper_image: str | None = None) -> str:
    """The same, where no more is declared than the project."""
    named = values(
        directory=compose.directory,
        project=compose.name,
        config_files=compose.files,
        env_files=compose.env_files,
        profiles=compose.profiles,
        patience=round(timeouts.look),
        helper_image=helper_image,
    )
    return named + "".join(text(f"{name}.sh") for name in _COMMON)


def ask(stack: Stack) -> str:
    """What asks Redis in its container; the questions come over stdin."""
    port = stack.port_of(stack.redis.service)
    return values(port=port) + text("escaped.sh") + text("ask.sh")


def users(stack: Stack) -> tuple[RedisUser, ...]:
    """The Redis users in the order of their logins: who asks the questions logs in last."""
    asks = stack.redis.asks.name
    return tuple(sorted(stack.redis.users, key=lambda user: user.name == asks))


def given(stack: Stack) -> list[str]:
    """What a script reads from stdin: the passwords that only the controller has, escaped."""
    return [
        server.escaped(user.password.read().get_secret_value())
        for user in users(stack)
        if not isinstance(user.password, HostFile)
    ]


def logins(stack: Stack) -> tuple[str, str]:
    """The lines that read `given`, and the function ``logins``, which prints the AUTH commands.

    First with the passwords that Redis' container sees, which may be older than the host's; then
    with those that are declared.
    """
    reads: list[str] = []
    says: list[str] = []
    for user in users(stack):
        if isinstance(user.password, HostFile):
            path = stack.compose.path(user.password.path)
            says.append(words("printf", "@mounted %s %s\\n", server.quoted(user.name), path))
    for user in users(stack):
        if isinstance(user.password, HostFile):
            password = f'"$(read_file {words(stack.compose.path(user.password.path))} | escaped)"'
        else:
            reads.append(f"IFS= read -r given_{len(reads)}\n")
            password = f'"$given_{len(reads) - 1}"'
        says.append(f"printf 'AUTH %s \"%s\"\\n' {words(server.quoted(user.name))} {password}")
    return "".join(reads), function("logins", "\n".join(says))


def mounted_logins(stack: Stack) -> int:
    """How many logins are tried besides, with the passwords that Redis' container itself sees."""
    return sum(isinstance(user.password, HostFile) for user in stack.redis.users)


def password_files(stack: Stack) -> tuple[str, ...]:
    """The files on the host that hold passwords or secrets."""
    sources = [user.password for user in stack.redis.users]
    sources += [secret.content for secret in stack.secrets if secret.content]
    files = {stack.compose.path(s.path) for s in sources if isinstance(s, HostFile)}
    return tuple(sorted(files | {s.name for s in stack.secrets if s.name.startswith("/")}))


def categories_needed(stack: Stack) -> bool:
    """Whether comparing ACLs takes the commands of each category."""
    return any(needs_categories(parse_user(u.name, u.rules)) for u in stack.redis.users)


def _questions(stack: Stack) -> str:
    names = [user.name for user in users(stack)]
    asked = server.questions(names, categories_needed(stack))
    head = words("printf", "%s\\n", "RESET", "PING")
    login = 'printf "%s\\n" "$login_lines"'
    return function("redis_questions", f"{head}\n{login}\n{words('printf', '%s', asked)}")


def _checks(stack: Stack) -> str:
    checks = [_check(n, check, stack) for n, check in enumerate(stack.health)]
    return (
        values(answer_awk=text("answer.awk"))
        + text("check.sh")
        + function("checks", " | also ".join(("true", *checks)))
    )


def _check(number: int, check: HttpCheck, stack: Stack) -> str:
    address = check.resolve or (f"@{check.host}" if stack.is_service(check.host) else "")
    options: tuple[str, ...] = ()
    if check.insecure:
        options = ("--insecure",)
    elif check.ca:
        options = ("--cacert", stack.compose.path(check.ca))
    text = check.expect if isinstance(check.expect, str) else ""
    shown, name = tuple(sorted(_keys(check.expect))), f"{check.host}:{check.port}"
    limit = round(1000 * check.timeout)
    return words("check", number, check.url, limit, shown, text, name, address, *options)


def _keys(value: object) -> set[str]:
    """The keys of a JSON value, at every depth."""
    if isinstance(value, dict):
        return set(value).union(*(_keys(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(v) for v in value))
    return set()
