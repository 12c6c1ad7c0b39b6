"""A reference document as python-docx can open it, and without what it would bring from elsewhere."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from reportgen.errors import ReportgenError
from reportgen.word.schema import mended

_SCHEMAS = "http://schemas.openxmlformats.org/"
_OFFICE = f"{_SCHEMAS}officeDocument/2006/relationships"
_RELATIONSHIPS = f"{_SCHEMAS}package/2006/relationships"
_R = f"{{{_OFFICE}}}"
_W = f"{{{_SCHEMAS}wordprocessingml/2006/main}}"
_DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OTHER_DOCUMENTS = re.compile(
    rb"application/vnd\.(?:openxmlformats-officedocument\.wordprocessingml\.template|"
    rb"ms-word\.(?:document|template)\.macroEnabled(?:Template)?)\.main\+xml"
)
# ISO/IEC 29500-1, annex A, against part 4, annex A: the same names, in other namespaces.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_SPELLED = {b"/extendedProperties": b"/extended-properties", b"/customProperties": b"/custom-properties"}
_BRINGS = ("aFChunk", "subDocument", "attachedTemplate", "oleObject", "package", "control", "frame", "mailMergeSource")
_FETCHES = re.compile(r"\s*(?:INCLUDE|INCLUDETEXT|INCLUDEPICTURE|LINK|DDE|DDEAUTO|IMPORT|DATABASE|RD)\b", re.IGNORECASE)
_WHOLE = ("drawing", "pict", "object", "altChunk", "subDoc", "control", "attachedTemplate")
"""The elements that mean nothing without the part that they lead to."""


@dataclass(frozen=True)
class Usable:
    """A document that python-docx opens, and in words what was repaired in it or left out."""

    content: bytes
    changes: tuple[str, ...]


def usable(content: bytes) -> Usable:
    """Return a Word document, template or document with macros in any of its forms as a .docx that stands by itself.

    Strict names become transitional ones; styles and lists become what the schema has, without words that lists would say; a
    relationship that leads outside, to something that brings text of its own or to nothing is left out with what it is for, and so is
    a field that fetches something. Raises ReportgenError where a part cannot be read.
    """
    try:
        return _usable(content)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, OSError, RuntimeError, NotImplementedError) as error:
        raise ReportgenError(f"the reference document cannot be used ({error}): save it anew as .docx") from error


def _usable(content: bytes) -> Usable:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    given = dict(parts)
    changes: dict[str, None] = {}
    for name, part in parts.items():
        parts[name] = _transitional(part, changes) if name.endswith((".xml", ".rels")) else part
    types = parts.get("[Content_Types].xml", b"")
    if _OTHER_DOCUMENTS.search(types):
        changes["it is a template or holds macros, which were left out"] = None
        parts["[Content_Types].xml"] = _OTHER_DOCUMENTS.sub(_DOCUMENT, types)
    lost = {name: dict(_lost(parts, name)) for name in parts if name.endswith(".rels")}
    for name, keys in lost.items():
        parts |= _without_relationships(parts, name, keys)
        # Nothing of its text is taken over, and so nothing need be said of the links in it.
        told = (why for why in keys.values() if not (_is_main(parts, name) and why.endswith(_ELSEWHERE)))
        changes |= dict.fromkeys(told)
    for name, part in parts.items():
        if name.startswith("word/") and name.endswith(".xml") and b"instr" in part and not _is_main(parts, name):
            parts[name] = _without_fetching(part, changes)
    for name, part in parts.items():
        if _IN_SCHEMA.search(part[:4096]):
            parts[name], left_out = mended(part)
            changes |= dict.fromkeys(left_out)
    if parts == given:
        return Usable(content, ())
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return Usable(buffer.getvalue(), tuple(changes))


_IN_SCHEMA = re.compile(rb"<(?:\w+:)?(?:styles|numbering|hdr|ftr)[\s>]")
_ELSEWHERE = "from elsewhere was left out"


def _is_main(parts: Mapping[str, bytes], name: str) -> bool:
    """Tell whether a part, or the one whose relationships it holds, is the document itself or the package."""
    source = _source(name) if name.endswith(".rels") else name
    return not source or (source.startswith("word/") and b"<w:body" in parts.get(source, b""))


def _source(rels: str) -> str:
    return posixpath.join(posixpath.dirname(posixpath.dirname(rels)), posixpath.basename(rels)[: -len(".rels")])


def _transitional(part: bytes, changes: dict[str, None]) -> bytes:
    if not _STRICT.search(part):
        return part
    changes["it is strict Open XML, and was read as what Word writes"] = None
    part = _STRICT.sub(lambda match: _SCHEMAS.encode() + match[1] + b"/2006/", part)
    for strict, transitional in _SPELLED.items():
        part = part.replace(strict, transitional)
    return part


def _without_relationships(parts: Mapping[str, bytes], rels: str, lost: Mapping[str, str]) -> dict[str, bytes]:
    """Return the parts that change where a part loses relationships: those of it, and itself."""
    if not lost:
        return {}
    root = etree.fromstring(parts[rels], _PARSER)
    for relationship in list(root):
        if relationship.get("Id") in lost:
            root.remove(relationship)
    changed = {rels: etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)}
    if (source := _source(rels)) in parts and source.endswith(".xml"):
        changed[source] = _without(parts[source], lost)
    return changed


_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def _lost(parts: Mapping[str, bytes], rels: str) -> Iterator[tuple[str, str]]:
    """Yield the relationships of a part that lead where nothing may be fetched from, or nothing is; and in words why."""
    names, folder = {name.lower() for name in parts}, posixpath.dirname(posixpath.dirname(rels))
    root = etree.fromstring(parts[rels], _PARSER)
    for relationship in root.iter(f"{{{_RELATIONSHIPS}}}Relationship"):
        key, target = relationship.get("Id", ""), relationship.get("Target", "")
        kind = relationship.get("Type", "").rpartition("/")[2]
        place = posixpath.normpath(posixpath.join("/", folder, target))[1:].lower()
        if relationship.get("TargetMode") == "External":
            yield key, f"{kind} {_ELSEWHERE}"
        elif kind in _BRINGS:
            yield key, f"{kind} was left out"
        elif place not in names:
            yield key, f"{kind} leads to {target[:60]!r}, which is not there, and was left out"


def _without(part: bytes, lost: Mapping[str, str]) -> bytes:
    """Return a part without what its lost relationships are for; of a link, its words stay."""
    root = etree.fromstring(part, _PARSER)
    for element in list(root.iter(etree.Element)):
        keys = [name for name, value in element.attrib.items() if str(name).startswith(_R) and value in lost]
        if not keys:
            continue
        whole = next(
            (each for each in (element, *element.iterancestors()) if etree.QName(each).localname in _WHOLE), None
        )
        parent = None if whole is None else whole.getparent()
        if whole is not None and parent is not None:
            parent.remove(whole)
        else:
            for key in keys:
                del element.attrib[key]
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _without_fetching(part: bytes, changes: dict[str, None]) -> bytes:
    """Return a part in which fields that fetch something are the words that they last gave."""
    root = etree.fromstring(part, _PARSER)
    found = False
    for paragraph in root.iter(f"{_W}p"):
        codes = [element.text or "" for element in paragraph.iter(f"{_W}instrText")]
        simple = [each for each in paragraph.iter(f"{_W}fldSimple") if _FETCHES.match(each.get(f"{_W}instr", ""))]
        if any(map(_FETCHES.match, codes)) or _FETCHES.match("".join(codes)):
            for element in [*paragraph.iter(f"{_W}instrText", f"{_W}fldChar")]:
                element.getparent().remove(element)
            found = True
        for element in simple:
            parent = element.getparent()
            assert parent is not None  # it stands in a paragraph
            place = parent.index(element)
            parent[place : place + 1] = list(element)
            found = True
    if not found:
        return part
    changes["a field that fetches something from elsewhere became the words that it last gave"] = None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
