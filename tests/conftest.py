"""Fixtures of all tests: the newspaper and the mailbox on loopback, and the shared facts."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.newspaper import Newspaper

_SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture
def newspaper() -> Iterator[Newspaper]:
    """A running newspaper without outlets."""
    with Newspaper() as paper:
        yield paper


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of measured real-world data beside the checkout; absent outside of the maintainers' machines."""
    if not _SHARED.is_dir():
        assert os.environ.get("CI") != "true", f"{_SHARED} is missing although CI=true"
        pytest.skip("the shared data folder is not there")
    return _SHARED
