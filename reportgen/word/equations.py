"""Equations: LaTeX to Word's own mathematics, and the tables in which numbered ones stand."""

import re
from collections.abc import Iterable
from functools import cache

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml.etree import _Element as Element

from reportgen.errors import ReportgenError
from reportgen.word.ooxml import element, fragment


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


def math(latex: str, *, block: bool, place: str = "") -> Element:
    """Convert LaTeX to an `m:oMath`, with the limits of sums under and over the sign if it is set as a block.

    Raises ReportgenError, which begins with the `place`, for what is no LaTeX or not known.
    """
    try:
        omml = _omml(latex)
    except ReportgenError as error:
        raise ReportgenError(f"{place}{error}") from error
    made = parse_xml(omml.replace("<m:oMath>", f"<m:oMath {nsdecls('m')}>", 1))
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
