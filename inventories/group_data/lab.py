"""The stack of the incident report, as the lab runs it."""

from pyinfra_runbooks import Api, HostFile, HttpCheck, Redis, RedisUser, Secret, Stack
from pyinfra_runbooks.packs.certificates import Certificate
from pyinfra_runbooks.packs.postgres import Postgres

__all__ = ["stack"]  # Otherwise pyinfra takes the names below for data, too.

_health = {"status": "ok", "redis_connection": "ok"}
_caddy = {"resolve": "127.0.0.1", "ca": "/srv/ai_workflow_engine/certs/ca.pem"}

stack = Stack(
    "/srv/ai_workflow_engine",
    Redis(
        users=(
            RedisUser(
                "lwe-app",
                rules="~* &* +@all +@pubsub",
                password=HostFile("secrets/redis_password.txt"),
            ),
        ),
    ),
    Api("api"),
    # Its clients log in as the role that administers it: that is said, and never guessed.
    Postgres(user="postgres", password=HostFile("secrets/postgres_password.txt")),
    Certificate("caddy", names=("aiwfe.com",)),
    services=("api", "redis", "postgres", "qdrant", "caddy"),
    secrets=(
        Secret("redis_users_acl", owner=999, group=999, mode=0o400),
        Secret("redis_password", owner=999, mode=0o440),
    ),
    health=(
        HttpCheck("http://api:8000/api/v1/health", expect=_health),
        HttpCheck("http://api:8000/api/v1/auth/csrf-token", non_empty="csrf_token"),
        HttpCheck("https://aiwfe.com/api/v1/health", expect=_health, **_caddy),
        HttpCheck("https://aiwfe.com/api/v1/auth/csrf-token", non_empty="csrf_token", **_caddy),
    ),
)
