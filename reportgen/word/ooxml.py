"""The WordprocessingML that python-docx has no call for: fields, bookmarks, SVG, alternative text."""

import re
from collections.abc import Iterable, Mapping
from functools import cache

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, nsmap, qn
from docx.oxml.parser import oxml_parser
from docx.oxml.shape import CT_Inline
from lxml.etree import _Element as Element

# [MS-ODRAWXML] 2.3.2 svgBlip: the extension by which Office reads an SVG in place of the PNG beside it.
_SVG_EXTENSION = "{96DAC541-7B7A-43D3-8B79-37D633B846F1}"
_SVG_NAMESPACE = "http://schemas.microsoft.com/office/drawing/2016/SVG/main"


def element(tag: str, attributes: Mapping[str, str] | None = None, *children: Element) -> Element:
    """Make one element; `tag` and the attributes' names carry their prefix, as in "w:tab"."""
    # As python-docx's OxmlElement, but that a name is looked up once: a report has thousands of elements of a few dozen names.
    prefixed = {_name(name): value for name, value in attributes.items()} if attributes else None
    made = oxml_parser.makeelement(_name(tag), prefixed, _namespace(tag))
    made.extend(children)
    return made


_name = cache(qn)


@cache
def _namespace(tag: str) -> dict[str, str]:
    prefix = tag.partition(":")[0]
    return {prefix: nsmap[prefix]}


def fragment(xml: str) -> Element:
    """Parse an element whose prefixes (w, m, r) are not declared in it."""
    return parse_xml(re.sub(r"^<([\w:]+)", rf"<\1 {nsdecls('w', 'm', 'r')}", xml, count=1))


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
