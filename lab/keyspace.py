"""Keys that have to survive whatever is done to Redis: several types, new values each time."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from shlex import quote

from . import redis
from .console import LabError, wait_until
from .hosts import REDIS, Host
from .redis import Ask

COUNT = 202


def _line(script: str) -> str:
    """A script as redis-cli reads it: on one line."""
    return " ".join(script.split())


_SEED = _line(
    """
    for _, k in ipairs(redis.call('KEYS', 'kept:*')) do redis.call('DEL', k) end
    local n = ARGV[1]
    for i = 1, 40 do
      redis.call('SET', 'kept:string:' .. i, n .. string.rep('v', i))
      redis.call('RPUSH', 'kept:list:' .. i, i, n, 'last')
      redis.call('SADD', 'kept:set:' .. i, i, n, 'member')
      redis.call('HSET', 'kept:hash:' .. i, 'field', n, 'other', i)
      redis.call('ZADD', 'kept:zset:' .. i, i, n, 1.5, 'scored')
    end
    redis.call('XADD', 'kept:stream', '1-1', 'field', n)
    redis.call('SET', 'kept:expiring', n, 'EX', 86400)
    return redis.status_reply('seeded')
    """
)
_DIGEST = _line(
    """
    local out = {} local keys = redis.call('KEYS', 'kept:*') table.sort(keys)
    for _, k in ipairs(keys) do
      local t = redis.call('TYPE', k).ok local v = {}
      if t == 'string' then v = {redis.call('GET', k)}
      elseif t == 'list' then v = redis.call('LRANGE', k, 0, -1)
      elseif t == 'set' then v = redis.call('SMEMBERS', k) table.sort(v)
      elseif t == 'hash' then v = redis.call('HGETALL', k) table.sort(v)
      elseif t == 'zset' then v = redis.call('ZRANGE', k, 0, -1, 'WITHSCORES')
      elseif t == 'stream' then v = redis.call('XRANGE', k, '-', '+')[1][2] end
      out[#out + 1] = k .. '=' .. table.concat(v, ',')
    end
    local lives = redis.call('TTL', 'kept:expiring') > 80000
    return #keys .. ' ' .. redis.sha1hex(table.concat(out, ';')) .. ' ' .. tostring(lives)
    """
)


@dataclass(frozen=True)
class Keys:
    """How many of the seeded keys there are, and a digest over their types and values."""

    count: int
    digest: str


def seed(host: Host, ask: Ask = redis.ask) -> Keys:
    """Write the keys again, with values that were never there before.

    A log is rewritten then. A script's writes are a transaction in it, and where the user default
    is off, Redis 7.0 and 8.0 and Valkey 8.1 leave out transactions when they load a log, and tell
    nobody (redis issue 14541, valkey issue 3983). Any restart of such a server loses these keys.
    """
    ask(host, f'EVAL "{_SEED}" 0 {uuid.uuid4().hex}')
    if host.stack.logs:
        rewrite(host, ask)
    found = read(host, ask)
    if found.count != COUNT:
        raise LabError(f"{host.name} took {found.count} keys, expected {COUNT}")
    return found


def rewrite(host: Host, ask: Ask = redis.ask) -> None:
    """Have the append-only log rewritten: it begins with a snapshot of all that there is."""

    def done() -> bool:
        info = redis.info(host, asks=ask)
        return info.get("aof_rewrite_in_progress") == info.get("aof_rewrite_scheduled") == "0"

    ask(host, "BGREWRITEAOF")
    wait_until(done, f"the log of {host.name} to be rewritten", timeout=20)


def read(host: Host, ask: Ask = redis.ask) -> Keys:
    """What is there now."""
    count, digest = ask(host, f'EVAL "{_DIGEST}" 0').strip().strip('"').split(maxsplit=1)
    return Keys(int(count), digest)


def ask_anyhow(host: Host, *commands: str) -> str:
    """What Redis answers to lwe-app or, if it does not let that one in, to anybody."""
    try:
        return redis.ask(host, *commands)
    except LabError:
        lines = " ".join(map(quote, commands))
        return host.run(f"printf '%s\\n' {lines} | timeout 10 docker exec -i {REDIS} redis-cli -e")


def read_anyhow(host: Host) -> Keys | None:
    """What is there now; None where Redis can't be asked."""
    try:
        return read(host, ask_anyhow)
    except (LabError, ValueError):
        return None
