"""A line of text: runs, links, mathematics, references to figures, tables, equations and to what is cited."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from lxml.etree import _Element as Element
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError, nearest
from reportgen.manuscript import Manuscript
from reportgen.manuscript.labels import Label
from reportgen.manuscript.source import Source
from reportgen.word import equations, ooxml
from reportgen.word.reference_document import Base


@dataclass(frozen=True)
class Writing:
    """What every function of the writer reads: the document written to, and the text."""

    base: Base
    manuscript: Manuscript

    @property
    def document(self) -> Document:
        """The document written to."""
        return self.base.document

    @property
    def source(self) -> Source:
        """The text as a tree, in which every node knows where it was written."""
        return self.manuscript.source

    @property
    def labels(self) -> Mapping[str, Label]:
        """What labels stand for."""
        return self.manuscript.labels

    @property
    def contents(self) -> Sequence[SyntaxTreeNode]:
        """The headings that a table of contents lists, if the text asks for one."""
        return self.manuscript.headings if self.manuscript.wants_contents else ()


@dataclass(frozen=True)
class Setting:
    """How a run of text is set."""

    bold: bool = False
    italic: bool = False
    style: str | None = None  # its id


PLAIN = Setting()


def run(text: str, setting: Setting = PLAIN) -> Element:
    """Make a run of text."""
    properties = [ooxml.element("w:rStyle", {"w:val": setting.style})] if setting.style else []
    for on, tags in ((setting.bold, ("w:b", "w:bCs")), (setting.italic, ("w:i", "w:iCs"))):
        properties += [ooxml.element(tag) for tag in tags if on]
    return ooxml.run(text, *properties)


def inline(  # noqa: PLR0912 - one case for each kind of inline content, nothing else
    writing: Writing, nodes: Iterable[SyntaxTreeNode], setting: Setting = PLAIN
) -> list[Element]:
    """Make the content of a paragraph; raises ReportgenError for what cannot stand there or leads nowhere."""
    made: list[Element] = []
    for node in nodes:
        place = writing.source.place(node)
        match node.type:
            case "text":
                _check_markup(node.content, place)
                for piece in re.split("(☐)", node.content):
                    made += [ooxml.checkbox() if piece == "☐" else run(piece, setting)] if piece else []
            case "softbreak":
                made.append(run(" ", setting))
            case "hardbreak":
                made.append(run("\n", setting))
            case "code_inline":
                made.append(run(node.content, replace(setting, style=writing.base.styles["Code Character"])))
            case "strong":
                made += inline(writing, node.children, replace(setting, bold=True))
            case "em":
                made += inline(writing, node.children, replace(setting, italic=not setting.italic))
            case "link":
                made.append(_link(writing, node, setting))
            case "math_inline":
                made.append(equations.math(node.content, block=False, place=place))
            case "cross_reference":
                made += _cross_reference(writing, node, setting)
            case "citation":
                made += _citation(writing, node.meta["keys"], setting)
            case "math_inline_double":
                raise ReportgenError(
                    f"{place}$${node.content}$$ stands inside a paragraph: leave a line blank above and below it"
                )
            case "image":
                raise ReportgenError(
                    f"{place}{node.attrs['src']} stands inside a paragraph: give the picture a paragraph of its own"
                )
            case _:
                raise unknown(writing, node, "in a line of text")
    return made


def _check_markup(text: str, place: str) -> None:
    if match := re.search(r"^\{[.#]\w+\}$|\]\((?:fig|tbl):\S*\)?|\[@\S*|(?<![\w.])@\w\S*", text):
        raise ReportgenError(
            f"{place}{match[0]!r} is left in the text ({text[:60]!r}): {{.class}} needs a blank line above it, a citation is "
            "[@key; @key], a reference @fig:name, and a plain @ before a word is written as `code`; no name or title can look so"
        )


def _link(writing: Writing, node: SyntaxTreeNode, setting: Setting) -> Element:
    target, place = str(node.attrs["href"]), writing.source.place(node)
    if target.startswith("tbl:"):
        raise ReportgenError(
            f"{place}[…]({target}) stands inside a paragraph: a table's caption has a paragraph of its own"
        )
    if not target.startswith(("https://", "http://", "mailto:")):
        raise ReportgenError(
            f"{place}the link to {target!r} leads nowhere from a document: write an address that starts with https://"
        )
    return hyperlink(
        writing, target, inline(writing, node.children, replace(setting, style=writing.base.styles["Hyperlink"]))
    )


def hyperlink(writing: Writing, target: str, runs: Iterable[Element]) -> Element:
    """Make a link to an address elsewhere."""
    relationship = writing.document.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    return ooxml.element("w:hyperlink", {"r:id": relationship, "w:history": "1"}, *runs)


def _cross_reference(writing: Writing, node: SyntaxTreeNode, setting: Setting) -> list[Element]:
    name = node.meta["label"]
    if name not in writing.labels:
        raise ReportgenError(f"{writing.source.place(node)}@{name} refers to nothing{nearest(name, writing.labels)}")
    label = writing.labels[name]
    word = [run("Equation\u00a0", setting)] if label.word == "Equation" else []
    return word + ooxml.field(f"REF {label.bookmark} \\h \\* MERGEFORMAT", [run(label.text, setting)])


def _citation(writing: Writing, keys: Sequence[str], setting: Setting) -> list[Element]:
    made: list[Element] = []
    for key in keys:
        number = writing.manuscript.bibliography.cite([key])
        if made:
            made.append(run(", ", setting))
        made.append(ooxml.element("w:hyperlink", {"w:anchor": entry_bookmark(number)}, run(number, setting)))
    return made


def entry_bookmark(number: str) -> str:
    """Return the name of the bookmark about the number of an entry in the list of references."""
    return f"_Ref_Entry_{number.strip('[]')}"


def unknown(writing: Writing, node: SyntaxTreeNode, where: str) -> ReportgenError:
    """Return the error that a kind of Markdown has no counterpart where it stands."""
    place = writing.source.place(node)
    return ReportgenError(f"{place}a {node.type.replace('_', ' ')} cannot stand {where}: write it another way")
