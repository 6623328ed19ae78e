"""
Redis recovery: logins fail, the API says "redis_connection": "error".

When       The API can't reach its Redis: Redis is on the wrong network, lacks a name there, lacks
           its secrets or its ACL, has stopped, or is gone; or the API does not come back.
Run        pyinfra inventories/prod.py runbooks/redis_recovery.py       (asks before it acts)
           pyinfra --dry inventories/prod.py runbooks/redis_recovery.py (says what is wrong)
Disturbs   as little as repairs what it finds, and says so first. At most: Redis is away for about
           a second while its container is recreated from the same image, its data saved before.
           --data max_disruption=none|reconnect|restart|recreate sets the limit for this run.
Undo       an attachment:  docker network disconnect NETWORK CONTAINER
           an ACL, a container: put the former compose file or inventory back, and run it again.
Refuses    what could lose data, what it can't judge, and containers of others. It does what has
           nothing to do with that, says why and what to do, and ends with exit code 1.
"""

from pyinfra_runbooks import api, diagnosis, network, redis, verification

if diagnosis.drifted():
    network.attachment(redis_follows=True, proof_follows=True)
    redis.recreation(proof_follows=True)
    api.restart(proof_follows=True)
verification.proof()
if diagnosis.drifted():
    network.detachment()
