"""What a finding is, and what is done about it. Knows neither Docker nor Redis. Pure.

kind, finding, resolution    what is wrong, and what follows from it: a remedy, a refusal, ...
task, policy, plan           what a remedy does, what a run may do, and so what is done, in order
deeds                        the same, in the form that it has in the journal of a run
page                         docs/findings.md
unknown, answers, sections   what could not be seen or understood; the parts of an answer
restraint, locking, audit    what a host keeps: a pause and corrections, who has the lock, its audit
disruption, errors, showing  what users notice, what is raised, text made safe to show
"""
