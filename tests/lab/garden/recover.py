"""The garden's own deploy: the inventory says no more of it than it has to."""

import os

from pyinfra_runbooks import (
    Api,
    Compose,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Stack,
    api,
    network,
    recover,
    redis,
    verification,
)

garden = Stack(
    Compose(os.environ["GARDEN"], profiles=os.environ["PROFILES"].split()),
    Redis(
        "kv",
        users=(RedisUser("app", rules="~* &* +@all", password=HostFile("password.txt")),),
    ),
    Api("web", stop=2),
    health=(
        HttpCheck(
            "http://web:8000/api/v1/health", expect={"status": "ok", "redis_connection": "ok"}
        ),
    ),
)

recover(network.attach, redis.recreate, api.restart, verification.verify, stack=garden)
