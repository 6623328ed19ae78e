"""What pyinfra reads before the runbook of a watched host: it waits for something to do."""

# No module of a package, to pyinfra. Imported while there is time: the repair need not wait for it.
from pyinfra_runbooks import recovery  # noqa: F401
from pyinfra_runbooks.watching import await_drift

await_drift()
