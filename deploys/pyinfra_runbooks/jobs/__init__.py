"""Jobs: the runbooks, run by a timer or an event instead of a person. The command ``runbooks``.

They run pyinfra as a person would, and read the journal that each run keeps for them. They have no
other access to a host.

    options    pyinfra's own options, which pass through every command
    init/      a host that was looked at, and a team's repository for it
    mistakes   what is wrong with an inventory, and on which line; validating: the command for that
    configured the inventory of commands that name none
    completing what may come next on the command line
    groups     the hosts of a group of an inventory, as pyinfra takes one. Pure
    inventory  the hosts that an inventory and those options choose
    running    one run of pyinfra, and its journal
    child      the process that runs pyinfra, and ends with the job; callbacks: what pyinfra adds to
               the journal there
    hosts      each host, as a journal shows it. Pure
    report     the result of a job, and its exit code. Pure
    drift      check and correct
    limits     how many hosts may show the same finding before none is repaired. Pure
    watch      a run for each host that waits until its stack needs it
    fleet      all hosts that are watched; watched: one of them
    sources    the files whose change restarts the runs; systemd: signs of life for it
    standby    what pyinfra reads before the runbook there
    shard      a part of a fleet. Pure
    pausing    pause and resume
    outputs    where the report of a job goes: the options for it
    publishing prints, writes and sends the report, and returns the exit code
    metrics    a report as metrics for Prometheus
    notify/    what is open, and sending it when that changes: through Apprise, and to Alertmanager
    memory     what a job leaves for the next one
    intent     whether a repair puts a person's change into effect, or corrects drift. Pure
    reports/   a report as JSON, JUnit XML, Markdown, HTML, and on a terminal. Pure
    cli        the command
"""
