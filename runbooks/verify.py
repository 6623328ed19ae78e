"""
Verify: is the stack healthy?

When       After a repair, after a deploy, or at any other time.
Run        pyinfra inventories/prod.py runbooks/verify.py
Disturbs   nothing: it only reads, and of a healthy stack leaves a record of clients on the host
           (docs/safety.md). Exit code 1 if the stack is not healthy, with the reason.
"""

from pyinfra_runbooks import verification

verification.verify()
