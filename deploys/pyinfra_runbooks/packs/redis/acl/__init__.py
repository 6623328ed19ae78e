"""Redis users: what a rule says, what Redis answers, and whether the two mean the same. Pure.

    users      one user, and the rule language of Redis 7 and later
    text       the ACL file, line by line, and the reply of ``ACL GETUSER``
    meaning    what differs between two users, whatever their rules look like
    categories the categories of commands
    asking     whether a user may ask a server about itself

>>> declared = parse_user("lwe-app", "~* &* +@all +@pubsub")
>>> render(declared)
'user lwe-app on sanitize-payload ~* &* +@all +@pubsub'
>>> reply = {"flags": ["on"], "passwords": [], "commands": "+@all -debug", "keys": "~*",
...          "channels": "&*", "selectors": []}
>>> compare(declared, from_getuser("lwe-app", reply)).differences
('may not run debug',)
"""

from .asking import may_ask
from .meaning import Categories, Comparison, Verdict, compare, may_run, needs_categories
from .text import AclFile, from_getuser, parse_file, render, unknown_in
from .users import AclError, AclUser, Permissions, parse_user

__all__ = [
    "AclError",
    "AclFile",
    "AclUser",
    "Categories",
    "Comparison",
    "Permissions",
    "Verdict",
    "compare",
    "from_getuser",
    "may_ask",
    "may_run",
    "needs_categories",
    "parse_file",
    "parse_user",
    "render",
    "unknown_in",
]
