"""What the assignment requires of an answer: that it has the parts, and says enough on each thing in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from reportgen.assignment import NUMERALS, Assignment, Part, Requirement, Terms
from reportgen.check.document import BOLD, Document, Paragraph
from reportgen.check.terms import alternatives, matching

_COUNT = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_END_MATTER = re.compile(
    r"^[\W\d]*(?:references?|bibliography|works cited|sources|appendi\w+|conclusions?|summary|acknowledge?ments?"
    r"|how ?to submit)\b",
    re.IGNORECASE,
)


def unmet(document: Document, requirement: Requirement, assignment: Assignment) -> list[str]:
    """Return in what a document falls short of a requirement of this assignment: what is missing, and where."""
    asked = _Asked(requirement, assignment)
    if requirement.noun:
        return _one_of_many(document, asked)
    if requirement.terms:
        return _subject(document, asked)
    return _whole(document, asked)


def without_own_heading(document: Document, part: Part) -> list[str]:
    """Return that a part's heading does not stand in a document word for word, if it does not."""
    if any(each.kind == "heading" and each.text == " ".join(part.heading.split()) for each in document.paragraphs):
        return []
    return [f"no heading reads “{part.heading}”: print {part.name} as one in a template"]


@dataclass(frozen=True)
class _Asked:
    """A requirement among the others of its assignment."""

    requirement: Requirement
    assignment: Assignment

    @property
    def part(self) -> int:
        """The number of its part, or 0 where it may be met anywhere."""
        names = [part.name for part in self.assignment.parts]
        return names.index(self.requirement.where) + 1 if self.requirement.where else 0

    @property
    def subject(self) -> str:
        """What it is on, for messages."""
        if self.requirement.subject:
            return self.requirement.subject
        if not self.requirement.terms:
            part = self.assignment.parts[self.part - 1] if self.part else None
            return (part.on or f"Part {NUMERALS[self.part - 1]}") if part else "what the document is about"
        name = re.sub(r"\([^()]*\)|\*", "", self.requirement.terms[0].partition("|")[0])
        return f"the {name} {self.requirement.noun[0]}" if self.requirement.noun else f"“{name}”"

    @property
    def other(self) -> re.Pattern[str]:
        """What the requirements that it is apart from are on."""
        requirements = self.assignment.requirements
        return matching(
            tuple(term for each in requirements if each.code in self.requirement.apart_from for term in each.terms)
        )


def _whole(document: Document, asked: _Asked) -> list[str]:
    """Look at all text of the part, or of the document."""
    if not asked.part:
        text = _prose(document.paragraphs, asked.assignment)
        return _too_few(text, asked, "in the document") or _wrong(text, asked, "the text")
    part = asked.assignment.parts[asked.part - 1]
    start = _part_headings(document, asked.assignment).get(asked.part)
    if start is None:
        return [f"no heading names {f'Part {NUMERALS[asked.part - 1]}: {part.on}' if part.on else f'“{part.heading}”'}"]
    heading = document.paragraphs[start].text[:80]
    text = _prose(_part(document, asked), asked.assignment)
    if few := _too_few(text, asked, f"under “{heading}”"):
        return few
    if part.topic and not matching(part.topic).search(text):
        return [f"the text under “{heading}” never names {part.on}"]
    return _wrong(text, asked, f"the text under “{heading}”")


def _too_few(text: str, asked: _Asked, place: str) -> list[str]:
    if (words := _substance(text)) >= asked.requirement.words:
        return []
    return [f"{place} stands too little text: {words} different words, and {asked.requirement.words} are asked"]


def _wrong(text: str, asked: _Asked, what: str) -> list[str]:
    """Return which words are missing in a text that is long enough, or must not be there."""
    requirement = asked.requirement
    if requirement.any_of and not matching(requirement.any_of).search(text):
        return [f"{what} names none of {', '.join(requirement.any_of)}"]
    if found := matching(requirement.none_of).search(text):
        return [f"{what} names “{found[0][:80]}”, which it must not"]
    if requirement.aspects:
        aspects = asked.assignment.aspects[requirement.aspects]
        missing = [aspect for aspect, terms in aspects.items() if not matching(terms).search(text)]
        if len(aspects) - len(missing) < (requirement.at_least or len(aspects)):
            return [f"{asked.subject} is not discussed as {requirement.aspects}: nothing on {'; '.join(missing)}"]
    return []


@lru_cache
def _numbered(part: int) -> re.Pattern[str]:
    number = f"{NUMERALS[part - 1]}|{part}|{_COUNT[part - 1]}"
    return re.compile(rf"\b(?:part|requirement)\b[ #:.-]*(?:{number})\b", re.IGNORECASE)


def _names_topic(part: Part, heading: str) -> bool:
    return bool(matching(part.topic).search(heading)) or part.heading.casefold() in heading.casefold()


def _part_headings(document: Document, assignment: Assignment) -> dict[int, int]:
    """Find the headings of the parts: by number and topic, else by topic, else by number; the highest first."""
    headings = [
        (index, paragraph) for index, paragraph in enumerate(document.paragraphs) if paragraph.kind == "heading"
    ]
    found: dict[int, int] = {}
    for number, part in enumerate(assignment.parts, 1):
        ranked = []
        for index, heading in headings:
            numbered = bool(_numbered(number).search(heading.text))
            topical = _names_topic(part, heading.text)
            if (numbered or topical) and index not in found.values():
                elsewhere = not numbered and any(
                    _numbered(other_number).search(heading.text) or _names_topic(other, heading.text)
                    for other_number, other in enumerate(assignment.parts, 1)
                    if other is not part
                )
                ranked.append((elsewhere, not topical, not numbered, heading.level, index))
        if ranked:
            found[number] = min(ranked)[-1]
    return found


def _part(document: Document, asked: _Asked) -> Sequence[Paragraph]:
    """Give what stands under the heading of a part, up to another part or a heading of its rank that leads elsewhere.

    A writer who sets every heading in the same style, or in bold, means what is asked in a part to stand in it.
    """
    headings = _part_headings(document, asked.assignment)
    if asked.part not in headings:
        return ()
    start = headings[asked.part]
    rank = document.paragraphs[start].level
    belongs = matching(_belonging(asked))
    for end in range(start + 1, len(document.paragraphs)):
        paragraph = document.paragraphs[end]
        leads_elsewhere = paragraph.level <= rank < BOLD and not belongs.search(paragraph.text)
        if paragraph.kind == "heading" and (
            end in headings.values() or leads_elsewhere or _END_MATTER.search(paragraph.text)
        ):
            return document.paragraphs[start + 1 : end]
    return document.paragraphs[start + 1 :]


def _belonging(asked: _Asked) -> Terms:
    """Return all that a heading in a part may be about."""
    part = asked.assignment.parts[asked.part - 1]
    asked_there = [each for each in asked.assignment.requirements if each.where == part.name]
    return (*part.topic, *part.belongs, *(term for each in asked_there for term in each.terms))


def _place(document: Document, asked: _Asked) -> tuple[Sequence[Paragraph], str]:
    """Give the text of the part, or all of the document where it has no such part, and what that is called."""
    part = _part(document, asked) if asked.part else ()
    return (part, f"Part {NUMERALS[asked.part - 1]}") if part else (document.paragraphs, "the document")


def _subject(document: Document, asked: _Asked) -> list[str]:
    """Look for a section that a heading gives to the subject, then for prose that keeps speaking of it."""
    paragraphs, place = _place(document, asked)
    on, words = matching(asked.requirement.terms), asked.requirement.words
    sections = [
        _prose(section, asked.assignment)
        for heading, section in _sections(paragraphs)
        if on.search(heading) and not asked.other.search(heading)
    ]
    spoken, naming = _sentences_on(paragraphs, asked)
    # One short sentence may announce a subject; who discusses it comes back to it, or says all of it in a long one.
    candidates = [(text, f"the text under the heading for {asked.subject}") for text in sections]
    candidates.append((" ".join(spoken if len(naming) >= 2 else naming), f"what is said of {asked.subject}"))
    wrong = [_wrong(text, asked, what) for text, what in candidates if _substance(text) >= words]
    if wrong:
        return min(wrong, key=len)  # nothing, if any of them is right
    if sections:
        return [f"under the heading for {asked.subject} stand fewer than {words} different words on it"]
    if naming:
        where = "one sentence" if len(naming) == 1 else f"{len(naming)} sentences"
        return [f"{asked.subject} is named in {where}, too short to discuss it: {words} different words are asked"]
    return [f"nothing in {place} speaks of {asked.subject}"]


def _sections(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[str, Sequence[Paragraph]]]:
    """Give each heading and what stands under it, up to the next heading of its rank or a higher one."""
    for start, heading in enumerate(paragraphs):
        if heading.kind == "heading":
            rest = range(start + 1, len(paragraphs))
            end = next((end for end in rest if 0 < paragraphs[end].level <= heading.level), len(paragraphs))
            yield heading.text, paragraphs[start + 1 : end]


def _sentences_on(paragraphs: Sequence[Paragraph], asked: _Asked) -> tuple[list[str], list[str]]:
    """Collect the sentences that name this subject only, once each with the one that follows it, and once alone."""
    on, other = matching(asked.requirement.terms), asked.other
    spoken, naming = [], []
    for paragraph in paragraphs:
        follows = False
        for sentence in _sentences([paragraph], asked.assignment):
            names = bool(on.search(sentence)) and not other.search(sentence)
            if names or (follows and not other.search(sentence)):
                spoken.append(sentence)
            naming += [sentence] * names
            follows = names
    return spoken, naming


def _one_of_many(document: Document, asked: _Asked) -> list[str]:
    """Look for what is said on one of several, such as layers, from where it is named to where another is."""
    paragraphs, place = _place(document, asked)
    siblings = _siblings(asked)
    text = " ".join(_discussion(paragraphs, asked, siblings))
    if not text:
        return [f"nothing in {place} speaks of {asked.subject}"]
    if (words := _substance(text)) < asked.requirement.words:
        asks = f"{words} different words, and {asked.requirement.words} are asked"
        return [f"{asked.subject} is named but not discussed: {asks}"]
    # The name of an input layer says nothing of inputs.
    return _wrong(siblings.named.sub(asked.requirement.noun[0], text), asked, f"what is said of {asked.subject}")


@dataclass(frozen=True)
class _Siblings:
    """What is called by the same noun: what names some of them, what names them all, and each one's own names by code."""

    named: re.Pattern[str]
    all: re.Pattern[str]
    names: dict[str, re.Pattern[str]]

    def in_text(self, text: str) -> set[str]:
        """Return the codes of those that a text names."""
        found = " ".join(match[0] for match in self.named.finditer(text))
        return {code for code, name in self.names.items() if name.search(found)}


def _siblings(asked: _Asked) -> _Siblings:
    one, many = asked.requirement.noun
    family = [each for each in asked.assignment.requirements if each.noun == asked.requirement.noun]
    name = rf"{alternatives(tuple(term for each in family for term in each.terms))}(?: ?\([^()]{{1,12}}\))?"
    names = rf"{name}(?:(?:, (?:and |or )?| and | or | ?[/&] ?)(?:the )?{name}){{0,3}}"
    noun, plural = alternatives((one, many)), alternatives((many,))
    count = _COUNT[len(family) - 1] if len(family) <= len(_COUNT) else "many"
    every = f"each|every|all|any|these|those|{count}"
    return _Siblings(
        named=re.compile(rf"\b{names}[ -]{noun}\b|\b{plural} ?[:(–—] ?(?:the )?{names}", re.IGNORECASE),
        all=re.compile(rf"\b(?:{every})\b.{{0,20}}\b{noun}\b|\bthe {plural}\b", re.IGNORECASE),
        names={each.code: matching(each.terms) for each in family},
    )


def _discussion(paragraphs: Sequence[Paragraph], asked: _Asked, siblings: _Siblings) -> list[str]:
    """Collect the sentences on one of several: from where it is named to where another one, or every one, is."""
    code = asked.requirement.code
    spoken = []
    current = False
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            current = code in siblings.in_text(paragraph.text) or bool(
                siblings.names[code].fullmatch(_bare(paragraph.text))
            )
        for sentence in _sentences([paragraph], asked.assignment):
            named = siblings.in_text(sentence)
            if named or siblings.all.search(sentence):
                current = code in named
            if current:
                spoken.append(sentence)
    return spoken


def _bare(heading: str) -> str:
    """Give a heading without its number and its article."""
    return re.sub(r"^(?:[\W\d]|\b[ivx]+\b\.?|\bthe\b)*", "", heading, flags=re.IGNORECASE).rstrip(" .:")


def _prose(paragraphs: Sequence[Paragraph], assignment: Assignment) -> str:
    return " ".join(_sentences(paragraphs, assignment))


def _sentences(paragraphs: Sequence[Paragraph], assignment: Assignment) -> Iterator[str]:
    """Give the sentences of the prose, but for those that quote the assignment."""
    quoted = matching(assignment.quoted)
    for paragraph in paragraphs:
        if paragraph.kind == "prose":
            for sentence in re.split(r"(?<=[.!?;]) ", paragraph.text):
                if not quoted.match(sentence.lstrip(" \t“”\"'‘’«»>-–—•*")):
                    yield sentence


def _substance(text: str) -> int:
    return len(set(re.findall(r"[^\W\d_]{2,}", text.casefold())))
