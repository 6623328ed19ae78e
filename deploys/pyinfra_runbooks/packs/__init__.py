"""The packs: all that belongs to one subject is in one directory, and none imports another.

Each has a `pack.py` that names its probes, its rules, and what its remedies run on a host. The
class of a component names its pack; nothing is discovered. `faults/` is what the lab breaks to see
it repaired: it is not shipped, and no shipped module imports it.

all         those of every stack, and those that a stack's components bring along
look        the scripts of a look, with what all of them ask
findings    what all of them find, and the plan that is made of it
look_event  what a job gets to know of a look that its run took
"""
