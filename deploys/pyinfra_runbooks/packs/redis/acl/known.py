"""The categories and commands that Redis and Valkey bring, to recognise a slip of the keyboard.

Modules bring more, and later versions will: what is not here is no mistake, unless it is almost
one of these categories.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from .categories import CATEGORIES
from .users import AclError

_COMMANDS = """
acl append asking auth bgrewriteaof bgsave bitcount bitfield bitfield_ro bitop bitpos blmove
blmpop blpop brpop brpoplpush bzmpop bzpopmax bzpopmin client cluster clusterscan command
commandlog config copy dbsize debug decr decrby del delex delifeq digest discard dump echo eval
eval_ro evalsha evalsha_ro exec exists expire expireat expiretime failover fcall fcall_ro
flushall flushdb function geoadd geodist geohash geopos georadius georadius_ro georadiusbymember
georadiusbymember_ro geosearch geosearchstore get getbit getdel getex getrange getset hdel hello
hexists hexpire hexpireat hexpiretime hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys
hlen hmget hmset hotkeys hpersist hpexpire hpexpireat hpexpiretime hpttl hrandfield hscan hset
hsetex hsetnx hstrlen httl hvals incr incrby incrbyfloat info keys lastsave latency lcs lindex
linsert llen lmove lmpop lolwut lpop lpos lpush lpushx lrange lrem lset ltrim memory mget
migrate module monitor move mset msetex msetnx multi object persist pexpire pexpireat
pexpiretime pfadd pfcount pfdebug pfmerge pfselftest ping psetex psubscribe psync pttl publish
pubsub punsubscribe quit randomkey readonly readwrite rename renamenx replconf replicaof reset
restore restore-asking role rpop rpoplpush rpush rpushx sadd save scan scard script sdiff
sdiffstore select set setbit setex setnx setrange shutdown sinter sintercard sinterstore
sismember slaveof slowlog smembers smismember smove sort sort_ro spop spublish srandmember srem
sscan ssubscribe strlen subscribe substr sunion sunionstore sunsubscribe swapdb sync time touch
ttl type unlink unsubscribe unwatch vadd vcard vdim vemb vgetattr vinfo vismember vlinks
vrandmember vrange vrem vsetattr vsim wait waitaof watch xack xackdel xadd xautoclaim xcfgset
xclaim xdel xdelex xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange xsetid xtrim
zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore zlexcount zmpop zmscore
zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem
zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore
zrevrank zscan zscore zunion zunionstore
"""
COMMANDS = frozenset(_COMMANDS.split())
"""Of Redis up to 8.6 and Valkey up to 9.1, without subcommands and those of modules."""


def check_categories(rules: str) -> None:
    """Raises `AclError` for a category that is almost one of Redis' own."""
    for position, rule in enumerate(rules.split(), 1):
        name = _named(rule)
        if not name.startswith("@") or name[1:] in ("all", *CATEGORIES):
            continue
        if near := get_close_matches(name[1:], ("all", *CATEGORIES), n=1, cutoff=0.75):
            raise AclError(
                f"rule {position}, {rule.strip('()')[0]}{name}: no category of Redis"
                f" (did you mean {rule.strip('()')[0]}@{near[0]}?)"
            )


def unknown_commands(rules: str) -> Iterator[str]:
    """The rules about commands that are not known here; those of modules have a dot."""
    for rule in rules.split():
        name = _named(rule)
        if name and name[0] != "@" and "." not in name and name not in COMMANDS:
            yield rule.strip("()")


def _named(rule: str) -> str:
    """The command or the category that a rule is about; empty: it is about something else."""
    inner = rule.strip("()").lower()
    return inner[1:].partition("|")[0] if inner[:1] in ("+", "-") else ""
