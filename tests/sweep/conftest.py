"""What Dask leaves behind in the process that starts a cluster is taken back: surroundings are part of what a report carries."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Restore the environment: a nanny sets the threads of its workers in the process that starts it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)
