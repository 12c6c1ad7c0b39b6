"""The rules of the assignment: the cell state from two points of view, each gate as a neural network."""
# ruff: noqa: D401 - the docstring of a rule is the rule, a statement about the document

import re
from collections.abc import Iterator, Sequence

from reportgen.check.document import BOLD, Document, Paragraph

# Substance is counted in different words, so that neither a keyword nor its repetition is a discussion. A plain
# sentence has some twelve words, and a third of them repeat earlier ones.
PART_WORDS = 30  # four sentences
VIEW_WORDS = 25  # three sentences
GATE_WORDS = 15  # two sentences
GATE_ASPECTS = 3  # of the five that make a neural network

_CELL_STATE = re.compile(r"\bcell\b.{0,12}\bstates?\b|\bc[- ](?:\(t\) )?state\b", re.IGNORECASE)
_ABOUT_CELL = re.compile(r"\b(?:cell|state|memory)\b", re.IGNORECASE)
_FLOW = re.compile(
    r"\b(?:flow\w*|channels?|streams?|rivers?|canals?|conveyor|highway|pipe(?:line)?s?)\b", re.IGNORECASE
)
_SNAPSHOT = re.compile(
    r"\b(?:snap[- ]?shots?|photo(?:graph)?s?|pictures?|fr[eo]ez\w+|frozen|still (?:image|frame)s?"
    r"|(?:point|moment|instant) in time|(?:given|particular|single|specific|certain) (?:moment|instant|point))\b",
    re.IGNORECASE,
)
_GATE = re.compile(r"\bgates?\b", re.IGNORECASE)
_EVERY_GATE = re.compile(r"\b(?:each|every|all|any|these|those|three)\b.{0,20}\bgates?\b|\bthe gates\b", re.IGNORECASE)
_PART = {
    1: re.compile(r"\b(?:part|requirement)\b[ #:.-]*(?:i|1|one)\b", re.IGNORECASE),
    2: re.compile(r"\b(?:part|requirement)\b[ #:.-]*(?:ii|2|two)\b", re.IGNORECASE),
}
_TOPIC = {1: _CELL_STATE, 2: _GATE}
_BELONGS = {
    1: re.compile(f"{_CELL_STATE.pattern}|{_FLOW.pattern}|{_SNAPSHOT.pattern}", re.IGNORECASE),
    2: re.compile(rf"{_GATE.pattern}|\b(?:forget|input|output|neural)\b", re.IGNORECASE),
}
_END_MATTER = re.compile(
    r"^[\W\d]*(?:references?|bibliography|works cited|sources|appendi\w+|conclusions?|summary|acknowledge?ments?"
    r"|how ?to submit)\b",
    re.IGNORECASE,
)
_TASK = re.compile(r"\W*discuss (?:the cell|why each gate)", re.IGNORECASE)  # the assignment quoted is no answer to it

_GATE_NAMES = {
    "forget": re.compile(r"\b(?:forget(?:ting)?|remember)\b", re.IGNORECASE),
    "input": re.compile(r"\b(?:input|update)\b", re.IGNORECASE),
    "output": re.compile(r"\boutput\b", re.IGNORECASE),
}
_NAME = r"(?:forget(?:ting)?|remember|input|update|output)(?: ?\([^()]{1,12}\))?"
_NAMES = rf"{_NAME}(?:(?:, (?:and |or )?| and | or | ?[/&] ?)(?:the )?{_NAME}){{0,3}}"
_NAMED_GATES = re.compile(rf"\b{_NAMES}[ -]gates?\b|\bgates ?[:(–—] ?(?:the )?{_NAMES}", re.IGNORECASE)
_ASPECTS = {
    "inputs": re.compile(r"\binputs?\b|\bhidden state|\bx_?t\b|\bconcatenat\w+", re.IGNORECASE),
    "weights": re.compile(r"\bweight\w*|\bmatri(?:x|ces)\b|\bbias\w*|\bparameters?\b|\bkernels?\b", re.IGNORECASE),
    "activation": re.compile(r"\bactivat\w+|\bsigmoid\w*|\blogistic\b|\btanh\b|\bnon-?linear\w*|σ", re.IGNORECASE),
    "learning": re.compile(r"\blearn\w*|\btrain\w*|\bgradients?\b|\bback-?prop\w*", re.IGNORECASE),
    "neurons, layer or network": re.compile(
        r"\bneur(?:al|ons?)\b|\bnetworks?\b|\bperceptrons?\b|\blayers?\b|\bfeed-?forward\b", re.IGNORECASE
    ),
}


def opens(document: Document) -> list[str]:
    """The file is a Word document that opens."""
    return [document.damage] if document.damage else []


def part_one(document: Document) -> list[str]:
    """Part I, on the cell state, has a heading and text of its own."""
    return _part_with_text(document, 1, "Part I: the cell state")


def part_two(document: Document) -> list[str]:
    """Part II, on the gates, has a heading and text of its own."""
    return _part_with_text(document, 2, "Part II: the gates")


def flow(document: Document) -> list[str]:
    """The cell state is discussed as a flow in a channel."""
    return _view(document, "a flow in a channel", _FLOW, _SNAPSHOT)


def snapshot(document: Document) -> list[str]:
    """The cell state is discussed as a snapshot."""
    return _view(document, "a snapshot", _SNAPSHOT, _FLOW)


def forget_gate(document: Document) -> list[str]:
    """The forget gate is discussed as a neural network."""
    return _gate_as_network(document, "forget")


def input_gate(document: Document) -> list[str]:
    """The input gate is discussed as a neural network."""
    return _gate_as_network(document, "input")


def output_gate(document: Document) -> list[str]:
    """The output gate is discussed as a neural network."""
    return _gate_as_network(document, "output")


def _part_with_text(document: Document, part: int, name: str) -> list[str]:
    start = _part_headings(document).get(part)
    if start is None:
        return [f"no heading names {name}"]
    heading = document.paragraphs[start].text
    text = _prose(_part(document, part))
    if (words := _substance(text)) < PART_WORDS:
        return [f"under “{heading[:80]}” stands too little text: {words} different words, and {PART_WORDS} are asked"]
    if not _TOPIC[part].search(text):
        return [f"the text under “{heading[:80]}” never names {name.split(': ')[1]}"]
    return []


def _part_headings(document: Document) -> dict[int, int]:
    """Find the headings of Parts I and II: by number and topic, else by topic, else by number; the highest first."""
    headings = [
        (index, paragraph) for index, paragraph in enumerate(document.paragraphs) if paragraph.kind == "heading"
    ]
    found: dict[int, int] = {}
    for part, other in ((1, 2), (2, 1)):
        ranked = []
        for index, heading in headings:
            numbered = bool(_PART[part].search(heading.text))
            topical = bool(_TOPIC[part].search(heading.text))
            if (numbered or topical) and index not in found.values():
                elsewhere = not numbered and (_PART[other].search(heading.text) or _TOPIC[other].search(heading.text))
                ranked.append((bool(elsewhere), not topical, not numbered, heading.level, index))
        if ranked:
            found[part] = min(ranked)[-1]
    return found


def _part(document: Document, part: int) -> Sequence[Paragraph]:
    """Give what stands under the heading of a part, up to the other part or a heading of its rank that leads elsewhere.

    A writer who sets every heading in the same style, or in bold, means the views and the gates to stand in their part.
    """
    headings = _part_headings(document)
    if part not in headings:
        return ()
    start = headings[part]
    rank = document.paragraphs[start].level
    for end in range(start + 1, len(document.paragraphs)):
        paragraph = document.paragraphs[end]
        leads_elsewhere = paragraph.level <= rank < BOLD and not _BELONGS[part].search(paragraph.text)
        if paragraph.kind == "heading" and (
            end in headings.values() or leads_elsewhere or _END_MATTER.search(paragraph.text)
        ):
            return document.paragraphs[start + 1 : end]
    return document.paragraphs[start + 1 :]


def _view(document: Document, name: str, view: re.Pattern[str], other: re.Pattern[str]) -> list[str]:
    """Look for a section that a heading gives to the view, then for prose that keeps speaking of it."""
    part = _part(document, 1)
    paragraphs = part or document.paragraphs
    sections = [
        _prose(section)
        for heading, section in _sections(paragraphs)
        if view.search(heading) and not other.search(heading)
    ]
    spoken, naming = _sentences_on(paragraphs, view, other)
    # One short sentence may announce a view; who discusses it comes back to it, or says all of it in a long one.
    candidates = [*sections, " ".join(spoken if len(naming) >= 2 else naming)]
    if any(_substance(text) >= VIEW_WORDS and _ABOUT_CELL.search(text) for text in candidates):
        return []
    if sections:
        return [f"under the heading for the cell state as {name} stand fewer than {VIEW_WORDS} different words on it"]
    if naming:
        where = "one sentence" if len(naming) == 1 else f"{len(naming)} sentences"
        return [
            f"the cell state as {name} is named in {where}, too short to discuss it: {VIEW_WORDS} different words are asked"
        ]
    return [f"nothing in {'Part I' if part else 'the document'} speaks of the cell state as {name}"]


def _sections(paragraphs: Sequence[Paragraph]) -> Iterator[tuple[str, Sequence[Paragraph]]]:
    """Give each heading and what stands under it, up to the next heading of its rank or a higher one."""
    for start, heading in enumerate(paragraphs):
        if heading.kind == "heading":
            rest = range(start + 1, len(paragraphs))
            end = next((end for end in rest if 0 < paragraphs[end].level <= heading.level), len(paragraphs))
            yield heading.text, paragraphs[start + 1 : end]


def _sentences_on(
    paragraphs: Sequence[Paragraph], view: re.Pattern[str], other: re.Pattern[str]
) -> tuple[list[str], list[str]]:
    """Collect the sentences that name one view only, once each with the one that follows it, and once alone."""
    spoken, naming = [], []
    for paragraph in paragraphs:
        follows = False
        for sentence in _sentences([paragraph]):
            names = bool(view.search(sentence)) and not other.search(sentence)
            if names or (follows and not other.search(sentence)):
                spoken.append(sentence)
            naming += [sentence] * names
            follows = names
    return spoken, naming


def _gate_as_network(document: Document, gate: str) -> list[str]:
    part = _part(document, 2)
    text = " ".join(_discussion(part or document.paragraphs, gate))
    if not text:
        return [f"nothing in {'Part II' if part else 'the document'} speaks of the {gate} gate"]
    if (words := _substance(text)) < GATE_WORDS:
        return [f"the {gate} gate is named but not discussed: {words} different words, and {GATE_WORDS} are asked"]
    # The input gate's name says nothing of inputs.
    without_names = _NAMED_GATES.sub("gate", text)
    missing = [aspect for aspect, pattern in _ASPECTS.items() if not pattern.search(without_names)]
    if len(_ASPECTS) - len(missing) < GATE_ASPECTS:
        return [f"the {gate} gate is not discussed as a neural network: nothing on {'; '.join(missing)}"]
    return []


def _discussion(paragraphs: Sequence[Paragraph], gate: str) -> list[str]:
    """Collect the sentences on one gate: from where it is named to where another gate, or every gate, is."""
    spoken = []
    current = False
    for paragraph in paragraphs:
        if paragraph.kind == "heading":
            current = gate in _gates_named(paragraph.text) or bool(_GATE_NAMES[gate].fullmatch(_bare(paragraph.text)))
        for sentence in _sentences([paragraph]):
            named = _gates_named(sentence)
            if named or _EVERY_GATE.search(sentence):
                current = gate in named
            if current:
                spoken.append(sentence)
    return spoken


def _bare(heading: str) -> str:
    """Give a heading without its number and its article."""
    return re.sub(r"^(?:[\W\d]|\b[ivx]+\b\.?|\bthe\b)*", "", heading, flags=re.IGNORECASE).rstrip(" .:")


def _gates_named(text: str) -> set[str]:
    found = " ".join(match[0] for match in _NAMED_GATES.finditer(text))
    return {gate for gate, name in _GATE_NAMES.items() if name.search(found)}


def _prose(paragraphs: Sequence[Paragraph]) -> str:
    return " ".join(_sentences(paragraphs))


def _sentences(paragraphs: Sequence[Paragraph]) -> Iterator[str]:
    for paragraph in paragraphs:
        if paragraph.kind == "prose":
            for sentence in re.split(r"(?<=[.!?;]) ", paragraph.text):
                if not _TASK.match(sentence):
                    yield sentence


def _substance(text: str) -> int:
    return len(set(re.findall(r"[^\W\d_]{2,}", text.casefold())))
