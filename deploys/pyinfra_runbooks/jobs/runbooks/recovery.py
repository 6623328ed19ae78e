"""What `runbooks repair` runs where no runbooks/redis_recovery.py is found: it does the same."""

from pyinfra_runbooks import api, network, recover, redis, verification

# The decorators' types of pyinfra say what an operation takes, and not what a deploy does.
_PARTS = (network.attach, redis.recreate, api.restart, verification.verify)
recover(*_PARTS)  # type: ignore[arg-type]
