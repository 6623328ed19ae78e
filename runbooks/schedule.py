"""
Schedule: the runbooks run by themselves, on the machine that this is run for.

When       Stacks are to be looked after when nobody is at the keyboard. See docs/scheduling.md.
Run        pyinfra @local runbooks/schedule.py --data inventory=/srv/runbooks/inventories/prod.py
           and, each with its own --data:
             every=5m             how often: 30s, 5m, 1h, 1d
             watch=true           stays and listens, instead of coming by
             max_disruption=none  the most that users may notice; default: as the inventory says
             runbook=PATH         another runbook than redis_recovery.py
             user=deploy          who runs it; default: who owns the inventory
             name=shop            what the units are called; default: pyinfra-runbooks
             metrics=PATH         where Prometheus' node exporter finds how it went
             notify=PATH          an Apprise configuration: who is told
             command=PATH         the command runbooks; default: beside the Python that runs this
             units=PATH           the units' directory; default: /etc/systemd/system
Disturbs   nothing here. What it starts repairs hosts, up to max_disruption.
Undo       the same with --data present=false, and --data name=... where you gave one. A round that
           is at work ends in peace; /var/lib/NAME is left.
"""

from pyinfra import host

from pyinfra_runbooks import schedule

schedule.units(host.data.dict())
