"""How the cells of a table look in the end: what its style, the table and the cell say together (ECMA-376 part 1, 17.4 and 17.7.6)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from reportgen.audit.formats import Format, Sheet, Unknown, is_on, merged, val
from reportgen.check.reader import W

_BANDS = ("band1Vert", "band2Vert", "band1Horz", "band2Horz")
_MARGINS = {"top": "0", "left": "108", "bottom": "0", "right": "108"}  # 17.4.42: where nothing says otherwise


@dataclass(frozen=True)
class Cell:
    """A cell: its element, its looks in words, and what the style of the table says of the text in it."""

    element: etree._Element
    look: str
    paragraph: Format
    run: Format


def rows_of(table: etree._Element, sheet: Sheet) -> list[list[Cell]]:
    """Return the cells of a table, row by row."""
    properties = table.find(f"{W}tblPr")
    chain = sheet.chain(val(_find(properties, "tblStyle")), "table")
    look = _look(_find(properties, "tblLook"), sheet.unknown)
    for each in (properties, *(style.find(f"{W}tblPr") for style in chain)):
        for size in ("tblStyleRowBandSize", "tblStyleColBandSize"):
            if (found := _find(each, size)) is not None and val(found) != "1":
                sheet.unknown(found, "of bands that are not of one row or column")
    rows = [list(row.iterchildren(f"{W}tc")) for row in table.iterchildren(f"{W}tr")]
    applied = [
        [_applied(chain, look, at, len(rows), place, len(row)) for place in range(len(row))]
        for at, row in enumerate(rows)
    ]
    edges = [
        [
            _edges(sheet, chain, applied[at][place], properties, cell, (at, len(rows)), (place, len(row)))
            for place, cell in enumerate(row)
        ]
        for at, row in enumerate(rows)
    ]
    widths = [val(column, "w") for column in table.iterfind(f"{W}tblGrid/{W}gridCol")]
    rows_found = []
    for at, row in enumerate(rows):
        cells = []
        for place, cell in enumerate(row):
            own, styles = cell.find(f"{W}tcPr"), (*chain, *applied[at][place])
            said = [*(each.find(f"{W}tcPr") for each in styles), own]
            parts = {
                "width": f"~{val(_find(own, 'tcW'), 'w')}"
                if val(_find(own, "tcW"), "type", "dxa") == "dxa"
                else "other",
                "column": f"~{widths[place]}" if place < len(widths) else "none",
                "margins": " ".join(_margins(chain, properties, said)),
                "place": next(
                    (val(own) for own in (_find(each, "vAlign") for each in reversed(said)) if own is not None),
                    "top",
                ),
                "fill": _fill(said, sheet),
                **{side: _drawn(edges, at, place, side) for side in ("top", "left", "bottom", "right")},
            }
            cells.append(
                Cell(
                    cell,
                    ", ".join(f"{name} {value}" for name, value in parts.items() if value),
                    merged(sheet.paragraph_format(each.find(f"{W}pPr")) for each in styles),
                    merged(sheet.run_format(each.find(f"{W}rPr")) for each in styles),
                )
            )
        rows_found.append(cells)
    return rows_found


def table_says(table: etree._Element, sheet: Sheet, name: str) -> etree._Element | None:
    """Return a property of a table: its own or, if it says nothing, that of its style (17.7.6)."""
    properties = table.find(f"{W}tblPr")
    chain = sheet.chain(val(_find(properties, "tblStyle")), "table")
    said = (_find(each, name) for each in (properties, *(style.find(f"{W}tblPr") for style in reversed(chain))))
    return next((each for each in said if each is not None), None)


def _find(element: etree._Element | None, name: str) -> etree._Element | None:
    return None if element is None else element.find(f"{W}{name}")


def _look(element: etree._Element | None, unknown: Unknown) -> dict[str, bool]:
    """Return which of its conditional formats a table takes: its attributes say so, and the bits that stood for them before."""
    flags = {
        "firstRow": 0x20, "lastRow": 0x40, "firstColumn": 0x80, "lastColumn": 0x100, "noHBand": 0x200, "noVBand": 0x400,
    }  # fmt: skip
    bits = val(element)
    known = re.fullmatch("[0-9A-Fa-f]{4}", bits)
    old = {name: bool(int(bits, 16) & flag) for name, flag in flags.items()} if known else {}
    new = {name: val(element, name) in ("1", "true", "on") for name in flags if val(element, name)}
    if element is not None and (
        (old or new) != {**old, **new} or (bits and not known)
    ):  # each is what one reader takes
        unknown(element, "that says two things")
    return {name: new.get(name, old.get(name, False)) for name in flags}


def _applied(
    chain: list[etree._Element], look: dict[str, bool], at: int, rows: int, place: int, columns: int
) -> list[etree._Element]:
    """Return the conditional formats of a cell, the strongest last."""
    first, last = look["firstRow"] and at == 0, look["lastRow"] and at == rows - 1
    left, right = look["firstColumn"] and place == 0, look["lastColumn"] and place == columns - 1
    kinds = {
        _BANDS[(place - look["firstColumn"]) % 2]: not look["noVBand"] and not left and not right,
        _BANDS[2 + (at - look["firstRow"]) % 2]: not look["noHBand"] and not first and not last,
        "firstCol": left, "lastCol": right, "firstRow": first, "lastRow": last, "nwCell": first and left,
        "neCell": first and right, "swCell": last and left, "seCell": last and right,
    }  # fmt: skip
    return [
        each
        for kind, applies in kinds.items()
        if applies
        for style in chain
        for each in style.iterchildren(f"{W}tblStylePr")
        if val(each, "type") == kind
    ]


_Edges = dict[str, str]


def _edges(
    sheet: Sheet,
    chain: list[etree._Element],
    applied: list[etree._Element],
    properties: etree._Element | None,
    cell: etree._Element,
    at: tuple[int, int],
    place: tuple[int, int],
) -> _Edges:
    """Return the borders that a cell asks for."""
    found: _Edges = {}
    inner = {"top": at[0] > 0, "bottom": at[0] < at[1] - 1, "left": place[0] > 0, "right": place[0] < place[1] - 1}
    whole = [*(each.find(f"{W}tblPr/{W}tblBorders") for each in (*chain, *applied)), _find(properties, "tblBorders")]
    for each in whole:
        for side, inside in inner.items():
            between = "insideH" if side in ("top", "bottom") else "insideV"
            _take(sheet, found, each, side, between if inside else side)
    for each in [
        *(style.find(f"{W}tcPr/{W}tcBorders") for style in (*chain, *applied)),
        cell.find(f"{W}tcPr/{W}tcBorders"),
    ]:
        for side in inner:
            _take(sheet, found, each, side, side)
    return found


def _take(sheet: Sheet, found: _Edges, borders: etree._Element | None, side: str, named: str) -> None:
    logical = {"left": "start", "right": "end"}.get(named, named)
    for name in (named, logical):
        element = _find(borders, name)
        if element is not None:
            found[side] = sheet.border(element)


_OPPOSITE = {"top": ("bottom", -1, 0), "bottom": ("top", 1, 0), "left": ("right", 0, -1), "right": ("left", 0, 1)}


def _drawn(edges: list[list[_Edges]], at: int, place: int, side: str) -> str:
    """Return the border that is drawn between two cells: the stronger one of both (17.4.66)."""
    other, down, along = _OPPOSITE[side]
    mine = edges[at][place].get(side, "")
    row = edges[at + down] if 0 <= at + down < len(edges) else []
    theirs = row[place + along].get(other, "") if 0 <= place + along < len(row) else ""
    return max(mine, theirs, key=lambda drawn: (_weight(drawn), drawn))


def _weight(drawn: str) -> int:
    return next((int(word) for word in drawn.split() if word.isdigit()), 0)


def _margins(
    chain: list[etree._Element], properties: etree._Element | None, said: list[etree._Element | None]
) -> Iterator[str]:
    for side, default in _MARGINS.items():
        width = default
        names = (side, {"left": "start", "right": "end"}.get(side, side))
        for holder in (
            *(each.find(f"{W}tblPr/{W}tblCellMar") for each in chain),
            _find(properties, "tblCellMar"),
            *(_find(each, "tcMar") for each in said),
        ):
            for name in names:
                if (found := _find(holder, name)) is not None:
                    width = val(found, "w") if val(found, "type", "dxa") == "dxa" else "0"
        yield f"{side} ~{width}"


def _fill(said: list[etree._Element | None], sheet: Sheet) -> str:
    fills = [sheet.shading(shd) for each in said if (shd := _find(each, "shd")) is not None]
    return fills[-1] if fills else ""


def row_look(row: etree._Element) -> str:
    """Return the looks of a row in words."""
    properties = row.find(f"{W}trPr")
    return " ".join(name for name in ("cantSplit", "tblHeader") if is_on(_find(properties, name)))
