"""
Unlock: a hanging run keeps others from changing the stack.

When       A run was refused with "another run is at work on this stack", and you know that the
           other one is abandoned. A run that has ended, or has lost its connection, holds no lock:
           try again first.
Run        pyinfra inventories/prod.py runbooks/unlock.py --limit HOST    (shows whose it is, asks)
Disturbs   the run that holds the lock may continue without it: two at once. A command at work is
           not interrupted; this fails instead.
Undo       nothing to undo.
"""

from pyinfra_runbooks import lock

lock.release()
