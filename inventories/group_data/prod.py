"""The stack of aiwfe.com."""

from pyinfra_runbooks import Api, HostFile, HttpCheck, Redis, RedisUser, Stack

stack = Stack(
    "/srv/ai_workflow_engine",  # Yours: where the compose file is on the host.
    Redis(
        users=(
            RedisUser(
                "lwe-app",  # Yours: the user that the API logs in as.
                rules="~* &* +@all +@pubsub",  # Yours: what it may do.
                # Yours: the file on the host with its password, which never leaves the host.
                # EnvironmentVariable, LocalFile and Command read it where pyinfra runs instead.
                password=HostFile("secrets/redis_password.txt"),
            ),
        ),
    ),
    Api("api"),  # Yours: the services that use Redis, to be restarted if needed.
    services=("api", "redis", "postgres", "qdrant", "caddy"),  # Yours: the services to expect.
    # Yours, if the owner and mode of secrets are to be kept as their readers in the containers
    # need them (999 is redis in the official image). Without this, they are not changed.
    # secrets=(Secret("redis_users_acl", owner=999, group=999, mode=0o400),),
    health=(
        # Yours: the API's port and paths. A service as the host means its container.
        HttpCheck(
            "http://api:8000/api/v1/health", expect={"status": "ok", "redis_connection": "ok"}
        ),
        HttpCheck("http://api:8000/api/v1/auth/csrf-token", non_empty="csrf_token"),
        # Yours: the public name, asked at the host's own Caddy, whatever DNS says.
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
