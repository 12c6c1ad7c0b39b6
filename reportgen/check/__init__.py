"""Checks a Word document from anyone against the assignment; shares no code with what writes ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from reportgen.check import craft, requirements
from reportgen.check.document import Document, read_document
from reportgen.check.package import NotWord, open_file

__all__ = ["RULES", "Result", "check"]

# A rule's docstring is what it asks. It gives what is missing and where: nothing on a pass, None without a subject.
Rule = Callable[[Document], list[str] | None]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "A1": requirements.opens,
        "A2": requirements.part_one,
        "A3": requirements.part_two,
        "A4": requirements.flow,
        "A5": requirements.snapshot,
        "A6": requirements.forget_gate,
        "A7": requirements.input_gate,
        "A8": requirements.output_gate,
        "C1": craft.figure_captions,
        "C2": craft.figure_alternative_texts,
        "C3": craft.cross_references,
        "C4": craft.heading_levels,
        "C5": craft.headings_have_text,
        "C6": craft.language,
        "C7": craft.title,
        "C8": craft.equations,
        "C9": craft.nothing_left_over,
        "C10": craft.table_headers,
    }
)

_FAULTS_NAMED = 5


@dataclass(frozen=True)
class Result:
    """What one rule found: `message` says what is missing and where, and is empty on a pass."""

    code: str
    group: Literal["assignment", "craft"]
    rule: str
    outcome: Literal["pass", "fail", "n/a"]
    message: str


def check(path: Path) -> list[Result]:
    """Judge a file by every rule.

    What is wrong with the document fails a rule; `ReportgenError` is raised only for a file that cannot be read.
    """
    try:
        document = read_document(open_file(path))
    except NotWord as reason:
        document = Document(damage=str(reason))
    return [_judge(code, document) for code in RULES]


def _judge(code: str, document: Document) -> Result:
    rule = RULES[code]
    group: Literal["assignment", "craft"] = "assignment" if code.startswith("A") else "craft"
    text = (rule.__doc__ or "").strip()
    if document.damage and rule is not requirements.opens:
        return Result(code, group, text, "n/a", "the file does not open (A1)")
    faults = rule(document)
    if faults is None:
        return Result(code, group, text, "n/a", "the document has nothing that this rule is about")
    more = [f"and {len(faults) - _FAULTS_NAMED} more"] if len(faults) > _FAULTS_NAMED else []
    return Result(code, group, text, "fail" if faults else "pass", "; ".join([*faults[:_FAULTS_NAMED], *more]))
