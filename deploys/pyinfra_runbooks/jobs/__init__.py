"""Jobs: the runbooks, run by a timer or an event instead of a person. The command ``runbooks``.

They run pyinfra as a person would, and read the journal that a run keeps for them; they have no
other way to a host.

    options    pyinfra's own options, which every command passes on
    running    one run of pyinfra, and its journal
    child      pyinfra, which ends with us
    hosts      what a journal says of each host. Pure
    report     what came of a job, and its exit code. Pure
    drift      check and correct
    restraint  when many hosts show the same. Pure
    watch      a run for each host that waits until its stack needs it
    watched    one of them; sources: what makes all start again; systemd: its signs of life
    standby    what pyinfra reads before the runbook then
    shard      a share of a fleet. Pure
    pausing    pause and resume
    outlets    where to tell what came of a job: its options
    aftermath  tells it there, and gives the exit code
    metrics    a report as metrics for Prometheus
    telling    tells people through Apprise
    notify/    what to tell whom, and sending it
    memory     what one job leaves for the next
    intent     whether a repair was of drift, or of what a person changed. Pure
    reports/   a report as JSON, JUnit XML, Markdown, HTML, and on a terminal. Pure
    cli        the command
"""
