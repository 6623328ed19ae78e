"""A fleet in parts: every host is in one of them, the same one everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyinfra_runbooks.jobs.shard import Shard

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
FLEET = [f"web-{number:05}.example.com" for number in range(10_000)]


def parts(of: int) -> list[Shard]:
    return [Shard(number, of) for number in range(1, of + 1)]


def test_a_text_is_parsed_and_shown() -> None:
    assert Shard.parse("3/16") == Shard(number=3, of=16)
    assert str(Shard.parse("3/16")) == "3/16"


@pytest.mark.parametrize(
    "text", ["", "3", "3/", "/16", "3/16/2", "a/b", "-1/2", " 1/2", "1/2\n", "1.5/2", "1/0", "٣/١٦"]
)
def test_what_is_no_shard_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="expected a shard such as 3/16, got "):
        Shard.parse(text)


@pytest.mark.parametrize("text", ["0/16", "17/16", "2/1"])
def test_a_shard_that_there_is_not_is_named_with_those_that_there_are(text: str) -> None:
    with pytest.raises(ValueError, match=rf"from 1/(\d+) to \1/\1, got {text}"):
        Shard.parse(text)


@given(NAMES, st.integers(min_value=1, max_value=300))
def test_a_host_is_in_exactly_one_part(name: str, of: int) -> None:
    assert [shard.owns(name) for shard in parts(of)].count(True) == 1


@given(st.lists(NAMES, max_size=30), st.integers(min_value=1, max_value=20), st.randoms())
def test_the_parts_do_not_depend_on_the_other_hosts_and_their_order(
    names: list[str], of: int, random: Random
) -> None:
    first = parts(of)[0]
    before = {name for name in names if first.owns(name)}
    random.shuffle(names)
    assert {name for name in names[:10] if first.owns(name)} == before & set(names[:10])


@pytest.mark.parametrize("seed", ["0", "1", "4294967295"])
def test_another_process_finds_the_same(seed: str) -> None:
    program = (
        "from pyinfra_runbooks.jobs.shard import Shard\n"
        "print([i for i in range(200) if Shard(3, 16).owns(f'web-{i:05}.example.com')])"
    )
    shown = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert shown == f"{[i for i in range(200) if Shard(3, 16).owns(FLEET[i])]}\n"


def test_the_split_stays_as_it_is() -> None:
    """Controllers of different versions share a fleet while one of them is being updated."""
    owners = [next(s.number for s in parts(16) if s.owns(name)) for name in FLEET[:8]]
    assert owners == [8, 7, 9, 14, 16, 11, 3, 12]


def test_ten_thousand_hosts_are_split_evenly() -> None:
    sizes = Counter(shard.number for name in FLEET for shard in parts(16) if shard.owns(name))
    assert sum(sizes.values()) == len(FLEET)
    assert all(abs(size - 625) < 625 * 0.1 for size in sizes.values())
