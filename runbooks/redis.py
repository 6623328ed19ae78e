"""
Redis: it lacks its secrets or its ACL, has stopped, or is gone.

When       Clients are refused (NOAUTH, WRONGPASS), unauthenticated clients are accepted, or Redis
           is not running.
Run        pyinfra inventories/prod.py runbooks/redis.py
Disturbs   as little as possible, and says so first. At most, Redis is away for about a second while
           its container is recreated from the same image; its data is saved before.
Undo       restore the former compose file or inventory, and run it again.
"""

from pyinfra_runbooks import redis

redis.recreate()
