"""What `runbooks check HOST` runs, wherever it is called: as runbooks/diagnose.py."""

from pyinfra_runbooks import diagnosis

diagnosis.diagnose_host()
