"""The garden's own deploy: the inventory says no more of it than it has to."""

import os

from pyinfra_runbooks import api, diagnosis, network, redis, verification
from pyinfra_runbooks.settings import Api, Compose, HostFile, HttpCheck, Redis, RedisUser, Stack

garden = Stack(
    compose=Compose(os.environ["GARDEN"], profiles=os.environ["PROFILES"].split()),
    redis=Redis(
        service="kv",
        users=(RedisUser("app", rules="~* &* +@all", password=HostFile("password.txt")),),
    ),
    api=Api("web", stop=2),
    health=(
        HttpCheck(
            "http://web:8000/api/v1/health", expect={"status": "ok", "redis_connection": "ok"}
        ),
    ),
)

diagnosis.tell(stack=garden)
network.attachment(stack=garden, redis_follows=True)
redis.recreation(stack=garden)
api.restart(stack=garden)
verification.proof(stack=garden)
