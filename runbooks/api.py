"""
API: Redis is healthy, but the API, or another client, does not use it.

When       The API still reports "redis_connection": "error" though Redis answers; or a client that
           was connected has no connection, or a worker no longer waits on its queue.
Run        pyinfra inventories/prod.py runbooks/api.py
Disturbs   each of these is away while it restarts, one after the other, if it does not recover by
           itself.
Undo       nothing to undo.
"""

from pyinfra_runbooks import api

api.restart()
