"""The order of the faults: from another one, a seed would draw other sets."""

from __future__ import annotations

from collections.abc import Iterable

from .model import Fault

ORDER = """
wrong-network wrong-network-shared extra-network missing-alias alias-conflict network-removed
address-taken stale-dns network-made-again network-differs network-differs-in-use sidecar-of-redis
sidecar-paused sidecar-stale sidecar-left backup-reads postgres-converted acl-not-loaded
acl-tampered acl-run-time-user acl-default-on acl-extra-permission acl-second-password
acl-restricted acl-renamed acl-file-empty acl-file-open-stopped acl-file-unreadable
acl-syntax-error acl-comments acl-stranger-broken secret-not-mounted secret-stale-inode
secret-wrong-owner password-without-newline password-extra-newline redis-stopped-acl-unknown
passwords-disagree exporter-disagrees api-old-password acl-is-directory password-is-directory
secrets-disk-full redis-stopped redis-removed redis-paused redis-restart-loop api-stuck
api-lacks-secret api-hung api-removed caddy-down port-taken postgres-stopped incident
volume-anonymous volume-missing data-disk-full bgsave-failing redis-loading acl-stale-inode
acl-stale-inode-written acl-stale-inode-slow compose-edited compose-edited-all compose-moved
compose-invalid compose-renamed env-missing redis-conf-broken by-hand second-stack env-file
services-added override-for-redis variable-exported variable-exported-over-env-file
variable-exported-unmounted stopped-without-user paused-without-user image-untagged image-changed
engine-restarted iptables-flushed redis-claimed redis-forged redis-half-made nothing-exposed
check-text check-lost never-started-acl never-started-network
""".split()  # noqa: SIM905 - a list would be a line for each


def in_their_order(faults: Iterable[Fault]) -> list[Fault]:
    """As they are listed here; what is new comes after them."""
    places = {name: n for n, name in enumerate(ORDER)}
    return sorted(faults, key=lambda fault: places.get(fault.name, len(places)))
