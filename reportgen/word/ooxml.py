"""The WordprocessingML that python-docx has no call for: fields, bookmarks, mathematics, SVG, alternative text."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from functools import cache

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.parser import OxmlElement
from docx.oxml.shape import CT_Inline
from lxml.etree import _Element as Element

from reportgen.errors import ReportgenError

_XML_FORBIDS = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# [MS-ODRAWXML] 2.3.2 svgBlip: the extension by which Office reads an SVG in place of the PNG beside it.
_SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_SVG_NAMESPACE = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element) -> Element:
    """Make one element; `tag` and the attributes' names carry their prefix, as in "w:tab"."""
    made = OxmlElement(tag, {qn(name): value for name, value in (attributes or {}).items()})
    made.extend(children)
    return made


def fragment(xml: str) -> Element:
    """Parse an element whose prefixes (w, m, r) are not declared in it."""
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls('w', 'm', 'r')}", xml, count=1))


def check_text(text: str, where: str) -> None:
    """Refuse characters that no XML document can hold (XML 1.0, production 2)."""
    if match := _XML_FORBIDS.search(text):
        line = text.count("\n", 0, match.start()) + 1
        raise ReportgenError(
            f"{where}, line {line}: no Word document can hold the control character U+{ord(match[0]):04X}; delete it"
        )


def archive(parts: Mapping[str, bytes], date: datetime.date) -> bytes:
    """Write the parts of a package into a zip archive, the same bytes for the same parts: one date, nothing of this machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (max(date.year, 1980), date.month, date.day, 0, 0, 0))
            # A PNG is compressed already.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            target.writestr(entry, content, compresslevel=4)
    return buffer.getvalue()


def parts(package: bytes) -> dict[str, bytes]:
    """Return the parts of a package of our own, in their order."""
    with zipfile.ZipFile(io.BytesIO(package)) as source:
        return {name: source.read(name) for name in source.namelist()}


def run(text: str, *properties: Element) -> Element:
    """Make a run of text with its properties; a tab and a line feed become Word's."""
    made = element("w:r")
    if properties:
        made.append(element("w:rPr", None, *properties))
    for piece in re.split(r"([\t\n])", text):
        if piece in _BREAKS:
            made.append(element(_BREAKS[piece]))
        elif piece:
            shown = element("w:t", {"xml:space": "preserve"})
            shown.text = piece
            made.append(shown)
    return made


_BREAKS = {"\t": "w:tab", "\n": "w:br"}


def field(instruction: str, result: Iterable[Element]) -> list[Element]:
    """Make a complex field (ECMA-376 part 1, 17.16.18) and the runs that show its result until Word updates it."""
    code = element("w:instrText", {"xml:space": "preserve"})
    code.text = f" {instruction} "
    begin, separate, end = (
        element("w:r", None, element("w:fldChar", {"w:fldCharType": kind})) for kind in ("begin", "separate", "end")
    )
    return [begin, element("w:r", None, code), separate, *result, end]


def table_of_contents(paragraphs: Iterable[Element]) -> Element:
    """Put the paragraphs of a table of contents into the frame by which Word knows it (ECMA-376 part 1, 17.5.2.12)."""
    frame = fragment(
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj>'
        "</w:sdtPr><w:sdtContent/></w:sdt>"
    )
    frame[-1].extend(paragraphs)
    return frame


def bookmark(name: str, number: int, content: Iterable[Element]) -> list[Element]:
    """Put content between a bookmark's start and end; `number` is unique in the document."""
    start = element("w:bookmarkStart", {"w:id": str(number), "w:name": name})
    return [start, *content, element("w:bookmarkEnd", {"w:id": str(number)})]


def checkbox(font: str = "MS Gothic") -> Element:
    """Make a box that Word lets one tick, a content control ([MS-DOCX] 2.6.1.16); elsewhere it is the character ☐."""
    return parse_xml(
        f'<w:sdt {nsdecls("w")} xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"><w:sdtPr>'
        f'<w:alias w:val="Tick box"/><w14:checkbox><w14:checked w14:val="0"/><w14:checkedState w14:val="2612" w14:font="{font}"/>'
        f'<w14:uncheckedState w14:val="2610" w14:font="{font}"/></w14:checkbox></w:sdtPr><w:sdtContent><w:r><w:rPr>'
        f'<w:rFonts w:ascii="{font}" w:eastAsia="{font}" w:hAnsi="{font}" w:hint="eastAsia"/></w:rPr><w:t>☐</w:t></w:r>'
        "</w:sdtContent></w:sdt>"
    )


def describe_picture(inline: CT_Inline, number: int, name: str, description: str) -> None:
    """Give an inline picture its name and its alternative text, which screen readers speak."""
    for properties in inline.iter(qn("wp:docPr"), qn("pic:cNvPr")):
        properties.set("id", str(number))
        properties.set("name", name)
        properties.set("descr", description)


def add_svg(inline: CT_Inline, relationship: str) -> None:
    """Let an inline PNG carry the same picture as SVG, which Office from 2016 on shows instead."""
    blip = next(inline.iter(qn("a:blip")))
    blip.append(
        parse_xml(
            f'<a:extLst {nsdecls("a", "r")}><a:ext uri="{_SVG_EXTENSION}"><asvg:svgBlip xmlns:asvg="{_SVG_NAMESPACE}" '
            f'r:embed="{relationship}"/></a:ext></a:extLst>'
        )
    )


def display(math: Element) -> Element:
    """Set an `m:oMath` as display: centred, its limits under and over, its fractions in full size."""
    return element("m:oMathPara", None, element("m:oMathParaPr", None, element("m:jc", {"m:val": "center"})), math)


def equation_table(style: str, width: int) -> Element:
    """Make an empty table of two columns, for equations and their numbers; width in twentieths of a point.

    A table, because Word sets an equation as display only if its paragraph holds nothing else: beside a tab and a
    number it becomes inline, the limits of a sum move to the side whatever `m:limLoc` says, and fractions shrink. The
    number of an equation array (`#`) would be more native still, but LibreOffice prints the sign and drops the field.
    """
    number = _number_width(width)
    return fragment(
        f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{width}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblLook w:firstRow="0" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" '
        'w:noHBand="1" w:noVBand="1"/></w:tblPr>'
        f'<w:tblGrid><w:gridCol w:w="{width - number}"/><w:gridCol w:w="{number}"/></w:tblGrid></w:tbl>'
    )


def equation_row(width: int, styles: tuple[str, str], math: Element, number: Iterable[Element]) -> Element:
    """Make a row of an equation table; `styles` are the ids of the equation's paragraph and of the number's."""
    side = _number_width(width)
    # The margin on the left is as wide as the column on the right, so that the equation is centred on the page.
    margin = f'<w:tcMar><w:left w:w="{side}" w:type="dxa"/></w:tcMar>'
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{cell_width}" w:type="dxa"/>{cell_margin}<w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr></w:p></w:tc>'
        for style, cell_width, cell_margin in zip(styles, (width - side, side), (margin, ""), strict=True)
    )
    row = fragment(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    equation, numbered = row.iter(qn("w:p"))
    equation.append(display(math))
    numbered.extend(number)
    return row


def _number_width(width: int) -> int:
    return width // 12


def math(latex: str, block: bool) -> Element:
    """Convert LaTeX to an `m:oMath`, with the limits of sums under and over the sign if it is set as a block."""
    made = parse_xml(_omml(latex).replace("<m:oMath>", f"<m:oMath {nsdecls('m')}>", 1))
    for box in list(made.iter(qn("m:box"))):  # a box forbids line breaks; the converter makes one of every group
        _replace(box, [child for argument in box for child in argument])
    for over in list(made.iter(qn("m:limUpp"))):
        _accent(over)
    for character in made.iter(qn("m:chr")):
        character.set(qn("m:val"), _COMBINING.get(character.get(qn("m:val"), ""), character.get(qn("m:val"), "")))
    for root in made.iter(qn("m:rad")):
        if root.find(qn("m:deg")) is None:  # a square root has one too, hidden: without it the formula is not valid
            hidden = element("m:radPr", None, element("m:degHide", {"m:val": "1"}))
            root[:0] = [hidden, element("m:deg")]
    # From the inside out: what an inner sum does not hold may not belong to the outer sum either.
    for nary in reversed(list(made.iter(qn("m:nary")))):
        _nary(nary, block)
    for text in made.iter(qn("m:t")):
        if text.text and text.text.isspace():
            text.set(qn("xml:space"), "preserve")
    for run in list(made.iter(qn("m:r"))):
        _function(run)
        _name(run)
    return made


@cache
def _omml(latex: str) -> str:
    # Only a document with mathematics pays for its converters.
    import mathml2omml  # noqa: PLC0415
    from latex2mathml.converter import convert  # noqa: PLC0415

    # Typed as one character with the mark over it, the mark would stand alone, and an index would belong to it.
    latex = re.sub(r"(\\[A-Za-z]+|\w)\u0303", r"\\tilde{\1}", latex)
    advice = "see which LaTeX commands latex2mathml knows, and write this one with them"
    try:
        omml = str(mathml2omml.convert(re.sub(r'<mspace width="([^"]*)em" ?/>', _space, convert(latex))))
    except Exception as error:  # both converters raise whatever their parsers happen to raise
        raise ReportgenError(f"the formula ${latex.strip()}$ cannot be read ({error!r}): {advice}") from error
    if unknown := re.search(r"\\\w*", omml):
        raise ReportgenError(f"the formula ${latex.strip()}$ holds {unknown[0]}, which is not known: {advice}")
    return omml


def _space(match: re.Match[str]) -> str:
    # The converter sets every space alike, and as a plain blank, which Word leaves out of mathematics.
    width = float(match[1])
    spaces = "" if width <= 0 else "\u2009" if width < 0.2 else "\u2005" if width < 0.5 else "\u2003" * round(width)
    return f"<mtext>{spaces}</mtext>"


def _replace(old: Element, new: Iterable[Element]) -> None:
    for child in new:
        old.addprevious(child)
    parent = old.getparent()
    assert parent is not None
    parent.remove(old)


def _text(part: Element) -> str:
    return "".join(str(text.text or "") for text in part.iter(qn("m:t")))


# The characters that the converter leaves as they are, and those that Word's accents are made of.
_COMBINING = {"ˆ": "\u0302", "¯": "\u0305"}

# What the converter puts over a base as a limit, and the combining character of the accent that is meant.
_ACCENTS = {"˙": "\u0307", "¨": "\u0308", "ˇ": "\u030c", "˘": "\u0306"}


def _accent(over: Element) -> None:
    base, limit = over
    mark = _text(limit)
    if mark in "―‾¯":
        position = element("m:barPr", None, element("m:pos", {"m:val": "top"}))
        _replace(over, [element("m:bar", None, position, base)])
    elif mark in _ACCENTS:
        properties = element("m:accPr", None, element("m:chr", {"m:val": _ACCENTS[mark]}))
        _replace(over, [element("m:acc", None, properties, base)])


# An operator that ends what a sum or a product ranges over.
_ENDS_OPERAND = set("=+−±<>≤≥≈≠≡≪≫∝→⇒⟹,;")


def _nary(nary: Element, block: bool) -> None:
    properties, sub, sup, operand = nary
    location = properties.find(qn("m:limLoc"))
    assert location is not None
    if not block:
        location.set(qn("m:val"), "subSup")
    for argument, hide in ((sub, "m:subHide"), (sup, "m:supHide")):
        if not len(argument):
            properties.append(element(hide, {"m:val": "1"}))
    # The converter lets the operand run to the end of the line, so that what follows "=" would be summed as well.
    ends = (at for at, child in enumerate(operand) if at and child.tag == qn("m:r") and _text(child) in _ENDS_OPERAND)
    if (end := next(ends, None)) is not None:
        for child in reversed(list(operand)[end:]):
            nary.addnext(child)


_FUNCTIONS = {"ln", "log", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "min", "max"}


def _function(run: Element) -> None:
    # As a run of its own "ln f" would be set as "lnf": the space belongs to m:func.
    argument = run.getnext()
    if _text(run) not in _FUNCTIONS or argument is None:
        return
    if argument.tag == qn("m:r") and not _text(argument).isalnum():  # a parenthesis or an operator
        return
    function = element("m:func", None)
    run.addprevious(function)
    function.append(element("m:fName", None, run))
    function.append(element("m:e", None, argument))


def _name(run: Element) -> None:
    # A name that LibreOffice does not know, as in \operatorname{diag}, is upright there only as normal text.
    text, properties = _text(run), run.find(qn("m:rPr"))
    if len(text) > 1 and text.isalpha() and text not in _FUNCTIONS and properties is not None:
        properties[:] = [element("m:nor")]
