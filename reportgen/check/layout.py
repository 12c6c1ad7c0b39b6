"""Where the parts of an assignment stand in an answer, whatever its writer's way of making headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from reportgen.assignment import NUMERALS, Assignment, Part, Terms
from reportgen.check.document import BOLD, Document, Paragraph
from reportgen.check.language import language_of
from reportgen.check.terms import matching

COUNT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ORDER = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_END_MATTER = re.compile(
    r"^[\W\d]*(?:references?|bibliography|works cited|sources|appendi\w+|conclusions?|summary|acknowledge?ments?"
    r"|how ?to submit)\b",
    re.IGNORECASE,
)
_PAGE = re.compile(r"[\s.…]*\s\d{1,3}$")
_MOST_IN_TITLE = 20  # words of a line that begins a part
_MOST_OF_A_BEGINNING = 15  # lines of a document, in which it says what it is
_QUOTES = " \t“”\"'‘’«»>-–—•*"


@dataclass(frozen=True)
class Layout:
    """A document, and at which paragraph each part begins in it, by its number; parts that no line names are not there."""

    document: Document
    assignment: Assignment
    starts: dict[int, int]
    language: str  # of the text, where that is not the language of the assignment
    discussed: dict[str, bool] = field(
        default_factory=dict, compare=False
    )  # whether all that a part asks is, by its name; as it is found

    def heading(self, part: int) -> str:
        """Return the line that begins a part, for messages."""
        return self.document.paragraphs[self.starts[part]].text[:80]

    def is_named(self, part: int) -> bool:
        """Tell whether the line that begins a part names it: by its topic, or by nothing but a number that only parts have."""
        text = self.heading(part)
        bare = _numbered(part).sub("", text, count=1).casefold().replace("submission", "")
        only_number = bare.casefold() != text.casefold() and not re.search(r"[^\W\d_]", bare)
        return only_number or _names_topic(self.assignment.parts[part - 1], text)

    def part(self, number: int, *, loose: bool = False) -> Sequence[Paragraph]:
        """Give what stands under the heading of a part, up to another part or a heading of its rank that leads elsewhere.

        A heading leads nowhere else if another part follows it. Where the extent is `loose`, none does.
        """
        paragraphs = self.document.paragraphs
        start = self.starts[number]
        first = start if paragraphs[start].kind == "prose" and _is_run_in(paragraphs[start].text) else start + 1
        rank = paragraphs[start].level or BOLD
        belongs = matching(belonging(self.assignment, number))
        last = max(self.starts.values())
        for end in range(start + 1, len(paragraphs)):
            paragraph = paragraphs[end]
            if end in self.starts.values():
                return paragraphs[first:end]
            if paragraph.kind != "heading":
                continue
            leads_elsewhere = paragraph.level <= rank < BOLD and not belongs.search(paragraph.text)
            if _END_MATTER.search(paragraph.text) or (leads_elsewhere and end > last and not loose):
                return paragraphs[first:end]
        return paragraphs[first:]


def read_layout(document: Document, assignment: Assignment) -> Layout:
    """Find the parts of an assignment in a document: by number and topic, by number, or by topic alone; the highest heading first."""
    return Layout(document, assignment, _starts(document, assignment), _foreign(document, assignment))


def other_assignment(document: Document, assignment: Assignment) -> str:
    """Return which assignment a document says at its beginning that it is for, if that is another one; "" if it says nothing of it.

    What an assignment is called must end in its number, as "Assignment 5" does.
    """
    called = re.fullmatch(r"(.*[^\W\d])[\s#]*(\d{1,3})", assignment.texts.get("assignment", ""))
    if not called:
        return ""
    lines = [paragraph.text for paragraph in document.paragraphs if paragraph.text][:_MOST_OF_A_BEGINNING]
    pattern = re.compile(rf"\b{re.escape(called[1])}[\s#]*(\d{{1,3}})\b", re.IGNORECASE)
    found = [match for line in (document.title, *lines) for match in pattern.finditer(line)]
    if not found or any(int(match[1]) == int(called[2]) for match in found):
        return ""
    return " ".join(found[0][0].split())


def belonging(assignment: Assignment, number: int) -> Terms:
    """Return all that a heading in a part may be about."""
    part = assignment.parts[number - 1]
    asked = [each for each in assignment.requirements if each.where == part.name]
    return (*part.topic, *part.belongs, *(term for each in asked for term in each.terms))


def sentences(paragraphs: Sequence[Paragraph], assignment: Assignment) -> Iterator[str]:
    """Give the sentences of the prose, but for those that quote the assignment."""
    quoted = matching(assignment.quoted)
    for paragraph in paragraphs:
        if paragraph.kind == "prose":
            for sentence in re.split(r"(?<=[.!?;]) ", paragraph.text):
                if not quoted.match(sentence.lstrip(_QUOTES)):
                    yield sentence


def _foreign(document: Document, assignment: Assignment) -> str:
    asked = language_of(" ".join(each.says for each in assignment.requirements))
    found = language_of(" ".join(paragraph.text for paragraph in document.paragraphs if paragraph.kind == "prose"))
    return found if asked and found != asked else ""


@lru_cache
def _numbered(part: int) -> re.Pattern[str]:
    """Return what names a part by its number, as an assignment does that has parts."""
    letter = "ABCDEFGH J"[part - 1 : part].strip()  # I is a numeral
    number = rf"{NUMERALS[part - 1]}|0?{part}|{COUNT[part - 1]}{f'|(?-i:{letter})' if letter else ''}"
    return re.compile(rf"\b(?:part|requirement)\b[ #:.-]*(?:{number})\b|\b{_ORDER[part - 1]} part\b", re.IGNORECASE)


@lru_cache
def _counted(part: int) -> re.Pattern[str]:
    """Return what may be the number of a part, or of something else."""
    number = rf"(?:{NUMERALS[part - 1]}|0?{part}|{COUNT[part - 1]})"
    nouns = r"(?:question|section|task|exercise|problem|answer|point|number|no|q|a)"
    return re.compile(rf"^\W*(?:{nouns}\b[ #:.-]*{number}\b|{nouns}{part}\b|{number}\W*$)", re.IGNORECASE)


@lru_cache
def _begins(part: int) -> re.Pattern[str]:
    """Return what begins a paragraph that is the heading of a part as well, as in "Part I: The cell"."""
    return re.compile(rf"\W*(?:submission )?(?:{_numbered(part).pattern})\W*(?:[:.–—)-]|$)", re.IGNORECASE)


def _is_run_in(text: str) -> bool:
    return len(text.split()) > _MOST_IN_TITLE or bool(re.search(r"[.!?] \w", text))


def _names_topic(part: Part, heading: str) -> bool:
    return bool(matching(part.topic).search(heading)) or part.heading.casefold() in heading.casefold()


def _starts(document: Document, assignment: Assignment) -> dict[int, int]:
    paragraphs = document.paragraphs
    parts = assignment.parts
    numbers = range(1, len(parts) + 1)
    headings = [index for index, each in enumerate(paragraphs) if each.kind == "heading"]
    lines = [
        index
        for index, each in enumerate(paragraphs)
        if each.kind == "prose" and any(_begins(number).match(each.text) for number in numbers)
    ]
    named = {
        index: {number for number in numbers if _numbered(number).search(_beginning(paragraphs[index]))}
        for index in (*headings, *lines)
    }
    topics = {
        index: {number for number in numbers if _names_topic(parts[number - 1], _beginning(paragraphs[index]))}
        for index in (*headings, *lines)
    }
    found: dict[int, int] = {}
    for number in numbers:
        ranked = []
        on_others = {index for index in named if (named[index] | topics[index]) - {number}}
        for index in (*headings, *lines):
            text = paragraphs[index].text
            numbered, topical = number in named[index], number in topics[index]
            others = (named[index] | topics[index]) - {number}
            counted = bool(_counted(number).search(text)) and not others
            if (
                not (numbered or topical or counted)
                or index in found.values()
                or _is_of_contents(parts[number - 1], number, text)
            ):
                continue
            elsewhere = bool(
                named[index] - {number} if numbered else others
            )  # what it is called matters less than its number
            empty = _is_empty(paragraphs, index, on_others)
            rank = paragraphs[index].level or BOLD + 2
            ranked.append((elsewhere, empty and numbered, not numbered, not topical, rank, index))
        if ranked:
            found[number] = min(ranked)[-1]
    return found


def _is_of_contents(part: Part, number: int, text: str) -> bool:
    """Tell whether a line is one of a list of contents that was typed: it names the part, and ends in another number."""
    page = _PAGE.search(text)
    name = text[: page.start()] if page else ""
    return bool(name) and bool(_numbered(number).search(name) or _names_topic(part, name))


def _beginning(paragraph: Paragraph) -> str:
    """Give what may be a heading in a line: all of it, or its first sentence where text follows in the same line."""
    return (
        paragraph.text
        if paragraph.kind == "heading"
        else re.split(r"(?<=[.:!?]) (?=\w+ \w+ \w+ \w+)", paragraph.text)[0]
    )


def _is_empty(paragraphs: Sequence[Paragraph], start: int, others: set[int]) -> bool:
    """Tell whether a line is followed by one on another part, with no text in between: an entry in a list of contents."""
    if paragraphs[start].kind == "prose" and _is_run_in(paragraphs[start].text):
        return False
    for index in range(start + 1, min(start + 50, len(paragraphs))):
        if index in others:
            return True
        if paragraphs[index].kind == "prose" and paragraphs[index].text:
            return False
    return False
