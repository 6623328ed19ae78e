"""
Redis: it lacks its secrets or its ACL, has stopped, or is gone.

When       Clients are refused (NOAUTH, WRONGPASS), anybody is admitted, or Redis does not run.
Run        pyinfra inventories/prod.py runbooks/redis.py
Disturbs   as little as repairs what it finds, and says so first. At most: Redis is away for about
           a second while its container is recreated from the same image, its data saved before.
Undo       put the former compose file or inventory back, and run it again.
"""

from pyinfra_runbooks import diagnosis, redis
from pyinfra_runbooks.findings import Part

diagnosis.tell(Part.REDIS)
redis.recreation()
