"""Whatever is cut short at whatever byte, no row that was told is lost, and none is there twice."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.sweep import store as storing
from reportgen.sweep.plan import Job, Plan, read_plan
from reportgen.sweep.store import Store, open_store
from tests.coins import Tosses
from tests.sweep.guest import STUDY


def plan(*over: str, cases: int = 250) -> Plan:
    return read_plan(STUDY, Tosses(), cases, over)


def jobs(*over: str, cases: int = 250) -> list[Job]:
    return list(plan(*over, cases=cases).jobs())


def row(job: Job, **other: Any) -> dict[str, Any]:
    values = {"toss.heads": job.number / 3, "fair.toss.heads": 50.0, "toss.tosses": 400.0}
    return {"failed": "", "seconds": 0.5, "values": values} | other


def opened(folder: Path, source: str = "s", *over: str) -> Store:
    return open_store(folder, plan(*over), source)[0]


def numbers(store: Store) -> list[int]:
    return [number for table in store.tables() for number in table["coin"].to_pylist()]


def test_rows_are_kept_in_parts_and_in_the_end_in_one_file_that_others_read(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    store = opened(folder)
    for job in jobs():
        store.add(job, row(job))
    assert len(list(folder.glob("part-*.parquet"))) == 2
    assert numbers(store) == list(range(1, 251))

    whole = store.finish()

    assert sorted(path.name for path in folder.iterdir()) == ["about.json", "networks.parquet"]
    table = pq.read_table(whole)
    assert table["coin"].to_pylist() == list(range(1, 251))
    assert table["toss.heads"].to_pylist() == [number / 3 for number in range(1, 251)]
    assert set(table["heads"].to_pylist()) == {0.7}
    assert numbers(opened(folder)) == list(range(1, 251))


@given(cut=st.integers(0, 3000), count=st.integers(1, 12))
def test_a_journal_that_was_cut_short_loses_the_last_row_alone(
    tmp_path_factory: pytest.TempPathFactory, cut: int, count: int
) -> None:
    folder = tmp_path_factory.mktemp("study")
    store = opened(folder)
    for job in jobs()[:count]:
        store.add(job, row(job))
    journal = folder / "journal.jsonl"
    whole = journal.read_bytes()
    kept = whole[: max(0, len(whole) - cut)]
    journal.write_bytes(kept)

    again = opened(folder)

    complete = sum(1 for line in kept.split(b"\n") if line.endswith(b"}"))
    assert numbers(again) == list(range(1, complete + 1))
    assert {key[-1] for key in again.keys} == set(range(1, complete + 1))


def test_what_lies_in_two_places_is_read_once(tmp_path: Path) -> None:
    """Killed between writing a part and emptying the journal; and between writing the whole file and deleting the parts."""
    folder = tmp_path / "study"
    store = opened(folder)
    for job in jobs()[:5]:
        store.add(job, row(job))
    journal = (folder / "journal.jsonl").read_bytes()
    store.settle()
    part = (folder / "part-00001.parquet").read_bytes()
    (folder / "journal.jsonl").write_bytes(journal)
    assert numbers(opened(folder)) == [1, 2, 3, 4, 5]
    opened(folder).finish()
    (folder / "part-00001.parquet").write_bytes(part)
    again = opened(folder)
    assert numbers(again) == [1, 2, 3, 4, 5]
    assert pq.read_table(again.finish())["coin"].to_pylist() == [1, 2, 3, 4, 5]


def test_rows_of_another_kind_widen_the_file(tmp_path: Path) -> None:
    store = opened(tmp_path / "study")
    first, second, third, *_ = jobs("variant=none,fairer")
    store.add(first, row(first, values={}, failed="no luck"))
    store.finish()
    store.add(second, row(second, values={"toss.heads": 3.0}))
    store.add(third, row(third))
    table = pq.read_table(store.finish())
    assert table["toss.heads"].to_pylist() == [None, 3.0, third.number / 3]
    assert table["fair.toss.heads"].to_pylist() == [None, None, 50.0]
    assert table["failed"].to_pylist() == ["no luck", "", ""]
    assert opened(tmp_path / "study").failed == 1


def test_another_source_begins_a_new_study_and_keeps_the_old(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    store = opened(folder)
    store.add(jobs()[0], row(jobs()[0]))
    store.finish()
    for n in (1, 2):
        again, said = open_store(folder, plan(), f"other {n}")
        assert f"study.before-{n}" in said
        assert not again.keys
    assert pq.read_table(tmp_path / "study.before-1" / "networks.parquet").num_rows == 1
    assert open_store(folder, plan(), "other 2")[1] == ""


def test_a_file_that_holds_no_rows_is_said_to(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    opened(folder)
    (folder / "networks.parquet").write_bytes(b"PAR1 not at all")
    with pytest.raises(ReportgenError, match=r"networks\.parquet: holds no rows of this program"):
        opened(folder)


def test_a_journal_of_anything_else_does_no_harm(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    store = opened(folder)
    store.add(jobs()[0], row(jobs()[0]))
    with (folder / "journal.jsonl").open("ab") as journal:
        journal.write(b'[1, 2]\n{"coin": 7}\n\xff\xfe\n{"coin": 1')
    assert numbers(opened(folder)) == [1]
    assert json.loads((folder / storing.ABOUT).read_text())["source"] == "s"
