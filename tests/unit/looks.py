"""A healthy look at an invented stack, from literals, and ways to change one thing about it.

The stack: project ``shop`` with the services ``cache`` (its Redis), ``web`` (its API) and ``db``,
on the networks ``shop_back`` (all three) and ``shop_front`` (``web`` alone).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from pyinfra_runbooks.core.unknown import Unknown
from pyinfra_runbooks.engine.compose import (
    Attachment,
    Declared,
    DeclaredMount,
    DeclaredNetwork,
    DeclaredService,
)
from pyinfra_runbooks.engine.differences import Difference
from pyinfra_runbooks.engine.docker import Container, Endpoint, Mount, Network
from pyinfra_runbooks.engine.files import File
from pyinfra_runbooks.engine.look import Answer, Inside, Look
from pyinfra_runbooks.engine.probe import Probe, named
from pyinfra_runbooks.packs.checks.probe import PORTS
from pyinfra_runbooks.packs.redis.acl import parse_user, render
from pyinfra_runbooks.packs.redis.server import Server
from pyinfra_runbooks.settings import (
    Api,
    Compose,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Secret,
    Service,
    Stack,
)

BACK, FRONT = "shop_back", "shop_front"
RULES = "~* &* +@all"
CLERK_HASH = sha256(b"a password").hexdigest()
UNSET = object()


REDIS = Redis(
    "cache",
    acl_file="/run/secrets/cache_acl",
    users=(RedisUser("clerk", rules=RULES, password=HostFile("keys/cache.txt")),),
)


def stack(**changes: Any) -> Stack:
    """
    The inventory's side of it.

    + changes: its settings; ``redis`` and ``api`` stand for its two components
    """
    components = (changes.pop("redis", REDIS), changes.pop("api", Api("web")))
    settings: dict[str, Any] = {
        "compose": Compose("/srv/shop"),
        "components": components,
        "services": ("cache", "web", Service("db", port=5432)),
        "secrets": (
            Secret("cache_acl", owner=999, mode=0o400),
            Secret("cache_password", owner=999, mode=0o440),
        ),
        "health": (
            HttpCheck("http://web:8000/health", expect={"status": "ok", "cache": "up"}),
            HttpCheck("http://web:8000/token", non_empty="token"),
            HttpCheck("https://shop.example/health", expect={"status": "ok", "cache": "up"}),
        ),
    }
    return Stack(**{**settings, **changes})


def healthy() -> Look:
    """Everything as it should be."""
    return Look(
        declared=Declared(
            name="shop",
            services={s.name: s for s in (_CACHE_DECLARED, _WEB_DECLARED, _DB_DECLARED)},
            networks={
                BACK: DeclaredNetwork("back", BACK, external=False),
                FRONT: DeclaredNetwork("front", FRONT, external=False),
            },
        ),
        containers=(
            container("cache", "shop-cache-1", {BACK: endpoint("cache", "sessions")}),
            container(
                "web", "shop-web-1", {BACK: endpoint("web"), FRONT: endpoint("web", network=FRONT)}
            ),
            container("db", "shop-db-1", {BACK: endpoint("db")}),
        ),
        networks={name: Network(network_id(name), name, "bridge") for name in (BACK, FRONT)},
        files={file.path: file for file in _HOST_FILES},
        servers={
            "cache": Server(
                open=False,
                logins={"clerk": True},
                info=dict(_INFO),
                config={"aclfile": "/run/secrets/cache_acl"},
                users=frozenset({"default", "clerk"}),
                acl={"default": _user_reply("off"), "clerk": _clerk_reply()},
                categories={},
            )
        },
        insides={
            "cache": Inside(
                uid=999,
                groups=frozenset({999}),
                data=File("/data", "directory", 999, 999, 0o755, 31, 4096),
                files={file.path: file for file in _CACHE_FILES},
            ),
            "web": Inside(999, frozenset({999}), None, {f.path: f for f in _CACHE_FILES[1:2]}),
        },
        answers={
            0: Answer(200, 0.01, '{"status":"ok","cache":"up"}'),
            1: Answer(200, 0.01, '{"token":"(hidden)"}'),
            2: Answer(200, 0.02, '{"status":"ok","cache":"up"}'),
        },
        replies={PORTS.name: {"cache": {6379: True}, "web": {8000: True}, "db": {5432: True}}},
    )


# Building blocks


def with_reply(look: Look, question: Probe[Any, Any], answer: object, service: str = "") -> Look:
    """The look, where a pack's question came to something else."""
    return replace(look, replies={**look.replies, named(question, service): answer})


def ports_of(look: Look) -> dict[str, dict[int, bool]]:
    """Of each service its ports, and whether something listens there."""
    shown = look.of(PORTS)
    assert isinstance(shown, dict)
    return shown


def identity(name: str) -> str:
    """The id that the engine gave to something."""
    return sha256(name.encode()).hexdigest()


def network_id(name: str) -> str:
    return identity(f"network {name}")


def endpoint(service: str, *aliases: str, network: str = BACK, **changes: Any) -> Endpoint:
    """A service's place on a network, under its container's name, its own and the aliases."""
    names = frozenset({f"shop-{service}-1", service, *aliases})
    return replace(Endpoint(network_id(network), names, "172.30.0.9"), **changes)


def container(
    service: str, name: str, networks: Mapping[str, Endpoint], **changes: Any
) -> Container:
    """A running container of the stack, as Compose made it."""
    made = Container(
        id=identity(name),
        name=name,
        image=f"sha256:{identity(service)}",
        image_name=f"example/{service}:1",
        status="running",
        exit_code=0,
        restarts=0,
        restart_policy="unless-stopped",
        mounts=_MOUNTS.get(service, ()),
        ports=_PORTS.get(service, ()),
        network_mode=BACK,
        networks=networks,
        project="shop",
        service=service,
        config_hash=identity(f"{service} configuration"),
        config_files=("/srv/shop/compose.yml",),
        env_files=(),
        working_dir="/srv/shop",
        compose_version="2.26.1",
    )
    return replace(made, **changes)


def stranger(name: str, *aliases: str, network: str = BACK, **changes: Any) -> Container:
    """A container that has nothing to do with the stack, on one of its networks."""
    there = Endpoint(network_id(network), frozenset({name, *aliases}), "172.30.0.77")
    own = {"project": "", "service": "", "config_files": (), "working_dir": "", "config_hash": ""}
    return replace(container("elsewhere", name, {network: there}), **{**own, **changes})


def member(look: Look, name: str) -> Container:
    """The container of that name."""
    return next(c for c in look.containers if c.name == name)


# One change


def with_container(look: Look, service: str, /, **changes: Any) -> Look:
    """Something else about the containers of a service."""
    return replace(
        look,
        containers=tuple(
            replace(c, **changes) if c.service == service else c for c in look.containers
        ),
    )


def with_endpoint(look: Look, service: str, network: str = BACK, **changes: Any) -> Look:
    """Something else about a service's place on a network."""
    (member,) = look.members(service)
    changed = replace(member.networks[network], **changes)
    return with_container(look, service, networks={**member.networks, network: changed})


def attached(look: Look, service: str, networks: Mapping[str, Endpoint]) -> Look:
    """The service on these networks only."""
    return with_container(look, service, networks=networks)


def without(look: Look, service: str) -> Look:
    """The service has no container."""
    return replace(look, containers=tuple(c for c in look.containers if c.service != service))


def joined(look: Look, *others: Container) -> Look:
    """More containers on the host."""
    return replace(look, containers=(*look.containers, *others))


def with_declared(look: Look, service: str, **changes: Any) -> Look:
    """Compose declares something else for a service."""
    changed = replace(look.declared.services[service], **changes)
    services = {**look.declared.services, service: changed}
    return replace(look, declared=replace(look.declared, services=services))


def differing(look: Look, service: str, *differences: Difference, **changes: Any) -> Look:
    """A service's containers have another hash than Compose tells, and differ in these fields."""
    look = with_container(look, service, config_hash=identity("another configuration"), **changes)
    found = {container.id: differences for container in look.members(service)}
    return replace(look, differences={**look.differences, **found})


def with_unset(look: Look, *variables: str) -> Look:
    """Compose misses variables."""
    return replace(look, declared=replace(look.declared, unset=variables))


def with_file(look: Look, path: str, **changes: Any) -> Look:
    """Something else about a file on the host."""
    file = replace(look.files.get(path) or File(path), **changes)
    return replace(look, files={**look.files, path: file})


def without_file(look: Look, path: str) -> Look:
    """There is no such file on the host."""
    return replace(look, files={**look.files, path: File(path, error="No such file or directory")})


def inside(look: Look, path: str, service: str = "cache", **changes: Any) -> Look:
    """Something else about a file as a service's container sees it."""
    there = look.inside(service)
    assert isinstance(there, Inside)
    return with_inside(
        look, service, files={**there.files, path: replace(there.files[path], **changes)}
    )


def inside_web(look: Look, path: str, **changes: Any) -> Look:
    """Something else about a file as the web's container sees it."""
    return inside(look, path, "web", **changes)


def with_inside(look: Look, service: str = "cache", **changes: Any) -> Look:
    """A service's container sees something else."""
    there = look.inside(service)
    assert isinstance(there, Inside)
    return replace(look, insides={**look.insides, service: replace(there, **changes)})


def data_directory(look: Look, **changes: Any) -> Look:
    """Something else about the cache's data directory."""
    there = look.inside("cache")
    assert isinstance(there, Inside)
    assert there.data is not None
    return with_inside(look, data=replace(there.data, **changes))


def answered(look: Look, server: Server | Unknown, service: str = "cache") -> Look:
    """What a Redis answered, as a whole."""
    return replace(look, servers={**look.servers, service: server})


def silent(look: Look, reason: str = "no answer") -> Look:
    """The cache can't be asked."""
    return answered(look, Unknown(reason))


def deaf(look: Look) -> Look:
    """The cache can't be asked, nor looked into."""
    unknown = Unknown("no answer")
    return replace(silent(look), insides={**look.insides, "cache": unknown})


def with_redis(look: Look, **changes: Any) -> Look:
    """Redis says something else."""
    return answered(look, replace(cache(look), **changes))


def cache(look: Look) -> Server:
    """What the cache says."""
    there = look.server("cache")
    assert isinstance(there, Server)
    return there


def with_info(look: Look, **fields: str) -> Look:
    """Redis' ``INFO`` says something else."""
    return with_redis(look, info={**cache(look).info, **fields})


def with_acl(look: Look, user: str, reply: Any = UNSET, **fields: Any) -> Look:
    """Redis has another ACL for a user: fields of the ``GETUSER`` reply, or the whole reply."""
    if reply is UNSET:
        flat = cache(look).acl[user]
        reply = {**dict(zip(flat[::2], flat[1::2], strict=True)), **fields}
    return with_redis(look, acl={**cache(look).acl, user: reply})


def locked_out(look: Look, says: str = 'error:"WRONGPASS invalid"') -> Look:
    """Redis refuses every declared user, so that nothing else is known of it."""
    server = Server(False, {"clerk": False}, {}, None, None, {}, {}, says)
    return answered(look, server)


def answering(look: Look, number: int, body: str, status: int = 200) -> Look:
    """A health check is answered with something else."""
    return replace(look, answers={**look.answers, number: Answer(status, 0.01, body)})


def unhealthy(look: Look) -> Look:
    """The API says that its Redis does not answer."""
    body = '{"status":"degraded","cache":"down"}'
    return answering(answering(look, 0, body, 503), 2, body, 503)


# The literals that it is made of

_ACL_LINES = (
    render(parse_user("default", "", enabled=False)),
    render(parse_user("clerk", RULES, passwords=(CLERK_HASH,))),
)


def _user_reply(state: str, **fields: Any) -> list[Any]:
    """What ``redis-cli -2 --json`` prints for ``ACL GETUSER``."""
    nothing = {"commands": "-@all", "keys": "", "channels": "", "selectors": []}
    reply = {"flags": [state, "sanitize-payload"], "passwords": [], **nothing, **fields}
    return [item for pair in reply.items() for item in pair]


def _clerk_reply() -> list[Any]:
    allowed = {"commands": "+@all", "keys": "~*", "channels": "&*"}
    return _user_reply("on", passwords=[CLERK_HASH], **allowed)


_INFO = {
    "redis_version": "7.4.1",
    "run_id": identity("run")[:40],
    "loading": "0",
    "rdb_bgsave_in_progress": "0",
    "rdb_last_bgsave_status": "ok",
    "aof_enabled": "0",
    "aof_last_write_status": "ok",
    "role": "master",
    "cluster_enabled": "0",
}

_CONF, _ACL, _KEY = "/srv/shop/cache.conf", "/srv/shop/keys/cache.acl", "/srv/shop/keys/cache.txt"
_TARGETS = {_CONF: "/etc/cache.conf", _ACL: "/run/secrets/cache_acl"}
_TARGETS[_KEY] = "/run/secrets/cache_password"


def _host_file(path: str, inode: int, mode: int, content: bytes, **more: Any) -> File:
    about = File(path, "regular file", 999, 999, mode, inode, len(content))
    return replace(about, sha256=sha256(content).hexdigest(), **more)


_HOST_FILES = (
    _host_file(_CONF, 11, 0o644, b"aclfile /run/secrets/cache_acl\n"),
    _host_file(_ACL, 12, 0o400, "\n".join((*_ACL_LINES, "")).encode(), acl=_ACL_LINES),
    _host_file(
        _KEY,
        13,
        0o440,
        b"a password\n",
        password_sha256=CLERK_HASH,
        json_sha256=sha256(b'"a password"').hexdigest(),
        line_count=1,
    ),
)
_CACHE_FILES = tuple(
    replace(file, path=_TARGETS[file.path], password_sha256=None, json_sha256=None, line_count=0)
    for file in (_HOST_FILES[1], _HOST_FILES[2], _HOST_FILES[0])
)


def _mount(path: str) -> Mount:
    return Mount("bind", path, _TARGETS[path])


_VOLUME = Mount("volume", "/var/lib/docker/volumes/shop_cache/_data", "/data", "shop_cache")
_MOUNTS: Mapping[str, tuple[Mount, ...]] = {
    "cache": (_mount(_CONF), _mount(_ACL), _mount(_KEY), _VOLUME),
    "web": (_mount(_KEY),),
}

_PORTS = {"cache": (6379,), "web": (8000,), "db": (5432,)}

_PASSWORD_MOUNT = DeclaredMount("secret", _KEY, _TARGETS[_KEY], "cache_password")
_CACHE_DECLARED = DeclaredService(
    "cache",
    "example/cache:1",
    None,
    {BACK: Attachment(aliases=frozenset({"sessions"}))},
    (
        DeclaredMount("volume", "shop_cache", "/data"),
        DeclaredMount("bind", _CONF, _TARGETS[_CONF]),
        DeclaredMount("secret", _ACL, _TARGETS[_ACL], "cache_acl"),
        _PASSWORD_MOUNT,
    ),
    identity("cache configuration"),
)
_WEB_DECLARED = DeclaredService(
    "web",
    "example/web:1",
    None,
    {BACK: Attachment(), FRONT: Attachment()},
    (_PASSWORD_MOUNT,),
    identity("web configuration"),
)
_DB_DECLARED = DeclaredService(
    "db", "example/db:1", None, {BACK: Attachment()}, (), identity("db configuration")
)
