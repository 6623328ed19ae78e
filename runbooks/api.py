"""
API: Redis is well, and the API does not use it.

When       The API still says "redis_connection": "error" though Redis answers.
Run        pyinfra inventories/prod.py runbooks/api.py
Disturbs   the API is away while it restarts, if it does not recover by itself.
Undo       nothing to undo.
"""

from pyinfra_runbooks import api, diagnosis
from pyinfra_runbooks.findings import Part

diagnosis.tell(Part.API)
api.restart()
