"""Incident runbooks as code: look, name the cause, make the smallest repair, prove it.

The layers; left never imports right:

    settings, and what is pure  ->  facts  ->  operations  ->  deploys  ->  runbooks

    settings/      what an inventory can say: Stack and its parts
    errors         what is raised, as a tree
    disruption     what users notice of a repair
    showing        what others have a say in, made fit to be shown
    findings       what is wrong, how that is known, what repairs it
    acl/           Redis' ACL rules, by meaning
    compose        what Compose declares
    differences    in which fields a container is another than declared
    engine         what Docker runs
    server         what Redis says of itself
    files          what a look sees of files
    patching/      changes to compose files, as patches that show no secret
    unseen         why something could not be seen
    look           all that one look saw, typed
    locking        what the host answers to the wish to have the lock
    audit          a line of the audit
    restraint      a pause that a host keeps, and what was corrected there lately
    rules/         should be against is: each module turns a look into findings
    startup/       services for a compose file that validate what a client needs before it starts
    units/         systemd's units for runs that no person starts
    shell/         the scripts that run on the hosts, and what puts values before them

    facts/         one look, one SSH command; kept until something changes the host; the lock
    operations/    what should be true, and the least that makes it true
    network, redis, api, verification, lock
                   the deploys: operations in order, one for each part of an incident
    diagnosis      says what is wrong, before anything is done about it
    compose_file   the compose files say which networks there are, and which client waits
    history        says what was done before
    preflight/     says before a deploy whether a stack would come up, by a look of its own
    pause          a host is left as it is while a person works there
    watching       waits, connected to a host, until its stack needs a repair
    schedule       the runbooks run by themselves

    jobs/          the command ``runbooks``: check, correct, watch, and what they tell of it
"""
