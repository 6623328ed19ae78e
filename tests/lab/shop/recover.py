"""Somebody else's deploy: the shop's own stack, repaired by this project's deploys.

The inventory says nothing of the shop, and what it says of another stack must not matter.
"""

from pyinfra_runbooks import api, diagnosis, network, redis, verification
from pyinfra_runbooks.settings import (
    Api,
    Command,
    Compose,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Secret,
    Stack,
)

web_password = EnvironmentVariable("SHOP_WEB_PASSWORD")

shop = Stack(
    compose=Compose("/srv/the shop"),
    redis=Redis(
        service="cache",
        admin="shop-admin",
        acl_file="/usr/local/etc/valkey/users.acl",
        users=(
            RedisUser(
                "shop-web",
                rules="~shop:* ~csrf:* resetchannels +@read +@write -@dangerous +ping",
                password=web_password,
            ),
            RedisUser(
                "shop-reports",
                rules="~shop:report:* resetchannels +@read -@dangerous +ping",
                password=HostFile("private/reports password.txt"),
            ),
            RedisUser(
                "shop-admin",
                rules="~* &* +@all",
                password=Command("printenv", "SHOP_ADMIN_PASSWORD"),
            ),
        ),
    ),
    api=Api("web", redis_user="shop-web", stop=2),
    secrets=(
        Secret("cache_acl", owner=999, group=999, mode=0o400),
        Secret("web_redis", content=web_password, owner=999, group=999, mode=0o400),
    ),
    health=(
        HttpCheck(
            "http://web:8000/api/v1/health", expect={"status": "ok", "redis_connection": "ok"}
        ),
        HttpCheck("http://web:8000/api/v1/auth/csrf-token", non_empty="csrf_token"),
    ),
)

diagnosis.tell(stack=shop)
network.attachment(stack=shop, redis_follows=True)
redis.recreation(stack=shop)
api.restart(stack=shop)
verification.proof(stack=shop)
