"""What pyinfra reads before the runbook when a host is watched: it waits until there is need."""

from pyinfra_runbooks.watching import await_drift

await_drift()
