"""last_words.awk, in every awk there is: of known words what may leave a host, of others nothing.

The lines are those that servers print (Redis 7.0.15 and others), but for what is hidden in them.
"""

from __future__ import annotations

import pytest
from awks import AWKS, SECRET, filtered

NAMES = "cache\nshop-cache-1\ndb\nsessions"


def words(awk: tuple[str, ...], log: str) -> str:
    """What the filter makes of a log, with a space for each tab."""
    out = filtered(awk, "last_words.awk", log, names=NAMES)
    assert SECRET not in out
    return out.rstrip("\n").replace("\t", " ")


REDIS = "1:M 27 Nov 2026 15:20:14.913 # "
CONFIG = (
    "\n*** FATAL CONFIG FILE ERROR (Redis 7.0.15) ***\nReading the configuration file, at line 4\n"
)
ACL = f"{REDIS}Aborting Redis startup because of ACL errors: "
NOTHING_DONE = (
    "WARNING: ACL errors detected, no change to the previously active ACL rules was performed"
)
BIND = "Warning: Could not create server TCP listening socket 127.0.0.1:16399: bind: "
PG = "2026-11-29 12:18:32.832 UTC [1] "
OCI = "OCI runtime create failed: runc create failed: unable to start container process: "


REFUSED = (
    "redis.exceptions.AuthenticationError: NOAUTH needed",
    "redis.exceptions.AuthenticationError: Authentication required.",
    "redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled.",
    "ReplyError: WRONGPASS invalid username-password pair or user is disabled.",
    "[ioredis] Unhandled error event: ReplyError: NOAUTH Authentication required.",
    "ReplyError: ERR AUTH <password> called without any password configured for the default user.",
    "redis.clients.jedis.exceptions.JedisDataException: NOAUTH Authentication required.",
    "panic: WRONGPASS invalid username-password pair or user is disabled.",
)


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            f"{REDIS}Can't handle RDB format version 12\n"
            f"{REDIS}Fatal error loading the DB: Invalid argument. Exiting.",
            "newer format=12",
        ),
        (
            f"{REDIS}Can't handle RDB format version 12\n"
            f"{REDIS}Error reading the RDB base file appendonly.aof.1.base.rdb, AOF loading",
            "newer format=12 base=appendonly.aof.1.base.rdb",
        ),
        (f"{REDIS}Wrong signature trying to load DB from file", "damaged"),
        (f"{REDIS}Bad file format reading the append only file appendonly.aof: make a", "damaged"),
        (
            f"{REDIS}Can't open or create append-only dir appendonlydir: Permission denied",
            "denied error=Permission denied",
        ),
        (
            f"{REDIS}Can't open the append-only file: Read-only file system",
            "denied error=Read-only file system",
        ),
        (
            f"{REDIS}Fatal error, can't open config file '/etc/redis.conf': Permission denied",
            "denied path=/etc/redis.conf error=Permission denied",
        ),
        (
            f"{REDIS}Fatal error, can't open config file '/nope.conf': No such file or directory",
            "missing path=/nope.conf",
        ),
        (
            f"{CONFIG}>>> 'nosuch \"{SECRET}\"'\nBad directive or wrong number of arguments",
            "configuration line=4",
        ),
        (
            f"{CONFIG}>>> 'maxmemory-policy \"{SECRET}\"'\nargument must be one of the following",
            "configuration line=4 directive=maxmemory-policy",
        ),
        (
            f"{CONFIG}>>> '{SECRET}'\nBad directive or wrong number of arguments",
            "configuration line=4",
        ),
        (
            f"{CONFIG}>>> 'hunter'\nBad directive or wrong number of arguments",
            "configuration line=4",
        ),
        (
            f"{CONFIG}>>> 'requirepass'\nwrong number of arguments",
            "configuration line=4 directive=requirepass empty=yes",
        ),
        (
            f"{CONFIG}>>> 'replicaof \"\"'\nwrong number of arguments",
            "configuration line=4 directive=replicaof empty=yes",
        ),
        (
            f"{CONFIG}>>> 'requirepass \"{SECRET} b'\nUnbalanced quotes in configuration line",
            "configuration line=4 directive=requirepass",
        ),
        (
            f"{CONFIG}>>> 'dir \"/nonexistent\"'\nNo such file or directory",
            "configuration line=4 directive=dir error=No such file or directory",
        ),
        (
            f"{ACL}/run/secrets/acl:2: should start with user keyword followed by the username."
            f"  {NOTHING_DONE}",
            "acl file=/run/secrets/acl line=2 error=it does not begin with the word user",
        ),
        (
            f"{ACL}/run/secrets/acl:1: Error in applying operation '>{SECRET}': Syntax error. ",
            "acl file=/run/secrets/acl line=1 error=a rule is not known",
        ),
        (
            f"{ACL}Error loading ACLs, opening file '/nope.acl': No such file or directory",
            "missing path=/nope.acl error=No such file or directory",
        ),
        (
            f"{ACL}Error loading ACLs, opening file '/run/secrets/acl': Permission denied",
            "denied path=/run/secrets/acl error=Permission denied",
        ),
        (
            f"{REDIS}{BIND}Address already in use\n{REDIS}Failed listening on port 16399 (TCP), ab",
            "port port=16399",
        ),
        (f"{REDIS}Can't load module from /nope.so: server aborting", "missing path=/nope.so"),
        (
            f"{PG}FATAL:  database files are incompatible with server\n{PG}DETAIL:  The data"
            " directory was initialized by PostgreSQL version 9.6, which is not compatible with"
            " this version 15.1 (Debian 15.1-1.pgdg110+1).",
            "newer made=9.6 runs=15.1",
        ),
        (
            "       Counter to that, there appears to be PostgreSQL data in:\n"
            "         /var/lib/postgresql/data (unused mount/volume)\n\n       See the issues",
            "newer path=/var/lib/postgresql/data unused=yes",
        ),
        (
            f'{PG}FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership\n'
            f"{PG}HINT:  The server must be started by the user that owns the data directory.",
            "denied path=/var/lib/postgresql/data error=Permission denied",
        ),
        (
            f'{PG}FATAL:  could not open file "global/pg_filenode.map": Permission denied',
            "denied error=Permission denied",
        ),
        (
            "Error: Database is uninitialized and superuser password is not specified.",
            "configuration directive=POSTGRES_PASSWORD empty=yes",
        ),
        (
            "Error: adapting config using caddyfile: /etc/caddy/Caddyfile:12: unrecognized"
            f" directive: {SECRET}",
            "configuration file=/etc/caddy/Caddyfile line=12",
        ),
        (
            "Error: loading initial config: loading new config: http app module: start: listening"
            " on :80: listen tcp :80: bind: address already in use",
            "port port=80",
        ),
        (
            f'nginx: [emerg] unknown directive "{SECRET}" in /etc/nginx/conf.d/a.conf:3',
            "configuration file=/etc/nginx/conf.d/a.conf line=3",
        ),
        (
            'nginx: [emerg] host not found in upstream "cache" in /etc/nginx/conf.d/a.conf:3',
            "elsewhere host=cache error=name",
        ),
        (
            "exec /usr/local/bin/docker-entrypoint.sh: exec format error",
            "program path=/usr/local/bin/docker-entrypoint.sh error=exec format error",
        ),
        (
            f'{OCI}exec: "/start.sh": stat /start.sh: no such file or directory: unknown',
            "program path=/start.sh error=not found",
        ),
        (
            f'{OCI}exec: "{SECRET}": executable file not found in $PATH: unknown',
            "program error=not found",
        ),
        (
            "failed to set up container networking: driver failed programming external"
            " connectivity on endpoint shop-cache-1 (f00): Bind for 0.0.0.0:6379 failed: port is"
            " already allocated",
            "port port=6379",
        ),
        (
            "Traceback (most recent call last):\nPermissionError: [Errno 13] Permission denied:"
            " '/data/app.log'",
            "denied path=/data/app.log error=Permission denied",
        ),
        (
            f"FileNotFoundError: [Errno 2] No such file or directory: 'it is {SECRET}'",
            "missing",
        ),
        ("ModuleNotFoundError: No module named 'redis.asyncio'", "missing module=redis.asyncio"),
        ("Error: Cannot find module '/app/index.js'", "missing module=/app/index.js"),
        (
            "Error: EACCES: permission denied, open '/data/db.sqlite'",
            "denied path=/data/db.sqlite error=Permission denied",
        ),
        ("Error: listen EADDRINUSE: address already in use :::3000", "port port=3000"),
        ("FATAL ERROR: Reached heap limit - JavaScript heap out of memory", "memory"),
        (
            f"redis.exceptions.ConnectionError: Error -2 connecting to cache:6379. Name or service"
            f" not known. redis://:{SECRET}@cache",
            "elsewhere host=cache error=name",
        ),
        ("Error: getaddrinfo EAI_AGAIN sessions", "elsewhere host=sessions error=name"),
        (f"Error: getaddrinfo ENOTFOUND {SECRET}.example", "elsewhere error=name"),
        ("dial tcp 172.18.0.3:6379: connect: connection refused", "elsewhere error=refused"),
        *((said, "elsewhere error=login server=redis") for said in REFUSED),
        ("NOAUTH by redis://cache:6379", "elsewhere host=cache error=login server=redis"),
        ('FATAL: password authentication failed for user "x"', "elsewhere error=login"),
        (f"ValueError: invalid password {SECRET}", ""),
        (f"my password is {SECRET}\nTraceback\nValueError: {SECRET}", ""),
        ("1:M 27 Nov 2026 15:20:14.913 * Ready to accept connections tcp", ""),
        (
            "chown: cannot access '/x': Permission denied\nError: getaddrinfo ENOTFOUND cache",
            "elsewhere host=cache error=name",
        ),
        (
            f"{ACL}Error loading ACLs, opening file '/a': Permission denied\nConnection refused",
            "denied path=/a error=Permission denied",
        ),
        ("\033[31mError: getaddrinfo ENOTFOUND cache\033[0m\r", "elsewhere host=cache error=name"),
    ],
)
def test_known_words(awk: tuple[str, ...], log: str, said: str) -> None:
    assert words(awk, log + "\n") == said


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(("after", "counts"), [(10, True), (100, False)])
def test_what_may_be_a_warning_counts_near_the_end(
    awk: tuple[str, ...], after: int, counts: bool
) -> None:
    warning = "Error: EACCES: permission denied, open '/data/x'\n"
    said = words(awk, warning + "ok\n" * after)
    assert bool(said) is counts
    fatal = f"{REDIS}Can't handle RDB format version 12\n"
    assert words(awk, fatal + "ok\n" * after) == "newer format=12"


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "piece", ["env: sh ", "exec: x ", "exec: stat ", ":80 ", "open '", "/a:1", "\033[", " "]
)
def test_no_line_takes_long(awk: tuple[str, ...], piece: str) -> None:
    fatal = f"{REDIS}Can't handle RDB format version 12\n"
    assert words(awk, f"{fatal}{piece * (60_000 // len(piece))}\n") == "newer format=12"


@pytest.mark.parametrize("awk", AWKS)
def test_of_a_long_line_no_piece_of_a_word_is_shown(awk: tuple[str, ...]) -> None:
    line = "Error: EACCES: permission denied, open '/data/"
    for length in range(1, 20):
        pad = "x" * (1000 - len(line) - length)
        assert "path" not in words(awk, f"{pad} {line}{'b' * 30}$x'\n")


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize(
    "line",
    ["s3cr3t!pass", "s3cr3t pass", "save!s3cr3t", "tls-s3cr3t on", 's3cr3t ""', "user-s3cr3t x"],
)
def test_a_line_that_begins_with_a_password_shows_nothing(awk: tuple[str, ...], line: str) -> None:
    log = f"{CONFIG}>>> '{line}'\nBad directive or wrong number of arguments\n"
    assert words(awk, log) == "configuration line=4"
