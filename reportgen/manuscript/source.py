"""What the writer is given, Markdown's tokens, as a tree in which every node knows where it was written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from reportgen.errors import ReportgenError


@dataclass(frozen=True)
class Source:
    """The blocks of a text, all its nodes in reading order, the line of each, and where each line comes from."""

    blocks: Sequence[SyntaxTreeNode]
    nodes: Sequence[SyntaxTreeNode]
    lines: Mapping[SyntaxTreeNode, int]
    places: Sequence[str]

    def place(self, node: SyntaxTreeNode) -> str:
        """Return what an error about a node begins with: "templates/flow.md.j2:12: ", or nothing where that is not known."""
        return _place(self.places, self.lines[node])


def read_source(tokens: Sequence[Token], places: Sequence[str] = ()) -> Source:
    """Make the tree of block tokens, where `places[n]` says where line n of the Markdown comes from.

    Markdown gives lines to blocks only; within one, each break begins another. A character that no document can hold is a
    ReportgenError.
    """
    for token in tokens:
        first = (token.map[0] if token.map else 0) + (token.type == "fence")  # whose content is below its mark
        for line, text in enumerate(token.content.split("\n"), first):
            check_text(text, _place(places, line))
    root = SyntaxTreeNode(tokens)
    nodes = list(root.walk(include_self=False))
    lines, line = {}, 0
    for node in nodes:
        written = node.token or (node.nester_tokens and node.nester_tokens.opening)
        assert written is not None  # only the root has none
        if written.map:
            line = written.map[0]
        lines[node] = line
        if written.type in ("softbreak", "hardbreak"):
            line += 1
        elif written.type.startswith("math_inline"):
            line += written.content.count("\n")
    return Source(root.children, nodes, lines, places)


def _place(places: Sequence[str], line: int) -> str:
    return f"{places[line]}: " if line < len(places) and places[line] else ""


def check_text(text: str, where: str) -> None:
    """Refuse characters that no XML document can hold (XML 1.0, production 2); `where` begins the error."""
    if match := _XML_FORBIDS.search(text):
        raise ReportgenError(f"{where}no document can hold the control character U+{ord(match[0]):04X}; delete it")


_XML_FORBIDS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f]|[\ud800-\udfff]|[\ufffe\uffff]"
)  # one class takes ten times as long to compile
