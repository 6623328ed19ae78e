"""What pyinfra reads before the runbook when a host is watched: it waits until there is need."""

# What the runbook needs is there when it counts.
from pyinfra_runbooks import api, diagnosis, network, redis, verification  # noqa: F401
from pyinfra_runbooks.watching import await_drift

await_drift()
