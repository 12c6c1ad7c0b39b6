"""Every way in which a report was made to show something else, and passed once, is found or refused."""

from pathlib import Path

import pytest

from tests.audit.forgeries import FORGERIES
from tests.audit.reports import judged


@pytest.fixture(scope="module")
def report(short: bytes) -> bytes:
    return short


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forgery_is_found_or_cannot_be_audited(report: bytes, tmp_path: Path, name: str) -> None:
    document = FORGERIES[name](report)
    assert document != report
    found = judged(document, tmp_path)
    assert found.verdict in ("changed", "cannot be audited")
    assert found.changes or found.unknown
