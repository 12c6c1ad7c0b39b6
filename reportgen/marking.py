"""The marking guide: what an answer must say, for how many points, and where the reference answer says it."""

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reportgen.assignment import ASSIGNMENT_FILE, NUMERALS, Assignment, read_toml
from reportgen.errors import ReportgenError, nearest
from reportgen.prose.markdown import parse
from reportgen.prose.numbers import bare_numbers
from reportgen.prose.render import Markdown

MARKING_FILE, GUIDE_TEMPLATE = "marking.toml", "marking_guide.md.j2"


@dataclass(frozen=True)
class Criterion:
    """What an answer must say, as Markdown, the points for it, and where in the report it is said."""

    points: int
    says: str
    where: tuple[str, ...]  # headings, and labels as in "eq:cell"
    place: str = ""  # in the file, for messages


@dataclass(frozen=True)
class Part:
    """The criteria of a part of the assignment; their points add up to those of the part."""

    points: int
    criteria: tuple[Criterion, ...]


def read_marking(templates: Path, assignment: Assignment) -> dict[str, Part]:
    """Return the criteria of every part of an assignment, by its name, from `marking.toml` in a folder of templates.

    Raises ReportgenError, with file and place, where something is missing or malformed, where the points of a part do not add up,
    and where a criterion holds a number, which no measurement would have given.
    """
    path = templates / MARKING_FILE
    names = [part.name for part in assignment.parts]
    if not names:
        raise ReportgenError(
            f"{templates / ASSIGNMENT_FILE}: has no [[part]] to give points for, and so no marking guide"
        )
    table = read_toml(templates, path.name)
    for name in table:
        if name not in names:
            raise ReportgenError(f"{path}: {reprlib.repr(name)} is no part of {ASSIGNMENT_FILE}{nearest(name, names)}")
    return {name: _part(table.get(name), f"{path}: {name}") for name in names}


def marking_table(
    marking: Mapping[str, Part], headings: Mapping[str, str], places: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the guide's parts and in them its criteria, as rows for its template.

    `headings` are those of the parts; `places` are the headings and labels of the report, and how a reader finds them. Raises
    ReportgenError for a criterion that refers to none of them.
    """
    return [
        {
            "name": Markdown(name.replace("_", "-")),
            "heading": headings[name],
            "numeral": NUMERALS[number - 1],
            "points": str(part.points),
            "total": str(sum(each.points for each in marking.values())),
            "criteria": [
                {
                    "points": str(criterion.points),
                    "says": Markdown(criterion.says.replace("|", r"\|")),
                    "where": "; ".join(_found(where, places, criterion.place) for where in criterion.where),
                }
                for criterion in part.criteria
            ],
        }
        for number, (name, part) in enumerate(marking.items(), 1)
    ]


def _found(where: str, places: Mapping[str, str], place: str) -> str:
    if where not in places:
        raise ReportgenError(f"{place}: the report has no {where!r} to refer to{nearest(where, places)}")
    return places[where]


def _part(table: Any, place: str) -> Part:
    if not isinstance(table, dict) or table.keys() != {"points", "criteria"}:
        raise ReportgenError(f"{place} must be a section with `points` and, in [[…]], `criteria`")
    points, listed = table["points"], table["criteria"]
    if not isinstance(listed, list):
        raise ReportgenError(f"{place}.criteria must be a list: write [[…]] above each criterion")
    part = Part(
        _points(points, f"{place}.points"),
        tuple(_criterion(each, f"{place}, criterion {number}") for number, each in enumerate(listed, 1)),
    )
    if (total := sum(criterion.points for criterion in part.criteria)) != part.points:
        raise ReportgenError(f"{place}: its criteria add up to {total} points, and the part has {part.points}")
    return part


def _criterion(table: Any, place: str) -> Criterion:
    if not isinstance(table, dict) or table.keys() != {"points", "says", "where"}:
        raise ReportgenError(f"{place} must have `points`, `says` and `where`, and nothing else")
    says, where = table["says"], table["where"]
    if not isinstance(says, str) or not says.strip() or "\n" in says:
        raise ReportgenError(f"{place}: says is {reprlib.repr(says)}: must be a line of text")
    if not isinstance(where, list) or not where or not all(isinstance(each, str) for each in where):
        raise ReportgenError(f"{place}: where is {reprlib.repr(where)}: must list headings or labels of the report")
    for _, text in bare_numbers(parse(says)):
        raise ReportgenError(
            f"{place}: {reprlib.repr(text)} holds a number that no measurement gave; write it as a word"
        )
    return Criterion(_points(table["points"], f"{place}: points"), says, tuple(where), place)


def _points(value: Any, place: str) -> int:
    if type(value) is not int or not 1 <= value <= 1000:
        raise ReportgenError(f"{place} is {reprlib.repr(value)}: must be a whole number from 1 to 1000")
    return value
