"""What faults put aside on a host, and where: the one thing that they and healing agree on."""

from __future__ import annotations

from .hosts import DIRECTORY

_ASIDE = "/var/lib/lab-aside"

DATA = f"{_ASIDE}/data"  # the volume's files, while there is no volume
SMALL = f"{_ASIDE}/small"  # a small file system that is mounted over them
SAVED = f"{_ASIDE}/saved"  # what was saved there meanwhile
FLUSHED = f"{_ASIDE}/flushed"  # a file that is there while Docker's rules of iptables are not

SWARM = "/var/lib/docker/swarm/docker-state.json"  # there while the engine is part of one

IMAGES = "aside"  # an image that lost its name has it below this one
WRITING = "/run/lab-writing"  # of a client that writes, as long as there is a file `on`
ENGINE = "/etc/docker/daemon.json"  # with its own content aside, while that is another one
HEARD = "/tmp/lab-heard"  # noqa: S108 - what strangers were sent, where any change is seen
CHANGED = "lab.changed"  # label: an image that was made to stand in another one's place

MOVED = f"{DIRECTORY}/stack.yml"  # the compose file under another name
UPLOADED = "/uploaded.txt"  # in the API's container itself
ADDED = f"{DIRECTORY}/added"  # a file that a service was brought up with besides
SECOND = "/srv/second"  # another stack's directory
SECOND_PROJECT = "second"
SUBNET = "10.88.0.0/24"  # of the network in which Redis has an address of its own
OTHER_SUBNET = "10.89.0.0/24"  # of one that was made in its place
