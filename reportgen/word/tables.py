"""Tables, as wide as the text."""

import re
from collections.abc import Sequence

from docx.oxml.table import CT_Tbl
from lxml.etree import _Element as Element
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError
from reportgen.word.ooxml import element
from reportgen.word.text import Setting, Writing, inline


def table_before(writing: Writing) -> CT_Tbl | None:
    """Give the table that what is written next would follow, if there is one."""
    last = writing.document.element.body.sectPr.getprevious()
    return last if isinstance(last, CT_Tbl) else None


_ALIGNMENTS = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}


def write_table(writing: Writing, node: SyntaxTreeNode, style: str) -> None:
    """Write a table, its text in a paragraph style; rows stay whole, and a short table does."""
    rows = [row.children for part in node.children for row in part.children]
    widths = _column_widths([[_plain(cell) for cell in row] for row in rows], writing.base.width, _CHARACTER[style])
    if table_before(writing) is not None:
        first = " | ".join(_plain(cell) for cell in rows[0])
        raise ReportgenError(
            f"{writing.source.place(node)}the table {first!r} follows another, to which Word would join it: put text between"
        )
    # Element by element: python-docx seeks the place of each among its siblings, which took half the time of our longest table.
    look = {"firstColumn": 0, "firstRow": 1, "lastColumn": 0, "lastRow": 0, "noHBand": 0, "noVBand": 1}
    made = element(
        "w:tbl",
        None,
        element(
            "w:tblPr",
            None,
            element("w:tblStyle", {"w:val": writing.base.styles["Table"]}),
            element("w:tblW", {"w:type": "auto", "w:w": "0"}),
            element("w:tblLayout", {"w:type": "fixed"}),
            element("w:tblLook", {**{f"w:{name}": str(value) for name, value in look.items()}, "w:val": "0420"}),
        ),
        element("w:tblGrid", None, *(element("w:gridCol", {"w:w": str(width)}) for width in widths)),
    )
    short = sum(len(_plain(cell)) for row in rows for cell in row) < _KEPT_TOGETHER
    for position, row in enumerate(rows):
        header = position == 0
        kept = header or (short and position < len(rows) - 1)
        cells = (
            _cell(writing, cell, writing.base.styles[style], width, header=header, kept=kept)
            for cell, width in zip(row, widths, strict=True)
        )
        whole = [element(tag) for tag in ("w:cantSplit", "w:tblHeader")[: 1 + header]]
        made.append(element("w:tr", None, element("w:trPr", None, *whole), *cells))
    writing.document.element.body.sectPr.addprevious(made)


def _cell(writing: Writing, cell: SyntaxTreeNode, style: str, width: int, *, header: bool, kept: bool) -> Element:
    """Make a cell, in bold in the `header`, and `kept` on one page with the next row."""
    properties = [element("w:pStyle", {"w:val": style})]
    if kept:
        properties.append(element("w:keepNext"))
    if (alignment := _ALIGNMENTS.get(str(cell.attrs.get("style")))) is not None:
        properties.append(element("w:jc", {"w:val": alignment}))
    content = inline(writing, cell.children[0].children if cell.children else [], Setting(bold=header))
    return element(
        "w:tc",
        None,
        element("w:tcPr", None, element("w:tcW", {"w:type": "dxa", "w:w": str(width)})),
        element("w:p", None, element("w:pPr", None, *properties), *content),
    )


_KEPT_TOGETHER = 1000  # characters that a table may hold and still not break over a page, of which they fill a third

# The width of a character on average, in twentieths of a point, of the styles that a table's text may have.
_CHARACTER = {"Table Text": 100, "Table Text Small": 85}


def _plain(cell: SyntaxTreeNode) -> str:
    return re.sub(r"\\[A-Za-z]+|[$^{}*`\[\]]", "", cell.children[0].content if cell.children else "")


def _column_widths(rows: Sequence[Sequence[str]], width: int, character: int) -> list[int]:
    """Share a table's width: each column gets its longest word, and of the rest what its longest line asks for."""
    columns = list(zip(*rows, strict=True))
    least = [max(len(word) for cell in column for word in cell.split() or [""]) + 3 for column in columns]
    # A long text may break; from about 90 characters on, a column is no easier to read for being wider.
    wished = [
        max(low, *(min(len(cell), 90) + 3 for cell in column)) for low, column in zip(least, columns, strict=True)
    ]
    asked, spare = sum(wished) - sum(least), max(width / character - sum(least), 0)
    share = min(spare / asked, 1) if asked else 0
    shares = [low + share * (wish - low) for low, wish in zip(least, wished, strict=True)]
    widths = [int(width * part / sum(shares)) for part in shares]
    return [*widths[:-1], width - sum(widths[:-1])]
