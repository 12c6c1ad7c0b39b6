"""What a table says: its rows, as they were read, to one value per case and world, and curves."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from reportgen.errors import ReportgenError, nearest
from reportgen.evidence import Evidence, Measured, gather
from reportgen.table.settings import CHOICES, FAMILY, Quantity, Rows, Table

MOST_CASES = 1_000
"""In every world: each claim is tested on each."""

MOST_COLUMNS = 400

_NUMBER = re.compile(r"[-+\u2212]?[0-9]{1,300}(?:\.[0-9]{1,300})?(?:[eE][-+]?[0-9]{1,3})?")
_COMMA = re.compile(r"[-+\u2212]?[0-9]+,[0-9]+")


def place(file: str, row: int, column: int | None = None, name: str = "") -> str:
    """Return where something stands in a table, as spreadsheets count: file, row from 1, column by letter and name."""
    if column is None:
        return f"{file}: row {row}"
    letters, left = "", column + 1
    while left:
        left, digit = divmod(left - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return f"{file}: row {row}, column {letters}{f' ({name})' if name else ''}"


def measure(table: Table) -> Evidence:
    """Return the evidence of a table that was read. Raises ReportgenError, with file, row, column and value."""
    _require_figures(table)
    sheet = _Sheet(table.table, table.rows, table)
    quantities = {name: each for name, each in table.measurement.items() if not each.along}
    curves = {name: each for name, each in table.measurement.items() if each.along}
    columns = sheet.columns(quantities)
    cases = _Cases(sheet)
    values = {(name, key): sheet.number(row, columns[name]) for name in quantities for key, row in cases.rows.items()}
    names = cases.complete(table)
    drawn = _curves(table, curves, cases) if table.curves else {}

    def case(name: str) -> Iterator[Measured]:
        yield Measured("table.cases", len(names), f"{table.case[1]} in the table", "", "counted", given=True)
        for chosen, choice in table.choice.items():
            yield Measured(f"{CHOICES}.{chosen}", choice.value, choice.label, choice.unit, "chosen", given=True)
        for number, world in enumerate(table.worlds):
            prefix = f"{world}.{FAMILY}" if number else FAMILY
            for each, quantity in quantities.items():
                value = values[each, (world, name)]
                yield Measured(f"{prefix}.{each}", value, quantity.label, quantity.unit, quantity.method)
            for each, quantity in curves.items():
                axes: Any = {quantity.along: drawn[each][0]}
                curve: Any = drawn[each][1][world, name]  # tuples, which do as arrays
                yield Measured(f"{prefix}.{each}", curve, quantity.label, quantity.unit, quantity.method, axes)

    return gather(table.case, table.worlds, [case(name) for name in names])


def _require_figures(table: Table) -> None:
    """Raise ReportgenError where a figure shows what it cannot: what is not measured, curves as dots, two units on one axis."""
    for name, figure in table.figure.items():
        shown = {}
        for each in figure.of:
            if each not in table.measurement:
                raise ReportgenError(
                    f"[figure.{name}] shows {each!r}, which is not measured{nearest(each, table.measurement)}"
                )
            shown[each] = table.measurement[each]
            is_curve = bool(shown[each].along)
            if is_curve != (figure.draws == "line"):
                how = 'a curve, which draws = "line" shows' if is_curve else "no curve; draw dots or bars of it"
                raise ReportgenError(f"[figure.{name}] shows {each!r} as {figure.draws}, but that is {how}")
        for key in ("unit", "along"):
            if len(found := {getattr(quantity, key) for quantity in shown.values()}) > 1:
                both = " and ".join(repr(each) for each in sorted(found)[:2])
                raise ReportgenError(
                    f"[figure.{name}] shows what has the {key} {both} on one axis; make two figures of it"
                )


Key = tuple[str, str]
"""World and case."""


@dataclass(frozen=True)
class _Sheet:
    """The rows of one file, and what its columns are."""

    file: str
    rows: Rows
    table: Table

    @property
    def header(self) -> tuple[str, ...]:
        return self.rows[0] if self.rows else ()

    def body(self) -> Iterator[int]:
        """Yield the places of rows that hold something."""
        yield from (number for number in range(1, len(self.rows)) if any(self.rows[number]))

    def cell(self, row: int, column: int) -> str:
        return self.rows[row][column] if column < len(self.rows[row]) else ""

    def place(self, row: int, column: int | None = None) -> str:
        return place(self.file, row + 1, column, "" if column is None else self.header[column])

    def column(self, name: str, what: str) -> int:
        if name not in self.header:
            known = [each for each in self.header if each]
            raise ReportgenError(f"{self.file}: has no column {name!r}, {what}{nearest(name, known)}")
        return self.header.index(name)

    @property
    def of_cases(self) -> int:
        name = self.table.cases_in or (self.header[0] if self.header else "")
        return self.column(name, f"which is to name the {self.table.case[1]}")

    @property
    def of_worlds(self) -> int | None:
        return self.column(self.table.worlds_in, "which is to name the worlds") if self.table.worlds_in else None

    def columns(self, quantities: Mapping[str, Quantity], also: tuple[int, ...] = ()) -> dict[str, int]:
        """Return the column of every quantity. Every column must have a name of its own, and a description, or be ignored."""
        for column, name in enumerate(self.header):
            if name and (first := self.header.index(name)) < column:
                raise ReportgenError(
                    f"{self.place(0, column)}: has the name of the column {column - first} before it; rename one"
                )
        for row in self.body():
            for column in range(len(self.rows[row])):
                if self.cell(row, column) and (column >= len(self.header) or not self.header[column]):
                    where, text = place(self.file, row + 1, column), self.cell(row, column)
                    raise ReportgenError(
                        f"{where}: {text!r:.40} stands in a column without a name; give it one in row 1"
                    )
        found = {
            name: self.column(each.column or name, f"which [measurement.{name}] describes")
            for name, each in quantities.items()
        }
        described: dict[int, str] = {}
        for name, column in found.items():
            if (other := described.setdefault(column, name)) != name:
                raise ReportgenError(
                    f"{self.place(0, column)}: is described as [measurement.{other}] and as [measurement.{name}]; keep one of both"
                )
        known = {*found.values(), self.of_cases, self.of_worlds, *also}
        for column, name in enumerate(self.header):
            if name and column not in known and name not in self.table.ignore:
                raise ReportgenError(
                    f"{self.place(0, column)}: is described nowhere; add [measurement.{_suggested(name)}] with label, unit and "
                    f"method to the settings, or ignore = [{name!r}]"
                )
        return found

    def number(self, row: int, column: int) -> float:
        """Return the number in a cell."""
        text = self.cell(row, column)
        written = text.replace(",", ".") if self.table.decimal == "," and "." not in text else text
        if not _NUMBER.fullmatch(written):
            self.refuse(row, column, text)
        value = float(written.replace("\u2212", "-"))
        if not math.isfinite(value):
            raise ReportgenError(
                f"{self.place(row, column)}: {text!r:.40} is greater than any number that computers hold"
            )
        return value

    def refuse(self, row: int, column: int, text: str) -> NoReturn:
        one = self.table.case[0]
        if not text:
            why = f"is empty; every {one} needs a value, so fill it in, or leave out the row or the column"
        elif text.startswith("="):
            why = f"{text!r:.40} is a formula; save the table with its values"
        elif text.startswith("#"):
            why = f"{text!r:.40} is an error of a spreadsheet's; mend its formula"
        elif _COMMA.fullmatch(text):
            why = f'{text!r:.40} has a decimal comma; write a point, or say decimal = "," in the settings'
        elif text.lower() in ("nan", "na", "n/a", "-", "–", "null", "none", "inf", "-inf", "?"):
            why = f"{text!r:.40} is no number; every {one} needs one, so leave out the row or the column"
        else:
            why = f"{text!r:.40} is no number; write it in digits, as in 3.5, and its unit in the description"
        raise ReportgenError(f"{self.place(row, column)}: {why}")

    def key(self, row: int) -> Key:
        """Return the world and the case that a row is of."""
        case = self.cell(row, self.of_cases)
        if not case:
            raise ReportgenError(f"{self.place(row, self.of_cases)}: is empty; name the {self.table.case[0]}")
        if self.of_worlds is None:
            return next(iter(self.table.worlds)), case
        world = self.cell(row, self.of_worlds)
        if world.lower() not in self.table.worlds:
            names = ", ".join(self.table.worlds)
            raise ReportgenError(
                f"{self.place(row, self.of_worlds)}: {world!r:.40} is none of the worlds in [world]: {names}"
            )
        return world.lower(), case


class _Cases:
    """The row of every case in every world."""

    def __init__(self, sheet: _Sheet) -> None:
        self.sheet = sheet
        self.rows: dict[Key, int] = {}
        for row in sheet.body():
            key = sheet.key(row)
            if key in self.rows:
                one, first = sheet.table.case[0], self.rows[key] + 1
                world = f" in one world, here {key[0]!r}" if sheet.table.worlds_in else ""
                raise ReportgenError(
                    f"{sheet.place(row)}: {one} {key[1]!r} stands in row {first} already; one row is one {one}{world}"
                )
            self.rows[key] = row

    def complete(self, table: Table) -> list[str]:
        """Return the cases in the order of their rows; raise ReportgenError where one is not there in every world."""
        one, many = table.case
        names = list(dict.fromkeys(name for _, name in self.rows))
        if not names:
            raise ReportgenError(f"{table.table}: has no row below its header; add one for each {one}")
        if len(names) > MOST_CASES:
            raise ReportgenError(f"{table.table}: has more than {MOST_CASES:,} {many}")
        for name in names:
            for world in table.worlds:
                if (world, name) not in self.rows:
                    raise ReportgenError(
                        f"{table.table}: {one} {name!r} has no row in the world {world!r}; a world is a condition under which the same "
                        f"{many} are measured, so that each has one row in every world"
                    )
        return names


def _suggested(column: str) -> str:
    """Return a name of a measurement that is like a column's."""
    name = re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")[:40]
    return name if name[:1].isalpha() else "name"


def _curves(
    table: Table, quantities: Mapping[str, Quantity], cases: _Cases
) -> dict[str, tuple[tuple[float, ...], dict[Key, tuple[float, ...]]]]:
    """Return the coordinates of every curve, ascending, and its values by world and case."""
    named = cases.sheet.header[cases.sheet.of_cases]  # whichever column it is in the other file
    sheet = _Sheet(table.curves, table.curve_rows, replace(table, cases_in=named))
    along = {name: sheet.column(each.along, f"along which {name!r} runs") for name, each in quantities.items()}
    columns = sheet.columns(quantities, tuple(along.values()))
    keys = {row: sheet.key(row) for row in sheet.body()}
    found = {}
    for name, column in columns.items():
        points: dict[Key, dict[float, float]] = {key: {} for key in cases.rows}
        for row, key in keys.items():
            at = sheet.number(row, along[name])
            if key not in points:
                raise ReportgenError(
                    f"{sheet.place(row, sheet.of_cases)}: {table.case[0]} {key[1]!r:.40} is not in {table.table}"
                )
            if at in points[key]:
                raise ReportgenError(
                    f"{sheet.place(row, along[name])}: {table.case[0]} {key[1]!r:.40} has a value at {sheet.cell(row, along[name])} already"
                )
            points[key][at] = sheet.number(row, column)
        coordinates = sorted({at for each in points.values() for at in each})
        for (world, case), each in points.items():
            for at in coordinates:
                if at not in each:
                    where = f" in the world {world!r}" if table.worlds_in else ""
                    raise ReportgenError(
                        f"{table.curves}: {table.case[0]} {case!r}{where} has no {name!r} at {quantities[name].along} = {at:g}, where "
                        "others have one"
                    )
        if not coordinates:
            raise ReportgenError(f"{table.curves}: has no row below its header")
        found[name] = (
            tuple(coordinates),
            {key: tuple(each[at] for at in coordinates) for key, each in points.items()},
        )
    return found
