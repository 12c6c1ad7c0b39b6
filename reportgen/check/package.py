"""Opens the zip archive and the XML of a file that may be broken or hostile."""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from lxml import etree

from reportgen.errors import ReportgenError

MIB = 2**20
MAX_FILE = 64 * MIB  # no mail server takes more
MAX_ENTRIES = 10_000
MAX_TOTAL = 300 * MIB
MAX_PART = 64 * MIB
MAX_RATIO = 200  # WordprocessingML deflates to a tenth or a twentieth; deflate itself ends at 1:1032
RATIO_FLOOR = MIB  # below this a ratio threatens nobody, and a page of empty table cells may deflate very well
# In all parts that are parsed: a tree costs up to 270 bytes and the readers some microseconds for an element or
# attribute that takes five bytes in the file. A page of a report has 700 or so; this is some 300 pages.
MAX_NODES = 250_000

_CENTRAL_ENTRY = b"PK\x01\x02"
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # Word 97 to 2003, and every password-protected document
# What the streams of a compound file are called, in UTF-16 (MS-OFFCRYPTO 2.3.1, MS-DOC 2.1, MS-XLS 2.1, MS-PPT 2.1, MS-OXMSG 2.2).
_STREAMS = {
    "EncryptedPackage": "it is protected by a password; save it without one (File, Info, Protect Document)",
    "WordDocument": "it is an old Word document (.doc), whatever its name says; open it in Word and save it as .docx",
    "Workbook": "it is an old Excel workbook, and no Word document",
    "PowerPoint Document": "it is an old PowerPoint presentation, and no Word document",
    "__properties_version1.0": "it is a message of Outlook (.msg); save it there as .eml, or forward it as an attachment",
}
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
_BEGINNINGS = {
    b"%PDF": "it is a PDF, whatever its name says; hand in the Word document itself",
    b"{\\rtf": "it is Rich Text (RTF), whatever its name says; open it in Word and save it as .docx",
    b"\x89PNG": "it is a picture (PNG), and no Word document",
    b"\xff\xd8\xff": "it is a picture (JPEG), and no Word document",
    b"Rar!": "it is a RAR archive; hand in the Word document itself",
    b"7z\xbc\xaf": "it is a 7-Zip archive; hand in the Word document itself",
    b"x\x9f>\x22": "it is Outlook's winmail.dat, which only Outlook opens; send the message again as plain text or HTML",
}
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE)
_WORD_XML = re.compile(rb"\s*<\?xml[^>]*>\s*<\?mso-application progid=.Word")
_OTHER_ZIPS = {
    "index/document.iwa": "it is a document of Apple's Pages; export it from there as Word (.docx)",
    "xl/workbook.xml": "it is an Excel workbook, and no Word document",
    "ppt/presentation.xml": "it is a PowerPoint presentation, and no Word document",
}
_LOCK_FILE = (162, 165)  # bytes, of Word for Windows and for macOS
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")  # ISO/IEC 29500-1 (strict), against -4 (transitional)
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)
"""What zipfile and what unpacks raise for bytes that are no archive, or not a whole one."""


def is_page(start: bytes) -> bool:
    """Return whether a file that starts so is a web page."""
    return _PAGE.match(start[:1000].removeprefix(b"\xef\xbb\xbf")) is not None


class NotWord(Exception):  # noqa: N818 - a finding about the file, which becomes a failed rule
    """Why a file is no Word document, or not one that is safe to open."""


@dataclass(frozen=True)
class Package:
    """The parts of an OPC package by their name in lower case (names ignore case: ECMA-376 part 2, "Part names")."""

    archive: zipfile.ZipFile | None
    parts: Mapping[str, zipfile.ZipInfo | bytes]  # bytes if it was never packed
    nodes: dict[str, int] = field(default_factory=dict, compare=False)  # of each part that was parsed


def open_file(path: Path) -> Package:
    """Open a file as a package; raises `NotWord`, and ReportgenError where it cannot be read."""
    if not path.is_file():
        what = "is no file" if path.exists() else "there is no such file"
        raise ReportgenError(f"{path}: {what}; give the path of a .docx")
    try:
        if path.stat().st_size > MAX_FILE:
            raise NotWord(f"it is larger than {MAX_FILE // MIB} MB, too large for e-mail; compress its pictures")
        return open_package(path.read_bytes(), path.name)
    except OSError as error:
        raise ReportgenError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


def open_package(data: bytes, name: str = "") -> Package:
    """Open a file's bytes as a package, expanding nothing yet; raises `NotWord`, by its `name` as well as by what it holds."""
    if name.startswith("~$") and len(data) <= max(_LOCK_FILE):
        raise NotWord(
            "it is the lock file that Word keeps beside an open document (~$…), and holds no text; hand in the document itself"
        )
    if not data:
        raise NotWord("the file is empty")
    if what := _other_format(data):
        raise NotWord(what)
    # Counted before zipfile sees the file: it would build an object for each entry first.
    if data.count(_CENTRAL_ENTRY) > MAX_ENTRIES:
        raise NotWord(f"its archive lists more than {MAX_ENTRIES:,} entries")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except DAMAGED:
        if not data.startswith(b"PK"):
            raise NotWord(
                f"it is {'plain text' if _is_text(data) else 'not a zip archive, which every .docx is'}, and no Word document"
            ) from None
        raise NotWord("it is damaged, or was cut off in transfer; hand it in again") from None
    # A folder that an archiver lists beside what is in it holds nothing, and is no part.
    entries = [entry for entry in archive.infolist() if entry.file_size or not entry.is_dir()]
    parts = {entry.filename.lower(): entry for entry in entries}
    if len(parts) < len(entries):
        raise NotWord("its archive holds two entries of the same name")
    for entry in entries:
        if entry.filename.startswith("/") or re.search(r"\\|:|(^|/)\.\.(/|$)", entry.filename):
            raise NotWord(f"its archive holds an entry that points outside it: {entry.filename[:80]!r}")
    if sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise NotWord(f"it would unpack to more than {MAX_TOTAL // MIB} MB")
    package = Package(archive, parts)
    if what := _other_zip(package):
        raise NotWord(what)
    return package


def _other_format(data: bytes) -> str:
    """Say what a file is by its first bytes, where that is something known and no zip archive."""
    if data.startswith(_COMPOUND_FILE):
        found = (what for stream, what in _STREAMS.items() if stream.encode("utf-16-le") in data)
        return next(found, "it is an old Office file, and no .docx; open it in Word and save it as .docx")
    if is_page(data):
        return "it is a web page (HTML), whatever its name says; open it in Word and save it as .docx"
    if _WORD_XML.match(data[:1000]):
        return "it is a Word document in a single XML file; open it in Word and save it as .docx"
    return next((what for beginning, what in _BEGINNINGS.items() if data.startswith(beginning)), "")


def _other_zip(package: Package) -> str:
    """Say what a zip archive is that some other program writes."""
    if "word/document.xml" in package.parts:
        return ""
    if "mimetype" in package.parts:
        kind = read_part(package, "mimetype")[:100].decode("ascii", "replace").strip()
        if kind.startswith(_OPEN_DOCUMENT):
            kind = kind.removeprefix(_OPEN_DOCUMENT)
            return f"it is an OpenDocument file ({'ODT' if kind == 'text' else kind}); save it as .docx (File, Save as)"
    found = (what for part, what in _OTHER_ZIPS.items() if part in package.parts)
    return next(
        found,
        ""
        if "[content_types].xml" in package.parts
        else "it is a zip archive that holds no Word document's parts: [Content_Types].xml is missing",
    )


def _is_text(data: bytes) -> bool:
    try:
        return data[:1000].decode("utf-8", "ignore").replace("\r", "").replace("\n", "").replace("\t", "").isprintable()
    except ValueError:
        return False


def open_parts(parts: Mapping[str, bytes]) -> Package:
    """Take a package whose parts are in memory already."""
    return Package(None, {name.lower(): content for name, content in parts.items()})


def same_parts(before: Package, after: Package) -> bool:
    """Return whether two packages hold the same parts to the byte, whatever took the place of those that were empty before."""
    return before.parts.keys() == after.parts.keys() and all(
        read_part(before, name) in (b"", read_part(after, name)) for name in before.parts
    )


def read_xml(package: Package, name: str) -> etree._Element:
    """Parse one part, its strict namespaces turned into the transitional ones; raises `NotWord`."""
    data = read_part(package, name)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            raise NotWord(f"{name} is not valid UTF-16") from None
    # ECMA-376 part 2, "XML usage", allows these two encodings and no DTD, and without a DTD there are no entities.
    if b"<!DOCTYPE" in data:
        raise NotWord(f"{name} declares a DTD, which a Word document never does")
    package.nodes[name] = data.count(b"<") - data.count(b"</") + data.count(b"=")
    if sum(package.nodes.values()) > MAX_NODES:
        raise NotWord(f"with {name}, it has more than {MAX_NODES:,} elements and attributes")
    if b"//purl.oclc.org/ooxml/" in data:
        data = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotWord(f"{name} is not well-formed XML: {' '.join(str(error).split())[:120]}") from None


def related(package: Package, source: str) -> dict[str, str]:
    """Give the names of the parts that `source` ("" for the package) points to, by the last word of the type."""
    return {kind: target for _, kind, target in relationships(package, source)}


def relationships(package: Package, source: str) -> Iterator[tuple[str, str, str]]:
    """Give id, last word of the type and target part of each relationship of `source` within the package."""
    folder, file = posixpath.split(source)
    rels = posixpath.join(folder, "_rels", f"{file}.rels")
    if rels not in package.parts:
        return
    for relationship in read_xml(package, rels):
        if relationship.get("TargetMode") != "External":
            kind = relationship.get("Type", "").rsplit("/", 1)[-1]
            target = posixpath.normpath(posixpath.join("/", folder, relationship.get("Target", "")))[1:].lower()
            yield relationship.get("Id", ""), kind, target


def read_part(package: Package, name: str) -> bytes:
    """Unpack one part; raises `NotWord` where it is missing, damaged or too large."""
    entry = package.parts.get(name)
    if entry is None:
        raise NotWord(f"the part {name or 'that holds the document'} is missing")
    if isinstance(entry, bytes):
        return entry
    if entry.flag_bits & 1:
        raise NotWord(f"{name} is encrypted")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotWord(f"{name} is packed by a method that Word does not read")
    if entry.file_size > MAX_PART:
        raise NotWord(f"{name} would unpack to more than {MAX_PART // MIB} MB")
    if entry.file_size > max(RATIO_FLOOR, MAX_RATIO * entry.compress_size):
        raise NotWord(f"{name} would unpack to more than {MAX_RATIO} times its size, like a zip bomb")
    assert package.archive is not None
    try:
        return package.archive.read(entry)
    except DAMAGED:
        raise NotWord(f"{name} is damaged in the archive") from None
