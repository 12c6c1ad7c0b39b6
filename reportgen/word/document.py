"""A manuscript to a native Word document, the same bytes for the same input."""

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, Twips
from docx.text.paragraph import Paragraph
from lxml.etree import _Element as Element
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError
from reportgen.manuscript import Manuscript, classes, excerpt, only_child, require_known_class
from reportgen.manuscript.labels import Label
from reportgen.manuscript.source import check_text
from reportgen.word import equations, ooxml
from reportgen.word.package import Attachment, Composed, collect, fill, pack
from reportgen.word.reference_document import PAGE_SIZES, Properties, empty_document, own_numbering
from reportgen.word.styles import LIST_LEVELS, list_style
from reportgen.word.tables import table_before, write_table
from reportgen.word.text import PLAIN, Setting, Writing, entry_bookmark, hyperlink, inline, run, unknown

# The class on an attribute line, and the style of the paragraph below it.
_PARAGRAPH_CLASSES = {"title": "Title", "subtitle": "Subtitle", "author": "Author", "date": "Date", "note": "Note"}
_CLASSES = {
    "paragraph": _PARAGRAPH_CLASSES,
    "heading": {"references": "Heading 1", "contents": "TOC Heading"},
    "table": {"small": "Table Text Small"},
}


def write_docx(
    manuscript: Manuscript,
    properties: Properties,
    reference_doc: bytes | None = None,
    attachment: Attachment | None = None,
) -> bytes:
    """Write a text into a Word document, which carries an `attachment` out of sight; the rest is as `compose` has it."""
    composed = compose(manuscript, properties, reference_doc, room=attachment is not None)
    return pack(fill(composed, attachment) if attachment else composed)


def compose(
    manuscript: Manuscript, properties: Properties, reference_doc: bytes | None = None, *, room: bool = False
) -> Composed:
    """Write a text into the parts of a Word document, with `room` for an attachment if it is asked for.

    A `reference_doc` gives its styles, page, header and footer. What is not in the dialect is a ReportgenError.
    """
    _check_properties(properties)
    writing = Writing(empty_document(properties, reference_doc), manuscript)
    _blocks(writing, manuscript.source.blocks)
    return collect(writing.document, properties.created, room=room)


def _check_properties(properties: Properties) -> None:
    for field, value in vars(properties).items():
        check_text(str(value), f"the document's {field}: ")
        if len(str(value)) > _LONGEST_PROPERTY and field != "header":
            raise ReportgenError(
                f"the document's {field} has {len(str(value))} characters, and its properties hold {_LONGEST_PROPERTY}: shorten it"
            )
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", properties.language):
        raise ReportgenError(f"the language {properties.language!r} is not a tag such as en-US (BCP 47)")
    if properties.page_size not in PAGE_SIZES:
        raise ReportgenError(f"page size {properties.page_size!r} is not known: choose {' or '.join(PAGE_SIZES)}")


_LONGEST_PROPERTY = 255  # as python-docx has it


def _blocks(writing: Writing, nodes: Sequence[SyntaxTreeNode]) -> None:
    for node, following in zip(nodes, [*nodes[1:], None], strict=True):
        try:
            _block(writing, node, following)
        except RecursionError:
            place = writing.source.place(node)
            raise ReportgenError(f"{place}emphasis or an equation nests too deep to be written: divide it") from None


def _block(  # noqa: PLR0912 - one case for each kind of block, nothing else
    writing: Writing, node: SyntaxTreeNode, following: SyntaxTreeNode | None
) -> None:
    style, place = _class_style(writing, node), writing.source.place(node)
    match node.type:
        case "paragraph":
            figure = only_child(node, "image")
            if figure is not None and style is None:
                _figure(writing, figure)
            elif (caption := only_child(node, "link")) is not None and str(caption.attrs["href"]).startswith("tbl:"):
                if following is None or following.type != "table":
                    raise ReportgenError(
                        f"{place}{caption.attrs['href']} labels no table: put its line directly before one"
                    )
                above = _caption(writing, str(caption.attrs["href"]), caption.children).paragraph_format
                above.keep_with_next, above.space_before, above.space_after = True, Pt(8), Pt(4)
            else:
                introduces = following is not None and following.type.startswith("math_block")
                text = _text(writing, style or "Body Text", node)
                text.paragraph_format.keep_with_next = True if introduces else None
        case "heading":
            level = int(node.tag[1:])
            if level > 3:
                raise ReportgenError(
                    f"{place}a heading of level {level} ({excerpt(node)}) has no style: three levels are all"
                )
            _heading(writing, node, style or f"Heading {level}")
            if "references" in classes(node):
                _references(writing)
            elif "contents" in classes(node):
                _table_of_contents(writing)
        case "bullet_list" | "ordered_list":
            _list(writing, node, level=0)
            last = Paragraph(writing.document.element.body.sectPr.getprevious(), writing.document)
            last.paragraph_format.space_after = Pt(8)  # the space that text has, and items among themselves do not
        case "blockquote":
            for child in node.children:
                if child.type != "paragraph":
                    raise unknown(writing, child, "in a quotation")
                _text(writing, "Quote", child)
        case "table":
            write_table(writing, node, style or "Table Text")
        case "math_block":
            _paragraph(writing, "Equation", [equations.display(equations.math(node.content, block=True, place=place))])
        case "math_block_label":
            _equation(writing, node)
        case "fence" | "code_block":
            _paragraph(writing, "Code", [run(node.content.rstrip("\n"), PLAIN)])
        case _:
            raise unknown(writing, node, "in a document")


def _heading(writing: Writing, node: SyntaxTreeNode, style: str) -> None:
    content = inline(writing, node.children[0].children)
    if node in writing.contents:
        position = writing.contents.index(node)
        number = writing.base.first_id + len(writing.labels) + position
        content = ooxml.bookmark(_heading_bookmark(position), number, content)
    _paragraph(writing, style, content)


def _heading_bookmark(position: int) -> str:
    return f"_Toc_{position + 1}"


def _table_of_contents(writing: Writing) -> None:
    """Write the entries of a TOC field (ECMA-376 part 1, 17.16.5.68) without page numbers, which only layout knows."""
    paragraphs = []
    for position, node in enumerate(writing.contents):
        entry = ooxml.element(
            "w:hyperlink",
            {"w:anchor": _heading_bookmark(position), "w:history": "1"},
            *_without_links(inline(writing, node.children[0].children)),
        )
        paragraphs.append(_paragraph(writing, f"TOC {node.tag[1:]}", [entry])._p)
    if paragraphs:
        *before, end = ooxml.field('TOC \\o "1-3" \\n \\h \\z', [])
        for mark in reversed(before):
            paragraphs[0].insert(1, mark)
        paragraphs[-1].append(end)
        writing.document.element.body.sectPr.addprevious(ooxml.table_of_contents(paragraphs))


def _without_links(content: Iterable[Element]) -> list[Element]:
    """Give what a link shows in its place: an entry of the table of contents is a link already."""
    return [run for each in content for run in (list(each) if each.tag == qn("w:hyperlink") else [each])]


def _class_style(writing: Writing, node: SyntaxTreeNode) -> str | None:
    name = require_known_class(writing.source, node, _CLASSES)
    return _CLASSES[node.type][name] if name else None


def _paragraph(writing: Writing, style: str, content: Iterable[Element]) -> Paragraph:
    above = table_before(writing)
    named = ooxml.element("w:pPr", None, ooxml.element("w:pStyle", {"w:val": writing.base.styles[style]}))
    made: Any = ooxml.element("w:p", None, named, *content)
    writing.document.element.body.sectPr.addprevious(made)
    paragraph = Paragraph(made, writing.document._body)
    if above is not None and above.tblPr.style == writing.base.styles["Table"] and not style.startswith("Heading"):
        paragraph.paragraph_format.space_before = Pt(12)  # a table has no space of its own below it
    return paragraph


def _text(writing: Writing, style: str, node: SyntaxTreeNode) -> Paragraph:
    return _paragraph(writing, style, inline(writing, node.children[0].children))


def _references(writing: Writing) -> None:
    keys = list(writing.manuscript.bibliography.items)
    for position, (key, entry) in enumerate(zip(keys, writing.manuscript.bibliography.entries, strict=True)):
        number = writing.manuscript.bibliography.cite([key])
        bookmark = writing.base.first_id + len(writing.labels) + len(writing.contents) + position
        content = ooxml.bookmark(entry_bookmark(number), bookmark, [run(number, PLAIN)])
        content.append(run("\t", PLAIN))
        for span in entry:
            check_text(span.text, f"the reference {key!r}: ")
            style = writing.base.styles["Hyperlink"] if span.href else None
            piece = run(span.text, Setting(italic=span.italic, style=style))
            content.append(hyperlink(writing, span.href, [piece]) if span.href else piece)
        _paragraph(writing, "Bibliography", content)


def _sequence(writing: Writing, label: Label) -> list[Element]:
    """Give the bookmarked number of a caption or an equation, as the text of a label reads."""
    before, after = label.text.split(str(label.number))
    number = ooxml.field(f"SEQ {label.word} \\* ARABIC", [run(str(label.number), PLAIN)])
    content = [run(before, PLAIN), *number, *([run(after, PLAIN)] if after else [])]
    return ooxml.bookmark(label.bookmark, writing.base.first_id + label.position, content)


def _caption(writing: Writing, name: str, nodes: Iterable[SyntaxTreeNode]) -> Paragraph:
    label = writing.labels[name]
    lead = _sequence(writing, label)
    for piece in lead:  # those of the field's marks too, or Word may set the number plain when it counts anew
        if piece.tag == qn("w:r"):
            piece.insert(0, ooxml.element("w:rPr", None, ooxml.element("w:b"), ooxml.element("w:bCs")))
    return _paragraph(writing, "Caption", [*lead, run(". ", Setting(bold=True)), *inline(writing, nodes)])


def _figure(writing: Writing, node: SyntaxTreeNode) -> None:
    name = str(node.attrs["src"])
    label, picture = writing.labels[name], writing.manuscript.pictures[name.removeprefix("fig:")]
    part = writing.document.part
    width = min(Cm(picture.width_cm), Twips(writing.base.width))
    inline = part.new_pic_inline(io.BytesIO(picture.png), width)
    ooxml.describe_picture(inline, writing.base.first_id + label.position, label.text, picture.alt)
    if picture.svg:
        svg = Part(part.package.next_partname("/word/media/image%d.svg"), "image/svg+xml", picture.svg, part.package)
        ooxml.add_svg(inline, part.relate_to(svg, RELATIONSHIP_TYPE.IMAGE))
    drawing = ooxml.element("w:drawing", None, inline)
    paragraph = _paragraph(writing, "Figure", [ooxml.element("w:r", None, drawing)])
    paragraph.paragraph_format.keep_with_next = True  # a reference document's style may not say so
    _caption(writing, name, node.children)


def _equation(writing: Writing, node: SyntaxTreeNode) -> None:
    styles, place = writing.base.styles, writing.source.place(node)
    style, paragraphs = styles["Equation Table"], (styles["Equation"], styles["Equation Number"])
    number = _sequence(writing, writing.labels[node.info])
    row = equations.equation_row(
        writing.base.width, paragraphs, equations.math(node.content, block=True, place=place), number
    )
    before = table_before(writing)
    if before is None:
        made = equations.equation_table(style, writing.base.width)
        made.append(row)
        writing.document.element.body.sectPr.addprevious(made)
    elif before.tblPr.style == style:  # Word would join two tables; equations in sequence are rows of one
        before.append(row)
    else:
        raise ReportgenError(
            f"{place}the equation {node.info} follows a table, to which Word would join it: put text between"
        )


def _list(writing: Writing, node: SyntaxTreeNode, level: int) -> None:
    _class_style(writing, node)
    if level == LIST_LEVELS:
        raise unknown(writing, node, f"deeper than {LIST_LEVELS} levels")
    name = "List Number" if node.type == "ordered_list" else "List Bullet"
    numbering = _numbering(writing, name, level, int(node.attrs.get("start", 1)))
    for item in node.children:
        style = list_style(name, level)
        for child in item.children:
            if child.type in ("bullet_list", "ordered_list"):
                _list(writing, child, level + 1)
            elif child.type == "paragraph":
                paragraph = _text(writing, style, child)
                if numbering is not None and style == list_style(name, level):
                    number = (ooxml.element(tag, {"w:val": str(value)}) for tag, value in numbering)
                    paragraph._p.get_or_add_pPr().insert(1, ooxml.element("w:numPr", None, *number))
            else:
                raise unknown(writing, child, "in a list")
            style = list_style("List Continue", level)


def _numbering(
    writing: Writing, name: str, level: int, start: int
) -> tuple[tuple[Literal["w:ilvl"], int], tuple[Literal["w:numId"], int]] | None:
    """Give the numbering that the items of a list must name, beyond that of their style.

    A numbered list gets one of its own, so that it does not go on counting from the list before it; bullets need none, if
    their style has them.
    """
    own = own_numbering(writing.base, list_style(name, level))
    abstract, number = writing.base.lists[name]
    if name == "List Bullet":
        return None if own else (("w:ilvl", level), ("w:numId", number))
    abstract, level = own or (abstract, level)
    added = writing.document.part.numbering_part.element.add_num(abstract)
    added.add_lvlOverride(level).add_startOverride(start)
    return ("w:ilvl", level), ("w:numId", int(added.numId))
