"""The document that is written into: its styles, page, header and footer, ours or those taken over from a reference document."""

import datetime
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import docx
from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.oxml import serialize_part_xml
from docx.opc.packuri import PackURI
from docx.opc.part import Part, XmlPart
from docx.oxml.ns import qn
from docx.oxml.numbering import CT_Numbering
from docx.parts.numbering import NumberingPart
from docx.parts.settings import SettingsPart
from docx.parts.styles import StylesPart
from docx.shared import Cm, Emu
from lxml import etree
from lxml.etree import _Element as Element

from reportgen.errors import ReportgenError
from reportgen.word import ooxml
from reportgen.word.package import collect, pack
from reportgen.word.styles import LIST_INDENT, STYLES, list_style


@dataclass(frozen=True)
class Properties:
    """What a document says of itself; `created` is also the date of everything in the file."""

    title: str
    author: str
    subject: str
    keywords: str
    created: datetime.date
    language: str = "en-US"
    header: str = ""
    page_size: Literal["A4", "Letter"] = "A4"


PAGE_SIZES = {"A4": (Cm(21.0), Cm(29.7)), "Letter": (Cm(21.59), Cm(27.94))}
_MARGIN = Cm(2.5)


@dataclass(frozen=True)
class Base:
    """A document that has its looks and no content yet, and what is needed to write into it."""

    document: Document
    styles: Mapping[str, str]  # id by name: what is "Heading 1" to us may be "berschrift1" in a reference document
    lists: Mapping[str, tuple[int, int]]  # of our own "List Bullet" and "List Number": w:abstractNumId and w:numId
    width: int  # of the text, in twentieths of a point
    first_id: int  # of pictures and bookmarks; those below stand in header and footer


def empty_document(properties: Properties, reference: bytes | None = None) -> Base:
    """Make a document that has styles, page, header and footer, and no content.

    A `reference` document gives all four where it has them, and nothing else: styles by their name, the page, header and footer of
    its last section. Raises ReportgenError where it cannot be used.
    """
    if reference is None:
        return _base(docx.Document(), properties, own=True)
    with _whatever_python_docx_raises():
        return _base(docx.Document(io.BytesIO(reference)), properties, own=False)


@contextmanager
def _whatever_python_docx_raises() -> Iterator[None]:
    try:
        yield
    except ReportgenError:
        raise
    except Exception as error:  # whatever its parts happen to raise
        what = " ".join(str(error).split())[:120] or type(error).__name__
        raise ReportgenError(f"the reference document cannot be used ({what}): save it anew as .docx") from error


def looks_of(reference: bytes) -> bytes:
    """Return a reference document without all that it says: what is left is the looks, and gives the same documents.

    So a report can carry what it was made from, and nothing else of somebody's own. Raises ReportgenError as `empty_document` does.
    """
    with _whatever_python_docx_raises():
        document = docx.Document(io.BytesIO(reference))
        _drop_all_but_looks(document, _LOOKS)
        document.core_properties._element[:] = []  # who made it, and when
        if _has(document, RELATIONSHIP_TYPE.SETTINGS):
            settings: Any = document.part.part_related_by(RELATIONSHIP_TYPE.SETTINGS)
            settings.element[:] = _settings(settings.element)
        return pack(collect(document, _NO_DAY, room=False))


_NO_DAY = datetime.date(1980, 1, 1)  # the first that an archive knows


def _base(document: Document, properties: Properties, *, own: bool) -> Base:
    _drop_all_but_looks(document, {RELATIONSHIP_TYPE.THEME} if own else _LOOKS)
    styles, numbering, settings = (_require_part(document, *kind) for kind in _PARTS)
    _drop_lost_numbering(styles, numbering)
    known = _known_styles(styles)
    ids = _style_ids(known)
    lists = _add_numbering(numbering, ids, known)
    _add_styles(styles, ids, lists, known)
    _drop_dangling(styles)
    _set_language(styles, properties.language)
    settings[:] = _settings(settings)
    if not _has(document, RELATIONSHIP_TYPE.FONT_TABLE):
        fonts = PackURI("/word/fontTable.xml"), CONTENT_TYPE.WML_FONT_TABLE, _font_table(), document.part.package
        document.part.relate_to(Part(*fonts), RELATIONSHIP_TYPE.FONT_TABLE)
    if not _has(document, RELATIONSHIP_TYPE.THEME):  # validators require one; ours names no font or colour of it
        ours = docx.Document().part.part_related_by(RELATIONSHIP_TYPE.THEME)
        theme = Part(ours.partname, ours.content_type, ours.blob, document.part.package)
        document.part.relate_to(theme, RELATIONSHIP_TYPE.THEME)
    width = _page(document, properties, ids, own=own)
    _set_core_properties(document, properties)
    return Base(document, ids, lists, width, 1 + _highest_id(document))


def own_numbering(base: Base, style: str) -> tuple[int, int] | None:
    """Return the w:abstractNumId and the level of the numbering that a style brings along, if it does."""
    numbering, style_id = base.document.part.numbering_part.element, base.styles[style]
    given = base.document.part._styles_part.element.xpath(
        f'w:style[@w:styleId="{style_id}"]/w:pPr/w:numPr/w:numId/@w:val'
    )
    abstract = numbering.xpath(f'w:num[@w:numId="{given[0]}"]/w:abstractNumId/@w:val') if given else []
    if not abstract:
        return None
    level = numbering.xpath(
        f'w:abstractNum[@w:abstractNumId="{abstract[0]}"]/w:lvl[w:pStyle/@w:val="{style_id}"]/@w:ilvl'
    )
    return int(abstract[0]), int(level[0]) if level else 0


_PARTS = (
    (RELATIONSHIP_TYPE.STYLES, CONTENT_TYPE.WML_STYLES, StylesPart, "styles"),
    (RELATIONSHIP_TYPE.NUMBERING, CONTENT_TYPE.WML_NUMBERING, NumberingPart, "numbering"),
    (RELATIONSHIP_TYPE.SETTINGS, CONTENT_TYPE.WML_SETTINGS, SettingsPart, "settings"),
)
_LOOKS = {RELATIONSHIP_TYPE.THEME, RELATIONSHIP_TYPE.FONT_TABLE, *(kind for kind, *_ in _PARTS)}
_PACKAGE = {RELATIONSHIP_TYPE.OFFICE_DOCUMENT, RELATIONSHIP_TYPE.CORE_PROPERTIES}


def _has(document: Document, kind: str) -> bool:
    return any(relationship.reltype == kind for relationship in document.part.rels.values())


def _require_part(document: Document, kind: str, content_type: str, make: type[XmlPart], root: str) -> Any:
    """Return the root of a part that every document of ours has; where a document lacks it, of an empty one."""
    if not _has(document, kind):
        empty: Any = ooxml.element(f"w:{root}")
        document.part.relate_to(make(PackURI(f"/word/{root}.xml"), content_type, empty, document.part.package), kind)
    part: Any = document.part.part_related_by(kind)
    return part.element


def _drop_all_but_looks(document: Document, looks: set[str]) -> None:
    """Leave behind what a document holds besides its looks: its text, comments, macros, custom XML, pictures of its text."""
    body = document.element.body
    body[:] = [body.get_or_add_sectPr()]
    part, section = document.part, body.sectPr
    for tag in ("w:printerSettings", "w:sectPrChange", "w:footnotePr", "w:endnotePr"):
        for child in section.findall(qn(tag)):
            section.remove(child)
    for background in document.element.findall(qn("w:background")):
        document.element.remove(background)
    shown = set(section.xpath("w:headerReference/@r:id | w:footerReference/@r:id"))
    for holder, kept in ((part, looks), (part.package, _PACKAGE)):
        for relationship in list(holder.rels.values()):
            if relationship.reltype not in kept and not (holder is part and relationship.rId in shown):
                del holder.rels[relationship.rId]
    for key in shown & part.rels.keys():
        _unlink(part.rels[key].target_part)
    if _has(document, RELATIONSHIP_TYPE.SETTINGS):
        part.part_related_by(RELATIONSHIP_TYPE.SETTINGS).rels.clear()  # the path of a template, on somebody's disk


def _unlink(header: Any) -> None:
    """Let nothing in a header or footer be fetched from elsewhere when somebody opens the report: links stay, pictures don't."""
    for relationship in list(header.rels.values()):
        if relationship.is_external and relationship.reltype != RELATIONSHIP_TYPE.HYPERLINK:
            for attribute in (qn("r:link"), qn("r:id"), qn("r:embed")):
                for element in header.element.xpath(
                    f".//*[@r:{etree.QName(attribute).localname}='{relationship.rId}']"
                ):
                    del element.attrib[attribute]
            del header.rels[relationship.rId]


def _known_styles(styles: Element) -> dict[tuple[str, str], str]:
    """Return the ids of styles by type and name; names in lower case, as Word compares those of its own."""
    return {
        (style.get(qn("w:type"), "paragraph"), str(name.get(qn("w:val"))).lower()): str(style.get(qn("w:styleId")))
        for style in styles.iterchildren(qn("w:style"))
        if (name := style.find(qn("w:name"))) is not None
    }


def _style_ids(known: Mapping[tuple[str, str], str]) -> dict[str, str]:
    ids = {}
    for style in STYLES:
        own = style.id
        while own in known.values():  # another style's: one of another name or type
            own += "1"
        ids[style.name] = known.get((style.kind, style.word_name.lower()), own)
    return ids


def _add_styles(
    styles: Element, ids: Mapping[str, str], lists: Mapping[str, tuple[int, int]], known: Mapping[tuple[str, str], str]
) -> None:
    defaults = {
        style.get(qn("w:type")) for style in styles.iterchildren(qn("w:style")) if style.get(qn("w:default")) == "1"
    }
    for style in STYLES:
        if ids[style.name] in known.values():
            continue
        default = ' w:default="1"' if style.based_on is None and style.kind not in defaults else ""
        custom = "" if style.built_in else ' w:customStyle="1"'
        number = ""
        if style.numbering is not None:
            name, level = style.numbering
            number = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{lists[name][1]}"/></w:numPr>'
        properties = number + style.paragraph
        styles.append(
            ooxml.fragment(
                f'<w:style w:type="{style.kind}"{default}{custom} w:styleId="{ids[style.name]}">'
                f'<w:name w:val="{style.word_name}"/>'
                + (f'<w:basedOn w:val="{ids[style.based_on]}"/>' if style.based_on else "")
                + (f'<w:next w:val="{ids[style.next]}"/>' if style.next else "")
                + "<w:qFormat/>"
                + (f"<w:pPr>{properties}</w:pPr>" if properties else "")
                + (f"<w:rPr>{style.run}</w:rPr>" if style.run else "")
                + f"{style.table}</w:style>"
            )
        )


def _drop_dangling(styles: Element) -> None:
    """Drop what styles say of styles that are not there, as some programs' files do: pandoc's for one."""
    known = {style.get(qn("w:styleId")) for style in styles.iterchildren(qn("w:style"))}
    for tag in ("w:basedOn", "w:next", "w:link"):
        for named in styles.findall(f"{qn('w:style')}/{qn(tag)}"):
            if named.get(qn("w:val")) not in known:
                named.getparent().remove(named)  # type: ignore[union-attr]  # it was found in its parent


def _drop_lost_numbering(styles: Element, numbering: Element) -> None:
    """Drop what styles say of lists that are not there, before one of ours gets the number of such a list."""
    known = {number.get(qn("w:numId")) for number in numbering.iterchildren(qn("w:num"))}
    for named in styles.findall(f"{qn('w:style')}/{qn('w:pPr')}/{qn('w:numPr')}"):
        number = named.find(qn("w:numId"))
        if number is not None and number.get(qn("w:val")) not in known | {"0"}:  # 0 takes an inherited number away
            named.getparent().remove(named)  # type: ignore[union-attr]  # it was found in its parent


def _set_language(styles: Element, language: str) -> None:
    """Let the defaults alone say the language: a reference document's styles know only that of its own text."""
    for found in styles.findall(f"{qn('w:style')}/{qn('w:rPr')}/{qn('w:lang')}"):
        found.getparent().remove(found)  # type: ignore[union-attr]  # it was found in its parent
    place = styles
    for tag in ("w:docDefaults", "w:rPrDefault", "w:rPr"):
        child = place.find(qn(tag))
        if child is None:
            child = ooxml.element(tag)
            place.insert(0, child)
        place = child
    for found in place.findall(qn("w:lang")):
        place.remove(found)
    place.append(ooxml.element("w:lang", {"w:val": language, "w:eastAsia": language, "w:bidi": "ar-SA"}))


def _add_numbering(
    numbering: CT_Numbering, ids: Mapping[str, str], known: Mapping[tuple[str, str], str]
) -> dict[str, tuple[int, int]]:
    """Add our two lists to those that are there, and return the w:abstractNumId and w:numId of each."""
    formats = {
        "List Bullet": (["bullet"] * 3, ["•", "–", "▪"]),
        "List Number": (["decimal", "lowerLetter", "lowerRoman"], ["%1.", "%2.", "%3."]),
    }
    first = 1 + max(map(int, numbering.xpath("w:abstractNum/@w:abstractNumId")), default=-1)
    lists = {}
    for abstract_number, (name, (kinds, texts)) in enumerate(formats.items(), first):
        levels = ""
        for level, (kind, text) in enumerate(zip(kinds, texts, strict=True)):
            style = ids[list_style(name, level)]
            linked = "" if style in known.values() else f'<w:pStyle w:val="{style}"/>'
            levels += (
                f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{linked}<w:lvlText w:val="{text}"/>'
                f'<w:lvlJc w:val="left"/><w:pPr><w:ind w:left="{LIST_INDENT * (level + 1)}" w:hanging="{LIST_INDENT}"/>'
                "</w:pPr></w:lvl>"
            )
        abstract = ooxml.fragment(
            f'<w:abstractNum w:abstractNumId="{abstract_number}"><w:multiLevelType w:val="multilevel"/>{levels}</w:abstractNum>'
        )
        nums = numbering.findall(qn("w:num"))
        if nums:  # all definitions stand before all lists
            nums[0].addprevious(abstract)
        else:
            numbering.append(abstract)
        lists[name] = (abstract_number, int(numbering.add_num(abstract_number).numId))  # type: ignore[no-untyped-call]  # python-docx has no types here
    return lists


def _settings(there: Element) -> list[Element]:
    """Give our settings and, in the order of the schema, those that are there and change how pages look."""
    ours = ooxml.fragment(
        # Mode 15 is that of Word 2013 and later; without it the file opens in compatibility mode.
        '<w:settings><w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/><w:compat><w:compatSetting '
        'w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        '<m:mathPr><m:mathFont m:val="Cambria Math"/><m:brkBin m:val="before"/><m:dispDef m:val="1"/>'
        '<m:defJc m:val="center"/><m:intLim m:val="subSup"/><m:naryLim m:val="undOvr"/></m:mathPr></w:settings>'
    )
    found = [ours.find(qn(tag)) if tag in _OUR_SETTINGS else there.find(qn(tag)) for tag in _SETTINGS]
    if there.find(qn("w:defaultTabStop")) is None:
        found[_SETTINGS.index("w:defaultTabStop")] = ours.find(qn("w:defaultTabStop"))
    return [setting for setting in found if setting is not None]


_SETTINGS = (
    "w:zoom", "w:mirrorMargins", "w:bordersDoNotSurroundHeader", "w:bordersDoNotSurroundFooter", "w:gutterAtTop",
    "w:defaultTabStop", "w:autoHyphenation", "w:consecutiveHyphenLimit", "w:hyphenationZone", "w:doNotHyphenateCaps",
    "w:evenAndOddHeaders", "w:compat", "m:mathPr", "w:clrSchemeMapping",
)  # fmt: skip
_OUR_SETTINGS = ("w:zoom", "w:compat", "m:mathPr")

# What Word and LibreOffice take where a font is missing.
_SUBSTITUTES = [
    ("Cambria", "Georgia", "roman", "variable"),
    ("Cambria Math", "Cambria", "roman", "variable"),
    ("Consolas", "Courier New", "modern", "fixed"),
]


def _font_table() -> bytes:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{substitute}"/><w:family w:val="{family}"/>'
        f'<w:pitch w:val="{pitch}"/></w:font>'
        for name, substitute, family, pitch in _SUBSTITUTES
    )
    return serialize_part_xml(ooxml.fragment(f"<w:fonts>{fonts}</w:fonts>"))


def _page(document: Document, properties: Properties, ids: Mapping[str, str], *, own: bool) -> int:
    """Set the page, header and footer where they are not there yet; return the width of the text in twentieths of a point."""
    section = document.sections[-1]
    if own or section.page_width is None or section.page_height is None:
        section.page_width, section.page_height = PAGE_SIZES[properties.page_size]
    for margin in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        if own or getattr(section, margin) is None:
            setattr(section, margin, _MARGIN)
    for distance in ("header_distance", "footer_distance"):
        if own or getattr(section, distance) is None:
            setattr(section, distance, _MARGIN // 2)
    if section.header.is_linked_to_previous:
        header = section.header.paragraphs[0]._p
        header.style = ids["Header"]
        header.append(ooxml.run(properties.header))
    if section.footer.is_linked_to_previous:
        footer = section.footer.paragraphs[0]._p
        footer.style = ids["Footer"]
        for word, instruction in (("Page ", "PAGE"), (" of ", "NUMPAGES")):
            footer.append(ooxml.run(word))
            footer.extend(ooxml.field(instruction, [ooxml.run("1")]))
    for columns in section._sectPr.findall(qn("w:cols")):  # figures and tables are as wide as the page
        section._sectPr.remove(columns)
    page, left, right = (getattr(section, name) for name in ("page_width", "left_margin", "right_margin"))
    width = int(Emu(page - left - right - (section.gutter or 0)).twips)
    if width < _LEAST_WIDTH:
        raise ReportgenError("the reference document leaves less than 10 cm for a line of text: widen its page")
    return width


_LEAST_WIDTH = Cm(10).twips


def _set_core_properties(document: Document, properties: Properties) -> None:
    core = document.core_properties
    core._element[:] = []  # whoever made the document that we start from is not its author
    core.title, core.author, core.subject = properties.title, properties.author, properties.subject
    core.keywords, core.language = properties.keywords, properties.language
    core.created = core.modified = datetime.datetime.combine(properties.created, datetime.time())


def _highest_id(document: Document) -> int:
    """Return the highest id of a picture or a bookmark in header and footer, or 0."""
    kinds = (RELATIONSHIP_TYPE.HEADER, RELATIONSHIP_TYPE.FOOTER)
    parts = [r.target_part for r in document.part.rels.values() if not r.is_external and r.reltype in kinds]
    ids = [int(each) for part in parts for each in part.element.xpath(".//wp:docPr/@id | .//w:bookmarkStart/@w:id")]
    return max((each for each in ids if each < _MOST_IDS), default=0)


_MOST_IDS = 2**30  # there must be room above; Word draws ids at random from below 2 ** 31
