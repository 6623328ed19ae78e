"""The least stack that an inventory declares, and what is said of mistakes in it."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

import pytest

from pyinfra_runbooks.core.errors import SettingsError
from pyinfra_runbooks.settings import Api, Compose, HostFile, Redis, RedisUser, Stack

SECRET = "hunter2-0f3c"


def user(name: str = "app", **changes: Any) -> RedisUser:
    shown: dict[str, Any] = {"rules": "~* +@all", "password": HostFile("redis.txt")}
    return RedisUser(name, **shown | changes)


def redis(**changes: Any) -> Redis:
    return Redis(**{"users": (user(),)} | changes)


def stack(**changes: Any) -> Stack:
    return Stack(**{"compose": Compose("/srv/app"), "components": (redis(), Api("api"))} | changes)


def problems(build: Callable[[], object]) -> list[str]:
    """What is said of a mistake, without the place, which has to be the same for all of it: where
    the test makes it, or where these functions do."""
    with pytest.raises(SettingsError) as raised:
        build()
    lines = str(raised.value).split("\n")
    files = (__file__, inspect.getfile(build))
    here = {*files, *map(os.path.relpath, files)}
    places = {tuple(line.split(": ", 1)[0].rsplit(":", 1)) for line in lines}
    assert len(places) == 1
    [(file, line)] = places
    assert file in here
    assert line.isdigit()
    return [line.split(": ", 1)[1] for line in lines]
