"""When not to repair, though it could be done: for reasons that no single host knows. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .hosts import HostReport


@dataclass(frozen=True, slots=True)
class Limits:
    """
    From when on a finding is not one host's any more.

    + share: percent of the hosts that may show it; default: 50
    + hosts: how many may in any case; default: 2
    """

    share: float = 50
    hosts: int = 2


def common_mode(hosts: Sequence[HostReport], limits: Limits) -> str:
    """
    Why none of the hosts is to be changed; empty: each may be.

    What many hosts show at once does not come from them: the inventory is wrong, or a release.

    + hosts: as they were seen
    + limits: how many are many
    """
    seen = [host for host in hosts if host.after and not host.after.unknown and not host.deploying]
    shown: Counter[tuple[str, str]] = Counter()
    for host in seen:
        found = host.after.findings if host.after else ()
        # What would be refused anyway says nothing of what is about to be done.
        shown.update({finding.identity for finding in found if finding.answer == "remedy"})
    for (kind, subject), count in shown.most_common(1):
        if count > limits.hosts and 100 * count > limits.share * len(seen):
            return (
                f"{count} of {len(seen)} hosts show the same at once: {subject} [{kind}]. Then the"
                " inventory or a release is wrong, and not the hosts: none was changed"
            )
    return ""
