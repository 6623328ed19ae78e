"""Operations, one directory each under ``operations/``, one data file for each case."""

from __future__ import annotations

import pytest
from cases import HERE, operation_tests

# pyinfra-testing leaves its data files to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")

for _directory in sorted((HERE / "operations").iterdir()):
    globals()[_directory.name] = operation_tests(_directory.name)
