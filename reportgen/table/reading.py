"""Files of measurements, CSV, TSV, Excel and Parquet, to rows of text; what is wrong in one is said with its row and column."""

import csv
import datetime
import decimal
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.settings import MOST_CHARACTERS, printable
from reportgen.table.evidence import MOST_COLUMNS, measure, place
from reportgen.table.settings import MOST_CELLS, MOST_ROWS, Rows, Table
from reportgen.textfiles import decoded, require_own

MOST_BYTES = 8 * 2**20
"""Of a file."""

MOST_UNPACKED = 64 * 2**20
"""Of what an Excel file holds, which is compressed."""


def read(settings: Table, folder: Path) -> Table:
    """Return settings that hold their table and its curves, described in full, after trying that they give evidence.

    The rows below a header that begin with label, unit and method describe its columns; of columns that are ignored nothing is kept.
    Raises ReportgenError, with file, row, column and value.
    """
    rows = _rows_of(folder, settings.table, settings)
    described, rows = _described(rows)
    for name in described:
        if name in settings.measurement:
            raise ReportgenError(
                f"{settings.table}: {name!r} is described in its rows and as [measurement.{name}] too; keep one of both"
            )
    every = {name: asdict(each) for name, each in settings.measurement.items()} | described
    curves = _rows_of(folder, settings.curves, settings) if settings.curves else ()
    try:
        found = replace(
            settings,
            measurement=every,
            rows=_kept(rows, settings.ignore),
            curve_rows=_kept(curves, settings.ignore),
        )
    except ValueError as error:
        key, value, rule = error.args
        raise ReportgenError(f"{settings.table}: {key} is {value!r:.60}: {rule}") from None
    measure(found)
    return found


def _rows_of(folder: Path, name: str, settings: Table) -> Rows:
    path = folder / name
    require_own(path, folder)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ReportgenError(
            f"{path}: there is no such table; put it there, or name another one in the settings"
        ) from None
    except OSError as error:
        raise ReportgenError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(content) > MOST_BYTES:
        raise ReportgenError(
            f"{path}: is larger than {MOST_BYTES // 2**20} MiB; a report carries its table, so leave out what it does not use"
        )
    read_rows, kind = _reader(path, content)
    rows: list[tuple[str, ...]] = []
    cells = 0
    for number, values in enumerate(read_rows(path, content, settings), 1):
        if number > MOST_ROWS:
            raise ReportgenError(f"{path}: has more than {MOST_ROWS:,} rows")
        row = [_text(value, path, number, column, kind) for column, value in enumerate(values)]
        while row and not row[-1]:
            row.pop()
        if len(row) > MOST_COLUMNS:
            raise ReportgenError(f"{path}: row {number} has more than {MOST_COLUMNS} cells")
        cells += len(row)
        if cells > MOST_CELLS:
            raise ReportgenError(f"{path}: has more than {MOST_CELLS:,} cells")
        rows.append(tuple(row))
    while rows and not rows[-1]:
        rows.pop()
    if not rows:
        raise ReportgenError(f"{path}: is empty; its first row must name its columns")
    return tuple(rows)


def _text(value: Any, path: Path, row: int, column: int, kind: str) -> str:
    """Return a cell as text, a number with all of its digits."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            if abs(value) >= 2**63:
                raise ReportgenError(f"{place(path.name, row, column)}: is a whole number without end")
            text = str(value)
        case float():
            text = f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
        case decimal.Decimal():
            text = f"{value:f}"
        case datetime.datetime() | datetime.date() | datetime.time():
            text = value.isoformat()
        case str():
            text = value.strip()
        case _:
            raise ReportgenError(
                f"{place(path.name, row, column)}: holds a {type(value).__name__}; a cell is a number or a text"
            )
    if kind == "Excel" and text.startswith("="):
        raise ReportgenError(
            f"{place(path.name, row, column)}: holds a formula, {text!r:.40}, of which the file keeps no value; open and save it in "
            "Excel, or paste its values"
        )
    try:
        return printable(text)
    except ValueError as error:
        what = "has too much in it" if len(text) > MOST_CHARACTERS else f"{text!r:.40}"
        raise ReportgenError(f"{place(path.name, row, column)}: {what}: a cell {error}") from None


def _reader(path: Path, content: bytes) -> tuple[Any, str]:
    """Return what reads a file, by its beginning, and its kind by name."""
    kinds = {".csv": "text", ".tsv": "text", ".txt": "text", ".xlsx": "Excel", ".xlsm": "Excel", ".parquet": "Parquet"}
    suffix = path.suffix.lower()
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise ReportgenError(
            f"{path}: is an Excel file with a password or of a version before 2007; save it as .xlsx without a password"
        )
    begins = "Excel" if content.startswith(b"PK\x03\x04") else "Parquet" if content.startswith(b"PAR1") else "text"
    if suffix not in kinds:
        raise ReportgenError(f"{path}: is no kind of table that is read here: .csv, .tsv, .xlsx and .parquet are")
    if kinds[suffix] != begins:
        such = {"text": "text", "Excel": "an Excel file, or another archive", "Parquet": "a Parquet file"}[begins]
        raise ReportgenError(f"{path}: is {such} by its content and not what its name says; give it the name that fits")
    return {"text": _read_text, "Excel": _read_excel, "Parquet": _read_parquet}[begins], begins


def _read_text(path: Path, content: bytes, _: Table) -> Iterator[list[str]]:
    text = decoded(content, path)
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise ReportgenError(f"{path}: row {row} holds a NUL, which no text does; save the table anew")
    first = re.sub(r'"[^"]*"', "", text.partition("\n")[0])
    separator = max(",;\t", key=first.count) if path.suffix.lower() != ".tsv" else "\t"
    read_until = 0
    lines = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    try:
        for cells in lines:
            if lines.line_num > read_until + 1:
                raise ReportgenError(f"{path}: row {read_until + 1} has a line break within a cell; a cell is one line")
            read_until = lines.line_num
            yield cells
    except csv.Error as error:
        raise ReportgenError(
            f"{path}: row {read_until + 1} cannot be read ({error}); mind its quotation marks"
        ) from None


def _read_excel(path: Path, content: bytes, settings: Table) -> Iterator[Iterable[Any]]:
    import openpyxl  # noqa: PLC0415 - most tables are text, and it takes a fifth of a second to import

    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _require_unpacked(path, sum(entry.file_size for entry in archive.infolist()))
        with warnings.catch_warnings(action="ignore"):  # of what it leaves out: styles, validation
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            written = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=False, keep_links=False)
            name = _sheet(path, [sheet.title for sheet in book.worksheets], settings.sheet)
            values, formulas = (
                each[name].iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1, values_only=True)
                for each in (book, written)
            )
            for row, as_written in zip(values, formulas, strict=True):
                yield [
                    formula if value is None and isinstance(formula, str) else value
                    for value, formula in zip(row, as_written, strict=True)
                ]
    except ReportgenError:
        raise
    except Exception as error:  # openpyxl raises whatever its XML makes it stumble over
        raise ReportgenError(
            f"{path}: cannot be read as an Excel file ({type(error).__name__}); save it anew"
        ) from None


def _require_unpacked(path: Path, size: int) -> None:
    if size > MOST_UNPACKED:
        raise ReportgenError(f"{path}: holds more than {MOST_UNPACKED // 2**20} MiB once it is unpacked")


def _sheet(path: Path, names: list[str], asked: str) -> str:
    if asked and asked not in names:
        raise ReportgenError(f"{path}: has no sheet {asked!r}; it has {', '.join(names)}")
    if not names or (not asked and len(names) > 1):
        raise ReportgenError(
            f"{path}: has {len(names)} sheets; name one of them, as in sheet = {names[0] if names else ''!r}"
        )
    return asked or names[0]


def _read_parquet(path: Path, content: bytes, _: Table) -> Iterator[Iterable[Any]]:
    import pyarrow as pa  # noqa: PLC0415 - as above
    from pyarrow import compute, parquet  # noqa: PLC0415

    try:
        schema = parquet.read_schema(BytesIO(content))
        names = schema.names
        for each in schema:
            if pa.types.is_nested(each.type):
                raise ReportgenError(
                    f"{path}: column {each.name!r:.40} holds a {each.type}; a cell is a number or a text"
                )
        # Texts stay in the dictionary that they are stored in: one of megabytes, on every row, is a small file.
        file = parquet.ParquetFile(BytesIO(content), read_dictionary=names)
        about = file.metadata
        if about.num_rows > MOST_ROWS or about.num_columns > MOST_COLUMNS:
            raise ReportgenError(f"{path}: has more than {MOST_ROWS:,} rows or {MOST_COLUMNS} columns")
        _require_unpacked(path, sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups)))
        table = file.read()
        for name, column in zip(names, table.columns, strict=True):
            for chunk in column.chunks if pa.types.is_dictionary(column.type) else ():
                if (compute.max(compute.binary_length(chunk.dictionary)).as_py() or 0) > 4 * MOST_CHARACTERS:
                    raise ReportgenError(
                        f"{path}: column {name!r:.40} has a cell of more than {MOST_CHARACTERS} characters"
                    )
        yield table.column_names
        yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise ReportgenError(
            f"{path}: cannot be read as a Parquet file ({type(error).__name__}); write it anew"
        ) from None


_DESCRIPTIONS = ("label", "unit", "method")


def _described(rows: Rows) -> tuple[dict[str, dict[str, str]], Rows]:
    """Return what the rows below the header say of its columns, by column, and the rows with those blank, so that each keeps its number."""
    found: dict[str, dict[str, str]] = {}
    header, *below = rows
    at = 0
    for at, row in enumerate(below):  # noqa: B007 - where they end is what is asked
        if not row or (key := row[0].lower()) not in _DESCRIPTIONS:
            break
        for column, text in enumerate(row[1:], 1):
            if text and column < len(header):
                found.setdefault(header[column], {})[key] = text
    else:
        at = len(below)
    return found, (header, *(() for _ in below[:at]), *below[at:])


def _kept(rows: Rows, ignored: tuple[str, ...]) -> Rows:
    """Return rows without what stands in columns that are ignored: a report carries nothing that it does not use."""
    if not rows:
        return ()
    out = {column for column, name in enumerate(rows[0]) if name in ignored}
    return tuple(_without(row, out) for row in rows)


def _without(row: tuple[str, ...], out: set[int]) -> tuple[str, ...]:
    """Return a row with nothing in some columns; where they come last, no sign either that there was something."""
    while len(row) - 1 in out:
        row = row[:-1]
    return tuple("" if column in out else cell for column, cell in enumerate(row))
