"""The categories of commands that Redis and Valkey have."""

from __future__ import annotations

# https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/#command-categories
OWN = (
    *("keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap"),
    *("hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking"),
    *("dangerous", "connection", "transaction", "scripting"),
)
"""Those of every Redis and Valkey."""

CATEGORIES = (
    *OWN,
    *("search", "tdigest", "cms", "bloom", "cuckoo", "topk", "json", "timeseries"),
)
"""Those, and the ones of the modules that Redis 8 brings; ``all`` is none of them."""
