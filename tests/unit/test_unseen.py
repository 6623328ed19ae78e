"""What is said where a look could not be made."""

from __future__ import annotations

from typing import Any

import pytest
from looks import container

from pyinfra_runbooks.engine.unseen import not_at_work


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, ""),
        ({"status": "exited"}, ""),
        (
            {"status": "exited", "exit_code": 137},
            "; in the meantime shop-db-1 is exited with code 137",
        ),
        ({"status": "paused"}, "; in the meantime shop-db-1 is paused"),
        ({"status": "restarting", "exit_code": 1}, "; in the meantime shop-db-1 is restarting"),
    ],
)
def test_a_mistake_in_a_file_hides_no_outage(state: dict[str, Any], said: str) -> None:
    assert not_at_work([container("db", "shop-db-1", {}, **state)]) == said
