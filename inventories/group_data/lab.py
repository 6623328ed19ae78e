"""The stack of the incident report, as the lab runs it."""

from pyinfra_runbooks.settings import Compose, HostFile, HttpCheck, Redis, RedisUser, Secret, Stack

__all__ = ["stack"]  # Or pyinfra takes the names below for data as well.

_health = {"status": "ok", "redis_connection": "ok"}
_caddy = {"resolve": "127.0.0.1", "ca": "/srv/ai_workflow_engine/certs/ca.pem"}

stack = Stack(
    compose=Compose("/srv/ai_workflow_engine"),
    redis=Redis(
        users=(
            RedisUser(
                "lwe-app",
                rules="~* &* +@all +@pubsub",
                password=HostFile("secrets/redis_password.txt"),
            ),
        ),
    ),
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
