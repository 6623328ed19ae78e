"""
Declare networks: the compose file says nothing of its networks, and Compose decides.

When       After an incident in which a container sat on the wrong network: so that the compose file
           says what is right, and another project name or directory makes no other network.
Run        pyinfra -y inventories/prod.py runbooks/declare_networks.py --limit HOST >networks.patch
           and, each with its own --data:
             confirm=true         writes the host's compose files, too (pyinfra asks before)
             validate=api,worker  adds a start-up validation for these clients of Redis and
                                  PostgreSQL, for `all` of them: each waits for a service that asks
                                  its server; the next `up` recreates their containers for it
             attached=redis,api   declares the networks, too, that these services were attached to
                                  by hand; the next `up` recreates their containers for it
Disturbs   nothing: what Compose resolves from the files stays the same, but for what is asked for
           here, and is compared before anything is written.
Undo       git checkout, or the former file, which is kept beside the new one:
           compose.yaml.before-declared-networks-TIME
Refuses    what it can't prove to mean the same, with the reason. Exit code 0 with a patch or
           without one; 1 where the files were to be written and could not be.
"""

from pyinfra import host

from pyinfra_runbooks import compose_file

compose_file.networks(
    confirm=host.data.get("confirm"),
    attached=host.data.get("attached"),
    validate=host.data.get("validate"),
)
