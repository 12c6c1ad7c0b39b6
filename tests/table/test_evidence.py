"""What a table says: cases and worlds, curves, choices; held to a second reading by the csv module alone."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportgen.errors import ReportgenError
from reportgen.table import STUDY
from reportgen.table.evidence import place
from reportgen.table.settings import Table
from tests.table import DESCRIBED, PAIRED, PULSE, WORLDS, measured, read

CURVES = "patient,hour,heat\nA,0,36.5\nA,1,37\nB,1,38\nB,0,36.9\nC,0,36.6\nC,1,36.7\n"
HEAT: dict[str, Any] = {"label": "the temperature", "method": "under the tongue", "unit": "°C", "along": "hour"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_row_is_a_case_and_is_named_as_the_user_says() -> None:
    evidence = measured(PULSE)
    assert (evidence.case, evidence.count, evidence.other_worlds) == (("patient", "patients"), 3, ())
    assert evidence["measured.rest"].cases == (62, 71, 58)
    assert evidence.shown("measured.rest") == "62 beats per minute (58 to 71)"
    assert evidence.label("measured.rest") == "the pulse at rest"


def test_a_column_names_worlds_whatever_the_order_of_rows() -> None:
    rows = PAIRED.splitlines()
    shuffled = "\n".join([rows[0], *reversed(rows[1:])])
    for content, names in ((PAIRED, ("A", "B")), (shuffled, ("B", "A"))):
        table = read(content, measurement={"rest": DESCRIBED["rest"]}, **WORLDS)
        evidence = STUDY.measure(table)
        assert table.names == names
        assert dict(zip(names, evidence["measured.rest"].cases, strict=True)) == {"A": 50, "B": 73}
        assert dict(zip(names, evidence["control.measured.rest"].cases, strict=True)) == {"A": 62, "B": 71}
        assert evidence.label("control.measured.rest") == "the pulse at rest without the drug"


def test_a_choice_is_given_and_no_measurement() -> None:
    evidence = measured(PULSE, choice={"much": {"label": "much", "value": 90.5, "unit": "bpm"}})
    assert evidence["choice.much"].given
    assert evidence.shown("choice.much") == "90.5 bpm"


def test_curves_come_from_long_tables() -> None:
    Path("heat.csv").write_text(CURVES, encoding="utf-8")
    evidence = measured(PULSE, curves="heat.csv", measurement={**DESCRIBED, "heat": HEAT})
    heat = evidence["measured.heat"]
    assert heat.coordinates == {"hour": (0, 1)}
    assert heat.cases == ((36.5, 37), (36.9, 38), (36.6, 36.7))


def test_coordinates_ascend_whatever_the_order_of_rows() -> None:
    heat = "patient,hour,heat\n" + "".join(
        f"{case},{hour},{hour + 30}\n" for case in "ABC" for hour in (16, -8, 0.5, 8)
    )
    Path("heat.csv").write_text(heat, encoding="utf-8")
    evidence = measured(PULSE, curves="heat.csv", measurement={**DESCRIBED, "heat": HEAT})
    assert evidence["measured.heat"].coordinates == {"hour": (-8, 0.5, 8, 16)}
    assert evidence["measured.heat"].cases[0] == (22, 30.5, 38, 46)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("B,1,38\n", "", "heat.csv: patient 'B' has no 'heat' at hour = 1, where others have one"),
        ("B,1,38", "D,1,38", "heat.csv: row 4, column A (patient): patient 'D' is not in measurements.csv"),
        ("B,1,38", "A,1.0,38", "heat.csv: row 4, column B (hour): patient 'A' has a value at 1.0 already"),
        ("B,1,38", "B,noon,38", "heat.csv: row 4, column B (hour): 'noon' is no number"),
        ("B,1,38", "B,1,hot", "heat.csv: row 4, column C (heat): 'hot' is no number"),
        ("hour", "minute", "heat.csv: has no column 'hour', along which 'heat' runs; the nearest is"),
        (CURVES, "patient,hour,heat\n", "heat.csv: has no row below its header"),
        ("patient", "case", "heat.csv: has no column 'patient', which is to name the patients"),
    ],
)
def test_what_is_wrong_with_a_curve_is_said(old: str, new: str, line: str) -> None:
    Path("heat.csv").write_text(CURVES.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ReportgenError) as caught:
        measured(PULSE, curves="heat.csv", measurement={**DESCRIBED, "heat": HEAT})
    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("figure", "line"),
    [
        ({"draws": "dots", "of": ["sleep"]}, "[figure.x] shows 'sleep', which is not measured; the nearest is"),
        ({"draws": "line", "of": ["rest"]}, "[figure.x] shows 'rest' as line, but that is no curve; draw dots or bars of it"),
        ({"draws": "dots", "of": ["rest", "share"]}, "[figure.x] shows what has the unit '%' and 'beats per minute' on one axis"),
    ],
)  # fmt: skip
def test_a_figure_that_would_mislead_is_refused(figure: dict[str, Any], line: str) -> None:
    share = {"label": "a share", "method": "counted", "unit": "%", "column": "stairs"}
    with pytest.raises(ReportgenError) as caught:
        measured(PULSE, figure={"x": figure}, measurement={"rest": DESCRIBED["rest"], "share": share})
    assert line in str(caught.value)


def test_a_column_is_described_once() -> None:
    twice = DESCRIBED | {"more": DESCRIBED["rest"] | {"column": "rest"}}
    with pytest.raises(
        ReportgenError, match=r"column B \(rest\): is described as \[measurement.rest\] and as \[measurement.more\]"
    ):
        measured(PULSE, measurement=twice)


@pytest.mark.parametrize(
    ("column", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_are_lettered_as_in_spreadsheets(column: int, letters: str) -> None:
    assert place("a.csv", 3, column) == f"a.csv: row 3, column {letters}"


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=6))
def test_every_number_comes_through_to_the_last_bit(values: list[tuple[float, float]]) -> None:
    made = io.StringIO()
    csv.writer(made).writerows([("patient", "rest", "stairs"), *((n, *map(repr, row)) for n, row in enumerate(values))])
    evidence = measured(made.getvalue())
    assert evidence["measured.rest"].cases == tuple(rest for rest, _ in values)
    assert evidence["measured.stairs"].cases == tuple(stairs for _, stairs in values)


def test_a_table_that_was_never_read_is_not_measured() -> None:
    with pytest.raises(ReportgenError, match="was not read; a build reads it, and its report carries it"):
        STUDY.carry_out(Table(), lambda _: None)
