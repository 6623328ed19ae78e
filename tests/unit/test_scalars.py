"""A string is the same string once YAML has read it."""

from __future__ import annotations

import doctest

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pyinfra_runbooks.engine.patching import scalars
from pyinfra_runbooks.engine.patching.scalars import scalar


def test_the_examples_are_true() -> None:
    assert doctest.testmod(scalars).failed == 0


@given(st.text(st.sampled_from("aeEnfyoNO._/@:-$# 1580{}[]&*!|>%'\",~"), min_size=1, max_size=6))
@example(".5")
@example(".inf")
@example(".NaN")
@example("12:30")
@example("a:")
def test_yaml_reads_the_same_string(text: str) -> None:
    for read in (yaml.safe_load, YAML(typ="safe", pure=True).load):
        assert read(f"key: {scalar(text)}") == {"key": text}


@pytest.mark.parametrize("text", ["redis-serves-api", "./web.env", "${REDIS_IMAGE}", "redis:7.2"])
def test_what_needs_no_quotes_has_none(text: str) -> None:
    assert scalar(text) == text
