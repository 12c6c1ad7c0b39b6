"""The one reader of a Word document for the rules: walks each part that has text once, for what they look at."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, Literal

from lxml import etree

from reportgen.check.package import NotWord, Package, read_xml

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
V = "{urn:schemas-microsoft-com:vml}"
OLE_OBJECT = "{urn:schemas-microsoft-com:office:office}OLEObject"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
DECORATIVE = "{http://schemas.microsoft.com/office/drawing/2017/decorative}decorative"

BOLD = 10  # the level of a heading by its type only, bold, underlined or larger: below the nine of ECMA-376 part 1, 17.3.1.20
PLAIN = 11  # and of one by its place only: a few words above a paragraph
MAX_TEXT = 1_000_000  # characters; with the paragraphs some 400 pages, and what the rules can read in a second
MAX_PARAGRAPHS = 20_000
MAX_NESTED = 10  # paragraphs in paragraphs, by way of text boxes; Word puts no text box into another
MAX_BASED_ON = 12  # styles; a chain that is longer is not worth the time
MAX_WORDS = 12  # that tell which table is meant
_SHORT = 150  # characters, which a heading in no style has at most
_DEFAULTS, _NO_STYLE = (
    "",
    "\0",
)  # the id under which `Styles` keeps what all text has, so that it is what all others are based on; and none's

_CAPTION = re.compile(r"(?:fig(?:ure|\.)?|table|image|chart|diagram|plot) ?\d+(?:\.\d+)* ?(?:[:.–—-]|$)", re.IGNORECASE)
_NUMBERED = re.compile(r"\w+\.?\s*\d")
_FIELD_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_DIGITS = frozenset("0123456789")
_BREAKS = {f"{W}tab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_SENTENCE_END = tuple('.!?:;)”"’')
_MOST_IN_LINE = 10  # words of a line that may be a heading in plain type
_LEAST_UNDER_LINE = 12  # words of the paragraph under it
_LARGER = 1.2  # times the type of the text: Word's own headings of level 2 are 1.2 times as large as its text
_BODY_SIZE = 20  # half-points, where nothing says otherwise (ECMA-376 part 1, 17.3.2.38)

# What stands in words and is not seen, or only where a line ends; the hyphen at which none ends is one.
_IN_WORDS = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff")) | {0x2011: "-"}

Kind = Literal["heading", "caption", "contents", "title", "prose"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph's visible text, equations included; `level` is 1 to 9, `BOLD` or `PLAIN` for a heading and 0 for all else."""

    text: str
    kind: Kind
    level: int
    figures: tuple[str, ...]  # the alternative text of each, "" where it has none
    content: bool  # text, figure or equation: something to see


@dataclass(frozen=True, slots=True)
class Table:
    """A table's first words, and whether its first row is marked as its header."""

    text: str
    header: bool


@dataclass(frozen=True, slots=True)
class Story:
    """One part of a document that has text, the body or notes, as the rules look at it."""

    paragraphs: tuple[Paragraph, ...]
    tables: tuple[Table, ...]
    references: tuple[str, ...]
    bookmarks: frozenset[str]
    equations: int
    equation_objects: int
    changes: int  # that nobody has accepted or rejected yet
    comments: int


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    based_on: str
    level: int | None
    bold: bool | None
    hidden: bool | None
    size: int | None  # half-points


Styles = dict[str, _Style]  # by id


def read_main(package: Package, main: str) -> etree._Element:
    """Parse the part that holds the body; raises `NotWord` where that is no Word document."""
    root = read_xml(package, main)
    if root.tag != f"{W}document" or root.find(f"{W}body") is None:
        raise NotWord(f"its main part {main} is no Word document but <{etree.QName(root).localname}>")
    _require_content_type(package, main)
    return root


def read_styles(package: Package, name: str | None) -> tuple[Styles, str]:
    """Give the styles by their id, and the language that text has unless it says otherwise."""
    if name is None:
        return {}, ""
    root = read_xml(package, name)
    defaults = [root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}lang")]
    defaults += [style.find(f"{W}rPr/{W}lang") for style in root.iter(f"{W}style") if style.get(f"{W}default")]
    styles = _styles(root)
    usual = [
        root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"),
        *(
            each.find(f"{W}rPr")
            for each in root.iter(f"{W}style")
            if each.get(f"{W}default") and each.get(f"{W}type") == "paragraph"
        ),
    ]
    size = next((size for properties in reversed(usual) if (size := _size(properties)) is not None), _BODY_SIZE)
    styles[_DEFAULTS] = _Style("", _NO_STYLE, None, None, None, size)
    return styles, next(filter(None, map(_value, defaults)), "")


def read_story(root: etree._Element, styles: Styles) -> Story:
    """Read one part that has text, from its start to its end, once; `root` loses what is no text of the document."""
    changes = sum(1 for _ in root.iter(*_CHANGES))
    _strip_unseen(root)
    read = _walk(root, styles)
    body = _body_size(read, styles)
    return Story(
        paragraphs=tuple(_with_plain_headings([line for each in read for line in _paragraphs(each, styles, body)])),
        tables=tuple(_tables(root)),
        references=tuple(_references(root)),
        bookmarks=frozenset(mark.get(f"{W}name", "").lower() for mark in root.iter(f"{W}bookmarkStart")),
        equations=sum(1 for _ in root.iter(f"{M}oMath")),
        equation_objects=sum(1 for ole in root.iter(OLE_OBJECT) if ole.get("ProgID", "").startswith("Equation")),
        changes=changes,
        comments=sum(1 for _ in root.iter(f"{W}commentReference")),
    )


_CHANGES = (f"{W}ins", f"{W}del", f"{W}moveFrom")  # a move is also a w:moveTo


def _strip_unseen(root: etree._Element) -> None:
    """Take out what is no text of the document: deleted and moved-away text, and fallbacks that repeat what their choice shows."""
    etree.strip_elements(root, f"{W}del", f"{W}moveFrom", f"{MC}Fallback", with_tail=False)


def _require_content_type(package: Package, main: str) -> None:
    """Word opens the main part by its content type, not by its name (ECMA-376 part 2, "Media types")."""
    types = {
        (entry.get("PartName") or f".{entry.get('Extension', '')}").lower(): entry.get("ContentType", "")
        for entry in read_xml(package, "[content_types].xml")
    }
    kind = types.get(f"/{main}") or types.get(".xml", "")
    if "word" not in kind or not kind.endswith("main+xml"):
        raise NotWord(f"[Content_Types].xml does not say that {main} is a Word document")


def _styles(root: etree._Element) -> Styles:
    return {style.get(f"{W}styleId", ""): _style(style) for style in root.iter(f"{W}style")}


def _style(element: etree._Element) -> _Style:
    said: dict[Any, etree._Element] = {child.tag: child for child in element}
    run = said.get(f"{W}rPr")
    return _Style(
        name=_value(said.get(f"{W}name")).lower(),
        based_on=_value(said.get(f"{W}basedOn")),
        level=_level(said.get(f"{W}pPr")),
        bold=_toggle(_child(run, f"{W}b")),
        hidden=_toggle(_child(run, f"{W}vanish")),
        size=_size(run),
    )


def _size(properties: etree._Element | None) -> int | None:
    value = _value(_child(properties, f"{W}sz"))
    return int(value) if value.isdecimal() and len(value) <= 4 else None


def _child(element: etree._Element | None, tag: str) -> etree._Element | None:
    """Give the first child of that name; half the cost of `find`, and asked of every run of a document."""
    return None if element is None else next(element.iterchildren(tag), None)


def _ancestry(styles: Styles, style_id: str) -> Iterator[_Style]:
    """Give a style and those it is based on, nearest first; ends in a circle too."""

    def climb() -> Iterator[_Style]:
        style = styles.get(style_id)
        while style is not None:
            yield style
            style = styles.get(style.based_on)

    return islice(climb(), MAX_BASED_ON)


def _value(element: etree._Element | None) -> str:
    return "" if element is None else element.get(f"{W}val", "")


def _toggle(element: etree._Element | None) -> bool | None:
    """Read an on-off property: None where it is not set (ECMA-376 part 1, 17.17.4)."""
    return None if element is None else _value(element) not in ("0", "false", "off")


def _level(properties: etree._Element | None) -> int | None:
    """Read an outline level as 1 to 9, and as 0 for body text, which the file writes as 9."""
    value = "" if properties is None else _value(properties.find(f"{W}outlineLvl"))
    return None if value not in _DIGITS else (int(value) + 1) % 10


@dataclass(slots=True)
class _Open:
    """A paragraph while it is being read."""

    element: etree._Element
    style: etree._Element | None
    hides: bool  # what its style says of its runs
    text: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    equations: bool = False


_FIGURES = (f"{WP}inline", f"{WP}anchor", f"{V}imagedata")
_WALKED = (f"{W}p", f"{W}r", f"{W}t", f"{M}oMath", f"{M}t", *_FIGURES, *_BREAKS)


def _walk(root: etree._Element, styles: Styles) -> list[_Open]:
    """Give the paragraphs in reading order: one in a text box follows the one that anchors it."""
    found: list[_Open] = []
    unfinished: list[_Open] = []
    hidden: etree._Element | None = None  # the outermost run that a reader does not see
    size = 0
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=_WALKED):
        tag = element.tag
        if event == "end":
            if element is hidden:
                hidden = None
            elif tag == f"{W}p":
                unfinished.pop()
        elif tag == f"{W}p":
            style = _child(_child(element, f"{W}pPr"), f"{W}pStyle")
            unfinished.append(_Open(element, style, _hides(styles, style)))
            found.append(unfinished[-1])
            if len(found) > MAX_PARAGRAPHS:
                raise NotWord(f"it holds more than {MAX_PARAGRAPHS:,} paragraphs")
            if len(unfinished) > MAX_NESTED:
                raise NotWord(f"it holds paragraphs in paragraphs, more than {MAX_NESTED} deep")
        elif hidden is None and unfinished:
            if tag == f"{W}r" and _is_hidden(element, unfinished[-1].hides, styles):
                hidden = element
            size += _look_at(element, unfinished)
            if size > MAX_TEXT:
                raise NotWord(f"it holds more than {MAX_TEXT:,} characters of text")
    return found


def _is_hidden(run: etree._Element, by_paragraph: bool, styles: Styles) -> bool:
    """Tell whether a run is not shown: it says so itself, or one of its two styles does and the other does not (17.7.3)."""
    properties = _child(run, f"{W}rPr")
    if properties is None:
        return by_paragraph
    own = _toggle(_child(properties, f"{W}vanish"))
    if own is not None:
        return own
    return by_paragraph != _hides(styles, _child(properties, f"{W}rStyle"))


def _hides(styles: Styles, named: etree._Element | None) -> bool:
    """Tell whether the style that is named, if one is, hides what it is given to."""
    if named is None:
        return False
    return next((style.hidden for style in _ancestry(styles, _value(named)) if style.hidden is not None), False)


def _look_at(element: etree._Element, unfinished: list[_Open]) -> int:
    """Add what the rules look at to the innermost paragraph, and return how many characters that was."""
    paragraph, tag = unfinished[-1], element.tag
    if tag == f"{M}oMath":
        for each in unfinished:
            each.equations = True
    elif tag in _FIGURES:
        alternative = _alternative_text(element)
        if alternative is not None:
            paragraph.figures.append(alternative.strip())
            return len(alternative)
    elif tag in (f"{W}t", f"{M}t") or (tag in _BREAKS and _is_in_run(element)):
        paragraph.text.append(_BREAKS.get(tag) or element.text or "")
        return len(paragraph.text[-1])
    return 0


def _is_in_run(element: etree._Element) -> bool:
    """Tell text from settings: a w:tab in the properties of a paragraph is a tab stop."""
    parent = element.getparent()
    return parent is not None and parent.tag == f"{W}r"


@dataclass(frozen=True, slots=True)
class _Line:
    """A paragraph, whether it could be a heading in plain type (no cell, no item of a list), and which style for titles it has."""

    paragraph: Paragraph
    free: bool
    title: str = ""


def _paragraphs(read: _Open, styles: Styles, body: int) -> Iterator[_Line]:
    """Give a paragraph, or several where its writer began new ones by a break and not by a paragraph."""
    raw = "".join(read.text).translate(_IN_WORDS)
    text = " ".join(raw.split())
    kind, level = _paragraph_kind(read, text, styles, body)
    content = bool(text or read.figures) or read.equations
    free = kind == "prose" and _is_free(read, styles)
    first, *others = _broken(raw) if kind == "prose" and "\n" in raw else [text]
    title = next((style.name for style in _ancestry(styles, _value(read.style))), "") if kind == "title" else ""
    yield _Line(Paragraph(first, kind, level if text else 0, tuple(read.figures), content), free, title)
    for other in others:
        yield _Line(Paragraph(other, kind, 0, (), True), free)


def _broken(raw: str) -> list[str]:
    """Split a text at its breaks where they part lines, and do not only fill a line: each is short, or ends as a sentence does."""
    blocks = [[" ".join(line.split()) for line in block.split("\n")] for block in re.split(r"\n\s*\n", raw)]
    pieces = []
    for lines in blocks:
        short = [len(line.split()) <= _MOST_IN_LINE for line in lines]
        parted = not all(short) and all(
            few or line.endswith(_SENTENCE_END) for few, line in zip(short, lines, strict=True)
        )
        pieces += lines if parted else [" ".join(lines)]
    return [piece for piece in pieces if piece] or [""]


def _is_free(read: _Open, styles: Styles) -> bool:
    numbering = _child(_child(read.element, f"{W}pPr"), f"{W}numPr")
    if numbering is not None or next(read.element.iterancestors(f"{W}tc"), None) is not None:
        return False
    return not any(style.name.startswith("list") for style in _ancestry(styles, _value(read.style)))


def _with_plain_headings(lines: list[_Line]) -> Iterator[Paragraph]:
    """Recognise the headings of a writer who only types them: a few words that are no sentence, above a paragraph.

    Who sets several lines in the style for titles, with text between them, means headings, too.
    """
    titles = {kind: _text_between(lines, kind) for kind in ("title", "subtitle")}
    shown = [index for index, line in enumerate(lines) if line.paragraph.content]
    below = dict(pairwise(shown))
    for index, line in enumerate(lines):
        paragraph, under = line.paragraph, lines[below[index]].paragraph if index in below else None
        heads = (
            line.free
            and under is not None
            and (under.kind == "heading" or len(under.text.split()) >= _LEAST_UNDER_LINE)
            and _is_plain_heading(paragraph.text)
        )
        level = PLAIN if heads else 0
        if line.title and titles[line.title] and paragraph.text:
            level = BOLD if line.title == "title" else PLAIN
        yield Paragraph(paragraph.text, "heading", level, paragraph.figures, True) if level else paragraph


def _text_between(lines: list[_Line], title: str) -> bool:
    places = [index for index, line in enumerate(lines) if line.title == title]
    return (
        any(line.paragraph.kind == "prose" and line.paragraph.text for line in lines[places[0] : places[-1]])
        if places
        else False
    )


def _is_plain_heading(text: str) -> bool:
    words = text.split()
    return (
        1 <= len(words) <= _MOST_IN_LINE
        and text[-1] not in ".!?;,"
        and text[0].isalnum()
        and "=" not in text
        and (sum(map(str.isalpha, text)) > len(text) / 2)
    )


def _body_size(read: list[_Open], styles: Styles) -> int:
    """Give the size of the type that most of the text is set in, in half-points, as its longer paragraphs have it."""
    counted: Counter[int] = Counter()
    for each in read:
        length = sum(map(len, each.text))
        if length > _SHORT:
            run = next(each.element.iter(f"{W}r"), None)
            counted[_run_size(run, _style_size(each.style, styles))] += length
    return counted.most_common(1)[0][0] if counted else _BODY_SIZE


def _style_size(style: etree._Element | None, styles: Styles) -> int:
    sizes = (found.size for found in _ancestry(styles, _value(style)) if found.size is not None)
    return next(sizes, _BODY_SIZE)


def _run_size(run: etree._Element | None, inherited: int) -> int:
    return _size(_child(run, f"{W}rPr")) or inherited


def _paragraph_kind(read: _Open, text: str, styles: Styles, body: int) -> tuple[Kind, int]:
    """Tell what a paragraph is, and its level as a heading, by its style, its numbering, its words and its type."""
    element, style_id = read.element, _value(read.style)
    ancestry = list(_ancestry(styles, style_id))
    names = [style.name for style in ancestry]
    if any(name == "caption" for name in names) or _is_caption(element, text):
        return "caption", 0
    if any(name.startswith("toc ") or name in ("table of figures", "toa heading") for name in names):
        return "contents", 0
    if names[:1] in (["title"], ["subtitle"]):
        return "title", 0
    level = _heading_level(read, text, ancestry, styles, body)
    return ("heading" if level and text else "prose"), level


def _is_caption(element: etree._Element, text: str) -> bool:
    """Recognise a typed label with its number, and Word's own numbering of labels, where no style says so."""
    if _CAPTION.match(text):
        return True
    codes = element.iter(f"{W}instrText", f"{W}fldSimple") if _NUMBERED.match(text) else ()
    return any((code.text or code.get(f"{W}instr") or "").strip().startswith("SEQ ") for code in codes)


def _heading_level(read: _Open, text: str, ancestry: list[_Style], styles: Styles, body: int) -> int:
    levels = [_level(_child(read.element, f"{W}pPr")), *(style.level for style in ancestry)]
    for level in levels:
        if level is not None:
            return level
    for name in [style.name for style in ancestry] or [_value(read.style).lower()]:
        if match := re.fullmatch(r"heading ?([1-9])", name):
            return int(match[1])
    return BOLD if _stands_out(read, text, ancestry, styles, body) else 0


def _stands_out(read: _Open, text: str, ancestry: list[_Style], styles: Styles, body: int) -> bool:
    """Recognise the heading of a writer who uses no styles: a short line in type of its own, outside tables, and no sentence."""
    element = read.element
    if not text or len(text) > _SHORT or text[-1] in ".!?;," or next(element.iterancestors(f"{W}tc"), None) is not None:
        return False
    bold_style = next((style.bold for style in ancestry if style.bold is not None), False)
    shown = (words for words in element.iter(f"{W}t") if (words.text or "").strip())
    runs = [run for words in shown if (run := next(words.iterancestors(f"{W}r"), None)) is not None]
    if not runs:
        return False
    inherited = _style_size(read.style, styles)
    return (
        all(_is_bold_run(run, styles, bold_style) for run in runs)
        or all(_is_underlined(run) for run in runs)
        or all(_run_size(run, inherited) >= _LARGER * body for run in runs)
    )


def _is_underlined(run: etree._Element) -> bool:
    line = _child(_child(run, f"{W}rPr"), f"{W}u")
    return line is not None and _value(line) not in ("", "none")


def _is_bold_run(run: etree._Element, styles: Styles, inherited: bool) -> bool:
    properties = _child(run, f"{W}rPr")
    own = _toggle(_child(properties, f"{W}b"))
    if own is not None:
        return own
    ancestry = _ancestry(styles, _value(_child(properties, f"{W}rStyle")))
    return next((style.bold for style in ancestry if style.bold is not None), inherited)


def _alternative_text(element: etree._Element) -> str | None:
    """Give the alternative text of a figure; shapes, text boxes, decoration and embedded objects are no figures."""
    if element.tag == f"{V}imagedata":
        holder = next(element.iterancestors(f"{W}pict", f"{W}object"), None)
        shape = element.getparent()
        return None if holder is None or holder.tag == f"{W}object" or shape is None else shape.get("alt", "")
    graphic = element.find(f"{A}graphic/{A}graphicData")
    properties = element.find(f"{WP}docPr")
    if graphic is None or graphic.get("uri", "").endswith("/wordprocessingShape"):
        return None
    if properties is None:
        return ""
    if any(mark.get("val") in ("1", "true") for mark in properties.iter(DECORATIVE)):
        return None
    return properties.get("descr") or properties.get("title") or ""


@dataclass(slots=True)
class _OpenTable:
    """A table while it is being read; what stands in a table within it stands in it too, but for words."""

    rows: int = 0
    equations: int = 0  # rows that hold a displayed one
    in_row: bool = False  # the row at hand holds a displayed equation
    picture: bool = False
    header: bool = False
    words: list[str] = field(default_factory=list)  # of the first row


_IN_TABLES = (f"{W}tbl", f"{W}tr", f"{W}drawing", f"{W}pict", f"{M}oMathPara", f"{W}t")


def _tables(root: etree._Element) -> Iterator[Table]:
    """Give the tables that are no mere layout: of one row, of figures, or of equations and their numbers."""
    found: list[_OpenTable] = []
    unfinished: list[_OpenTable] = []
    for event, element in etree.iterwalk(root, events=("start", "end"), tag=_IN_TABLES):
        if element.tag == f"{W}tbl" and event == "start":
            unfinished.append(_OpenTable())
            found.append(unfinished[-1])
        elif element.tag == f"{W}tbl":
            inner = unfinished.pop()
            if unfinished:
                unfinished[-1].picture |= inner.picture
                unfinished[-1].in_row |= inner.equations > 0
        elif unfinished:
            _look_into(unfinished[-1], event, element)
    for table in found:
        if table.rows > 1 and not table.picture and table.equations < table.rows:
            yield Table(" ".join(table.words), table.header)


def _look_into(table: _OpenTable, event: str, element: etree._Element) -> None:
    """Note what an element says of the innermost table that it stands in."""
    if element.tag == f"{W}tr" and event == "start":
        table.rows += 1
        table.in_row = False
        if table.rows == 1:
            table.header = _toggle(_child(_child(element, f"{W}trPr"), f"{W}tblHeader")) or False
    elif element.tag == f"{W}tr":
        table.equations += table.in_row
    elif event == "start" and element.tag == f"{M}oMathPara":
        table.in_row = True
    elif event == "start" and element.tag == f"{W}t":
        if table.rows == 1 and len(table.words) < MAX_WORDS:
            table.words.append(element.text or "")
    elif event == "start":
        table.picture = True


def _references(root: etree._Element) -> Iterator[str]:
    """Give the bookmark names that hyperlinks and fields point to (ECMA-376 part 1, 17.16.5 and 17.16.22)."""
    open_fields: list[list[str]] = []
    for element in root.iter(f"{W}hyperlink", f"{W}fldSimple", f"{W}fldChar", f"{W}instrText"):
        if element.tag == f"{W}hyperlink":
            if element.get(f"{R}id") is None and element.get(f"{W}anchor"):
                yield element.get(f"{W}anchor", "")
        elif element.tag == f"{W}fldSimple":
            yield from _field_target(element.get(f"{W}instr", ""))
        elif element.tag == f"{W}instrText":
            if open_fields:
                open_fields[-1].append(element.text or "")
        elif element.get(f"{W}fldCharType") == "begin":
            open_fields.append([])
        elif element.get(f"{W}fldCharType") == "end" and open_fields:
            yield from _field_target("".join(open_fields.pop()))


def _field_target(code: str) -> list[str]:
    words = [word[1] or word[2] or "" for word in islice(_FIELD_WORDS.finditer(code), 3)]
    match [word.upper() for word in words[:2]]:
        case ["REF" | "PAGEREF" | "NOTEREF", _]:
            return [words[1]]
        case ["HYPERLINK", "\\L"]:
            return words[2:3]
    return []
