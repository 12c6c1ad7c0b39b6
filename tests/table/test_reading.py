"""Tables from elsewhere: the same from every kind of file, and one true line, with row, column and value, for what is wrong in one."""

import csv
import datetime
import io
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import hypothesis
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from reportgen.errors import ReportgenError
from tests.table import DESCRIBED, PAIRED, PULSE, WORLDS, measured, read

VALUES = {"measured.rest": (62.0, 71.0, 58.0), "measured.stairs": (104.0, 118.0, 97.5)}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows() -> list[list[Any]]:
    header, *body = csv.reader(io.StringIO(PULSE))
    return [list(header), *([name, *map(float, numbers)] for name, *numbers in body)]


def excel(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, sheet in enumerate(sheets, 1):
        made = book.create_sheet(f"Sheet {number}")
        for row in sheet:
            made.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def in_parquet(columns: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    parquet.write_table(pa.table(columns), content)
    return content.getvalue()


def refused(content: str | bytes, name: str = "measurements.csv", **settings: Any) -> str:
    with pytest.raises(ReportgenError) as caught:
        read(content, name, **settings)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_every_kind_of_file_says_the_same() -> None:
    header, *body = rows()
    columns = {name: [row[at] for row in body] for at, name in enumerate(header)}
    files: dict[str, str | bytes] = {
        "a.csv": PULSE,
        "bom.csv": b"\xef\xbb\xbf" + PULSE.encode(),
        "windows.csv": PULSE.replace("\n", "\r\n"),
        "semicolon.csv": PULSE.replace(",", ";"),
        "quoted.csv": PULSE.replace("rest", '"rest"').replace("62", '"62"'),
        "a.tsv": PULSE.replace(",", "\t"),
        "a.xlsx": excel(rows()),
        "a.parquet": in_parquet(columns),
    }
    for name, content in files.items():
        evidence = measured(content, name)
        measured_values = {each: evidence[each].cases for each in evidence.measurements if each != "table.cases"}
        assert measured_values == VALUES, name
        assert evidence["table.cases"].cases == (3, 3, 3)
    comma = measured(PULSE.replace(",", ";").replace(".", ","), "comma.csv", decimal=",")
    assert comma["measured.stairs"].cases == VALUES["measured.stairs"]


def test_of_several_sheets_one_is_named() -> None:
    content = excel(rows(), [["note"]])
    assert "has 2 sheets; name one of them, as in sheet = 'Sheet 1'" in refused(content, "a.xlsx")
    assert measured(content, "a.xlsx", sheet="Sheet 1")["measured.rest"].cases == VALUES["measured.rest"]
    assert "has no sheet 'Data'; it has Sheet 1, Sheet 2" in refused(content, "a.xlsx", sheet="Data")


def test_rows_below_the_header_describe_its_columns() -> None:
    header, body = PULSE.split("\n", 1)
    described = (
        f"{header}\nlabel,the pulse at rest,the pulse on the stairs\nunit,bpm,bpm\nmethod,counted,by a clip\n{body}"
    )
    evidence = measured(described, measurement={})
    assert evidence["measured.stairs"].cases == VALUES["measured.stairs"]
    assert (evidence["measured.stairs"].label, evidence["measured.stairs"].unit) == ("the pulse on the stairs", "bpm")
    assert evidence["measured.rest"].method == "counted"
    assert "row 7, column B (rest): 'x' is no number" in refused(described.replace("58", "x"), measurement={})
    assert "'rest' is described in its rows and as [measurement.rest] too" in refused(described)
    line = refused(described.replace("method,counted,by a clip\n", ""), measurement={})
    assert line.startswith("measurements.csv: measurement.rest.method is ")
    assert "say how it was measured" in line


def test_nothing_is_kept_of_a_column_that_is_ignored() -> None:
    table = read("patient,name,rest,stairs\n1,Ann Example,62,104\n", ignore=("name",))
    assert "Ann" not in repr(table)
    assert table.rows == (("patient", "", "rest", "stairs"), ("1", "", "62", "104"))


def test_no_sign_is_kept_of_which_rows_said_something_in_a_column_that_is_ignored() -> None:
    table = read("patient,rest,stairs,note,more\n1,62,104,ill,\n2,71,110\n3,58,99,,x\n", ignore=("note", "more"))
    assert {len(row) for row in table.rows} == {3}


FORMULA = "patient,rest,stairs\nA,=B3+1,104\n"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "measurements.csv: is empty; its first row must name its columns"),
        ("patient,rest,stairs\n", "measurements.csv: has no row below its header; add one for each patient"),
        (PULSE.replace("71", ""), "row 3, column B (rest): is empty; every patient needs a value"),
        (PULSE.replace("71", "NaN"), "row 3, column B (rest): 'NaN' is no number; every patient needs one"),
        (PULSE.replace("71", "inf"), "row 3, column B (rest): 'inf' is no number"),
        (PULSE.replace("71", "1e999"), "row 3, column B (rest): '1e999' is greater than any number that computers hold"),
        (PULSE.replace("71", "1_000"), "row 3, column B (rest): '1_000' is no number"),
        (PULSE.replace("71", "٧١"), "row 3, column B (rest): '٧١' is no number"),
        (PULSE.replace("71", "71 bpm"), "row 3, column B (rest): '71 bpm' is no number; write it in digits"),
        (PULSE.replace("71", '"7,1"'), "row 3, column B (rest): '7,1' has a decimal comma; write a point, or say decimal"),
        (FORMULA, "row 2, column B (rest): '=B3+1' is a formula; save the table with its values"),
        (PULSE.replace("71", "#DIV/0!"), "row 3, column B (rest): '#DIV/0!' is an error of a spreadsheet's"),
        (PULSE.replace("C,", "A,"), "row 4: patient 'A' stands in row 2 already; one row is one patient"),
        (PULSE.replace("C,", ","), "row 4, column A (patient): is empty; name the patient"),
        (PULSE.replace("stairs", "rest"), "row 1, column C (rest): has the name of the column 1 before it"),
        (PULSE.replace("stairs", "stair"), "has no column 'stairs', which [measurement.stairs] describes; the nearest is"),
        (PULSE.replace("97.5", "97.5,8"), "row 4, column D: '8' stands in a column without a name"),
        ("patient,rest,stairs,Dose (mg)\nA,1,2,3\n", "row 1, column D (Dose (mg)): is described nowhere; add [measurement.dose_mg]"),
        (PULSE.replace("B,", "B\0,"), "row 3 holds a NUL, which no text does"),
        (PULSE.replace("B,", "B\x1b,"), "row 3, column A: 'B\\x1b': a cell must be one line of text; it holds U+001B"),
        (PULSE.replace("B,", f"{'B' * 300},"), "row 3, column A: has too much in it: a cell must be one line of at most 200"),
        (PULSE.replace("B,", f"{'B' * 200_000},"), "row 3 cannot be read (field larger than field limit"),
        (PULSE.replace("B,", '"B\nb",'), "row 3 has a line break within a cell; a cell is one line"),
        (PULSE.replace("B,", '"B,'), "row 3 cannot be read (unexpected end of data); mind its quotation marks"),
        (PULSE.encode("utf-16"), "measurements.csv: is saved as UTF-16; save it as UTF-8"),
        (PULSE.replace("A,", "Ä,").encode("cp1252"), "measurements.csv: is saved as Windows-1252; save it as UTF-8"),
        (PULSE.encode("utf-32-be"), "measurements.csv: "),
        ("a,b\n" * 30_000, "measurements.csv: has more than 20,000 rows"),
        ("a" + ",a" * 500, "row 1 has more than 400 cells"),
        (",\n" * 10, "measurements.csv: is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_row_column_and_value(content: str | bytes, line: str) -> None:
    assert line in refused(content)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (PAIRED.replace("B,control,71\n", ""), "patient 'B' has no row in the world 'control'; a world is a condition under which"),
        (PAIRED.replace("A,control", "A,placebo"), "row 3, column B (group): 'placebo' is none of the worlds in [world]: drug, control"),
        (PAIRED + "B,control,3\n", "row 6: patient 'B' stands in row 5 already; one row is one patient in one world, here 'control'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_worlds_is_said(content: str, line: str) -> None:
    assert line in refused(content, measurement={"rest": DESCRIBED["rest"]}, **WORLDS)


def test_what_is_wrong_with_an_excel_file_is_said() -> None:
    head, *body = rows()
    with_formula = [head, ["A", "=1+1", 3], *body[1:]]
    assert "row 2, column B: holds a formula, '=1+1', of which the file keeps no value" in refused(
        excel(with_formula), "a.xlsx"
    )
    dated = [head, ["A", datetime.date(2024, 12, 4), 3], *body[1:]]
    assert "row 2, column B (rest): '2024-12-04T00:00:00' is no number" in refused(excel(dated), "a.xlsx")
    assert "row 2, column B (rest): 'true' is no number" in refused(excel([head, ["A", True, 3]]), "a.xlsx")
    far = excel([head])
    book = openpyxl.load_workbook(io.BytesIO(far))
    book.active.cell(1_048_576, 1, "far")
    content = io.BytesIO()
    book.save(content)
    assert "has more than 20,000 rows" in refused(content.getvalue(), "far.xlsx")


def test_what_only_pretends_to_be_a_table_is_told_so() -> None:
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    assert "is an Excel file with a password or of a version before 2007" in refused(old, "a.xlsx")
    assert "is an Excel file, or another archive by its content and not what its name says" in refused(
        excel(rows()), "a.csv"
    )
    assert "is text by its content and not what its name says" in refused(PULSE, "a.xlsx")
    assert "is no kind of table that is read here" in refused(PULSE, "a.ods")
    assert "cannot be read as an Excel file" in refused(b"PK\x03\x04" + bytes(60), "a.xlsx")
    assert "cannot be read as a Parquet file" in refused(b"PAR1" + bytes(60), "a.parquet")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(70 * 2**20))
    assert "holds more than 64 MiB once it is unpacked" in refused(bomb.getvalue(), "bomb.xlsx")
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int8()), pa.array(["x" * 100_000]))
    repeated = in_parquet({"patient": names})  # half a gigabyte, if it were written out
    assert len(repeated) < 2**20
    assert "column 'patient' has a cell of more than 200 characters" in refused(repeated, "a.parquet")
    nested = in_parquet({"patient": ["A"], "rest": [[1.0]]})
    assert "column 'rest' holds a list<element: double>; a cell is a number or a text" in refused(nested, "a.parquet")


def test_only_a_file_of_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.csv").write_text(PULSE, encoding="utf-8")
    for name in ("../secret.csv", str(tmp_path / "secret.csv")):
        with pytest.raises(ReportgenError, match="leads out of"):
            read_here(name, tmp_path / "inside")
    with pytest.raises(ReportgenError, match=r"gone\.csv: there is no such table"):
        read_here("gone.csv", tmp_path / "inside")
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(ReportgenError, match="is no file"):
        read_here("pipe.csv", tmp_path)


def read_here(name: str, folder: Path) -> None:
    from reportgen.table import STUDY  # noqa: PLC0415 - here alone
    from reportgen.table.settings import Table  # noqa: PLC0415

    STUDY.read(Table(table=name), folder)


def test_a_large_table_takes_a_moment() -> None:
    described = {f"q{n}": {"label": f"q {n}", "method": "made up"} for n in range(100)}
    body = "".join(f"{case}{',1.5' * 100}\n" for case in range(200))
    began = time.process_time()
    evidence = measured(f"patient,{','.join(described)}\n{body}", measurement=described)
    assert evidence.count == 200
    assert time.process_time() - began < 5  # some 0.3 s
    many = "".join(f"{case},1,2\n" for case in range(1001))
    assert "has more than 1,000 patients" in refused(f"patient,rest,stairs\n{many}")


@hypothesis.settings(max_examples=40)
@given(st.text() | st.binary())
def test_nothing_but_a_line_comes_of_anything(content: str | bytes) -> None:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    for name in ("a.csv", "a.tsv", "a.xlsx", "a.parquet"):
        try:
            read(raw, name)
        except ReportgenError as error:
            assert "\n" not in str(error)  # noqa: PT017 - it need not be raised


@hypothesis.settings(max_examples=40)
@given(st.integers(0, 4000), st.integers(0, 255))
def test_a_damaged_file_is_a_line_or_a_table(at: int, byte: int) -> None:
    for name, content in (("a.xlsx", WHOLE["xlsx"]), ("a.parquet", WHOLE["parquet"])):
        damaged = bytearray(content)
        damaged[at % len(damaged)] = byte
        try:
            read(bytes(damaged), name)
        except ReportgenError as error:
            assert len(str(error)) < 900  # noqa: PT017 - it need not be raised


WHOLE = {"xlsx": excel(rows()), "parquet": in_parquet({"patient": ["A"], "rest": [62.0], "stairs": [104.0]})}
