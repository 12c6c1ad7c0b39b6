"""What must hold for every document that the suite makes: a validator's findings, and those that no schema can state.

The structural pass reads with zipfile and lxml alone: with code of the writer, or of the library that the writer stands
on, it would share their mistakes.
"""

import io
import posixpath
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from lxml import etree
from lxml.etree import _Element as Element
from openxml_audit import FileFormat, OpenXmlValidator

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_CONTENT_TYPES = "[Content_Types].xml"

# Relationships by which a part belongs to its source without an element that names it (ECMA-376 part 1, 11.3 and 15.2).
_IMPLICIT = {
    "officeDocument", "core-properties", "extended-properties", "custom-properties", "thumbnail", "styles", "numbering",
    "settings", "webSettings", "theme", "fontTable", "footnotes", "endnotes", "comments", "customXml", "customXmlProps",
    "glossaryDocument",
}  # fmt: skip

# What a field that begins in one of these must also end in.
_ENCLOSING = [f"{_W}{name}" for name in ("hyperlink", "tc", "sdtContent", "footnote", "endnote", "comment")]

# Elements that name a style, and the type that it must have; `basedOn` and `link` depend on the style they stand in.
_STYLE_TYPES = {
    "pStyle": "paragraph",
    "rStyle": "character",
    "tblStyle": "table",
    "next": "paragraph",
    "styleLink": "numbering",
    "numStyleLink": "numbering",
}

# What Word takes for a bookmark's name; one that begins with an underscore is hidden from its dialogue.
_BOOKMARK_NAME = re.compile(r"[^\W\d]\w{0,39}")

# Switches with which REF shows not the bookmarked text but its paragraph's number, or "above" (17.16.5.51).
_REF_SWITCHES = {r"\n", r"\p", r"\r", r"\w"}

_PRIVATE_USE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
# Fonts whose signs have their places among those characters; Word sets bullets in them.
_SYMBOL_FONTS = {"Symbol", "Webdings", "Wingdings", "Wingdings 2", "Wingdings 3"}


def require_sound(content: bytes) -> None:
    """Assert that neither openxml-audit nor the structural pass finds anything in a document."""
    faults = _faults(content)
    assert not faults, "\n".join(faults)


@cache  # a rebuild gives the same bytes, and the validator takes a third of a second for a whole report
def _faults(content: bytes) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.docx"
        path.write_bytes(content)
        found = _validator().validate(path).errors
    return (*map(str, found), *structural_faults(content))


@cache  # it reads its schemas when it is made and when it first meets an element: half a second for both
def _validator() -> OpenXmlValidator:
    return OpenXmlValidator(file_format=FileFormat.OFFICE_2019)


def structural_faults(content: bytes) -> list[str]:
    """Tell what is wrong in a document that no schema sees, one line each: the part, and what is wrong in it."""
    package = _read(content)
    checks = (
        _entries, _content_types, _relationships, _used_relationships, _styles, _numbering, _bookmarks, _references,
        _sequences, _headings, _contents, _tables, _text_of_runs, _pictures, _settings,
    )  # fmt: skip
    return [fault for check in checks for fault in check(package)]


@dataclass(frozen=True)
class _Relationship:
    part: str  # that lists it
    source: str  # that it belongs to; the package itself is ""
    id: str
    kind: str  # the last word of its type
    target: str
    external: bool


@dataclass
class _Field:
    part: str
    begin: Element
    code: str = ""
    result: str = ""
    paragraphs: list[Element] = field(default_factory=list)  # over which its result runs
    separated: bool = False

    @property
    def words(self) -> list[str]:
        return [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', self.code)]

    @property
    def name(self) -> str:
        return self.words[0].upper() if self.words else ""

    @property
    def argument(self) -> str:
        """The first word after the name that is no switch."""
        return next((word for word in self.words[1:] if not word.startswith("\\")), "")

    def switch(self, name: str) -> str | None:
        """Give the word after a switch, or None if the field has no such switch."""
        return [*self.words, ""][self.words.index(name) + 1] if name in self.words else None


@dataclass
class _Bookmark:
    part: str
    id: str
    name: str
    paragraph: Element | None  # in which it starts
    text: str = ""


@dataclass(frozen=True)
class _Heading:
    part: str
    paragraph: Element
    level: int
    text: str


@dataclass(frozen=True)
class _Package:
    entries: list[zipfile.ZipInfo]
    parts: list[str]  # without those that describe the package: content types and relationships
    trees: dict[str, Element]  # of all that is XML
    relationships: list[_Relationship]

    def find(self, *names: str) -> Iterator[tuple[str, Element]]:
        """Give every element of these names (of WordprocessingML, if no namespace stands before) and its part."""
        tags = [name if name.startswith("{") else f"{_W}{name}" for name in names]
        for part in self.parts:
            if part in self.trees:
                yield from ((part, element) for element in self.trees[part].iter(*tags))

    @cached_property
    def styles(self) -> list[Element]:
        targets = {relationship.target for relationship in self.relationships if relationship.kind == "styles"}
        return [style for part, style in self.find("style") if part in targets]

    @cached_property
    def style_names(self) -> dict[str, str]:
        """The names by the ids; Word knows its own styles by name, whatever the id, and whatever the case."""
        return {_get(style, "styleId"): _value(style, "name").lower() for style in self.styles}

    @cached_property
    def fields(self) -> list[_Field | str]:
        """Every field, and every fault in the marks of fields."""
        return [found for part in self.parts if part in self.trees for found in _read_fields(part, self.trees[part])]

    def fields_of(self, *names: str) -> Iterator[_Field]:
        return (found for found in self.fields if isinstance(found, _Field) and found.name in names)

    @cached_property
    def bookmarks(self) -> list[_Bookmark | str]:
        """Every bookmark, and every fault in the starts and ends of bookmarks."""
        return [found for part in self.parts if part in self.trees for found in _read_bookmarks(part, self.trees[part])]

    @cached_property
    def bookmark(self) -> dict[str, _Bookmark]:
        return {found.name: found for found in self.bookmarks if isinstance(found, _Bookmark)}

    def style_level(self, paragraph: Element, kind: str) -> int | None:
        """Give the number after `kind` ("heading", "toc") in the name of a paragraph's style."""
        properties = paragraph.find(f"{_W}pPr")
        name = "" if properties is None else self.style_names.get(_value(properties, "pStyle"), "")
        match = re.fullmatch(rf"{kind} (\d)", name)
        return int(match[1]) if match else None

    @cached_property
    def headings(self) -> list[_Heading]:
        main = {relationship.target for relationship in self.relationships if relationship.kind == "officeDocument"}
        levels = ((part, p, self.style_level(p, "heading")) for part, p in self.find("p") if part in main)
        return [_Heading(part, p, level, _shown(p)) for part, p, level in levels if level is not None]


def _read(content: bytes) -> _Package:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = list(dict.fromkeys(archive.namelist()))
        trees = {name: etree.fromstring(archive.read(name)) for name in names if name.endswith((".xml", ".rels"))}
        return _Package(
            entries=archive.infolist(),
            parts=[name for name in names if name != _CONTENT_TYPES and not name.endswith(".rels")],
            trees=trees,
            relationships=[r for name in names if name.endswith(".rels") for r in _read_relationships(name, trees)],
        )


def _read_relationships(name: str, trees: dict[str, Element]) -> Iterator[_Relationship]:
    folder = posixpath.dirname(posixpath.dirname(name))
    source = posixpath.join(folder, posixpath.basename(name).removesuffix(".rels"))
    for relationship in trees[name]:
        target, external = relationship.get("Target", ""), relationship.get("TargetMode") == "External"
        if not external:
            target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        kind = relationship.get("Type", "").rpartition("/")[2]
        yield _Relationship(name, source, relationship.get("Id", ""), kind, target, external)


def _read_fields(part: str, tree: Element) -> Iterator[_Field | str]:
    inside: list[_Field] = []  # from the outermost to the innermost
    for element in tree.iter("*"):
        if element.tag == f"{_W}fldSimple":
            paragraphs = [paragraph for paragraph in [_ancestor(element, f"{_W}p")] if paragraph is not None]
            yield _Field(part, element, _get(element, "instr"), _text(element), paragraphs)
        elif element.tag == f"{_W}fldChar":
            yield from _field_mark(part, element, inside)
        elif element.tag == f"{_W}instrText":
            if inside and not inside[-1].separated:
                inside[-1].code += element.text or ""
            else:
                yield f"{part}: the instruction {(element.text or '').strip()!r} is in no field's code"
        elif piece := _piece(element):
            paragraph = _ancestor(element, f"{_W}p")
            for outer in reversed(inside):
                if not outer.separated:
                    break
                outer.result += piece
                if paragraph is not None and paragraph not in outer.paragraphs:
                    outer.paragraphs.append(paragraph)
    for left in inside:
        yield f"{part}: the field {left.code.strip()!r} has no end"


def _field_mark(part: str, element: Element, inside: list[_Field]) -> Iterator[_Field | str]:
    kind = _get(element, "fldCharType")
    if kind == "begin":
        inside.append(_Field(part, element))
        yield inside[-1]
    elif not inside:
        yield f"{part}: a field's {kind} without its begin"
    elif kind == "separate":
        if inside[-1].separated:
            yield f"{part}: the field {inside[-1].code.strip()!r} is separated twice"
        inside[-1].separated = True
    else:
        ended = inside.pop()
        if _ancestor(ended.begin, *_ENCLOSING) is not _ancestor(element, *_ENCLOSING):
            yield f"{part}: the field {ended.code.strip()!r} ends in another {_local(*_ENCLOSING)} than it begins in"


def _read_bookmarks(part: str, tree: Element) -> Iterator[_Bookmark | str]:
    inside: dict[str, _Bookmark] = {}
    for element in tree.iter("*"):
        if element.tag == f"{_W}bookmarkStart":
            paragraph = _ancestor(element, f"{_W}p")
            if paragraph is None:  # a bookmark may also start between paragraphs
                paragraph = next(element.itersiblings(f"{_W}p"), None)
            started = _Bookmark(part, _get(element, "id"), _get(element, "name"), paragraph)
            inside[started.id] = started
            yield started
        elif element.tag == f"{_W}bookmarkEnd":
            if inside.pop(_get(element, "id"), None) is None:
                yield f"{part}: the end of bookmark {_get(element, 'id')} has no start before it"
        elif piece := _piece(element):
            for bookmark in inside.values():
                bookmark.text += piece
    for left in inside.values():
        yield f"{part}: the bookmark {left.name} has no end"


def _get(element: Element, name: str) -> str:
    return element.get(f"{_W}{name}", "")


def _value(element: Element, name: str) -> str:
    """Give `w:val` of a child."""
    child = element.find(f"{_W}{name}")
    return "" if child is None else _get(child, "val")


def _ancestor(element: Element, *tags: str) -> Element | None:
    parent = element.getparent()
    while parent is not None and parent.tag not in tags:
        parent = parent.getparent()
    return parent


def _local(*tags: str) -> str:
    return " or ".join(tag.rpartition("}")[2] for tag in tags)


def _piece(element: Element) -> str:
    """Give what an element itself adds to the text that a reader sees."""
    if element.tag in (f"{_W}t", f"{_M}t"):
        return element.text or ""
    if element.tag in (f"{_W}br", f"{_W}cr"):
        return "\n"
    parent = element.getparent()
    # In a paragraph's properties, `w:tab` is a tab stop.
    return "\t" if element.tag == f"{_W}tab" and parent is not None and parent.tag == f"{_W}r" else ""


def _text(element: Element) -> str:
    return "".join(map(_piece, element.iter("*")))


def _shown(paragraph: Element) -> str:
    """Give the words of a paragraph; a line break between two is a blank in a table of contents."""
    return " ".join(_text(paragraph).split())


def _repeated(values: Iterable[str]) -> list[str]:
    return [value for value, count in Counter(values).items() if count > 1]


def _entries(package: _Package) -> Iterator[str]:
    for name in _repeated(entry.filename.lower() for entry in package.entries):
        yield f"{name}: is in the archive more than once"
    dates = {entry.date_time for entry in package.entries}
    if len(dates) > 1:
        yield f"the archive: has {len(dates)} dates"


def _content_types(package: _Package) -> Iterator[str]:
    types = package.trees[_CONTENT_TYPES]
    own = {override.get("PartName", ""): override.get("ContentType") for override in types.iter(f"{_TYPES}Override")}
    by_extension = {
        default.get("Extension", "").lower(): default.get("ContentType") for default in types.iter(f"{_TYPES}Default")
    }
    # An item of custom XML is of whatever kind its author likes; every other part says what it is.
    custom = {relationship.target for relationship in package.relationships if relationship.kind == "customXml"}
    for part in package.parts:
        kind = own.get(f"/{part}", by_extension.get(part.rpartition(".")[2].lower()))
        if kind is None:
            yield f"{part}: has no content type"
        elif kind == "application/xml" and part not in custom:
            yield f"{part}: its content type says no more than XML"
    for name in own.keys() - {f"/{part}" for part in package.parts}:
        yield f"{_CONTENT_TYPES}: {name} is no part"


def _relationships(package: _Package) -> Iterator[str]:
    sources = {relationship.source: relationship.part for relationship in package.relationships}
    for source, part in sources.items():
        if source and source not in package.parts:
            yield f"{part}: {source} is no part"
        for name in _repeated(r.id for r in package.relationships if r.source == source):
            yield f"{part}: two relationships are {name}"
    for relationship in package.relationships:
        if relationship.external:
            if relationship.kind != "hyperlink":
                yield f"{relationship.part}: {relationship.id} is external, though no hyperlink: {relationship.kind}"
        elif relationship.target not in package.parts:
            yield f"{relationship.part}: {relationship.id} leads to {relationship.target}, which is no part"
    reached, fresh = {""}, {""}
    while fresh:
        fresh = {r.target for r in package.relationships if r.source in fresh and not r.external} - reached
        reached |= fresh
    for name in package.parts:
        if name not in reached:
            yield f"{name}: no relationship leads to it"


def _used_relationships(package: _Package) -> Iterator[str]:
    used: set[tuple[str, str]] = set()
    there = {(relationship.source, relationship.id) for relationship in package.relationships}
    for part, element in package.find("{*}*"):
        # r:id, r:embed, r:link and the like: all attributes of this namespace are ids of relationships.
        for value in (str(value) for name, value in element.attrib.items() if str(name).startswith(_R)):
            used.add((part, value))
            if (part, value) not in there:
                yield f"{part}: {_local(element.tag)} names {value}, which is no relationship of this part"
    for relationship in package.relationships:
        if relationship.kind not in _IMPLICIT and (relationship.source, relationship.id) not in used:
            yield f"{relationship.part}: nothing uses {relationship.id} ({relationship.kind})"


def _styles(package: _Package) -> Iterator[str]:
    types = {_get(style, "styleId"): _get(style, "type") or "paragraph" for style in package.styles}
    for what, values in (
        ("id", (_get(style, "styleId") for style in package.styles)),
        ("name", (_value(style, "name").lower() for style in package.styles)),
    ):
        for value in _repeated(values):
            yield f"styles: two have the {what} {value!r}"
    for kind in sorted({"paragraph", "character", "table", *types.values()}):
        defaults = [types[_get(s, "styleId")] for s in package.styles if _get(s, "default") in ("1", "true", "on")]
        if defaults.count(kind) != 1:
            yield f"styles: {defaults.count(kind)} of type {kind} are the default"
    for part, element in package.find(*_STYLE_TYPES, "basedOn", "link"):
        name, parent = _local(element.tag), element.getparent()
        assert parent is not None
        own = _get(parent, "type") or "paragraph"
        other = "character" if own == "paragraph" else "paragraph"
        needed = {**_STYLE_TYPES, "basedOn": own, "link": other}[name]
        if types.get(_get(element, "val")) != needed:
            yield f"{part}: {name} {_get(element, 'val')!r} is no {needed} style"


def _numbering(package: _Package) -> Iterator[str]:
    abstract = [_get(element, "abstractNumId") for _, element in package.find("abstractNum")]
    numbers = [_get(element, "numId") for _, element in package.find("num")]
    for what, ids in (("abstractNum", abstract), ("num", numbers)):
        for value in _repeated(ids):
            yield f"numbering: two {what} are {value}"
    for part, element in package.find("num"):
        if _value(element, "abstractNumId") not in abstract:
            yield f"{part}: num {_get(element, 'numId')} has no abstractNum {_value(element, 'abstractNumId')}"
    for part, element in package.find("numId"):
        if _get(element, "val") not in ("0", *numbers):  # 0 takes the numbering of a style away (17.9.18)
            yield f"{part}: numId {_get(element, 'val')} has no num"


def _bookmarks(package: _Package) -> Iterator[str]:
    found = [bookmark for bookmark in package.bookmarks if isinstance(bookmark, _Bookmark)]
    yield from (fault for fault in package.bookmarks if isinstance(fault, str))
    for value in _repeated(bookmark.id for bookmark in found):
        yield f"bookmarks: two have the id {value}"
    for value in _repeated(bookmark.name.lower() for bookmark in found):
        yield f"bookmarks: two have the name {value}"
    for bookmark in found:
        if not _BOOKMARK_NAME.fullmatch(bookmark.name):
            yield f"{bookmark.part}: Word takes no bookmark of the name {bookmark.name!r}"


def _references(package: _Package) -> Iterator[str]:
    yield from (fault for fault in package.fields if isinstance(fault, str))
    for reference in package.fields_of("REF", "PAGEREF", "NOTEREF"):
        what = f"{reference.part}: {reference.name} {reference.argument}"
        bookmark = package.bookmark.get(reference.argument)
        if bookmark is None:
            yield f"{what} has no bookmark"
        elif reference.name == "REF" and not _REF_SWITCHES & set(reference.words) and reference.result != bookmark.text:
            yield f"{what} shows {reference.result!r}, the bookmark {bookmark.text!r}"
    for part, link in package.find("hyperlink"):
        anchor = link.get(f"{_W}anchor")
        if anchor is not None and anchor not in package.bookmark:
            yield f"{part}: the hyperlink to {anchor} has no bookmark"


def _sequences(package: _Package) -> Iterator[str]:
    counts: Counter[tuple[str, str]] = Counter()
    for sequence in package.fields_of("SEQ"):
        key = sequence.part, sequence.argument
        counts[key] += 1
        if sequence.result != str(counts[key]):
            yield f"{sequence.part}: SEQ {sequence.argument} shows {sequence.result!r} where {counts[key]} is due"


def _headings(package: _Package) -> Iterator[str]:
    above = 0
    for heading in package.headings:
        if heading.level > above + 1:
            yield f"{heading.part}: the heading {heading.text!r} is of level {heading.level} under one of level {above}"
        above = heading.level


def _contents(package: _Package) -> Iterator[str]:
    by_paragraph = {heading.paragraph: heading for heading in package.headings}
    for contents in package.fields_of("TOC"):
        if contents.switch(r"\c") is not None:  # a list of figures or tables
            continue
        listed = []
        for entry in contents.paragraphs:
            # The page number stands behind the last tab, if there is one.
            text = " ".join(re.sub(r"\t[^\t]*$", "", _text(entry).strip("\t")).split())
            what = f"{contents.part}: the entry {text!r} in the table of contents"
            targets = _entry_targets(package, entry)
            bookmarks = [package.bookmark[target] for target in targets if target in package.bookmark]
            if len(targets) != 1:
                yield f"{what} leads to {len(targets)} places"
            for bookmark in bookmarks:
                heading = None if bookmark.paragraph is None else by_paragraph.get(bookmark.paragraph)
                if heading is None:
                    yield f"{what} leads to no heading"
                    continue
                listed.append(heading)
                if heading.text != text:
                    yield f"{what} leads to the heading {heading.text!r}"
                if package.style_level(entry, "toc") != heading.level:
                    yield f"{what} has not the level of its heading, {heading.level}"
        first, _, last = (contents.switch(r"\o") or "1-3").partition("-")
        due = [h for h in package.headings if int(first) <= h.level <= int(last or first) and h.text]
        missing = [heading for heading in due if heading not in listed]
        for heading in missing:
            yield f"{contents.part}: the heading {heading.text!r} is not in the table of contents"
        if not missing and listed != due:
            yield f"{contents.part}: the entries of the table of contents are not the headings in their order"


def _entry_targets(package: _Package, entry: Element) -> set[str]:
    anchors = {_get(link, "anchor") for link in entry.iter(f"{_W}hyperlink")}
    pages = {page.argument for page in package.fields_of("PAGEREF") if _ancestor(page.begin, f"{_W}p") is entry}
    return (anchors | pages) - {""}


def _tables(package: _Package) -> Iterator[str]:
    for part, element in package.find("tblHeader", "cantSplit"):
        if element.get(f"{_W}val") is not None:
            yield f"{part}: {_local(element.tag)} has a w:val"
    for part, cell in package.find("tc"):
        if not len(cell) or cell[-1].tag != f"{_W}p":
            yield f"{part}: a cell ({_text(cell)!r}) does not end with a paragraph"


def _text_of_runs(package: _Package) -> Iterator[str]:
    for part, element in package.find("t", f"{_M}t"):
        text = element.text or ""
        if text != text.strip(" \t\r\n") and element.get(_XML_SPACE) != "preserve":
            yield f'{part}: {text!r} loses its outer blanks without xml:space="preserve"'
        if element.tag == f"{_M}t" and "\\" in text:
            yield f"{part}: {text!r} is left of the LaTeX in mathematics"
    for part, element in package.find("{*}*"):
        if element.tag != f"{_W}lvlText" or _bullet_font(element) not in _SYMBOL_FONTS:
            written = "".join(map(str, [element.text or "", element.tail or "", *element.attrib.values()]))
            for character in sorted(set(_PRIVATE_USE.findall(written))):
                yield f"{part}: U+{ord(character):04X} is for private use and may show as anything"


def _bullet_font(bullet: Element) -> str:
    level = bullet.getparent()
    fonts = None if level is None else level.find(f"{_W}rPr/{_W}rFonts")
    return "" if fonts is None else _get(fonts, "ascii")


def _pictures(package: _Package) -> Iterator[str]:
    pictures = list(package.find(f"{_WP}docPr"))
    for value in _repeated(picture.get("id", "") for _, picture in pictures):
        yield f"pictures: two have the id {value}"
    for part, picture in pictures:
        if not picture.get("descr", "").strip():
            yield f"{part}: the picture {picture.get('name', '')!r} has no alternative text"


def _settings(package: _Package) -> Iterator[str]:
    for part, _ in package.find("updateFields"):
        yield f"{part}: with updateFields Word asks every reader a question"
