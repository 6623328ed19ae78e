"""A script packed into one word, as a long one would not fit: Linux takes 128 KiB for an argument,
and the login shell, su and sudo get the whole command as one.
"""

from __future__ import annotations

import base64
import gzip

LACKING = "this host lacks base64 or gzip, which unpack the script that was sent"


def packed(script: str) -> str:
    """
    A script that does the same as another, in about a third of its length.

    It reads the same stdin, and ends with the same exit code. On the host it needs base64 and gzip;
    where one is missing it fails and says so, so that nothing is taken for an answer.

    + script: POSIX sh

    >>> packed("echo hello").splitlines()[1]
    'eval "$whole_script"'
    """
    word = base64.b64encode(gzip.compress(script.encode(), mtime=0)).decode()
    return (
        f"whole_script=$(printf %s {word} | base64 -d | gzip -dc) &&"
        f' [ -n "$whole_script" ] || {{ echo "{LACKING}" >&2; exit 1; }}\n'
        'eval "$whole_script"\n'
    )
