"""Figures, tables and equations by their labels, numbered as they come; and how a reader finds them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from reportgen.errors import ReportgenError
from reportgen.manuscript.source import Source, read_source


@dataclass(frozen=True)
class Label:
    """What a label stands for: "Figure", "Table" or "Equation", its number, and its place among all labels."""

    word: str
    number: int
    position: int

    @property
    def bookmark(self) -> str:
        """The name of the bookmark about its number."""
        return f"_Ref_{self.word}_{self.number}"

    @property
    def text(self) -> str:
        """The number as it stands in a caption or beside an equation: Figure 2, (1)."""
        return f"({self.number})" if self.word == "Equation" else f"{self.word} {self.number}"

    @property
    def name(self) -> str:
        """What a reader calls it: Figure 2, Equation (1)."""
        return f"Equation\u00a0{self.text}" if self.word == "Equation" else self.text


_WORDS = {"fig": "Figure", "tbl": "Table", "eq": "Equation"}
_LABEL = re.compile(r"(fig|tbl|eq):\w+(?:-\w+)*")


def number_labels(source: Source) -> dict[str, Label]:
    """Return what each label of a text stands for; raises ReportgenError for one that is none, or is given twice."""
    labels: dict[str, Label] = {}
    first: dict[str, str] = {}
    for node in source.nodes:
        if node.type == "image":
            name, kind = str(node.attrs["src"]), "fig"
        elif node.type == "link" and str(node.attrs["href"]).startswith("tbl:"):
            name, kind = str(node.attrs["href"]), "tbl"
        elif node.type == "math_block_label":
            name, kind = node.info, "eq"
        else:
            continue
        place = source.place(node)
        if not (match := _LABEL.fullmatch(name)) or match[1] != kind:
            article = "an" if kind == "eq" else "a"
            raise ReportgenError(
                f"{place}{name!r} cannot label {article} {_WORDS[kind].lower()}: write {kind}:name, of letters and digits"
            )
        if name in labels:
            before = f" (the first at {first[name].removesuffix(': ')})" if first[name] else ""
            raise ReportgenError(f"{place}two things are labelled {name!r}{before}: rename one of them")
        number = 1 + sum(label.word == _WORDS[kind] for label in labels.values())
        labels[name], first[name] = Label(_WORDS[kind], number, len(labels)), place
    return labels


def whereabouts(tokens: Sequence[Token]) -> dict[str, str]:
    """Return how a reader finds what a document will hold, by heading and by label: “The candidate”, Figure 2, Equation (1)."""
    source = read_source(tokens)
    headings = [node.children[0].content for node in source.nodes if node.type == "heading"]
    labels = {name: label.name for name, label in number_labels(source).items()}
    return {heading: f"“{heading}”" for heading in headings} | labels
