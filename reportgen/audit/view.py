"""All that is seen of a document, passage by passage, as its parts say together; and what no rule here knows."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from reportgen.audit.allowed import name_of, strangers
from reportgen.audit.equations import linear
from reportgen.audit.formats import Format, Sheet, local, merged, settled, toggled, val
from reportgen.audit.numbering import Lists
from reportgen.audit.package import Plan, Relation, require_main, survey
from reportgen.audit.settings import read_fonts, read_settings, read_theme, read_web_settings
from reportgen.audit.tables import row_look, rows_of, table_says
from reportgen.check.package import NotWord, Package, read_part, read_xml
from reportgen.check.reader import MAX_NESTED, MAX_PARAGRAPHS, MAX_TEXT, WP, A, M, R, W

_SVG = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"


@dataclass(frozen=True)
class Passage:
    """A paragraph, or where a table, a row or a cell begins: what it is, its words, and in words how it looks.

    `pieces` are its words again, each piece with how it looks; in a look, numbers behind a tilde are lengths that a word processor
    may round. `letters`: how those of its equations are set, which LibreOffice does not keep.
    """

    kind: str
    text: str
    look: str
    pieces: tuple[tuple[str, str], ...] = ()
    letters: str = ""


@dataclass(frozen=True)
class View:
    """All that is seen of a document.

    `facts` are what is said once: properties, page, settings that show; `pictures`: the SHA-256 of the file of each, and of its SVG
    where it has one; `marks`: by name, the words between a bookmark's start and end; `unknown`: what no rule knows.
    """

    passages: tuple[Passage, ...]
    pictures: tuple[tuple[str, str | None], ...]
    facts: Mapping[str, str]
    marks: Mapping[str, str]
    unknown: tuple[str, ...]


def read_view(package: Package, plan: Plan | None = None) -> View:
    """Return what is seen of a Word document, whose plan may be known; raises NotWord where it is none, or too large to be read."""
    return _Reader(package, plan or survey(package)).read()


@dataclass
class _Field:
    """A field that is open: its code, whether its result has begun, and whether it shows something."""

    code: str = ""
    begun: bool = False
    shown: bool = False
    looks: set[str] = field(default_factory=set)  # of its marks, which one reader gives to what it shows
    result: str = ""  # the first look of what it shows


@dataclass
class _Paragraph:
    """A paragraph while it is read: where it stands, and the pieces of it, each with how it looks."""

    context: "_Context"
    styled: Format  # of its style and what that stands on
    pieces: list[tuple[str, str]] = field(default_factory=list)  # words, and how they look
    letters: list[str] = field(default_factory=list)

    def add(self, words: str, look: str) -> None:
        if self.pieces and self.pieces[-1][1] == look:
            words = self.pieces.pop()[0] + words
        if words:
            self.pieces.append((words, look))


@dataclass(frozen=True)
class _Context:
    """Where a paragraph stands."""

    part: str
    place: str = ""  # "table", "header", "footer"
    paragraph: Format = field(default_factory=dict)  # what the style of a table says
    run: Format = field(default_factory=dict)
    depth: int = 0


class _Reader:
    def __init__(self, package: Package, plan: Plan) -> None:
        self.package, self.plan = package, plan
        self.main = require_main(plan)
        self.unknown = list(plan.unknown)
        self.passages: list[Passage] = []
        self.pictures: list[tuple[str, str | None]] = []
        self.facts: dict[str, str] = {}
        self.fields: list[_Field] = []
        self.open: dict[str, str] = {}  # bookmarks, by w:id
        self.fields_around: dict[str, int] = {}  # the fields that were open where it began, by the same
        self.marks: dict[str, str] = {}
        self.digests: dict[str, str] = {}
        self.size = 0
        self.about = ""  # the words before, for whoever is to find what is not known
        self.part = ""

    def read(self) -> View:
        fonts, colours = self._optional("theme", read_theme) or ({}, {})
        self.sheet = Sheet(self._stranger, fonts, colours)
        self.lists = Lists(self._stranger)
        for kind, take in (("styles", self.sheet.read), ("numbering", self.lists.read)):
            self._optional(kind, take)
        self._optional("settings", lambda root: read_settings(root, self.facts, self._stranger))
        self.hyphenated = self.facts.pop("hyphenation", "") == "on"
        self._optional("webSettings", lambda root: read_web_settings(root, self._stranger))
        self.fonts = self._optional("fonts", read_fonts) or {}
        self._properties()
        root = self._parsed(self.main)
        body = root.find(f"{W}body")
        if root.tag != f"{W}document" or body is None:
            raise NotWord(f"its main part {self.main} is no Word document but <{etree.QName(root).localname}>")
        self._strangers(root)
        self._blocks(body, _Context(self.main))
        self._all_ended(root)
        sections = list(root.iter(f"{W}sectPr"))
        for number, section in enumerate(sections, 1):
            self._section(section, f"page of section {number}" if len(sections) > 1 else "page")
        for name in self.plan.many(self.main, "notes"):
            self._notes(name)
        return View(
            tuple(self.passages), tuple(self.pictures), self.facts, self.marks, tuple(dict.fromkeys(self.unknown))
        )

    # Parts

    def _parsed(self, name: str, *kinds: str) -> etree._Element:
        self.part = name
        root = read_xml(self.package, name)
        if kinds and root.tag not in kinds:  # what one reader then makes of it, another does not
            self._stranger(root, f"where <{name_of(kinds[0])}> should be")
        return root

    def _all_ended(self, root: etree._Element) -> None:
        if self.fields:
            self._stranger(root, "with a field that does not end")
        self.fields.clear()

    def _optional(self, kind: str, take):  # type: ignore[no-untyped-def]  # whatever `take` returns
        name = self.plan.one(self.main, kind)
        if not name:
            return None
        root = self._parsed(name, _ROOTS[kind])
        if kind in ("styles", "numbering"):
            self._strangers(root)
        return take(root)

    def _strangers(self, root: etree._Element) -> None:
        for element, what in strangers(root):
            self._stranger(element, what)

    def _stranger(self, element: etree._Element, what: str) -> None:
        paragraph = next((each for each in (element, *element.iterancestors()) if each.tag == f"{W}p"), None)
        words = (
            "" if paragraph is None else " ".join("".join(str(t.text or "") for t in paragraph.iter(f"{W}t")).split())
        )
        place = f", in “{words[:50]}”" if words else ""
        known = name_of(what) if what.startswith("{") else what
        self.unknown.append(f"{self.part}: <{name_of(str(element.tag))}>{f' {known}' if known else ''}{place}")

    def _properties(self) -> None:
        name = self.plan.one("", "core")
        if not name:
            return
        for child in self._parsed(name, _CORE_PROPERTIES):
            tag, text = etree.QName(child).localname, " ".join((child.text or "").split())
            if tag in _PROPERTIES:
                # LibreOffice keeps the keywords of a document, but not what stands between them.
                self.facts[f"property {_PROPERTIES[tag]!r}"] = text if tag != "keywords" else re.sub(r"[;,]", "", text)
            elif tag not in _PROPERTIES_OF_A_SAVE and text:
                self._stranger(child, f"that says {text[:40]!r}")

    # Blocks

    def _blocks(self, parent: etree._Element, context: _Context) -> None:
        if context.depth > MAX_NESTED:
            raise NotWord(f"it holds paragraphs in paragraphs, more than {MAX_NESTED} deep")
        for child in parent:
            match local(child):
                case "p":
                    self._paragraph(child, context)
                case "tbl":
                    self._table(child, context)
                case "sdt":
                    self._control(child)
                    for content in child.iterchildren(f"{W}sdtContent"):
                        self._blocks(content, context)
                case "bookmarkStart" | "bookmarkEnd":
                    self._bookmark(child)

    def _control(self, control: etree._Element) -> None:
        gallery = val(control.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery"))
        if gallery != "Table of Contents" and control.find(f"{W}sdtPr/{_CHECKBOX}") is None:
            self._stranger(control, f"of {gallery!r}")

    def _table(self, table: etree._Element, context: _Context) -> None:
        layout, width, side, indent = (
            table_says(table, self.sheet, name) for name in ("tblLayout", "tblW", "jc", "tblInd")
        )
        kind = val(layout, "type", "autofit")
        look = f"{kind} at the {val(side, default='start').replace('left', 'start')} + ~{val(indent, 'w', '0')}"
        if kind != "fixed":
            look += f", ~{val(width, 'w')} {val(width, 'type')} wide"
        columns = [val(column, "w") for column in table.iterfind(f"{W}tblGrid/{W}gridCol")]
        in_all = val(width, "w") if val(width, "type") == "dxa" else ""
        of_columns = sum(int(each) for each in columns if each.isdecimal())
        # One reader takes the width of the columns, the other that of the table; LibreOffice rounds each.
        if kind == "fixed" and in_all.isdecimal() and abs(int(in_all) - of_columns) > 2 * len(columns):
            look += f", ~{in_all} wide in all"
        look += f", on a grid of {len(columns)}"
        self.passages.append(Passage("table", "", look))
        rows = [row for row in table if local(row) == "tr"]
        for row, cells in zip(rows, rows_of(table, self.sheet), strict=True):
            self.passages.append(Passage("row", "", row_look(row)))
            for cell in cells:
                self.passages.append(Passage("cell", "", cell.look))
                below = _Context(context.part, "table", cell.paragraph, cell.run, context.depth + 1)
                self._blocks(cell.element, below)
        self.passages.append(Passage("end of table", "", ""))

    # Paragraphs

    def _paragraph(self, element: etree._Element, context: _Context) -> None:
        properties = element.find(f"{W}pPr")
        style = "" if properties is None else val(properties.find(f"{W}pStyle"))
        chain = self.sheet.chain(style, "paragraph")
        marker, set_so, numbered = self._marker(properties, chain)
        form = merged(
            (
                self.sheet.paragraph,
                context.paragraph,
                numbered,
                *(self.sheet.paragraph_format(each.find(f"{W}pPr")) for each in chain),
                numbered if self._own_number(properties) else {},
                self.sheet.paragraph_format(properties),
            )
        )
        styled = toggled((context.run, merged(self.sheet.run_format(each.find(f"{W}rPr")) for each in chain)))
        paragraph = _Paragraph(context, styled)
        self._inlines(element, paragraph, "")
        mark = self._set(paragraph, None if properties is None else properties.find(f"{W}rPr"))
        self._take(paragraph, form, (marker, set_so), mark)

    def _own_number(self, properties: etree._Element | None) -> bool:
        return properties is not None and properties.find(f"{W}numPr") is not None

    def _marker(self, properties: etree._Element | None, chain: list[etree._Element]) -> tuple[str, str, Format]:
        """Return what stands before a paragraph, how it is set, and what its list says of the paragraph."""
        number, level = "", ""
        said: etree._Element | None = None
        for each in (*(style.find(f"{W}pPr") for style in chain), properties):
            own = None if each is None else each.find(f"{W}numPr")
            if own is not None:
                said = own
                number = val(own.find(f"{W}numId"), default=number)
                level = val(own.find(f"{W}ilvl"), default=level)
        if said is None or number in ("", "0"):
            return "", "", {}
        marker = self.lists.next(number, int(level) if level.isdecimal() else 0)
        if marker is None:
            self._stranger(said, "of a list or a level that is nowhere")
            return "", "", {}
        looks = settled(self.sheet.run_format(marker.run))
        without_font = {name: value for name, value in looks.items() if name not in _FONTS}  # a sign is told with it
        return marker.text, f"{marker.place} {_said(without_font)}", self.sheet.paragraph_format(marker.paragraph)

    def _take(self, paragraph: _Paragraph, form: Format, marked: tuple[str, str], mark: Format) -> None:
        marker, set_so = marked
        words = " ".join("".join(words for words, _ in paragraph.pieces).split())
        self.size += len(words)
        if len(self.passages) > MAX_PARAGRAPHS or self.size > MAX_TEXT:
            raise NotWord(f"it holds more than {MAX_PARAGRAPHS:,} paragraphs or {MAX_TEXT:,} characters of text")
        for mark_open in self.open.values():
            self.marks[mark_open] += "\n"
        context = paragraph.context
        shown = settled(form)
        level = shown.get("outlineLvl", "")
        kind = context.place or (f"heading {int(level) + 1}" if level.isdigit() else "text")
        if kind == "table":
            shown = {
                name: value for name, value in shown.items() if name != "widowControl"
            }  # a row is broken, or it is not
        if self.hyphenated and form.get("suppressAutoHyphens") != "on":
            shown["hyphenation"] = "on"
        shown.pop("suppressAutoHyphens", None)
        look = _said(shown)
        if marker or not paragraph.pieces:
            look += f"; its mark {set_so} {_said(mark)}"
        elif "vanish" in mark:  # the next paragraph would go on in the same line
            look += "; its mark vanish"
        pieces = tuple((words, look) for words, look in paragraph.pieces)
        self.passages.append(Passage(kind, f"{marker} {words}".strip(), look, pieces, " ".join(paragraph.letters)))

    def _set(self, paragraph: _Paragraph, properties: etree._Element | None) -> Format:
        """Return how a run is set in the end: by the defaults, its paragraph's style, its own, and itself."""
        own = "" if properties is None else val(properties.find(f"{W}rStyle"))
        chain = self.sheet.chain(own, "character") if own else []
        styled = merged(self.sheet.run_format(each.find(f"{W}rPr")) for each in chain)
        return settled(merged((self.sheet.run, toggled((paragraph.styled, styled)), self.sheet.run_format(properties))))

    def _inlines(self, parent: etree._Element, paragraph: _Paragraph, link: str) -> None:
        for child in parent:
            match local(child):
                case "r":
                    self._run(child, paragraph, link)
                case "hyperlink":
                    self._inlines(child, paragraph, self._link(child))
                case "fldSimple":
                    self.fields.append(_Field(val(child, "instr"), True))
                    self._inlines(child, paragraph, link)
                    self._end_field(child, paragraph)
                case "sdt":
                    self._control(child)
                    for content in child.iterchildren(f"{W}sdtContent"):
                        self._inlines(content, paragraph, link)
                case "bookmarkStart" | "bookmarkEnd":
                    self._bookmark(child)
                case _:
                    if child.tag in (f"{M}oMath", f"{M}oMathPara"):
                        self._equation(child, paragraph, link)

    def _link(self, element: etree._Element) -> str:
        relation = self._relation(element.get(f"{R}id", ""), "hyperlink") if element.get(f"{R}id") else None
        target = relation.target if relation else ""
        anchor = val(element, "anchor")
        return f"link {target}{f'#{anchor}' if anchor else ''} "

    def _relation(self, key: str, kind: str) -> Relation | None:
        found = self.plan.relations.get(self.part, {}).get(key)
        if found is None or found.kind != kind:
            self.unknown.append(f"{self.part}: the relationship {key!r}, which is no {kind}")
            return None
        return found

    def _run(self, run: etree._Element, paragraph: _Paragraph, link: str) -> None:
        form = self._set(paragraph, run.find(f"{W}rPr"))
        for child in run:
            tag = local(child)
            if tag == "fldChar":
                self._field_mark(child, paragraph, _said(form))
            elif tag == "instrText":
                if self.fields and not self.fields[-1].begun:
                    self.fields[-1].code += child.text or ""
                    self.fields[-1].looks.add(_said(form))
                else:
                    self._stranger(child, "outside of a field")
            elif tag == "drawing":
                self._picture(child, paragraph, link)
            elif tag in _CHARACTERS or tag in ("t", "br"):
                self._words(_characters(child), paragraph, form, link)

    def _field_mark(self, mark: etree._Element, paragraph: _Paragraph, look: str) -> None:
        kind = val(mark, "fldCharType")
        if kind == "begin":
            self.fields.append(_Field())
        elif kind not in ("separate", "end") or not self.fields:
            self._stranger(mark, f"of the kind {kind!r} outside of a field")
            return
        self.fields[-1].looks.add(look)
        self.fields[-1].begun |= kind == "separate"
        if kind == "end":
            self._end_field(mark, paragraph)

    def _end_field(self, mark: etree._Element, paragraph: _Paragraph) -> None:
        ended = self.fields.pop()
        name = _field(ended.code)
        if name.partition(" ")[0] not in _FIELDS:
            self._stranger(mark, f"of the code {ended.code.strip()[:40]!r}")
        elif not ended.shown:  # until it is updated
            paragraph.pieces.append(("", f"field {name} without a result"))
        # A table of contents is paragraphs, which are set as each of them says.
        for look in sorted(ended.looks - {ended.result}) if not name.startswith("TOC ") else ():
            paragraph.pieces.append(("", f"the marks of field {name} are set {look}"))

    def _words(self, words: str, paragraph: _Paragraph, form: Format, link: str) -> None:
        if any(not each.begun for each in self.fields):
            self.unknown.append(f"{self.part}: the text {words[:40]!r} in the code of a field")
            return
        for each in self.fields:
            each.result = each.result if each.shown else _said(form)
            each.shown = True
        names = [_field(each.code) for each in self.fields]
        if any(name.startswith("TOC ") for name in names):
            names = [name for name in names if not name.startswith("PAGEREF ")]
            form = {name: value for name, value in form.items() if name != "webHidden"}
        if any(name in _LAID_OUT for name in names):
            if not re.fullmatch(r"\d{1,4}", words):
                self.unknown.append(f"{self.part}: a page number that is {words[:40]!r}")
            words = "#"
        for mark in self.open.values():
            self.marks[mark] += words
        paragraph.add(words, f"{link}{''.join(f'field {name} ' for name in names)}{_said(form)}")

    def _bookmark(self, mark: etree._Element) -> None:
        key, name = val(mark, "id"), val(mark, "name")
        if local(mark) == "bookmarkStart":
            if name in self.marks or key in self.open:
                self._stranger(mark, f"{name!r} a second time")
            self.open[key] = name
            self.marks[name] = ""
            self.fields_around[key] = len(self.fields)
        else:
            self.open.pop(key, None)
            if self.fields_around.pop(key, len(self.fields)) != len(self.fields):
                self._stranger(mark, "that begins outside of a field and ends in it, or the other way round")

    # Pictures and equations

    def _equation(self, element: etree._Element, paragraph: _Paragraph, link: str) -> None:
        for math in element.iter(f"{M}oMath"):
            if self.fields:
                self._stranger(math, "in a field")
            runs = {_said(self._math_run(run, paragraph)) for run in math.iter(f"{M}r")}
            side = element.find(f"{M}oMathParaPr/{M}jc")
            place = "" if element is math else f"displayed {'' if side is None else side.get(f'{M}val', '')} "
            if place == "displayed left " and _is_alone(
                element
            ):  # so LibreOffice writes one that is all of a paragraph
                place = ""
            words = f"⟦{linear(math)}⟧"
            for mark in self.open.values():
                self.marks[mark] += words
            paragraph.add(words, f"{link}{place}equation {' / '.join(sorted(runs))}")
            paragraph.letters.append(_letters(math))

    def _math_run(self, run: etree._Element, paragraph: _Paragraph) -> Format:
        form = self._set(paragraph, run.find(f"{W}rPr"))
        return {
            name: value
            for name, value in form.items()
            if name not in _FONTS and (name, value) not in (("i", "on"), ("iCs", "on"))
        }

    def _picture(self, drawing: etree._Element, paragraph: _Paragraph, link: str) -> None:
        blips = list(drawing.iter(f"{A}blip"))
        inlines = list(drawing.iter(f"{WP}inline"))
        if len(blips) != 1 or len(inlines) != 1:
            self._stranger(drawing, "that shows no picture, or several")
            return
        (blip,), (inline,) = blips, inlines
        image = self._file(blip.get(f"{R}embed", ""))
        svgs = [self._file(svg.get(f"{R}embed", "")) for svg in blip.iter(_SVG)]
        if len(svgs) > 1:
            self._stranger(drawing, "with several drawings")
        self.pictures.append((image, svgs[0] if svgs else None))
        outer, inner = inline.find(f"{WP}docPr"), next(inline.iter(f"{PIC}cNvPr"), None)
        named = (
            {}
            if outer is None
            else {name: " ".join(outer.get(name, "").split()) for name in ("descr", "title", "name")}
        )
        if inner is not None:
            for name in ("descr", "title"):
                if " ".join(inner.get(name, "").split()) not in ("", named.get(name, "")):
                    self._stranger(inner, f"with {name}={inner.get(name, '')[:40]!r}")
        extent = inline.find(f"{WP}extent")
        sizes = [extent, *(each for each in inline.iter(f"{A}ext") if each.get("cx"))]
        size = {" x ".join(_twips(each.get(name, "")) for name in ("cx", "cy")) for each in sizes if each is not None}
        around = [inline.get(f"dist{side}", "0") for side in "TBLR"]
        effect = inline.find(f"{WP}effectExtent")
        around += [] if effect is None else [effect.get(side, "0") for side in "ltrb"]
        offset = next(inline.iter(f"{A}off"), None)
        around += [] if offset is None else [offset.get(axis, "0") for axis in "xy"]
        odd = "" if set(around) <= {"0"} else f" around {' '.join(around)}"
        shape = next(inline.iter(f"{A}prstGeom"), None)
        form = "" if shape is None else shape.get("prst", "")
        called = " ".join(f"{name}={named[name]}" for name in ("name", "title") if named.get(name))
        look = f"picture {' / '.join(sorted(size))}{odd} {form} {called}"
        paragraph.pieces.append((f"[{named.get('descr', '')}]", f"{link}{look}"))

    def _file(self, key: str) -> str:
        relation = self._relation(key, "image")
        if relation is None:
            return ""
        if relation.target not in self.digests:
            self.digests[relation.target] = hashlib.sha256(read_part(self.package, relation.target)).hexdigest()
        return self.digests[relation.target]

    # Pages

    def _section(self, section: etree._Element, named: str) -> None:
        for child in section:
            tag = local(child)
            if tag in ("headerReference", "footerReference"):
                self._margin(child, tag.removesuffix("Reference"))
            elif tag != "docGrid" or val(child, "type", "default") != "default":
                for key, value in child.attrib.items() or ((f"{W}val", "on"),):
                    name = f"{tag} {local_name(str(key))}"
                    if str(value) not in _SECTION.get(name, ()):
                        self.facts[f"{named}, {name}"] = f"{'~' * (tag in ('pgSz', 'pgMar'))}{value!s}"

    def _margin(self, reference: etree._Element, kind: str) -> None:
        relation = self._relation(reference.get(f"{R}id", ""), kind)
        if relation is None:
            return
        before = self.part
        root = self._parsed(relation.target, f"{W}hdr" if kind == "header" else f"{W}ftr")
        self._strangers(root)
        place = kind if val(reference, "type") in ("default", "") else f"{kind} of {val(reference, 'type')} pages"
        self._blocks(root, _Context(relation.target, place))
        self._all_ended(root)
        self.part = before

    def _notes(self, name: str) -> None:
        for note in self._parsed(name, f"{W}footnotes", f"{W}endnotes"):
            words = "".join(str(text.text or "") for text in note.iter(f"{W}t"))
            if val(note, "type") not in ("separator", "continuationSeparator", "continuationNotice") or words:
                self._stranger(note, f"that says {words[:40]!r}")


PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
_CORE_PROPERTIES = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}coreProperties"
_ROOTS = {
    "styles": f"{W}styles",
    "numbering": f"{W}numbering",
    "settings": f"{W}settings",
    "webSettings": f"{W}webSettings",
    "fonts": f"{W}fonts",
    "theme": f"{A}theme",
}
_PROPERTIES = {"title": "title", "creator": "author", "subject": "subject", "keywords": "keywords"}
_PROPERTIES_OF_A_SAVE = ("lastModifiedBy", "revision", "created", "modified", "lastPrinted", "language")
_FIELDS = ("SEQ", "REF", "PAGE", "NUMPAGES", "TOC", "PAGEREF")
_LAID_OUT = ("PAGE", "NUMPAGES")
_FONTS = ("ascii", "hAnsi", "eastAsia", "cs", "hint")
_CHECKBOX = "{http://schemas.microsoft.com/office/word/2010/wordml}checkbox"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_CHARACTERS = {"tab": "\t", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\u00ad"}
# What is as it would be without being said.
_SECTION: Mapping[str, tuple[str, ...]] = {
    "type val": ("nextPage",), "pgMar gutter": ("0",), "pgNumType fmt": ("decimal",), "formProt val": ("false", "0"),
    "textDirection val": ("lrTb",), "titlePg val": ("false", "0"), "bidi val": ("false", "0"), "cols space": ("708", "720", "0"),
    "cols num": ("1",), "cols equalWidth": ("true", "1"), "pgSz orient": ("portrait",), "pgSz code": ("1", "9"),
}  # fmt: skip


def _characters(element: etree._Element) -> str:
    """Return what an element of a run puts into the text."""
    tag = local(element)
    if tag == "t":
        words = element.text or ""
        # Word leaves out the spaces at its ends where nothing says to keep them (ECMA-376 part 1, 17.3.3.31).
        return words if element.get(_SPACE) == "preserve" else words.strip(" \t\r\n")
    if tag == "br":
        kind = val(element, "type", "textWrapping")
        return "\n" if kind == "textWrapping" and val(element, "clear", "none") == "none" else f"[break {kind}]"
    return _CHARACTERS[tag]


def _field(code: str) -> str:
    """Return the code of a field, its switches in order, without those that change nothing of what is shown."""
    words = re.findall(r'"[^"]*"|\S+', code)
    groups: list[str] = []
    for word in words:
        if word.startswith("\\") or not groups:
            groups.append(word)
        else:
            groups[-1] += " " + word.strip('"')
    return " ".join((*groups[:1], *sorted(each for each in groups[1:] if each not in _WITHOUT_EFFECT)))


_WITHOUT_EFFECT = ("\\h", "\\z", "\\u", "\\n", "\\* MERGEFORMAT", "\\* ARABIC", "\\* Arabic")


def _is_alone(element: etree._Element) -> bool:
    """Return whether an equation's paragraph shows nothing else: LibreOffice leaves runs without content beside it."""
    others = (*element.itersiblings(), *element.itersiblings(preceding=True))
    return all(local(each) == "pPr" or {local(inner) for inner in each} <= {"rPr"} for each in others)


def _letters(math: etree._Element) -> str:
    """Return how the letters of an equation are set, one sign for each; nothing where nothing is said."""
    found = ""
    for run in math.iter(f"{M}r"):
        own = run.find(f"{M}rPr")
        said = [] if own is None else [f"{local(each)}{each.get(f'{M}val', '')}" for each in own]
        sign = " ".join(each.removeprefix("sty") for each in sorted(said))
        for text in run.iter(f"{M}t"):
            found += "".join(f"{letter}{sign} " for letter in "".join((text.text or "").split())) if sign else ""
    return found


def _said(form: Format) -> str:
    return " ".join(f"{name}={form[name]}" for name in sorted(form))


def _twips(emu: str) -> str:
    return f"~{round(int(emu) / 635)}" if re.fullmatch(r"-?\d{1,12}", emu) else emu


def local_name(name: str) -> str:
    """Return an attribute's name without its namespace."""
    return name.rpartition("}")[2]
