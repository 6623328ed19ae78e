"""
Declare networks: the compose file does not mention its networks, and Compose decides.

When       After an incident in which a container was on the wrong network: then the compose file
           says what is right, and another project name or directory does not change the network.
Run        pyinfra -y inventories/prod.py runbooks/declare_networks.py --limit HOST >networks.patch
           and, each with its own --data:
             confirm=true         also writes the host's compose files (pyinfra asks before)
             validate=api,worker  adds a start-up validation for these clients of Redis and
                                  PostgreSQL, or for `all`: each waits for a service that asks
                                  its server; the next `up` recreates their containers
             attached=redis,api   also declares the networks that these services were attached to
                                  by hand; the next `up` recreates their containers
             shared=web           also gives a client a network in common with the servers that it
                                  uses, where the files give them none (no-shared-network)
Disturbs   nothing: except for what you ask for here, Compose resolves the same from the files; that
           is compared before anything is written.
Undo       git checkout, or the former file, which is kept beside the new one:
           compose.yaml.before-declared-networks-TIME
Refuses    what it can't prove to mean the same, with the reason. Exit code 0 with or without a
           patch; 1 if the files were to be written and could not be.
"""

from pyinfra import host

from pyinfra_runbooks import compose_file

compose_file.declare_networks(
    confirm=host.data.get("confirm"),
    attached=host.data.get("attached"),
    validate=host.data.get("validate"),
    shared=host.data.get("shared"),
)
