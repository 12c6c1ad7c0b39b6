"""Markdown, pictures and references to a native Word document, the same bytes for the same input."""

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.part import Part
from docx.oxml.ns import qn
from docx.oxml.table import CT_Tbl
from docx.shared import Cm, Pt, Twips
from docx.text.paragraph import Paragraph
from lxml.etree import _Element as Element
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError
from reportgen.prose import markdown as dialect
from reportgen.word import ooxml
from reportgen.word.references import Bibliography, bibliography, nearest
from reportgen.word.styles import LIST_LEVELS, PAGE_SIZES, Base, Properties, empty_document, list_style, own_numbering


@dataclass(frozen=True)
class Picture:
    """A figure in both formats, its alternative text, and the width at which it is printed."""

    png: bytes
    svg: bytes
    alt: str
    width_cm: float


# The class on an attribute line, and the style of the paragraph below it.
_PARAGRAPH_CLASSES = {"title": "Title", "subtitle": "Subtitle", "author": "Author", "date": "Date", "note": "Note"}
_CLASSES = {
    "paragraph": _PARAGRAPH_CLASSES,
    "heading": {"references": "Heading 1", "contents": "TOC Heading"},
    "table": {"small": "Table Text Small"},
}


@dataclass(frozen=True)
class _Label:
    """What a label stands for: "Figure", "Table" or "Equation", its number, and its place among all labels."""

    word: str
    number: int
    position: int

    @property
    def bookmark(self) -> str:
        return f"_Ref_{self.word}_{self.number}"

    @property
    def text(self) -> str:
        return f"({self.number})" if self.word == "Equation" else f"{self.word} {self.number}"


@dataclass(frozen=True)
class _Writing:
    """What every function below reads: the document written to, and what the Markdown may refer to."""

    base: Base
    labels: Mapping[str, _Label]
    headings: Sequence[SyntaxTreeNode]  # those that a table of contents lists, if the Markdown asks for one
    bibliography: Bibliography
    pictures: Mapping[str, Picture]

    @property
    def document(self) -> Document:
        return self.base.document


@dataclass(frozen=True)
class _Setting:
    """How a run of text is set."""

    bold: bool = False
    italic: bool = False
    style: str | None = None  # its id


_PLAIN = _Setting()


def write_document(
    markdown: str,
    pictures: Mapping[str, Picture],
    references: Sequence[Mapping[str, Any]],
    properties: Properties,
    reference_doc: bytes | None = None,
) -> bytes:
    """Write Markdown into a Word document.

    `pictures` are those that the Markdown shows, by the name in `fig:name`; `references` are CSL-JSON items, of which
    those cited are listed; a `reference_doc` gives its styles, page, header and footer. What is not in the dialect, and a name
    that leads nowhere, is a ReportgenError.
    """
    _check_texts(markdown, pictures, properties)
    root = SyntaxTreeNode(dialect.parse(markdown))
    nodes = list(root.walk(include_self=False))
    if not nodes:
        raise ReportgenError("the templates give no text at all: a document needs some")
    cited = [key for node in nodes if node.type == "citation" for key in node.meta["keys"]]
    writing = _Writing(
        base=empty_document(properties, reference_doc),
        labels=_labels(nodes, pictures),
        headings=_contents(nodes),
        bibliography=bibliography(references, cited),
        pictures=pictures,
    )
    lists = sum("references" in _classes(node) for node in nodes)
    if lists != bool(cited):
        what = "cites references" if cited else "cites nothing"
        raise ReportgenError(
            f"the text {what}, and has {lists} headings with {{.references}} above: it needs {bool(cited):d}"
        )
    try:
        _blocks(writing, root.children)
    except RecursionError:
        raise ReportgenError("emphasis or an equation nests too deep to be written: divide it") from None
    saved = io.BytesIO()
    writing.document.save(saved)
    # The order in which python-docx saves parts is fixed; their date is the moment of saving.
    return ooxml.archive(ooxml.parts(saved.getvalue()), properties.created)


def places(markdown: str, pictures: Mapping[str, Picture]) -> dict[str, str]:
    """Return how a reader finds what a document will hold, by heading and by label: “The candidate”, Figure 2, Equation (1)."""
    nodes = list(SyntaxTreeNode(dialect.parse(markdown)).walk(include_self=False))
    headings = [node.children[0].content for node in nodes if node.type == "heading"]
    labels = _labels(nodes, pictures)
    return {heading: f"“{heading}”" for heading in headings} | {name: _name(label) for name, label in labels.items()}


def _name(label: _Label) -> str:
    return f"Equation\u00a0{label.text}" if label.word == "Equation" else label.text


def _check_texts(markdown: str, pictures: Mapping[str, Picture], properties: Properties) -> None:
    ooxml.check_text(markdown, "the Markdown")
    for name, picture in pictures.items():
        ooxml.check_text(picture.alt, f"the alternative text of picture {name!r}")
        if not picture.alt.strip():
            raise ReportgenError(f"picture {name!r} has no alternative text: say in words what it shows")
    for field, value in vars(properties).items():
        ooxml.check_text(str(value), f"the document's {field}")
        if len(str(value)) > _LONGEST_PROPERTY and field != "header":
            raise ReportgenError(
                f"the document's {field} has {len(str(value))} characters, and its properties hold {_LONGEST_PROPERTY}: shorten it"
            )
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", properties.language):
        raise ReportgenError(f"the language {properties.language!r} is not a tag such as en-US (BCP 47)")
    if properties.page_size not in PAGE_SIZES:
        raise ReportgenError(f"page size {properties.page_size!r} is not known: choose {' or '.join(PAGE_SIZES)}")


_LONGEST_PROPERTY = 255  # as python-docx has it

_WORDS = {"fig": "Figure", "tbl": "Table", "eq": "Equation"}
_LABEL = re.compile(r"(fig|tbl|eq):\w+(?:-\w+)*")


def _labels(nodes: Iterable[SyntaxTreeNode], pictures: Mapping[str, Picture]) -> dict[str, _Label]:
    labels: dict[str, _Label] = {}
    for node in nodes:
        if node.type == "image":
            name, kind = str(node.attrs["src"]), "fig"
        elif node.type == "link" and str(node.attrs["href"]).startswith("tbl:"):
            name, kind = str(node.attrs["href"]), "tbl"
        elif node.type == "math_block_label":
            name, kind = node.info, "eq"
        else:
            continue
        if not (match := _LABEL.fullmatch(name)) or match[1] != kind:
            raise ReportgenError(
                f"{name!r} cannot label a {_WORDS[kind].lower()}: write {kind}:name, of letters and digits"
            )
        if name in labels:
            raise ReportgenError(f"two things are labelled {name!r}: rename one of them")
        number = 1 + sum(label.word == _WORDS[kind] for label in labels.values())
        labels[name] = _Label(_WORDS[kind], number, len(labels))
    shown = {name[4:] for name in labels if name.startswith("fig:")}
    for name in sorted(shown - pictures.keys()):
        raise ReportgenError(f"fig:{name} is shown, but there is no picture of this name{nearest(name, pictures)}")
    for name in pictures:
        if name not in shown:
            raise ReportgenError(
                f"picture {name!r} is given but never shown: write ![caption](fig:{name}), or leave it out"
            )
    return labels


def _contents(nodes: Iterable[SyntaxTreeNode]) -> list[SyntaxTreeNode]:
    """Give the headings for a table of contents, all but its own; none where there is no such table."""
    headings = [node for node in nodes if node.type == "heading"]
    own = [node for node in headings if "contents" in _classes(node)]
    return [node for node in headings if node not in own] if own else []


def _blocks(writing: _Writing, nodes: Sequence[SyntaxTreeNode]) -> None:
    for node, following in zip(nodes, [*nodes[1:], None], strict=True):
        _block(writing, node, following)


def _block(  # noqa: PLR0912 - one case for each kind of block, nothing else
    writing: _Writing, node: SyntaxTreeNode, following: SyntaxTreeNode | None
) -> None:
    style = _class_style(node)
    match node.type:
        case "paragraph":
            figure = _only(node, "image")
            if figure is not None and style is None:
                _figure(writing, figure)
            elif (caption := _only(node, "link")) is not None and str(caption.attrs["href"]).startswith("tbl:"):
                if following is None or following.type != "table":
                    raise ReportgenError(f"{caption.attrs['href']} labels no table: put its line directly before one")
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
                    f"a heading of level {level} ({_excerpt(node)}) has no style: three levels are all"
                )
            _heading(writing, node, style or f"Heading {level}")
            if "references" in _classes(node):
                _references(writing)
            elif "contents" in _classes(node):
                _table_of_contents(writing)
        case "bullet_list" | "ordered_list":
            _list(writing, node, level=0)
            last = Paragraph(writing.document.element.body.sectPr.getprevious(), writing.document)
            last.paragraph_format.space_after = Pt(8)  # the space that text has, and items among themselves do not
        case "blockquote":
            for child in node.children:
                if child.type != "paragraph":
                    raise _unknown(child, "in a quotation")
                _text(writing, "Quote", child)
        case "table":
            _table(writing, node, style or "Table Text")
        case "math_block":
            _paragraph(writing, "Equation", [ooxml.display(ooxml.math(node.content, block=True))])
        case "math_block_label":
            _equation(writing, node)
        case "fence" | "code_block":
            _paragraph(writing, "Code", [_run(node.content.rstrip("\n"), _PLAIN)])
        case _:
            raise _unknown(node, "in a document")


def _heading(writing: _Writing, node: SyntaxTreeNode, style: str) -> None:
    content = _inline(writing, node.children[0].children)
    if node in writing.headings:
        position = writing.headings.index(node)
        number = writing.base.first_id + len(writing.labels) + position
        content = ooxml.bookmark(_heading_bookmark(position), number, content)
    _paragraph(writing, style, content)


def _heading_bookmark(position: int) -> str:
    return f"_Toc_{position + 1}"


def _table_of_contents(writing: _Writing) -> None:
    """Write the entries of a TOC field (ECMA-376 part 1, 17.16.5.68) without page numbers, which only layout knows."""
    paragraphs = []
    for position, node in enumerate(writing.headings):
        entry = ooxml.element(
            "w:hyperlink",
            {"w:anchor": _heading_bookmark(position), "w:history": "1"},
            *_without_links(_inline(writing, node.children[0].children)),
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


def _unknown(node: SyntaxTreeNode, place: str) -> ReportgenError:
    where = f", at line {node.map[0] + 1} of the Markdown" if node.map else ""
    return ReportgenError(f"a {node.type.replace('_', ' ')} cannot stand {place}{where}: write it another way")


def _excerpt(node: SyntaxTreeNode) -> str:
    text = "".join(child.content for child in node.walk() if child.type == "inline")
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def _classes(node: SyntaxTreeNode) -> list[str]:
    return str(node.attrs.get("class", "")).split()


def _class_style(node: SyntaxTreeNode) -> str | None:
    known = _CLASSES.get(node.type, {})
    if node.attrs.keys() - {"class", "start"} or len(_classes(node)) > 1:
        raise ReportgenError(f"the attribute line above {_excerpt(node)} must give one class, as in {{.note}}")
    for name in _classes(node):
        if name not in known:
            every = [key for styles in _CLASSES.values() for key in styles]
            what = f"{node.type.replace('_', ' ')} ({_excerpt(node)})"
            raise ReportgenError(f"{{.{name}}} is not a class of a {what}{nearest(name, every)}")
        return known[name]
    return None


def _only(paragraph: SyntaxTreeNode, kind: str) -> SyntaxTreeNode | None:
    children = paragraph.children[0].children
    return children[0] if len(children) == 1 and children[0].type == kind else None


def _paragraph(writing: _Writing, style: str, content: Iterable[Element]) -> Paragraph:
    table = _table_before(writing)
    paragraph = writing.document.add_paragraph()
    paragraph._p.style = writing.base.styles[style]
    paragraph._p.extend(content)
    if table is not None and table.tblPr.style == writing.base.styles["Table"] and not style.startswith("Heading"):
        paragraph.paragraph_format.space_before = Pt(12)  # a table has no space of its own below it
    return paragraph


def _text(writing: _Writing, style: str, node: SyntaxTreeNode) -> Paragraph:
    return _paragraph(writing, style, _inline(writing, node.children[0].children))


def _run(text: str, setting: _Setting) -> Element:
    properties = [ooxml.element("w:rStyle", {"w:val": setting.style})] if setting.style else []
    for on, tags in ((setting.bold, ("w:b", "w:bCs")), (setting.italic, ("w:i", "w:iCs"))):
        properties += [ooxml.element(tag) for tag in tags if on]
    return ooxml.run(text, *properties)


def _inline(  # noqa: PLR0912 - one case for each kind of inline content, nothing else
    writing: _Writing, nodes: Iterable[SyntaxTreeNode], setting: _Setting = _PLAIN
) -> list[Element]:
    made: list[Element] = []
    for node in nodes:
        match node.type:
            case "text":
                _check_markup(node.content)
                for piece in re.split("(☐)", node.content):
                    made += [ooxml.checkbox() if piece == "☐" else _run(piece, setting)] if piece else []
            case "softbreak":
                made.append(_run(" ", setting))
            case "hardbreak":
                made.append(_run("\n", setting))
            case "code_inline":
                made.append(_run(node.content, replace(setting, style=writing.base.styles["Code Character"])))
            case "strong":
                made += _inline(writing, node.children, replace(setting, bold=True))
            case "em":
                made += _inline(writing, node.children, replace(setting, italic=not setting.italic))
            case "link":
                made.append(_link(writing, str(node.attrs["href"]), node.children, setting))
            case "math_inline":
                made.append(ooxml.math(node.content, block=False))
            case "cross_reference":
                made += _cross_reference(writing, node.meta["label"], setting)
            case "citation":
                made += _citation(writing, node.meta["keys"], setting)
            case "math_inline_double":
                raise ReportgenError(
                    f"$${node.content}$$ stands inside a paragraph: leave a line blank above and below it"
                )
            case "image":
                raise ReportgenError(
                    f"{node.attrs['src']} stands inside a paragraph: give the picture a paragraph of its own"
                )
            case _:
                raise _unknown(node, "in a line of text")
    return made


def _check_markup(text: str) -> None:
    if match := re.search(r"^\{[.#]\w+\}$|\]\((?:fig|tbl):\S*\)?|\[@\S*|(?<![\w.])@\w\S*", text):
        raise ReportgenError(
            f"{match[0]!r} is left in the text ({text[:60]!r}): {{.class}} needs a blank line above it, a citation is "
            "[@key; @key], a reference @fig:name, and a plain @ before a word is written as `code`; no name or title can look so"
        )


def _link(writing: _Writing, target: str, nodes: Iterable[SyntaxTreeNode], setting: _Setting) -> Element:
    if target.startswith("tbl:"):
        raise ReportgenError(f"[…]({target}) stands inside a paragraph: a table's caption has a paragraph of its own")
    if not target.startswith(("https://", "http://", "mailto:")):
        raise ReportgenError(
            f"the link to {target!r} leads nowhere from a document: write an address that starts with https://"
        )
    relationship = writing.document.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    runs = _inline(writing, nodes, replace(setting, style=writing.base.styles["Hyperlink"]))
    return ooxml.element("w:hyperlink", {"r:id": relationship, "w:history": "1"}, *runs)


def _cross_reference(writing: _Writing, name: str, setting: _Setting) -> list[Element]:
    if name not in writing.labels:
        raise ReportgenError(f"@{name} refers to nothing{nearest(name, writing.labels)}")
    label = writing.labels[name]
    word = [_run("Equation\u00a0", setting)] if label.word == "Equation" else []
    return word + ooxml.field(f"REF {label.bookmark} \\h \\* MERGEFORMAT", [_run(label.text, setting)])


def _citation(writing: _Writing, keys: Sequence[str], setting: _Setting) -> list[Element]:
    made: list[Element] = []
    for key in keys:
        number = writing.bibliography.cite([key])
        if made:
            made.append(_run(", ", setting))
        made.append(ooxml.element("w:hyperlink", {"w:anchor": _entry_bookmark(number)}, _run(number, setting)))
    return made


def _entry_bookmark(number: str) -> str:
    return f"_Ref_Entry_{number.strip('[]')}"


def _references(writing: _Writing) -> None:
    keys = list(writing.bibliography.items)
    for position, (key, entry) in enumerate(zip(keys, writing.bibliography.entries(), strict=True)):
        number = writing.bibliography.cite([key])
        bookmark = writing.base.first_id + len(writing.labels) + len(writing.headings) + position
        content = ooxml.bookmark(_entry_bookmark(number), bookmark, [_run(number, _PLAIN)])
        content.append(_run("\t", _PLAIN))
        for span in entry:
            ooxml.check_text(span.text, f"the reference {key!r}")
            run = _run(
                span.text, _Setting(italic=span.italic, style=writing.base.styles["Hyperlink"] if span.href else None)
            )
            if span.href:
                relationship = writing.document.part.relate_to(span.href, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
                run = ooxml.element("w:hyperlink", {"r:id": relationship, "w:history": "1"}, run)
            content.append(run)
        _paragraph(writing, "Bibliography", content)


def _sequence(writing: _Writing, label: _Label) -> list[Element]:
    """Give the bookmarked number of a caption or an equation, as the text of a label reads."""
    before, after = label.text.split(str(label.number))
    number = ooxml.field(f"SEQ {label.word} \\* ARABIC", [_run(str(label.number), _PLAIN)])
    content = [_run(before, _PLAIN), *number, *([_run(after, _PLAIN)] if after else [])]
    return ooxml.bookmark(label.bookmark, writing.base.first_id + label.position, content)


def _caption(writing: _Writing, name: str, nodes: Iterable[SyntaxTreeNode]) -> Paragraph:
    label = writing.labels[name]
    lead = _sequence(writing, label)
    for run in lead:  # those of the field's marks too, or Word may set the number plain when it counts anew
        if run.tag == qn("w:r"):
            run.insert(0, ooxml.element("w:rPr", None, ooxml.element("w:b"), ooxml.element("w:bCs")))
    return _paragraph(writing, "Caption", [*lead, _run(". ", _Setting(bold=True)), *_inline(writing, nodes)])


def _figure(writing: _Writing, node: SyntaxTreeNode) -> None:
    name = str(node.attrs["src"])
    label, picture = writing.labels[name], writing.pictures[name.removeprefix("fig:")]
    part = writing.document.part
    width = min(Cm(picture.width_cm), Twips(writing.base.width))
    inline = part.new_pic_inline(io.BytesIO(picture.png), width)
    ooxml.describe_picture(inline, writing.base.first_id + label.position, label.text, picture.alt)
    svg = Part(part.package.next_partname("/word/media/image%d.svg"), "image/svg+xml", picture.svg, part.package)
    ooxml.add_svg(inline, part.relate_to(svg, RELATIONSHIP_TYPE.IMAGE))
    drawing = ooxml.element("w:drawing", None, inline)
    paragraph = _paragraph(writing, "Figure", [ooxml.element("w:r", None, drawing)])
    paragraph.paragraph_format.keep_with_next = True  # a reference document's style may not say so
    _caption(writing, name, node.children)


def _equation(writing: _Writing, node: SyntaxTreeNode) -> None:
    styles = writing.base.styles
    style, paragraphs = styles["Equation Table"], (styles["Equation"], styles["Equation Number"])
    number = _sequence(writing, writing.labels[node.info])
    row = ooxml.equation_row(writing.base.width, paragraphs, ooxml.math(node.content, block=True), number)
    before = _table_before(writing)
    if before is None:
        table = ooxml.equation_table(style, writing.base.width)
        table.append(row)
        writing.document.element.body.sectPr.addprevious(table)
    elif before.tblPr.style == style:  # Word would join two tables; equations in sequence are rows of one
        before.append(row)
    else:
        raise ReportgenError(f"the equation {node.info} follows a table, to which Word would join it: put text between")


def _table_before(writing: _Writing) -> CT_Tbl | None:
    """Give the table that what is written next would follow, if there is one."""
    last = writing.document.element.body.sectPr.getprevious()
    return last if isinstance(last, CT_Tbl) else None


def _list(writing: _Writing, node: SyntaxTreeNode, level: int) -> None:
    _class_style(node)
    if level == LIST_LEVELS:
        raise _unknown(node, f"deeper than {LIST_LEVELS} levels")
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
                raise _unknown(child, "in a list")
            style = list_style("List Continue", level)


def _numbering(
    writing: _Writing, name: str, level: int, start: int
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


_ALIGNMENTS = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}


def _table(writing: _Writing, node: SyntaxTreeNode, style: str) -> None:
    rows = [row.children for part in node.children for row in part.children]
    widths = _column_widths([[_plain(cell) for cell in row] for row in rows], writing.base.width, _CHARACTER[style])
    if _table_before(writing) is not None:
        header = " | ".join(_plain(cell) for cell in rows[0])
        raise ReportgenError(f"the table {header!r} follows another, to which Word would join it: put text between")
    table = writing.document.add_table(len(rows), len(widths))
    table._tbl.tblPr.style = writing.base.styles["Table"]
    table.autofit = False
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.set(qn("w:firstColumn"), "0")
    look.set(qn("w:val"), "0420")
    for column, width in zip(table._tbl.tblGrid.gridCol_lst, widths, strict=True):
        column.w = Twips(width)
    short = sum(len(_plain(cell)) for row in rows for cell in row) < _KEPT_TOGETHER
    for position, (row, tr) in enumerate(zip(rows, table._tbl.tr_lst, strict=True)):
        tr.get_or_add_trPr().append(ooxml.element("w:cantSplit"))
        if position == 0:
            tr.trPr.append(ooxml.element("w:tblHeader"))
        for cell, tc, width in zip(row, tr.tc_lst, widths, strict=True):
            tc.width = Twips(width)
            paragraph = Paragraph(tc.p_lst[0], table)
            paragraph._p.style = writing.base.styles[style]
            if (alignment := _ALIGNMENTS.get(str(cell.attrs.get("style")))) is not None:
                paragraph._p.get_or_add_pPr().append(ooxml.element("w:jc", {"w:val": alignment}))
            if position == 0 or (short and position < len(rows) - 1):
                paragraph.paragraph_format.keep_with_next = True
            setting = _Setting(bold=position == 0)
            paragraph._p.extend(_inline(writing, cell.children[0].children if cell.children else [], setting))


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
