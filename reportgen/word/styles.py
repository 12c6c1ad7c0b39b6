"""The styles of our documents: what Word's gallery shows, and the WordprocessingML behind it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from docx.styles import BabelFish

_SERIF = '<w:rFonts w:ascii="Cambria" w:hAnsi="Cambria" w:eastAsia="Cambria" w:cs="Times New Roman"/>'
_MONO = '<w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:eastAsia="Consolas" w:cs="Courier New"/>'
_INK = '<w:color w:val="1F3A5F"/>'  # 11.5:1 on white
_GREY = '<w:color w:val="595959"/>'  # 7:1 on white


@dataclass(frozen=True)
class Style:
    """A style of the document: its name in Word's gallery and the WordprocessingML of its properties."""

    name: str
    kind: Literal["paragraph", "character", "table"] = "paragraph"
    based_on: str | None = "Normal"
    next: str | None = None
    paragraph: str = ""
    run: str = ""
    table: str = ""
    numbering: tuple[str, int] | None = None  # the list, "List Bullet" or "List Number", and its level
    built_in: bool = True

    @property
    def id(self) -> str:
        """The name without blanks, as in Word's own files, which turn one of them around."""
        return "TableNormal" if self.name == "Normal Table" else self.name.replace(" ", "")

    @property
    def word_name(self) -> str:
        """The name as a file spells it, where Word's gallery shows another spelling."""
        return self.name.lower() if re.fullmatch(r"TOC \d", self.name) else BabelFish.ui2internal(self.name)


def _size(points: float) -> str:
    return f'<w:sz w:val="{points * 2:g}"/><w:szCs w:val="{points * 2:g}"/>'


def _spacing(before: float = 0, after: float = 0, line: float = 1.0) -> str:
    return f'<w:spacing w:before="{before * 20:g}" w:after="{after * 20:g}" w:line="{line * 240:g}" w:lineRule="auto"/>'


def _heading(level: int, size: float, before: float, after: float, run: str = "") -> Style:
    return Style(
        f"Heading {level}",
        next="Body Text",
        paragraph=f'<w:keepNext/><w:keepLines/>{_spacing(before, after, 1.1)}<w:outlineLvl w:val="{level - 1}"/>',
        run=f"<w:b/><w:bCs/>{run}{_INK}{_size(size)}",
    )


def _list_styles(name: str, numbered: bool) -> Iterator[Style]:
    for level in range(LIST_LEVELS):
        indent = f'<w:ind w:left="{LIST_INDENT * (level + 1)}" w:hanging="{LIST_INDENT if numbered else 0}"/>'
        yield Style(
            list_style(name, level),
            based_on="Body Text",
            paragraph=f"{_spacing(after=4, line=1.15)}{indent}",
            numbering=(name, level) if numbered else None,
        )


def list_style(name: str, level: int) -> str:
    """Return the name of the style for a level, from 0, of a list."""
    return name if level == 0 else f"{name} {level + 1}"


LIST_LEVELS = 3
LIST_INDENT = 397  # 0.7 cm

STYLES = [
    # The font is Normal's, not the defaults': LibreOffice prefers the defaults to a character style in a table's cell.
    Style("Normal", based_on=None, paragraph="<w:widowControl/>", run=f"{_SERIF}{_size(11)}"),
    Style("Default Paragraph Font", kind="character", based_on=None),
    Style(
        "Normal Table",
        kind="table",
        based_on=None,
        table='<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
        '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr>",
    ),
    Style("Body Text", paragraph=_spacing(after=8, line=1.15)),
    Style(
        "Title",
        next="Subtitle",
        paragraph=f'<w:keepNext/><w:keepLines/>{_spacing(12, 6)}<w:jc w:val="left"/>',
        run=f"<w:b/><w:bCs/>{_INK}{_size(24)}",
    ),
    Style("Subtitle", next="Author", paragraph=f"<w:keepNext/>{_spacing(0, 12, 1.1)}", run=f"{_GREY}{_size(14)}"),
    Style("Author", next="Date", paragraph=_spacing(0, 2), built_in=False),
    Style("Date", next="Body Text", paragraph=_spacing(0, 18), run=_GREY),
    _heading(1, 16, 20, 8),
    _heading(2, 13, 16, 6),
    _heading(3, 11, 12, 4, "<w:i/><w:iCs/>"),
    Style(
        "TOC Heading",
        based_on="Heading 1",
        next="Body Text",
        # No entry of its own table, and no number, where a reference document numbers its headings.
        paragraph='<w:numPr><w:numId w:val="0"/></w:numPr><w:outlineLvl w:val="9"/>',
    ),
    *(
        Style(f"TOC {level}", next="Body Text", paragraph=f'{_spacing(after=3)}<w:ind w:left="{284 * (level - 1)}"/>')
        for level in (1, 2, 3)
    ),
    *_list_styles("List Bullet", numbered=True),
    *_list_styles("List Number", numbered=True),
    *_list_styles("List Continue", numbered=False),
    Style(
        "Quote",
        based_on="Body Text",
        paragraph=f'{_spacing(after=8, line=1.15)}<w:ind w:left="567" w:right="567"/>',
        run="<w:i/><w:iCs/>",
    ),
    Style(
        "Note",
        based_on="Body Text",
        paragraph="<w:keepLines/><w:pBdr>"
        + "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="6" w:color="B8C7D9"/>'
            for side in ("top", "left", "bottom", "right")
        )
        + f'</w:pBdr><w:shd w:val="clear" w:color="auto" w:fill="EEF3F8"/>{_spacing(6, 14, 1.1)}'
        '<w:ind w:left="142" w:right="142"/>',
        run=_size(10),
        built_in=False,
    ),
    Style(
        "Code",
        paragraph='<w:keepLines/><w:shd w:val="clear" w:color="auto" w:fill="F4F4F4"/>' + _spacing(2, 8),
        run=f"{_MONO}{_size(9)}",
        built_in=False,
    ),
    Style(
        "Code Character",
        kind="character",
        based_on="Default Paragraph Font",
        run=_MONO,
        built_in=False,
    ),
    Style("Figure", next="Caption", paragraph=f'<w:keepNext/>{_spacing(10, 4)}<w:jc w:val="center"/>', built_in=False),
    Style("Caption", next="Body Text", paragraph=f"<w:keepLines/>{_spacing(2, 12, 1.1)}", run=_size(9.5)),
    Style(
        "Equation", next="Body Text", paragraph=f'<w:keepLines/>{_spacing(4, 8)}<w:jc w:val="center"/>', built_in=False
    ),
    Style("Equation Number", based_on="Equation", paragraph='<w:jc w:val="right"/>', built_in=False),
    Style("Table Text", paragraph=_spacing(2, 2), run=_size(9.5), built_in=False),
    Style("Table Text Small", based_on="Table Text", paragraph=_spacing(1, 1), run=_size(8), built_in=False),
    Style(
        "Table",
        kind="table",
        based_on="Normal Table",
        table="<w:tblPr><w:tblBorders>"
        '<w:top w:val="single" w:sz="8" w:space="0" w:color="1F3A5F"/>'
        '<w:bottom w:val="single" w:sz="8" w:space="0" w:color="1F3A5F"/>'
        '<w:insideH w:val="single" w:sz="2" w:space="0" w:color="D5DCE4"/>'
        '</w:tblBorders><w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="85" w:type="dxa"/>'
        '<w:bottom w:w="20" w:type="dxa"/><w:right w:w="85" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '<w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        '<w:bottom w:val="single" w:sz="6" w:space="0" w:color="1F3A5F"/></w:tcBorders></w:tcPr></w:tblStylePr>',
        built_in=False,
    ),
    Style(
        "Equation Table",
        kind="table",
        based_on="Normal Table",
        table='<w:tblPr><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar>'
        "</w:tblPr>",
        built_in=False,
    ),
    Style(
        "Bibliography",
        paragraph='<w:tabs><w:tab w:val="left" w:pos="567"/></w:tabs>'
        f'{_spacing(after=4, line=1.1)}<w:ind w:left="567" w:hanging="567"/>',
        run=_size(10),
    ),
    Style("Header", paragraph=f'{_spacing()}<w:jc w:val="left"/>', run=f"{_GREY}{_size(9)}"),
    Style("Footer", paragraph=f'{_spacing()}<w:jc w:val="right"/>', run=f"{_GREY}{_size(9)}"),
    Style(
        "Hyperlink",
        kind="character",
        based_on="Default Paragraph Font",
        run='<w:color w:val="0B4F8A"/><w:u w:val="single"/>',  # 8.3:1 on white
    ),
]
