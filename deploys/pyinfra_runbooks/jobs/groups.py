"""The hosts of a group of an inventory, as pyinfra takes one. Pure."""

from __future__ import annotations

from collections.abc import Iterator


def is_group(name: str) -> bool:
    """Whether a variable of an inventory may be a group, by its name."""
    return not name.startswith("_")


def hosts_of(group: object) -> Iterator[str]:
    """
    The names of a group's hosts; none where pyinfra takes it for no group.

    + group: a list of hosts, or a pair of such a list and the group's data; a host is a name, or a
      pair of a name and its data

    >>> [*hosts_of(["a", ("b", {"port": 22})])], [*hosts_of((["a"], {}))], [*hosts_of(("a", "b"))]
    (['a', 'b'], ['a'], [])
    """
    hosts = group[0] if isinstance(group, tuple) and group else group
    if not isinstance(hosts, list | tuple) or not all(isinstance(h, str | tuple) for h in hosts):
        return
    for host in hosts:
        name = host[0] if isinstance(host, tuple) and host else host
        if isinstance(name, str):
            yield name
