"""
Unlock: a run that hangs keeps others from changing the stack.

When       A run was refused with "another run is at work on this stack", and you know that nobody
           sits at that one any more. A run that has ended, or whose connection is gone, holds
           nothing: try again first.
Run        pyinfra inventories/prod.py runbooks/unlock.py --limit HOST    (says whose it is, asks)
Disturbs   the run that holds the lock may go on without it: two at once. A command that is at work
           just now is not interrupted: then this fails.
Undo       nothing to undo.
"""

from pyinfra_runbooks import lock

lock.absence()
