"""The faults to rehearse, and what the recovery has to make of each.

Every fault acts as root inside one host, writes nothing outside it, and loses no key of Redis:
where a container goes, Redis is stopped first, and saves its data then.

A pack's faults stand with the pack; here are those that are about no pack, or about several.

model      what a fault is, and what has to come of it
catalogue  all of them, from here and from the packs, and how a host is broken
sets       several at once
common     what faults of several packs do alike
"""
