"""What stands in for an image, by the image's name alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lab import versions
from lab.versions import Image

_REDIS = ("redis", "valkey", "keydb", "dragonfly")
# What has a server's name in its own, and is a client of it.
_BESIDE_REDIS = re.compile(
    r"commander|insight|exporter|sentinel|browser|admin|proxy|operator|webui|-ui\b|-cli\b|backup"
)
_BESIDE_POSTGRES = re.compile(
    r"exporter|postgrest|bouncer|pgpool|pgadmin|backup|-meta\b|upgrade|migrat|operator|proxy"
)
_POSTGRES = re.compile(r"postgres|pgvector|postgis|timescaledb|pgvecto|paradedb|vectorchord")


@dataclass(frozen=True)
class Known:
    """A server that the lab has not; its stand-in listens, and is nobody's client.

    + pattern: of the last part of an image's name
    + ports: where it listens, if the file says nothing
    """

    pattern: str
    ports: tuple[int, ...]


KNOWN = (
    Known(r"mysql|mariadb|percona", (3306,)),
    Known(r"rabbitmq", (5672, 15672)),
    Known(r"elasticsearch|opensearch$|opensearch-(?!dash)", (9200,)),
    Known(r"minio(?!-client)", (9000, 9001)),
    Known(r"^mongo(db)?$|mongodb-.*server", (27017,)),
    Known(r"memcached", (11211,)),
    Known(r"clickhouse", (8123, 9000)),
    Known(r"kafka|redpanda$", (9092,)),
    Known(r"zookeeper", (2181,)),
    Known(r"qdrant", (6333, 6334)),
    Known(r"weaviate", (8080,)),
    Known(r"milvus", (19530,)),
    Known(r"meilisearch", (7700,)),
    Known(r"typesense", (8108,)),
    Known(r"^solr$", (8983,)),
    Known(r"^nats$", (4222,)),
    Known(r"^etcd$", (2379,)),
    Known(r"influxdb", (8086,)),
    Known(r"^nginx|-nginx$|^httpd$|^traefik$|^haproxy$", (80,)),
    Known(r"prometheus$", (9090,)),
    Known(r"mailpit|mailhog", (1025, 8025)),
)


@dataclass(frozen=True)
class StandIn:
    """What an image's name is given to.

    + base: the image of the lab that it is made of
    + variant: what is put on top of that, see `lab/images/adopted`
    + says: what it is, as it reads after "is"
    + server: whether it is a Redis, or a server that is one: `redis`, `postgres`, `caddy`
    + ports: where a server listens that the lab has not
    """

    base: Image
    variant: str
    says: str
    server: str | None = None
    ports: tuple[int, ...] = ()

    @property
    def is_redis(self) -> bool:
        """Whether it speaks Redis' protocol."""
        return self.server == "redis"


@dataclass(frozen=True)
class Name:
    """An image's name, in parts.

    >>> Name.of("registry.example/bitnami/redis:7.2@sha256:0a")
    Name(path=('registry.example', 'bitnami', 'redis'), tag='7.2', digest='sha256:0a')
    """

    path: tuple[str, ...]
    tag: str
    digest: str

    @classmethod
    def of(cls, image: str) -> Name:
        """Parts of what a compose file says."""
        name, _, digest = image.partition("@")
        head, slash, last = name.rpartition("/")
        last, _, tag = last.partition(":")
        return cls(tuple(f"{head}{slash}{last}".split("/")), tag, digest)

    @property
    def last(self) -> str:
        """What it is called, without where it is from."""
        return self.path[-1].lower()


def stand_in(image: str) -> StandIn:
    """What stands in for the image of that name."""
    name = Name.of(image)
    if any(server in name.last for server in _REDIS) and not _BESIDE_REDIS.search(name.last):
        return _redis(name)
    if _POSTGRES.search(name.last) and not _BESIDE_POSTGRES.search(name.last):
        return StandIn(versions.POSTGRES, "postgres", "a real PostgreSQL 17", "postgres")
    if name.last == "caddy":
        return StandIn(versions.CADDY, "caddy", "a real Caddy 2.6", "caddy")
    for known in KNOWN:
        if re.search(known.pattern, name.last):
            ports = ", ".join(map(str, known.ports))
            says = f"a stand-in that listens on {ports} and holds nothing"
            return StandIn(versions.STAND_IN, "stand-in", says, ports=known.ports)
    return StandIn(versions.STAND_IN, "stand-in", "a stand-in")


def _redis(name: Name) -> StandIn:
    """Of the version that is nearest, and with the settings that the image's makers added."""
    valkey = "valkey" in name.last
    if valkey:
        base, says = versions.VALKEY, "a real Valkey 8.1"
    elif re.match(r"[4-7](\D|$)", name.tag):
        base, says = versions.REDIS_7, "a real Redis 7.0"
    else:
        base, says = versions.REDIS_8, "a real Redis 8.0"
    for other in ("dragonfly", "keydb"):
        if other in name.last:
            says += f" under the name {other}, which it is not"
            return StandIn(base, other, says, "redis")
    if any(part.startswith("bitnami") for part in name.path):
        return StandIn(base, "bitnami", f"{says} with Bitnami's settings", "redis")
    return StandIn(base, "valkey" if valkey else "redis", says, "redis")
