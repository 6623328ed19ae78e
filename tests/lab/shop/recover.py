"""Another project's deploy: the shop's own stack, repaired by this project's deploys.

The inventory says nothing of the shop, and what it says of another stack must not matter.
"""

from pyinfra_runbooks import (
    Api,
    Command,
    EnvironmentVariable,
    HostFile,
    HttpCheck,
    Redis,
    RedisUser,
    Secret,
    Stack,
    api,
    network,
    recover,
    redis,
    verification,
)

web_password = EnvironmentVariable("SHOP_WEB_PASSWORD")

shop = Stack(
    "/srv/the shop",
    Redis(
        "cache",
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
    Api("web", redis_user="shop-web", stop=2),
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

recover(network.attach, redis.recreate, api.restart, verification.verify, stack=shop)
