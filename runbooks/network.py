"""
Network: a service does not find another one by its name.

When       A service is on the wrong network, or lacks its name there.
Run        pyinfra inventories/prod.py runbooks/network.py
Disturbs   nothing if a network is added; clients of a container that lacks a name lose their
           connections once.
Undo       docker network disconnect NETWORK CONTAINER
"""

from pyinfra_runbooks import network

network.attach()
