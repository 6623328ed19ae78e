"""
History: what was changed here, by whom, and with what result?

When       After an incident, or before a repair that another person may have begun already.
Run        pyinfra -y inventories/prod.py runbooks/history.py             (the last 20 lines)
           pyinfra -y inventories/prod.py runbooks/history.py --data lines=100
Disturbs   nothing: it only reads /var/log/pyinfra-runbooks/audit.log on each host.
"""

from pyinfra import host

from pyinfra_runbooks import history

history.show(lines=int(host.data.get("lines", 20)))
