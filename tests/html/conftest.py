"""What the tests in a browser share: the browser, and the page of a report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.html.browser import browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as made:
        yield made


@pytest.fixture(scope="module")
def report(built: Path) -> Path:
    return built / "build" / "report.html"
