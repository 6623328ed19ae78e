"""Docker and Compose: what they run and declare, who is who, and one look. Pure.

docker, compose, differences  what the engine runs, what Compose declares, which fields differ
files, unseen                 what is seen of files, and why something was not
probe, found, projects, asked one question; what a host runs; who is who; what is asked of whom
remembered                    who used which Redis at earlier looks
look                          all that one look saw
rules/                        what more than one subject judges by
patching/                     changes to compose files, as patches that show no secret
shell/                        the scripts that run on the hosts, and what assembles them
pack, parts                   what a subject brings along, and the parts of an incident
run                           what a run knows of a host: printed at -vv
"""
