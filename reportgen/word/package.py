"""The package that a document is: its parts, what it carries out of sight, and the one archive that is written of them."""

import datetime
import hashlib
import io
import uuid
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType, SimpleNamespace
from typing import Any

from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.opc.pkgwriter import PackageWriter


@dataclass(frozen=True)
class Composed:
    """A document that is written but for its archive: its parts by name, in order, and the date of everything in the file."""

    parts: Mapping[str, bytes]
    created: datetime.date


@dataclass(frozen=True)
class Attachment:
    """What a document carries out of sight: the XML of a custom XML part (ECMA-376 part 1, 15.2.5), and its namespace."""

    namespace: str
    xml: bytes


_ITEM = PackURI("/customXml/item1.xml")
_PROPERTIES = PackURI("/customXml/itemProps1.xml")
_DATASTORE = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"


def collect(document: Document, created: datetime.date, *, room: bool) -> Composed:
    """Return the parts of a document, and among them `room` for an attachment if there shall be one: `fill` puts it there.

    So an attachment can be made of what the document shows, and the document need not be written again for it.
    """
    package = document.part.package
    if room:
        item = Part(_ITEM, CONTENT_TYPE.XML, package=package)
        item.relate_to(
            Part(_PROPERTIES, CONTENT_TYPE.OFC_CUSTOM_XML_PROPERTIES, package=package),
            RELATIONSHIP_TYPE.CUSTOM_XML_PROPS,
        )
        document.part.relate_to(item, RELATIONSHIP_TYPE.CUSTOM_XML)
    parts: dict[str, bytes] = {}
    archive = SimpleNamespace(write=lambda name, blob: parts.update({name.membername: blob}))
    writer: Any = PackageWriter  # whose public call makes an archive of its own
    writer._write_content_types_stream(archive, package.parts)
    writer._write_pkg_rels(archive, package.rels)
    writer._write_parts(archive, package.parts)
    return Composed(MappingProxyType(parts), created)


def fill(document: Composed, attachment: Attachment) -> Composed:
    """Put an attachment into the room that was left for it.

    Its id stands in a part of its own, its properties (15.2.6), and is drawn from its content.
    """
    item = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(attachment.xml).hexdigest())
    properties = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<ds:datastoreItem xmlns:ds="{_DATASTORE}" ds:itemID="{{{str(item).upper()}}}"><ds:schemaRefs>'
        f'<ds:schemaRef ds:uri="{attachment.namespace}"/></ds:schemaRefs></ds:datastoreItem>'
    ).encode()
    filled = {_ITEM.membername: attachment.xml, _PROPERTIES.membername: properties}
    return replace(document, parts=MappingProxyType({**document.parts, **filled}))


def digest_around(parts: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of all parts but for what is carried out of sight, which can so hold it; in whatever order they come."""
    around = {
        name: content for name, content in parts.items() if name not in (_ITEM.membername, _PROPERTIES.membername)
    }
    listed = (f"{name}\0{hashlib.sha256(content).hexdigest()}\n" for name, content in sorted(around.items()))
    return hashlib.sha256("".join(listed).encode()).hexdigest()


def pack(document: Composed) -> bytes:
    """Write the archive, the same bytes for the same parts: one date, nothing of this machine."""
    date = document.created
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in document.parts.items():
            entry = zipfile.ZipInfo(name, (max(date.year, 1980), date.month, date.day, 0, 0, 0))
            # A PNG is compressed already.
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            entry.create_system = 3
            target.writestr(entry, content, compresslevel=4)
    return buffer.getvalue()


def unpack(content: bytes) -> dict[str, bytes]:
    """Return the parts of an archive that `pack` wrote, by name and in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
