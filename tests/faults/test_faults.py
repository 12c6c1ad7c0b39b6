"""What happens to builds is tried, a little of it here and all of it in the slow pass; `python -m tests.faults` prints the table."""

import os
from pathlib import Path

import pytest

from tests.faults.__main__ import BEGIN, END, run
from tests.faults.faults import FAULTS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="what is tried are signals, limits and mounts of POSIX")


@pytest.mark.ci
def test_nothing_is_lost_and_nothing_hangs() -> None:
    assert [lost for _, _, lost in run(long=False) if lost] == []


@pytest.mark.slow
def test_nothing_is_lost_and_nothing_hangs_in_the_long_pass() -> None:
    assert [lost for _, _, lost in run(long=True) if lost] == []


def test_a_hundred_kills_at_random_moments_are_tried() -> None:
    assert sum(fault.long for fault in FAULTS if fault.name.startswith("kill -9 while ")) == 100


def test_the_table_in_the_documents_is_of_these_faults() -> None:
    text = (Path(__file__).parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = text[text.index(BEGIN) : text.index(END)].splitlines()[3:]
    assert [row.rpartition(" | ")[0] for row in rows] == [
        f"| {fault.name} | {fault.long} | {fault.long}" for fault in FAULTS
    ]
    for row, fault in zip(rows, FAULTS, strict=True):
        assert fault.how in row
