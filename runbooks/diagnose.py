"""
Diagnose: what is wrong on this host?

When       First, on any host with Compose projects, whether an inventory declares them or not.
Run        pyinfra --user deploy HOST runbooks/diagnose.py       (every project of the host)
           pyinfra inventories/prod.py runbooks/diagnose.py      (the same, by its settings)
Looks at   what Compose declares and the engine runs: networks, names, containers, health checks.
           A project whose directory is not on the host is judged by what the engine shows.
Disturbs   nothing: it only reads, and of a healthy stack leaves a record of clients on the host
           (docs/safety.md). Exit code 1: the host could not be looked at, or has no project.
Repairs    nothing. What nobody notices: pyinfra --user deploy HOST runbooks/redis_recovery.py; for
           more, a Stack has to be declared in an inventory: the finding says with which line.
"""

from pyinfra_runbooks import diagnosis

diagnosis.diagnose_host()
