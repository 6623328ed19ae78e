"""
Schedule: has a machine run the runbooks by a timer, or upon events.

When       Stacks are to be repaired without a person. See docs/scheduling.md.
Run        pyinfra @local runbooks/schedule.py --data inventory=/srv/runbooks/inventories/prod.py
           and, each with its own --data:
             every=5m             how often: 30s, 5m, 1h, 1d
             watch=true           a service that listens to events, instead of a timer
             max_disruption=none  the most that users may notice; default: as the inventory says
             runbook=PATH         another runbook than redis_recovery.py
             user=deploy          the user that runs it; default: the inventory's owner
             name=shop            the units' name; default: pyinfra-runbooks
             metrics=PATH         a file for Prometheus' node exporter
             notify=PATH          an Apprise configuration: the services to notify
             command=PATH         the command runbooks; default: beside the Python that runs this
             units=PATH           the units' directory; default: /etc/systemd/system
Disturbs   nothing here. The rounds that it starts repair hosts, up to max_disruption.
Undo       the same with --data present=false, and --data name=... if you gave one. A running round
           is allowed to finish, and is shown; /var/lib/NAME is not removed.
"""

from pyinfra import host

from pyinfra_runbooks import schedule

schedule.install(host.data.dict())
