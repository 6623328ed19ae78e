"""Notifications: through Apprise when the set of open findings changes, and to Alertmanager.

What was sent is remembered for each service of the configuration: one that was down gets it with
the next job, and the others don't get it twice. Grouping, repeats and silences are Alertmanager's.

    alerts        what is open according to a report, and what was repaired. Pure
    change        what of that is new to a service, or resolved. Pure
    text          the change as a message for people; alertmanager: for Alertmanager. Pure
    notifying     starts the process that sends, and ends one that hangs
    sending       that process, which knows the URLs; plugin: Alertmanager in Apprise
"""
