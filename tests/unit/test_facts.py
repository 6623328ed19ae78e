"""Facts, one directory each under ``facts/``, one data file for each case."""

from __future__ import annotations

import pytest
from cases import HERE, fact_tests

# pyinfra-testing leaves its data files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

for _directory in sorted((HERE / "facts").iterdir()):
    globals()[_directory.name] = fact_tests(_directory.name)
