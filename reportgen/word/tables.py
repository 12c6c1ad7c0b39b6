"""Tables, as wide as the text."""

import re
from collections.abc import Sequence

from docx.oxml.ns import qn
from docx.oxml.table import CT_Tbl
from docx.shared import Twips
from docx.text.paragraph import Paragraph
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError
from reportgen.word import ooxml
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
        header = " | ".join(_plain(cell) for cell in rows[0])
        raise ReportgenError(
            f"{writing.source.place(node)}the table {header!r} follows another, to which Word would join it: put text between"
        )
    made = writing.document.add_table(len(rows), len(widths))
    made._tbl.tblPr.style = writing.base.styles["Table"]
    made.autofit = False
    look = made._tbl.tblPr.find(qn("w:tblLook"))
    look.set(qn("w:firstColumn"), "0")
    look.set(qn("w:val"), "0420")
    for column, width in zip(made._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = Twips(width)
    short = sum(len(_plain(cell)) for row in rows for cell in row) < _KEPT_TOGETHER
    for position, (row, tr) in enumerate(zip(rows, made._tbl.tr_lst, strict=True)):
        tr.get_or_add_trPr().append(ooxml.element("w:cantSplit"))
        if position == 0:
            tr.trPr.append(ooxml.element("w:tblHeader"))
        for cell, tc, width in zip(row, tr.tc_lst, widths, strict=True):
            tc.width = Twips(width)
            paragraph = Paragraph(tc.p_lst[0], made)
            paragraph._p.style = writing.base.styles[style]
            if (alignment := _ALIGNMENTS.get(str(cell.attrs.get("style")))) is not None:
                paragraph._p.get_or_add_pPr().append(ooxml.element("w:jc", {"w:val": alignment}))
            if position == 0 or (short and position < len(rows) - 1):
                paragraph.paragraph_format.keep_with_next = True
            setting = Setting(bold=position == 0)
            paragraph._p.extend(inline(writing, cell.children[0].children if cell.children else [], setting))


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
