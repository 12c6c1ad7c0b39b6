"""The settings of a report on a table: where it is, what its columns hold, and, once it was read, the table itself."""

import keyword
import math
import re
from dataclasses import MISSING, dataclass, field, fields
from typing import Annotated, Any, Literal, TypeVar, get_args

from msgspec import Meta

from reportgen.errors import nearest
from reportgen.settings import printable, validate

FAMILY = "measured"
"""What templates write before the name of a measurement: `measured.pulse`."""

CHOICES = "choice"
"""And before that of a choice: `choice.fever`."""

MOST_QUANTITIES = 200
MOST_WORLDS = 10

MOST_ROWS = 20_000
MOST_CELLS = 200_000

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[a-z]{1,40}")
_FIGURE = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
# What templates know by these names is something else.
_TAKEN = (
    FAMILY, CHOICES, "held", "findings", "identities", "measurements", "confidence", "bound", "worlds", "shares", "given",
    "title", "course", "assignment", "keywords", "author", "date", "contents", "appendix", "true", "false", "none", "loop",
    "self", "caller", "some", "case", "claim", "identity", "against", "otherwise", "range", "dict", "set", *keyword.kwlist,
)  # fmt: skip

Kind = Literal["dots", "bars", "line"]
Rows = tuple[tuple[str, ...], ...]
"""A table as it was read: its header, then what stands below, every cell as text; a row that is blank is empty."""


@dataclass(frozen=True)
class Quantity:
    """What a column holds: a noun phrase, a unit ("" for a ratio), and in one sentence how it was measured.

    column: its header, if that is another than its name; along: for a curve, the column of its coordinate in the file of curves, and axis
    what that is called in a figure.
    """

    label: str
    method: str
    unit: str = ""
    column: str = ""
    along: str = ""
    axis: str = ""


@dataclass(frozen=True)
class Choice:
    """A number that was chosen and not measured, such as a threshold, printed as it was given: what it is, and its unit."""

    label: str
    value: float
    unit: str = ""


@dataclass(frozen=True)
class Figure:
    """A figure that is drawn from the table: how, and of which measurements."""

    draws: str
    of: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Where the measurements are, and what they are of; `rows` and `curve_rows` are what was read, and what a report carries.

    case: what a row is of, in one and in many; cases_in: the column that names it, the first if nothing is said; worlds_in: the column that
    names the condition, if there are several, and world: these by name, the main one first, with words for the others; ignore: columns
    that are left out. Raises ValueError where a value has another type, is out of bounds, or does not go with another one.
    """

    table: Annotated[str, Meta(description="must be the name of a file")] = "measurements.csv"
    curves: Annotated[str, Meta(description="must be the name of a file")] = ""
    sheet: Annotated[str, Meta(description="must be the name of a sheet")] = ""
    decimal: Annotated[Literal[".", ","], Meta(description='must be "." or ","')] = "."
    case: Annotated[
        tuple[str, str], Meta(description='must be what a row is of, in one and in many, as in ["patient", "patients"]')
    ] = ("case", "cases")
    cases_in: Annotated[str, Meta(description="must be the header of a column")] = ""
    worlds_in: Annotated[str, Meta(description="must be the header of a column")] = ""
    ignore: Annotated[tuple[str, ...], Meta(description="must be a list of headers")] = ()
    world: Annotated[dict[str, str], Meta(description='must be words by name, as in control = "without a lid"')] = (
        field(default_factory=dict)
    )
    measurement: dict[str, Any] = field(default_factory=dict)  # of Quantity, as are the next of Choice and of Figure
    choice: dict[str, Any] = field(default_factory=dict)
    figure: dict[str, Any] = field(default_factory=dict)
    rows: Rows = ()
    curve_rows: Rows = ()

    def __post_init__(self) -> None:
        """Check every field, and then those that must go together."""
        validate(self)
        for name in ("table", "curves", "sheet", "cases_in", "worlds_in"):
            _line(getattr(self, name), name)
        for column in self.ignore:
            _line(column, "ignore")
        _require_case(self.case)
        _require_worlds(self.world, self.worlds_in)
        for name in ("rows", "curve_rows"):
            rows = getattr(self, name)
            if len(rows) > MOST_ROWS or sum(map(len, rows)) > MOST_CELLS:
                raise ValueError(name, f"a table of {len(rows)} rows", f"must have at most {MOST_CELLS:,} cells")
        object.__setattr__(self, "measurement", _described(Quantity, self.measurement, "measurement", _NAME))
        object.__setattr__(self, "choice", _described(Choice, self.choice, "choice", _NAME))
        object.__setattr__(self, "figure", _described(Figure, self.figure, "figure", _FIGURE))
        for name, quantity in self.measurement.items():
            if quantity.along and not self.curves:
                raise ValueError(
                    f"measurement.{name}.along", quantity.along, 'needs the file of curves: curves = "NAME.csv"'
                )

    @property
    def worlds(self) -> dict[str, str]:
        """The worlds by name with their words, the main one first; one without words where no column names any."""
        return dict(self.world) or {"main": ""}

    @property
    def findings(self) -> tuple[str, ...]:
        """The measurements that a closing summary shows: the first of those with one value per case."""
        names = [f"{FAMILY}.{name}" for name, quantity in self.measurement.items() if not quantity.along]
        return tuple(names[:9])

    @property
    def names(self) -> tuple[str, ...]:
        """What the table calls its cases, in the order of the evidence; they are at hand once it was read."""
        header, *rows = self.rows
        column = header.index(self.cases_in) if self.cases_in else 0
        return tuple(dict.fromkeys(row[column] for row in rows if row))


def _line(value: str, key: str, *, needed: bool = False) -> None:
    try:
        printable(value)
    except ValueError as error:
        raise ValueError(key, value, str(error)) from None
    if value != value.strip() or (needed and not value):
        raise ValueError(key, value, "must be a line of text, with no space before or after it")


def _require_case(case: tuple[str, str]) -> None:
    one, many = case
    _line(one, "case", needed=True)
    if not one.replace(" ", "").replace("-", "").isalpha():
        raise ValueError("case", list(case), "must be in one a noun, of letters")
    if not _WORD.fullmatch(many) or many in _TAKEN:
        raise ValueError(
            "case", list(case), "must be in many one word of small letters that templates know by no other meaning"
        )


def _require_worlds(world: dict[str, str], column: str) -> None:
    if bool(world) != bool(column):
        missing = "worlds_in" if world else "world"
        rule = "[world] and worlds_in, the column that names them, go together"
        raise ValueError(missing, None, rule)
    if column and not 2 <= len(world) <= MOST_WORLDS:
        raise ValueError("world", f"a table of {len(world)}", f"must name from 2 to {MOST_WORLDS}, the main one first")
    for number, (name, words) in enumerate(world.items()):
        if not _WORD.fullmatch(name) or name in _TAKEN:
            raise ValueError("world", name, "must be one word of small letters that templates know by no other meaning")
        _line(words, f"world.{name}", needed=number > 0)


_Kind = TypeVar("_Kind", Quantity, Choice, Figure)
_TEXT = "must be a line of text"


def _described(kind: type[_Kind], tables: Any, place: str, pattern: re.Pattern[str]) -> dict[str, _Kind]:
    """Make values of the tables of a file, each by its name; raise ValueError with key, value and rule."""
    if len(tables) > MOST_QUANTITIES:
        raise ValueError(place, f"a table of {len(tables)}", f"must have at most {MOST_QUANTITIES}")
    made = {}
    for name, table in tables.items():
        key = f"{place}.{name}"
        if not pattern.fullmatch(name) or keyword.iskeyword(name):
            raise ValueError(key, name, "must be named by small letters, digits and _, a letter first")
        given = vars(table) if isinstance(table, kind) else table
        if not isinstance(given, dict):
            raise ValueError(key, given, f"must be a table: write [{key}] above its lines")  # noqa: TRY004 - as every rule
        known = [each.name for each in fields(kind)]
        for unknown in given.keys() - set(known):
            raise ValueError(f"{key}.{unknown}", given[unknown], f"is no key of it{nearest(unknown, known)}")
        for each in fields(kind):
            if each.default is MISSING and each.name not in given:
                raise ValueError(f"{key}.{each.name}", None, _NEEDED[each.name])
        made[name] = _checked(kind(**given), key)
    return made


_NEEDED = {
    "label": 'say what it is, as in label = "the pulse at rest"',
    "method": 'say how it was measured, as in method = "counted for half a minute"',
    "value": "say the number",
    "draws": 'must be "dots", "bars" or "line"',
    "of": 'must list measurements, as in of = ["pulse"]',
}


def _checked(value: _Kind, key: str) -> _Kind:
    for name, each in vars(value).items():
        if name == "of":
            if isinstance(each, str):
                each = (each,)  # noqa: PLW2901 - one is as good as a list of one
            if (
                not isinstance(each, list | tuple)
                or not 1 <= len(each) <= 8
                or not all(isinstance(n, str) for n in each)
            ):
                raise ValueError(f"{key}.of", each, "must list from one to eight measurements by their names")
            object.__setattr__(value, "of", tuple(each))
        elif name == "draws":
            if each not in get_args(Kind):
                raise ValueError(f"{key}.draws", each, _NEEDED["draws"])
        elif name == "value":
            if type(each) not in (int, float) or not math.isfinite(each):
                raise ValueError(f"{key}.value", each, "must be a finite number")
            object.__setattr__(value, "value", float(each))
        elif not isinstance(each, str):
            raise ValueError(f"{key}.{name}", each, _TEXT)
        else:
            _line(each, f"{key}.{name}", needed=name in ("label", "method"))
    return value
