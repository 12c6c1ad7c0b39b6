"""Checks a Word document from anyone against the assignment; shares no code with what writes ours."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from reportgen.assignment import NUMERALS, Assignment
from reportgen.check import craft
from reportgen.check.document import Document, read_document
from reportgen.check.layout import read_layout
from reportgen.check.package import NotWord, Package, open_file, open_package, same_parts
from reportgen.check.requirements import judge, without_own_heading

__all__ = ["CRAFT", "OPENS", "Group", "Outcome", "Result", "check_bytes", "check_document", "check_file"]

# A rule's docstring is what it asks. It gives what is missing and where: nothing on a pass, None without a subject.
Rule = Callable[[Document], list[str] | None]

CRAFT: Mapping[str, Rule] = MappingProxyType(
    {
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
        "C11": craft.nothing_pending,
    }
)
"""What makes a document well made, whatever the assignment."""

OPENS = "The file is a Word document that opens."
"""Rule A1, which every assignment has; the others are in `assignment.toml`."""

_FAULTS_NAMED = 5

Group = Literal["submission", "assignment", "craft"]
"""Of how it was handed in, of what is asked, and of how well it is made."""

Outcome = Literal["pass", "doubt", "fail", "n/a"]
"""A doubt is no failure: the rule is met if a reader says so."""


@dataclass(frozen=True)
class Result:
    """What one rule found: `message` says what is missing and where, or why that it is met is in doubt; it is empty on a pass."""

    code: str
    group: Group
    rule: str
    outcome: Outcome
    message: str


def check_file(path: Path, assignment: Assignment) -> list[Result]:
    """Judge a file by every requirement of an assignment, A1 first, and by every rule of the craft.

    What is wrong with the document fails a rule; `ReportgenError` is raised only for a file that cannot be read.
    """
    return _check(lambda: open_file(path), assignment, own=False)


def check_bytes(
    content: bytes, assignment: Assignment, *, own: bool = False, read: tuple[Package, Document] | None = None
) -> list[Result]:
    """Judge the bytes of a file as `check_file` does.

    A document of our `own` must have the heading of each part as the assignment words it, too: P1, P2, … after A1. Parts that were
    `read` before they were packed are not read again, as long as they are those that the file holds.
    """
    return _check(lambda: open_package(content), assignment, own=own, read=read)


def _check(
    opened: Callable[[], Package], assignment: Assignment, *, own: bool, read: tuple[Package, Document] | None = None
) -> list[Result]:
    try:
        package = opened()
        document = read[1] if read and same_parts(read[0], package) else read_document(package)
    except NotWord as reason:
        document = Document(damage=str(reason))
    return check_document(document, assignment, own=own)


def check_document(document: Document, assignment: Assignment, *, own: bool = False) -> list[Result]:
    """Judge a document that was read, or whose `damage` says why it could not be, as `check_file` does."""
    results = [_result("A1", "assignment", OPENS, [document.damage] if document.damage else [])]
    for number, (numeral, part) in enumerate(zip(NUMERALS, assignment.parts if own else (), strict=False), 1):
        rule = f"Part {numeral} has the heading that the assignment gives it."
        faults = None if document.damage else without_own_heading(document, part)
        results.append(_result(f"P{number}", "assignment", rule, faults, document.damage))
    layout = None if document.damage else read_layout(document, assignment)
    for requirement in assignment.requirements:
        found = judge(layout, requirement) if layout else None
        faults = list(found.missing) if found else None
        doubts = found.doubt if found else ()
        results.append(_result(requirement.code, "assignment", requirement.says, faults, document.damage, doubts))
    for code, rule_of_craft in CRAFT.items():
        faults = None if document.damage else rule_of_craft(document)
        results.append(_result(code, "craft", (rule_of_craft.__doc__ or "").strip(), faults, document.damage))
    return results


def _result(
    code: str,
    group: Group,
    rule: str,
    faults: list[str] | None,
    damage: str = "",
    doubts: Sequence[str] = (),
) -> Result:
    if faults is None:
        why = "the file does not open (A1)" if damage else "the document has nothing that this rule is about"
        return Result(code, group, rule, "n/a", why)
    if doubts and not faults:
        return Result(code, group, rule, "doubt", "; ".join(doubts))
    more = [f"and {len(faults) - _FAULTS_NAMED} more"] if len(faults) > _FAULTS_NAMED else []
    return Result(code, group, rule, "fail" if faults else "pass", "; ".join([*faults[:_FAULTS_NAMED], *more]))
