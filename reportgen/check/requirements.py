"""What the assignment requires of an answer: that it has the parts, and says enough on each thing in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reportgen.assignment import NUMERALS, Assignment, Part, Requirement
from reportgen.check.document import Document, Paragraph
from reportgen.check.language import language_of, share_of_small_words
from reportgen.check.layout import COUNT, Layout, belonging, sentences
from reportgen.check.terms import alternatives, matching

# Small words are a third to two thirds of prose, a quarter of notes, and a tenth of a list of terms at most.
_LEAST_IN_NOTES, _LEAST_IN_PROSE = 0.12, 0.33
_NEARLY = 0.9  # of the words that are asked: an answer that is short, and may be right


@dataclass(frozen=True)
class Judgement:
    """What a document falls short of: what is `missing`, and where; or, where nothing is, why that is in `doubt`."""

    missing: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()


def judge(layout: Layout, requirement: Requirement) -> Judgement:
    """Judge a document by a requirement of its assignment.

    It is read strictly first, and then as a reader would who gives its writer credit: what is met only in that way is in doubt.
    """
    asked = _Asked(requirement, layout)
    strictly = _met(asked, _strict(asked), share=False)
    if not strictly.missing:
        return strictly
    for reading, share, why in _kindly(asked):
        found = _met(asked, reading, share=share)
        if not found.missing:
            return Judgement(doubt=(why, *found.doubt))
    if layout.language:
        return Judgement(
            doubt=(f"the text is in {layout.language}, whose words are not known here: only a reader can tell",)
        )
    return strictly


def without_own_heading(document: Document, part: Part) -> list[str]:
    """Return that a part's heading does not stand in a document word for word, if it does not."""
    if any(each.kind == "heading" and each.text == " ".join(part.heading.split()) for each in document.paragraphs):
        return []
    return [f"no heading reads “{part.heading}”: print {part.name} as one in a template"]


def subject_of(requirement: Requirement, assignment: Assignment) -> str:
    """Return in a few words what a requirement is on, for a list: "the output gate", "Part I"."""
    if requirement.terms or requirement.subject:
        return _Asked(requirement, Layout(Document(), assignment, {}, "")).subject
    names = [part.name for part in assignment.parts]
    return f"Part {NUMERALS[names.index(requirement.where)]}" if requirement.where else "enough text"


@dataclass(frozen=True)
class _Asked:
    """A requirement among the others of its assignment, and the document that is to meet it."""

    requirement: Requirement
    layout: Layout

    @property
    def assignment(self) -> Assignment:
        return self.layout.assignment

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
    def unheaded(self) -> str:
        """That no heading names its part, for messages."""
        part = self.assignment.parts[self.part - 1]
        return f"no heading names {f'Part {NUMERALS[self.part - 1]}: {part.on}' if part.on else f'“{part.heading}”'}"

    @property
    def other(self) -> re.Pattern[str]:
        """What the requirements that it is apart from are on."""
        requirements = self.assignment.requirements
        return matching(
            tuple(term for each in requirements if each.code in self.requirement.apart_from for term in each.terms)
        )


@dataclass(frozen=True)
class _Reading:
    """The text that counts for a requirement, what that is called, and what it lacks to begin with."""

    paragraphs: Sequence[Paragraph]
    place: str
    lacks: str = ""


def _strict(asked: _Asked) -> _Reading:
    """Read what stands under the heading of the part, or all of the document where that is asked."""
    everything = asked.layout.document.paragraphs
    if not asked.part:
        return _Reading(everything, "the document")
    if asked.part not in asked.layout.starts:
        return _Reading(everything, "the document", asked.unheaded)
    return _Reading(asked.layout.part(asked.part), f"Part {NUMERALS[asked.part - 1]}")


def _kindly(asked: _Asked) -> Iterator[tuple[_Reading, bool, str]]:
    """Give other readings, whether what is said of several at once counts in them, and why what they show is in doubt."""
    layout, strict = asked.layout, _strict(asked)
    if strict.lacks:
        everything = _Reading(layout.document.paragraphs, "the document")
        if _all_discussed(asked, everything):
            yield everything, True, f"{strict.lacks}, though the document discusses what it asks"
        return
    together = f"what is said of {asked.subject} is said of others at once" if asked.requirement.terms else ""
    if together:
        yield strict, True, together
    if asked.part:
        loose = _Reading(layout.part(asked.part, loose=True), strict.place)
        if len(loose.paragraphs) > len(strict.paragraphs):
            after = loose.paragraphs[len(strict.paragraphs)].text[:60]
            why = f"it stands under “{after}”, a heading that names nothing of Part {NUMERALS[asked.part - 1]}"
            yield loose, False, why
            if together:
                yield loose, True, f"{why}; {together}"


def _all_discussed(asked: _Asked, everything: _Reading) -> bool:
    """Tell whether the document discusses all that a part asks, one that no heading names: of one thing it may speak in passing."""
    layout, where = asked.layout, asked.requirement.where
    if where not in layout.discussed:
        others = [each for each in asked.assignment.requirements if each.where == where and each.terms]
        met = (not _met(_Asked(each, layout), everything, share=True).missing for each in others)
        layout.discussed[where] = bool(others) and all(met)
    return layout.discussed[where]


def _met(asked: _Asked, reading: _Reading, *, share: bool) -> Judgement:
    if reading.lacks:
        found = _unheaded(asked, reading)
    elif asked.requirement.noun:
        found = _one_of_many(asked, reading, share=share)
    elif asked.requirement.terms:
        found = _subject(asked, reading, share=share)
    else:
        found = _whole(asked, reading)
    return found


def _unheaded(asked: _Asked, reading: _Reading) -> Judgement:
    """Say what is missing where a part has no heading: what is said on its subject elsewhere may be said in passing."""
    if not asked.requirement.terms:
        return Judgement((reading.lacks,))
    found = _met(asked, _Reading(reading.paragraphs, reading.place), share=False)
    return Judgement(
        found.missing or (f"{reading.lacks}, and what is said of {asked.subject} elsewhere may be said in passing",)
    )


def _whole(asked: _Asked, reading: _Reading) -> Judgement:
    """Look at all text of the part, or of the document."""
    text = _prose(reading.paragraphs, asked)
    if not asked.part:
        return _too_few(text, asked, "in the document") or _worded(text, asked, "the text")
    part = asked.assignment.parts[asked.part - 1]
    if asked.part not in asked.layout.starts:  # all of the document, read kindly
        return _too_few(text, asked, "in the document") or _worded(text, asked, "the text")
    heading = asked.layout.heading(asked.part)
    if few := _too_few(text, asked, f"under “{heading}”"):
        return few
    found = _worded(text, asked, f"the text under “{heading}”")
    on = matching(part.topic).search(text) or (asked.layout.is_named(asked.part) and _is_on(part, text, asked))
    if not found.missing and part.topic and not on:
        return Judgement((f"the text under “{heading}” never names {part.on}, nor anything of it",))
    return found


def _is_on(part: Part, text: str, asked: _Asked) -> bool:
    """Tell whether a text has a word of its part's, under a heading that names the subject already."""
    words = list(belonging(asked.assignment, asked.part))
    for each in asked.assignment.requirements:
        if each.where == part.name:
            words += each.any_of
            words += [term for terms in asked.assignment.aspects.get(each.aspects, {}).values() for term in terms]
    return bool(matching(tuple(words)).search(text))


def _too_few(text: str, asked: _Asked, place: str) -> Judgement | None:
    words, least = _substance(text), asked.requirement.words
    if words >= _NEARLY * least:
        return None
    return Judgement((f"{place} stands too little text: {words} different words, and {least} are asked",))


def _worded(text: str, asked: _Asked, what: str) -> Judgement:
    """Judge a text that is long enough: whether it is in sentences, which words are missing, and which must not be there."""
    requirement = asked.requirement
    language = language_of(" ".join(each.says for each in asked.assignment.requirements))
    share = share_of_small_words(text, language)
    if share < _LEAST_IN_NOTES:
        return Judgement((f"{what} holds hardly a sentence of {language}: it is a list of words, or filler",))
    if requirement.any_of and not matching(requirement.any_of).search(text):
        return Judgement(
            (f"{what} names none of {', '.join(re.sub(r'[*]|[(]s[)]', '', term) for term in requirement.any_of)}",)
        )
    if found := matching(requirement.none_of).search(text):
        return Judgement((f"{what} names “{found[0][:80]}”, which it must not",))
    if requirement.aspects:
        aspects = asked.assignment.aspects[requirement.aspects]
        missing = [aspect for aspect, terms in aspects.items() if not matching(terms).search(text)]
        if len(aspects) - len(missing) < (requirement.at_least or len(aspects)):
            return Judgement(
                (f"{asked.subject} is not discussed as {requirement.aspects}: nothing on {'; '.join(missing)}",)
            )
    doubt = [f"{what} is in notes rather than sentences"] if share < _LEAST_IN_PROSE else []
    if (words := _substance(text)) < requirement.words:
        doubt.append(f"{what} is short: {words} different words, and {requirement.words} are asked")
    return Judgement(doubt=tuple(doubt))


def _subject(asked: _Asked, reading: _Reading, *, share: bool) -> Judgement:
    """Look for a section that a heading gives to the subject, then for prose that keeps speaking of it."""
    on, words = matching(asked.requirement.terms), asked.requirement.words
    sections = [
        _prose(section, asked)
        for heading, section in _sections(reading.paragraphs)
        if on.search(heading) and not asked.other.search(heading)
    ]
    spoken, naming = _sentences_on(reading.paragraphs, asked, share=share)
    # One short sentence may announce a subject; who discusses it comes back to it, or says all of it in a long one.
    candidates = [(text, f"the text under the heading for {asked.subject}") for text in sections]
    candidates.append((" ".join(spoken if len(naming) >= 2 else naming), f"what is said of {asked.subject}"))
    judged = [_worded(text, asked, what) for text, what in candidates if _substance(text) >= _NEARLY * words]
    if judged:
        return min(judged, key=lambda each: (bool(each.missing), len(each.doubt)))
    if sections:
        return Judgement((f"under the heading for {asked.subject} stand fewer than {words} different words on it",))
    if naming:
        where = "one sentence" if len(naming) == 1 else f"{len(naming)} sentences"
        return Judgement(
            (f"{asked.subject} is named in {where}, too short to discuss it: {words} different words are asked",)
        )
    if _sentences_on(reading.paragraphs, asked, share=True)[1]:
        return Judgement(
            (
                f"{asked.subject} is named only together with something else, and too shortly: {words} different words are asked",
            )
        )
    return Judgement((f"nothing in {reading.place} speaks of {asked.subject}",))


def _sections(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[str, Sequence[Paragraph]]]:
    """Give each heading and what stands under it, up to the next heading of its rank or a higher one."""
    for start, heading in enumerate(paragraphs):
        if heading.kind == "heading":
            rest = range(start + 1, len(paragraphs))
            end = next((end for end in rest if 0 < paragraphs[end].level <= heading.level), len(paragraphs))
            yield heading.text, paragraphs[start + 1 : end]


def _sentences_on(paragraphs: Sequence[Paragraph], asked: _Asked, *, share: bool) -> tuple[list[str], list[str]]:
    """Collect the sentences that name this subject, once each with the one that follows it, and once alone.

    Those that name what it is apart from as well count only if they are to `share`.
    """
    on, other = matching(asked.requirement.terms), matching(()) if share else asked.other
    spoken, naming = [], []
    for paragraph in paragraphs:
        follows = False
        for sentence in sentences([paragraph], asked.assignment):
            names = bool(on.search(sentence)) and not other.search(sentence)
            if names or (follows and not other.search(sentence)):
                spoken.append(sentence)
            naming += [sentence] * names
            follows = names
    return spoken, naming


def _one_of_many(asked: _Asked, reading: _Reading, *, share: bool) -> Judgement:
    """Look for what is said on one of several, such as layers, from where it is named to where another is, and under its heading.

    What is said of all of them counts as well if that is to be `shared`.
    """
    siblings = _siblings(asked)
    own, of_all = _discussion(reading.paragraphs, asked, siblings)
    texts = [" ".join([*own, *of_all] if share else own), *_under_own_heading(reading.paragraphs, asked, siblings)]
    judged = []
    for text in filter(None, texts):
        if (words := _substance(text)) < _NEARLY * asked.requirement.words:
            asks = f"{words} different words, and {asked.requirement.words} are asked"
            judged.append(Judgement((f"{asked.subject} is named but not discussed: {asks}",)))
        else:
            # The name of an input layer says nothing of inputs.
            bare = siblings.named.sub(asked.requirement.noun[0], text)
            judged.append(_worded(bare, asked, f"what is said of {asked.subject}"))
    if not judged:
        return Judgement((f"nothing in {reading.place} speaks of {asked.subject}",))
    return min(judged, key=lambda each: (bool(each.missing), len(each.doubt)))


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

    def in_heading(self, text: str) -> set[str]:
        """Return the codes of those that a heading names, which may leave the noun out."""
        return self.in_text(text) or {code for code, name in self.names.items() if name.fullmatch(_bare(text))}


def _siblings(asked: _Asked) -> _Siblings:
    one, many = asked.requirement.noun
    family = [each for each in asked.assignment.requirements if each.noun == asked.requirement.noun]
    name = rf"{alternatives(tuple(term for each in family for term in each.terms))}(?: ?\([^()]{{1,12}}\))?"
    names = rf"{name}(?:(?:, (?:and |or )?| and | or | ?[/&] ?)(?:the )?{name}){{0,3}}"
    noun, plural = alternatives((one, many)), alternatives((many,))
    count = COUNT[len(family) - 1] if len(family) <= len(COUNT) else "many"
    every = f"each|every|all|any|these|those|{count}"
    return _Siblings(
        named=re.compile(rf"\b{names}[ -]{noun}\b|\b{plural} ?[:(–—] ?(?:the )?{names}", re.IGNORECASE),
        all=re.compile(rf"\b(?:{every})\b.{{0,20}}\b{noun}\b|\bthe {plural}\b", re.IGNORECASE),
        names={each.code: matching(each.terms) for each in family},
    )


def _discussion(paragraphs: Sequence[Paragraph], asked: _Asked, siblings: _Siblings) -> tuple[list[str], list[str]]:
    """Collect the sentences on one of several, from where it is named to where another one is, and those on all of them."""
    code = asked.requirement.code
    own, of_all = [], []
    current = False
    everyone = False
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            current = code in siblings.in_heading(paragraph.text)
            everyone = bool(siblings.all.search(paragraph.text))
        for sentence in sentences([paragraph], asked.assignment):
            named = siblings.in_text(sentence)
            if code in named and len(named) > 1:
                own.append(sentence)  # and what follows is on all that it names
                current, everyone = False, True
                continue
            if named or siblings.all.search(sentence):
                current, everyone = code in named, not named
            if current:
                own.append(sentence)
            elif everyone:
                of_all.append(sentence)
    return own, of_all


def _under_own_heading(paragraphs: Sequence[Paragraph], asked: _Asked, siblings: _Siblings) -> Iterator[str]:
    """Give the text under each heading that names this one alone, without what is said there of all of them."""
    for heading, section in _sections(paragraphs):
        if siblings.in_heading(heading) == {asked.requirement.code}:
            yield " ".join(each for each in sentences(section, asked.assignment) if not siblings.all.search(each))


def _bare(heading: str) -> str:
    """Give a heading without its number and its article."""
    return re.sub(r"^(?:[\W\d]|\b[ivx]+\b\.?|\bthe\b)*", "", heading, flags=re.IGNORECASE).rstrip(" .:")


def _prose(paragraphs: Sequence[Paragraph], asked: _Asked) -> str:
    return " ".join(sentences(paragraphs, asked.assignment))


def _substance(text: str) -> int:
    return len(set(re.findall(r"[^\W\d_]{2,}", text.casefold())))
