"""One lab for the tests that only read."""

from collections.abc import Iterator

import pytest

from auditor.lab.server import Lab
from tests.lab.asking import GOLDEN


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    with Lab(GOLDEN / "pls", page_size=5) as entered:
        yield entered
