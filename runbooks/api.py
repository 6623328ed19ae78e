"""
API: Redis is healthy, and the API does not use it.

When       The API still reports "redis_connection": "error" though Redis answers.
Run        pyinfra inventories/prod.py runbooks/api.py
Disturbs   the API is away while it restarts, if it does not recover by itself.
Undo       nothing to undo.
"""

from pyinfra_runbooks import api

api.restart()
