"""The rules of the craft: what makes a Word document one that others can read, navigate and edit."""
# ruff: noqa: D401 - the docstring of a rule is the rule, a statement about the document

import re
from collections.abc import Iterator
from itertools import groupby, zip_longest

from reportgen.check.document import BOLD, PLAIN, Document, Paragraph

_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|bmp|svg|emf|wmf|tiff?)", re.IGNORECASE)
_TABLE_CAPTION = re.compile(r"tab(?:le|\.)", re.IGNORECASE)
_NO_TITLE = re.compile(r"(?:untitled|title|word document|document ?\d*|microsoft word.*)", re.IGNORECASE)
_LEFTOVER = re.compile(
    r"\{\{|\}\}|\{%|%\}|\bTODO\b|(?i:lorem ipsum)|Error! (?:Reference|Bookmark)|(?i:click or tap (?:here )?to enter)"
    "|[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]"
)


def figure_captions(document: Document) -> list[str] | None:
    """Every figure has a caption above or below it."""
    shown = [(heading, paragraph) for heading, paragraph in _under_headings(document) if paragraph.content]
    # Figures in a row share a caption, and a caption serves one such row.
    runs = [list(run) for _, run in groupby(shown, key=lambda pair: bool(pair[1].figures))]
    if not any(run[0][1].figures for run in runs):
        return None
    faults = []
    taken = None
    for index, run in enumerate(runs):
        if not run[0][1].figures or any(_is_figure_caption(paragraph) for _, paragraph in run):
            continue
        above = runs[index - 1][-1][1] if index else None
        below = runs[index + 1][0][1] if index + 1 < len(runs) else None
        if above is not None and above is not taken and _is_figure_caption(above):
            continue
        if below is not None and _is_figure_caption(below):
            taken = below
            continue
        faults.append(f"no caption above or below the figure {run[0][0]}")
    return faults


def figure_alternative_texts(document: Document) -> list[str] | None:
    """Every figure has an alternative text that is more than a file name."""
    if not any(paragraph.figures for paragraph in document.paragraphs):
        return None
    return [
        f"{'only a file name as' if text else 'no'} alternative text on a figure {heading}"
        for heading, paragraph in _under_headings(document)
        for text in paragraph.figures
        if not text or _FILE_NAME.fullmatch(text)
    ]


def cross_references(document: Document) -> list[str] | None:
    """Every cross-reference points to a bookmark that exists."""
    if not document.references:
        return None
    known = document.bookmarks | {"_top"}  # the one that Word predefines
    missing = dict.fromkeys(name for name in document.references if name.lower() not in known)
    return [f"a cross-reference points to the bookmark {name[:60]!r}, which does not exist" for name in missing]


def heading_levels(document: Document) -> list[str] | None:
    """Heading levels start at 1 and skip none on the way down."""
    headings = _styled_headings(document)
    if not headings:
        bold = [paragraph for paragraph in document.paragraphs if paragraph.level == BOLD]
        return (
            [
                f"“{bold[0].text[:60]}” looks like a heading but is in no heading style, so no outline and no contents know it"
            ]
            if bold
            else None
        )
    faults = []
    above = 0
    for heading in headings:
        if heading.level > above + 1:
            after = f"follows level {above}" if above else "comes first"
            faults.append(f"“{heading.text[:60]}” is a heading of level {heading.level} and {after}")
        above = heading.level
    return faults


def headings_have_text(document: Document) -> list[str] | None:
    """Every heading is followed by text."""
    lowest = BOLD if _styled_headings(document) else PLAIN  # whoever uses no style has headings in bold
    if not any(0 < paragraph.level < lowest for paragraph in document.paragraphs):
        return None
    shown = [paragraph for paragraph in document.paragraphs if paragraph.content]
    # A deeper heading may come first: it answers for itself.
    return [
        f"nothing stands under the heading “{heading.text[:60]}”"
        for heading, following in zip_longest(shown, shown[1:])
        if 0 < heading.level < lowest and (following is None or 0 < following.level <= heading.level < BOLD)
    ]


def language(document: Document) -> list[str]:
    """The document says which language it is in."""
    return [] if document.language else ["no language is set, neither in the default style nor in the properties"]


def title(document: Document) -> list[str]:
    """The document has a title in its properties."""
    if not document.title:
        return ["no title is set in the properties (File, Info, Title)"]
    if _NO_TITLE.fullmatch(document.title):
        return [f"the title in the properties is only “{document.title[:60]}”"]
    return []


def equations(document: Document) -> list[str]:
    """Equations are Word equations, and not only pictures or typed characters."""
    if document.equations:
        return []
    if document.equation_objects:
        return [f"its equations are {document.equation_objects} Equation Editor or MathType objects: convert them"]
    return ["the document has no Word equation (Insert, Equation)"]


def nothing_left_over(document: Document) -> list[str]:
    """Nothing is left over from a template or a broken field."""
    places = [(heading, [paragraph.text, *paragraph.figures]) for heading, paragraph in _under_headings(document)]
    places += [("in a note", [note.text, *note.figures]) for note in document.notes]
    places += [("in the document's title", [document.title])]
    return [
        f"{_quoted(match[0])} {place}" for place, texts in places for text in texts if (match := _LEFTOVER.search(text))
    ]


def table_headers(document: Document) -> list[str] | None:
    """Every table marks its first row as a header row."""
    if not document.tables:
        return None
    return [
        f"no header row in the table beginning “{table.text[:60]}”" for table in document.tables if not table.header
    ]


def nothing_pending(document: Document) -> list[str]:
    """No change waits to be accepted or rejected, and no comment is left."""
    counted = ((document.changes, "tracked change", "tracked changes"), (document.comments, "comment", "comments"))
    found = " and ".join(f"{count} {one if count == 1 else more}" for count, one, more in counted if count)
    return [f"{found} left in the document; it was read with all changes accepted"] if found else []


def _is_figure_caption(paragraph: Paragraph) -> bool:
    return paragraph.kind == "caption" and not _TABLE_CAPTION.match(paragraph.text)


def _styled_headings(document: Document) -> list[Paragraph]:
    return [paragraph for paragraph in document.paragraphs if 0 < paragraph.level < BOLD]


def _under_headings(document: Document) -> Iterator[tuple[str, Paragraph]]:
    """Give each paragraph with the words that say where it is."""
    place = "before the first heading"
    for paragraph in document.paragraphs:
        if paragraph.kind == "heading":
            place = f"under “{paragraph.text[:60]}”"
        yield place, paragraph


def _quoted(text: str) -> str:
    return f"the private-use character U+{ord(text):04X}" if len(text) == 1 else f"“{text}”"
