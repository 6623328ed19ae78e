"""The stack of aiwfe.com."""

from pyinfra_runbooks.settings import Compose, HostFile, HttpCheck, Redis, RedisUser, Stack

stack = Stack(
    compose=Compose("/srv/ai_workflow_engine"),  # Yours: where the compose file is on the host.
    redis=Redis(
        users=(
            RedisUser(
                "lwe-app",  # Yours: who the API is to Redis.
                rules="~* &* +@all +@pubsub",  # Yours: what it may do.
                # Yours: where its password is on the host, which it never leaves.
                # EnvironmentVariable, LocalFile and Command read it where pyinfra runs instead.
                password=HostFile("secrets/redis_password.txt"),
            ),
        ),
    ),
    services=("api", "redis", "postgres", "qdrant", "caddy"),  # Yours: what has to be there.
    # Yours, if owner and mode of secrets are to be looked after: as their readers in the containers
    # need it (999 is redis in the official image). Left out, they are left as they are.
    # secrets=(Secret("redis_users_acl", owner=999, group=999, mode=0o400),),
    health=(
        # Yours: the API's port and paths. A service as the host means its container.
        HttpCheck(
            "http://api:8000/api/v1/health", expect={"status": "ok", "redis_connection": "ok"}
        ),
        HttpCheck("http://api:8000/api/v1/auth/csrf-token", non_empty="csrf_token"),
        # Yours: the public name. Asked at the host's own Caddy, whatever DNS says.
        HttpCheck(
            "https://aiwfe.com/api/v1/health",
            expect={"status": "ok", "redis_connection": "ok"},
            resolve="127.0.0.1",
        ),
        HttpCheck(
            "https://aiwfe.com/api/v1/auth/csrf-token",
            non_empty="csrf_token",
            resolve="127.0.0.1",
        ),
    ),
    # Yours: the most that users may notice of a repair: none, reconnect, restart or recreate.
    max_disruption="recreate",
)
