"""What every writer is given: a text as a tree, its labels numbered, what it cites and shows at hand, all of it checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError, nearest
from reportgen.manuscript.labels import Label, number_labels
from reportgen.manuscript.references import Bibliography, bibliography
from reportgen.manuscript.source import Source, check_text, read_source
from reportgen.picture import Picture


@dataclass(frozen=True)
class Manuscript:
    """A text that can be written.

    headings: all but that of a table of contents; wants_contents: whether the text asks for one.
    """

    source: Source
    labels: Mapping[str, Label]
    bibliography: Bibliography
    pictures: Mapping[str, Picture]
    headings: Sequence[SyntaxTreeNode]
    wants_contents: bool


def read_manuscript(
    tokens: Sequence[Token],
    places: Sequence[str],
    pictures: Mapping[str, Picture],
    references: Sequence[Mapping[str, object]],
) -> Manuscript:
    """Return the manuscript of a text.

    `tokens` are those that `prose.markdown.parse` gives, and `places[n]` says where line n of the Markdown comes from, as in
    "templates/flow.md.j2:12"; what is wrong with that line is said to be there. It may be empty. `pictures` go by the name in
    `fig:name`, and those that are not shown are left out; `references` are CSL-JSON items, of which those cited are listed. A name
    that leads nowhere is a ReportgenError.
    """
    source = read_source(tokens, places)
    if not source.nodes:
        raise ReportgenError("the templates give no text at all: a document needs some")
    labels = number_labels(source)
    _check_pictures(source, pictures)
    cited = _cited(source)
    listed = bibliography(references, cited, cited)
    _check_list_of_references(source, cited)
    headings = [node for node in source.nodes if node.type == "heading"]
    own = [node for node in headings if "contents" in classes(node)]
    return Manuscript(source, labels, listed, pictures, [node for node in headings if node not in own], bool(own))


def classes(node: SyntaxTreeNode) -> list[str]:
    """Return the classes on the attribute line above a block."""
    return str(node.attrs.get("class", "")).split()


def require_known_class(source: Source, node: SyntaxTreeNode, known: Mapping[str, Mapping[str, object]]) -> str | None:
    """Return the one class of a block, None where it has none.

    `known` holds, by the kind of a block, those that it may have. Raises ReportgenError for another, or several.
    """
    if node.attrs.keys() - {"class", "start"} or len(classes(node)) > 1:
        raise ReportgenError(
            f"{source.place(node)}the attribute line above {excerpt(node)} must give one class, as in {{.note}}"
        )
    for name in classes(node):
        if name not in known.get(node.type, {}):
            every = [key for styles in known.values() for key in styles]
            what = f"{node.type.replace('_', ' ')} ({excerpt(node)})"
            raise ReportgenError(f"{source.place(node)}{{.{name}}} is not a class of a {what}{nearest(name, every)}")
        return name
    return None


def excerpt(node: SyntaxTreeNode) -> str:
    """Return the beginning of a block's text, in quotation marks."""
    text = "".join(child.content for child in node.walk() if child.type == "inline")
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”"


def only_child(paragraph: SyntaxTreeNode, kind: str) -> SyntaxTreeNode | None:
    """Return what a paragraph holds, if it is one thing of a kind and nothing else."""
    children = paragraph.children[0].children
    return children[0] if len(children) == 1 and children[0].type == kind else None


def _check_pictures(source: Source, pictures: Mapping[str, Picture]) -> None:
    for node in source.nodes:
        if node.type == "image":
            place, name = source.place(node), str(node.attrs["src"]).removeprefix("fig:")
            if name not in pictures:
                raise ReportgenError(
                    f"{place}fig:{name} is shown, but there is no picture of this name{nearest(name, pictures)}"
                )
            check_text(pictures[name].alt, f"{place}the alternative text of picture {name!r}: ")
            if not pictures[name].alt.strip():
                raise ReportgenError(f"{place}picture {name!r} has no alternative text: say in words what it shows")


def _cited(source: Source) -> dict[str, str]:
    """Give the keys that a text cites, in order, and where each is cited first."""
    cited: dict[str, str] = {}
    for node in source.nodes:
        for key in node.meta["keys"] if node.type == "citation" else ():
            cited.setdefault(key, source.place(node))
    return cited


def _check_list_of_references(source: Source, cited: Mapping[str, str]) -> None:
    lists = [node for node in source.nodes if "references" in classes(node)]
    for key, place in cited.items():
        if not lists:
            raise ReportgenError(
                f"{place}[@{key}] is cited, but no heading has {{.references}} above it: write one, and the list comes below"
            )
    for heading in lists[0 if not cited else 1 :]:
        what = "but nothing is cited" if not cited else "and another heading has it already"
        raise ReportgenError(
            f"{source.place(heading)}the heading {excerpt(heading)} has {{.references}} above it, {what}: take it out"
        )
