"""Whose client a service is, as the compose file and the inventory say. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal

from ....engine.docker import VALIDATES
from ....settings import Stack
from .addresses import Services, address_in, environment_of, names_of, unclear

Kind = Literal["redis", "postgres"]
_IMAGES: Mapping[Kind, str] = {
    "redis": r"redis|valkey",
    "postgres": r"postgres|postgis|timescale|pgvector",
}
# They have a server's name, and are none, or none that a client asks. Without it, as in open-webui,
# such a word says nothing.
_TOOLS = (
    r"(?=.*(redis|valkey|postgres|pg|sql|db))"
    r".*(export|insight|commander|sentinel|admin|backup|bouncer|pool|dump|browser|ui$)|adminer"
)
# Servers of other kinds. An env file that a whole stack shares makes none of them a client.
_OTHER_SERVERS = (
    r"rabbitmq|memcached|minio|mysql|mariadb|percona|mongo|clickhouse|elasticsearch|opensearch"
    r"|kafka|zookeeper|nats|meilisearch|typesense|qdrant|weaviate|influxdb|cassandra|etcd"
)
_PAIRS = ("environment", "labels")


def uniform(written: Mapping[str, Any]) -> dict[str, Any]:
    """The same with environments and labels as mappings: they are as they are written."""
    services = {
        name: {**service, **{key: _pairs(service[key]) for key in _PAIRS if service.get(key)}}
        for name, service in (written.get("services") or {}).items()
    }
    return {**written, "services": services}


def _pairs(value: Any) -> dict[str, str | None]:
    if isinstance(value, Mapping):
        return dict(value)
    parts = (str(line).partition("=") for line in value)
    return {key: text if equals else None for key, equals, text in parts}


def existing(services: Services, client: str, server: str) -> str | None:
    """The validation of a client that is there: one that it waits for, or that names it."""
    found = {n: s for n, s in services.items() if _validates(s) and server in waits_for(s)}
    waited = [name for name in found if name in waits_for(services[client])]
    labels = {name: re.split(r",\s*", str(s["labels"][VALIDATES])) for name, s in found.items()}
    labelled = [name for name, clients in labels.items() if client in clients]
    usual = [name for name in [f"{server}-serves-{client}"] if name in services]
    return next(iter((*waited, *labelled, *usual)), None)


def servers(services: Services, stack: Stack | None) -> Iterator[tuple[str, Kind]]:
    """The Redis and PostgreSQL servers: those that are declared, and what their images say."""
    declared = {redis.service for redis in stack.servers} if stack else set()
    for name, service in services.items():
        image = _image(name, service)
        if name in declared:
            yield name, "redis"
        elif not _validates(service) and not _tool(image):
            kinds: list[Kind] = [k for k, words in _IMAGES.items() if re.search(words, image)]
            yield from ((name, kind) for kind in kinds[:1])


def clients(
    services: Services, server: str, stack: Stack | None, uses: Mapping[str, Collection[str]]
) -> list[str]:
    """Who names a server as a host, or waits for it; and who is declared as its client.

    What watches a server is none: it has to be there when that is not.
    """
    names = names_of(services, server)
    redis = stack.server(server) if stack else None
    declared = {c.service for c in stack.clients if redis in stack.used_by(c)} if stack else set()
    serving = {name for name, _ in servers(services, stack)} | {
        name for name in services if re.search(_OTHER_SERVERS, _image(name, services[name]))
    }
    return [
        name
        for name, service in services.items()
        if name != server
        and not _validates(service)
        and (name in declared or not _tool(_image(name, service)))
        and (
            name in declared
            or (server in uses.get(name, ()) and name not in serving)
            or server in waits_for(service)
            or any(
                address_in(v, names) or unclear(v, names) for v in environment_of(service).values()
            )
        )
    ]


def _names_it(value: str, names: Collection[str]) -> bool:
    return bool(address_in(value, names)) or unclear(value, names)


def waits_for(service: Mapping[str, Any]) -> Collection[str]:
    return service.get("depends_on") or {}


def _image(name: str, service: Mapping[str, Any]) -> str:
    """What an image's name tells; a variable tells nothing, and there the service's name does."""
    image = str(service.get("image") or "").lower().rpartition("/")[2]
    return f"{image} {name}" if "$" in image else image.partition(":")[0]


def _tool(image: str) -> bool:
    return bool(re.search(_TOOLS, image))


def _validates(service: Mapping[str, Any]) -> bool:
    return VALIDATES in (service.get("labels") or {})
