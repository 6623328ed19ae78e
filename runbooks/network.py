"""
Network: a service does not find another one by its name.

When       A service is on the wrong network, or does not answer to its name there.
Run        pyinfra inventories/prod.py runbooks/network.py
Disturbs   nothing where a network is added; clients of a container that lacks a name lose their
           connections once.
Undo       docker network disconnect NETWORK CONTAINER
"""

from pyinfra_runbooks import diagnosis, network
from pyinfra_runbooks.findings import Part

diagnosis.tell(Part.NETWORK)
network.attachment()
