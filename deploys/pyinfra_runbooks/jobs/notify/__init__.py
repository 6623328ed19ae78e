"""People are told what came of a job, through Apprise: once, until it changes.

Each service of the configuration has its own memory: one that is down is told when it is back, and
the others are not told twice for that.

    news       what there is to tell of a report. Pure
    due        what of it one service is told now. Pure
    text       one message of that. Pure
    services   whom the configuration names, and sending to them
    sending    the process that knows their URLs
"""
