"""
Redis recovery: logins fail, the API says "redis_connection": "error".

When       The API can't reach its Redis: Redis is on the wrong network, lacks a name there, lacks
           its secrets or its ACL, has stopped, or is gone; or a client does not come back.
Run        pyinfra inventories/prod.py runbooks/redis_recovery.py       (asks before it acts)
           pyinfra --dry inventories/prod.py runbooks/redis_recovery.py (shows what is wrong)
Disturbs   as little as possible, and says so first. At most, Redis is away for about a second while
           its container is recreated from the same image; its data is saved before.
           --data max_disruption=none|reconnect|restart|recreate sets the limit for this run.
Undo       an attachment:  docker network disconnect NETWORK CONTAINER
           an ACL, a container: restore the former compose file or inventory, and run it again.
Refuses    what could lose data, what it can't judge, and containers of other stacks. It still does
           everything else, says why and what to do, and ends with exit code 1.
"""

from pyinfra_runbooks import api, network, recover, redis, verification

recover(
    network.attach,
    redis.recreate,  # with its secrets and its ACL
    api.restart,
    verification.verify,
)
