"""
Preflight: would the stack come up on this host?

When       Before a deploy: on a host where nothing of the stack is there yet, or before an update.
Run        pyinfra -y inventories/prod.py runbooks/preflight.py
           pyinfra -y --user deploy HOST runbooks/preflight.py --data project=/srv/app
Looks at   what Compose resolves, images, what is mounted and who may read it, networks, volumes,
           names, ports; whether each Redis takes its configuration and ACL, and can use its data.
Disturbs   nothing: nothing is written, fetched or left behind. To try a Redis, a container of its
           own image runs for a moment, without a network, its data read-only or not mounted.
Exit code  0: ready. 1: something is in the way, or could not be looked at; the worst comes first.
"""

from pyinfra_runbooks import preflight

preflight.check()
