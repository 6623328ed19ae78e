"""
Verify: is the stack well?

When       After a repair, after a deploy, or at any other time.
Run        pyinfra inventories/prod.py runbooks/verify.py
Disturbs   nothing: it only reads. Exit code 1 where the stack is not well, with the reason.
"""

from pyinfra_runbooks import diagnosis, verification
from pyinfra_runbooks.findings import Part

diagnosis.tell(Part.NETWORK, Part.HEALTH)
verification.proof()
