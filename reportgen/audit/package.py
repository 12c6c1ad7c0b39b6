"""What a package is made of: its parts, what they are to each other, and what no rule here knows."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from reportgen.check.package import NotWord, Package, read_xml

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
# The types of relationship that our writer, Word and LibreOffice write, and the content type of the part at the other end.
_KINDS = {
    f"{_OFFICE}officeDocument": ("main", f"{_WORD}document.main+xml"),
    _CORE: ("core", "application/vnd.openxmlformats-package.core-properties+xml"),
    # LibreOffice's spelling, to which Word holds as well.
    "http://schemas.openxmlformats.org/officedocument/2006/relationships/metadata/core-properties": (
        "core",
        "application/vnd.openxmlformats-package.core-properties+xml",
    ),
    f"{_OFFICE}extended-properties": ("app", "application/vnd.openxmlformats-officedocument.extended-properties+xml"),
    f"{_OFFICE}styles": ("styles", f"{_WORD}styles+xml"),
    f"{_OFFICE}numbering": ("numbering", f"{_WORD}numbering+xml"),
    f"{_OFFICE}settings": ("settings", f"{_WORD}settings+xml"),
    f"{_OFFICE}webSettings": ("webSettings", f"{_WORD}webSettings+xml"),
    f"{_OFFICE}fontTable": ("fonts", f"{_WORD}fontTable+xml"),
    f"{_OFFICE}theme": ("theme", "application/vnd.openxmlformats-officedocument.theme+xml"),
    f"{_OFFICE}header": ("header", f"{_WORD}header+xml"),
    f"{_OFFICE}footer": ("footer", f"{_WORD}footer+xml"),
    f"{_OFFICE}footnotes": ("notes", f"{_WORD}footnotes+xml"),
    f"{_OFFICE}endnotes": ("notes", f"{_WORD}endnotes+xml"),
    f"{_OFFICE}image": ("image", "image/"),
    f"{_OFFICE}customXml": ("carried", "application/xml"),
    f"{_OFFICE}customXmlProps": (
        "carriedProperties",
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
    ),
    f"{_OFFICE}hyperlink": ("hyperlink", ""),
}
_RELATIONSHIPS = "application/vnd.openxmlformats-package.relationships+xml"
_MANY = ("header", "footer", "image", "hyperlink", "notes")


@dataclass(frozen=True)
class Relation:
    """One relationship: what the other end is to this one, and the name of that part, or an address elsewhere."""

    kind: str
    target: str
    external: bool


@dataclass(frozen=True)
class Plan:
    """A package as its relationships have it: by source part and id; and what of it is not known here."""

    relations: Mapping[str, Mapping[str, Relation]]
    unknown: tuple[str, ...]

    def one(self, source: str, kind: str) -> str:
        """Return the name of the part that is this to another, or nothing."""
        return next((each.target for each in self.relations.get(source, {}).values() if each.kind == kind), "")

    def many(self, source: str, kind: str) -> list[str]:
        """Return the names of all parts that are this to another."""
        return [each.target for each in self.relations.get(source, {}).values() if each.kind == kind]


def survey(package: Package) -> Plan:
    """Follow every relationship from the package on, each part once."""
    unknown: list[str] = []
    types = _content_types(package, unknown)
    if types.get(".rels") != _RELATIONSHIPS:
        unknown.append(f"relationships that are said to be {types.get('.rels', '')!r}")
    relations: dict[str, dict[str, Relation]] = {}
    ahead = [""]
    while ahead:
        source = ahead.pop()
        if source in relations:
            continue
        found = relations[source] = {}
        for element in _written(package, source):
            relation, told = _relation(element, source, types, package)
            unknown += told
            if relation is None:
                continue
            if relation.kind not in _MANY and any(each.kind == relation.kind for each in found.values()):
                unknown.append(f"a second relationship to {relation.kind} in {source or 'the package'}")
            key = element.get("Id", "")
            if key in found or not key:
                unknown.append(
                    f"{'two relationships' if key else 'a relationship without the Id'} {key!r} of {source or 'the package'}"
                )
            found[key] = relation
            if not relation.external:
                ahead.append(relation.target)
    reached = {_relationships_of(source) for source in relations} | relations.keys() | {"[content_types].xml"}
    unknown += [f"the part {name}, to which nothing leads" for name in package.parts if name not in reached]
    return Plan(relations, tuple(unknown))


def _relationships_of(source: str) -> str:
    folder, file = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{file}.rels")


def _written(package: Package, source: str) -> Iterator[etree._Element]:
    name = _relationships_of(source)
    if name in package.parts:
        yield from read_xml(package, name)


def _relation(
    element: etree._Element, source: str, types: Mapping[str, str], package: Package
) -> tuple[Relation | None, list[str]]:
    kind, content = _KINDS.get(element.get("Type", ""), ("", ""))
    target, where = element.get("Target", ""), source or "the package"
    external = element.get("TargetMode", "Internal") != "Internal"
    if not kind:
        return None, [f"a relationship of {where} of the type {element.get('Type', '')!r} to {target!r}"]
    if external != (kind == "hyperlink"):
        return None, [
            f"a relationship of {where} to {kind} {'outside' if external else 'inside'} the document: {target!r}"
        ]
    if external:
        return Relation(kind, target, True), []
    part = posixpath.normpath(posixpath.join("/", posixpath.dirname(source), target))[1:].lower()
    if part not in package.parts:
        return None, [f"a relationship of {where} to {target!r}, which is not there"]
    said = types.get(f"/{part}") or types.get(posixpath.splitext(part)[1], "")
    if not (said.startswith(content) if content.endswith("/") else said == content):
        return None, [f"{part}, which says that it is {said!r}"]
    return Relation(kind, part, False), []


def _content_types(package: Package, unknown: list[str]) -> dict[str, str]:
    """Return what the package says of its parts, by name or by extension (ECMA-376 part 2, "Content Types stream")."""
    found: dict[str, str] = {}
    for entry in read_xml(package, "[content_types].xml"):
        tag = etree.QName(entry).localname
        key = {"Default": f".{entry.get('Extension', '')}", "Override": entry.get("PartName", "")}.get(tag, "").lower()
        if key in ("", ".") or key in found:
            unknown.append(f"[Content_Types].xml: <{tag}> of {key!r}")
        found[key] = entry.get("ContentType", "")
    return found


def require_main(plan: Plan) -> str:
    """Return the name of the part that holds the text; raises NotWord."""
    main = plan.one("", "main")
    if not main:
        raise NotWord("no part of it says that it is a Word document")
    return main
