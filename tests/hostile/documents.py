"""Hostile documents: bombs, entities, what points outside, damage of bytes, of XML, of the archive, and what was never one."""

import copy
import os
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from io import BytesIO
from pathlib import Path

from lxml import etree

from reportgen.manuscript import read_manuscript
from reportgen.prose.markdown import parse
from reportgen.word.document import write_docx
from tests.check.answers import complete
from tests.hostile.inputs import Kind, damage, drawn, kept, listed, shift, spoil
from tests.manuscript.test_references import ITEMS
from tests.word.test_document import PICTURES, PROPERTIES, SAMPLE

FILE = Path("answer.docx")
MAIN = "word/document.xml"

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_BODY = (
    f'<w:document xmlns:w="{_W}" xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" xmlns:r="{_OFFICE}" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>%s</w:body></w:document>'
)
Parts = Mapping[str, bytes]


def put(data: bytes) -> None:
    """Write the document."""
    FILE.write_bytes(data)


def packed(parts: Parts | Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return parts as an archive: the same bytes for the same parts, whenever it is made."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in parts.items() if isinstance(parts, Mapping) else parts:
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            archive.writestr(entry, data)
    return stream.getvalue()


@cache
def _answers() -> tuple[Parts, ...]:
    """Return the parts of a student's answer and of a document of ours."""
    stream = BytesIO()
    complete().save(stream)
    ours = write_docx(read_manuscript(parse(SAMPLE), (), PICTURES, ITEMS), PROPERTIES)
    found = []
    for data in (stream.getvalue(), ours):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            found.append({name: archive.read(name) for name in archive.namelist()})
    return tuple(found)


def prepare() -> None:
    """Make once, before processes are forked, what all of them need."""
    from reportgen import check  # noqa: F401, PLC0415 - so that what it needs counts for what there is at rest

    _answers()


def _with(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    more = {name: data.encode() if isinstance(data, str) else data for name, data in parts.items()}
    return packed({**_answers()[0], **more}, method)


def _with_main(xml: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return _with({MAIN: xml}, method)


def _in_body(xml: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return _with_main(_BODY % xml, method)


def _text(xml: str) -> bytes:
    """Return a document that holds real text, so that the rules read it, and this beside it."""
    main = _answers()[0][MAIN].decode()
    return _with_main(main.replace("<w:body>", f"<w:body>{xml}", 1), zipfile.ZIP_STORED)


def bytes_(draw: random.Random) -> None:
    """Change bytes."""
    put(damage(draw, packed(draw.choice(_answers()))))


def truncated(draw: random.Random) -> None:
    """Cut the file off, at either end."""
    data = packed(draw.choice(_answers()))
    at = draw.randrange(len(data))
    put(draw.choice((data[:at], data[:at], data[at:], data[:at] + draw.randbytes(100))))


def shifted(draw: random.Random) -> None:
    """Cut, double, zero or move a block."""
    put(shift(draw, packed(draw.choice(_answers()), draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))))


def directory(draw: random.Random) -> None:
    """Give fields of the archive's directory and of the local headers the values that hurt."""
    data = bytearray(packed(draw.choice(_answers())))
    for _ in range(draw.randint(1, 4)):
        signature, length = draw.choice(((b"PK\1\2", 46), (b"PK\3\4", 30), (b"PK\5\6", 22)))
        at = draw.choice([match.start() for match in re.finditer(re.escape(signature), data)])
        value = draw.choice(
            (0, 1, 0xFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 400_000_000, draw.randrange(2**32))
        )
        field = at + draw.randrange(4, length - 3)
        data[field : field + 4] = struct.pack("<I", value)
    put(bytes(data))


_EXTREMES = (
    "", " ", "0", "-1", "10", "99999999999999999999", "1e999", "NaN", "true", "9", "Heading1", "..", "../../../etc/passwd", "/", "#", "%00",
    "file:///etc/passwd", "http://127.0.0.1:9/", "a" * 100_000, "١", "\u202e", "{{", "']", '"', "\\", "REF", "REF a", " REF \\h", 'HYPERLINK \\l "',
    "SEQ Figure", "_top", "word/document.xml", "\ue000",
)  # fmt: skip


def _spoil_tree(draw: random.Random, root: etree._Element) -> None:
    elements = list(root.iter(etree.Element))
    for _ in range(draw.choice((1, 1, 2, 5, 30))):
        element, other = draw.choice(elements), draw.choice(elements)
        parent = element.getparent()
        match draw.randrange(8):
            case 0 if parent is not None:
                parent.remove(element)
            case 1 if parent is not None:
                # A hundred copies of a hundred copies are a bomb, and bombs are made elsewhere.
                small = sum(1 for _ in element.iter()) < 100
                parent.extend(copy.deepcopy(element) for _ in range(draw.choice((1, 3, 100)) if small else 1))
            case 2 if other not in element.iterancestors() and other is not element:
                if element not in other.iterancestors():
                    element.append(other)
            case 3:
                innermost = element
                for _ in range(draw.choice((1, 10, 200, 300))):
                    innermost = etree.SubElement(innermost, element.tag)
            case 4 if element.attrib:
                element.set(draw.choice(list(element.attrib)), draw.choice(_EXTREMES))
            case 5:
                element.text = draw.choice(_EXTREMES)
            case 6:
                element.tag = draw.choice(
                    (other.tag, f"{{{_W}}}p", f"{{{_W}}}tbl", f"{{{_W}}}del", "nothing", "{urn:x}y")
                )
            case 7 if other.attrib:
                name = draw.choice(list(other.attrib))
                element.set(name, other.get(name, ""))


def tree(draw: random.Random) -> None:
    """Drop, double, nest, rename and move elements, and give attributes extreme values."""
    parts = dict(draw.choice(_answers()))
    # Most of the time in the main part, which is read most.
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    name = draw.choice([MAIN] * len(names) + names)
    root = etree.fromstring(parts[name])
    _spoil_tree(draw, root)
    parts[name] = etree.tostring(root, encoding="utf-8")
    put(packed(parts))


_XML_WORDS = [
    "<", ">", "</", "/>", "&", ";", "&amp;", "&a;", "&#0;", "&#x10FFFF;", "&#xD800;", "]]>", "<![CDATA[", "<!--", "-->", "<?xml", "?>", "--",
    '<!DOCTYPE a [<!ENTITY a "b">]>', '<!DOCTYPE a SYSTEM "../secret.txt">', '<!ENTITY a SYSTEM "../secret.txt">', "xmlns:w=''", 'xmlns=""',
    "<w:p>", "</w:p>", "<w:r>", "<w:t>", "<w:tbl>", "<w:tr>", "<w:del>", "</w:body>", '<w:fldChar w:fldCharType="begin"/>', 'w:val="', "'", '"',
    '<w:fldChar w:fldCharType="end"/>', "<w:instrText>", "<mc:Fallback>", "<m:oMath>", "w:", ":", "=", "\ufffe", "standalone='yes'",
    '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="../secret.txt" parse="text"/>', '<?xml-stylesheet href="../secret.txt"?>',
    '<?xml version="1.1"?>', '<?xml version="1.0" encoding="utf-7"?>', '<?xml version="1.0" encoding="nope"?>', "w:p", "body",
]  # fmt: skip


def markup(draw: random.Random) -> None:
    """Make mistakes in the text of a part."""
    parts = dict(draw.choice(_answers()))
    names = [name for name in parts if name.endswith((".xml", ".rels"))]
    name = draw.choice([MAIN] * 3 + names)
    parts[name] = spoil(draw, parts[name].decode(), _XML_WORDS).encode("utf-8", "surrogatepass")
    put(packed(parts))


def encodings(draw: random.Random) -> None:
    """Write a part in another encoding, which it names, or names wrongly, or not at all."""
    parts = dict(draw.choice(_answers()))
    name = draw.choice([MAIN, MAIN, "word/styles.xml", "[Content_Types].xml", "_rels/.rels", "docProps/core.xml"])
    text = re.sub(r"^<\?xml.*?\?>\s*", "", parts[name].decode())
    encoding = draw.choice(
        ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "utf-8-sig", "latin-1", "cp037", "shift_jis", "utf-8")
    )
    stated = draw.choice((encoding, "utf-8", "utf-16", "utf-7", "ucs-4", "nope", "", None))
    declaration = "" if stated is None else f'<?xml version="1.0" encoding="{stated}"?>'
    parts[name] = (declaration + text).encode(encoding, "replace")
    if draw.randrange(3) == 0:
        parts[name] = damage(draw, parts[name])
    put(packed(parts))


def relationships(draw: random.Random) -> None:
    """Let relationships point to what is missing, outside, external, in a circle, or of the wrong kind."""
    parts = dict(draw.choice(_answers()))
    names = [name for name in parts if name.endswith(".xml")]
    targets = [
        *names, *_EXTREMES, "document.xml", "_rels/document.xml.rels", "../_rels/.rels", "/word/document.xml", "../../secret.txt", "NUL", "word\\document.xml",
    ]  # fmt: skip
    kinds = (
        "officeDocument",
        "styles",
        "footnotes",
        "endnotes",
        "numbering",
        "image",
        "core-properties",
        "attachedTemplate",
        "vbaProject",
        "",
    )
    name = draw.choice(["_rels/.rels", "word/_rels/document.xml.rels"])
    root = etree.fromstring(parts[name])
    for _ in range(draw.choice((1, 2, 10))):
        relationship = draw.choice(list(root))
        match draw.randrange(5):
            case 0:
                relationship.set("Target", draw.choice(targets))
            case 1:
                relationship.set("Type", f"{_OFFICE}/{draw.choice(kinds)}")
            case 2:
                relationship.set("TargetMode", draw.choice(("External", "external", "Internal", "")))
            case 3:
                kind, target = f"{_OFFICE}/{draw.choice(kinds)}", draw.choice(targets)
                etree.SubElement(root, relationship.tag, Id="rId900", Type=kind, Target=target)
            case 4:
                relationship.attrib.pop(draw.choice(("Target", "Type", "Id")), "")
    parts[name] = etree.tostring(root)
    put(packed(parts))


def entries(draw: random.Random) -> None:
    """Name entries so that they point outside, clash, or are no names."""
    parts = list(draw.choice(_answers()).items())
    odd = (
        "../secret.txt", "word/../../evil", "/etc/passwd", "C:\\evil", "..\\evil", "//host/share", "word/./document.xml", "WORD/DOCUMENT.XML",
        "word/document.xml/", "word//document.xml", "word/document.xml\0.png", "a" * 65_000, "\u202exml", "NUL", "con.xml", "~/evil", "%2e%2e/evil",
        "word/vbaProject.bin", "word/activeX/activeX1.bin", "word/embeddings/oleObject1.bin", ".", "..", " ", "-", "$(touch evil)", "word/document.xml ",
    )  # fmt: skip
    for _ in range(draw.choice((1, 1, 3))):
        at = draw.randrange(len(parts))
        name, data = parts[at]
        match draw.randrange(3):
            case 0:
                parts[at] = (draw.choice(odd), data)
            case 1:
                parts.insert(at, (draw.choice(odd), draw.randbytes(10)))
            case 2:
                parts.insert(
                    draw.randrange(len(parts)),
                    (draw.choice((name, name.upper(), name.swapcase())), draw.choice((data, b""))),
                )
    put(packed(parts))


def bombs(draw: random.Random) -> None:
    """Pack much into little: spaces, elements, attributes, text, entries, entities, of any number."""
    count = draw.choice((1000, 20_000, 300_000, 2_000_000))
    unit = draw.choice(
        (" ", "<w:p/>", "<w:r/>", "<w:p><w:r><w:t>a </w:t></w:r></w:p>", "<w:tbl><w:tr/></w:tbl>", "<m:oMath/>", "<w:x a='b'/>", "&#97;", "<!-- -->", "<?a?>",
         "<w:bookmarkStart w:name='a'/>", "<w:hyperlink w:anchor='a'/>", "<w:fldSimple w:instr='REF a'/>", "<w:del/>", "<![CDATA[a]]>", "a.b, ")
    )  # fmt: skip
    outside = draw.choice(
        (
            "%s",
            "<w:p>%s</w:p>",
            "<w:p><w:r><w:t>%s</w:t></w:r></w:p>",
            "<w:p><w:r><w:instrText>%s</w:instrText></w:r></w:p>",
        )
    )
    method = draw.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    match draw.randrange(4):
        case 0 | 1:
            put(_in_body(outside % (unit * count), method))
        case 2:
            name = draw.choice(
                ("word/styles.xml", "word/numbering.xml", "[Content_Types].xml", "_rels/.rels", "docProps/core.xml")
            )
            text = _answers()[0][name].decode()
            put(_with({name: re.sub(r"(</[^<>]*>\s*)$", lambda end: "<a/>" * count + end[0], text)}, method))
        case 3:
            put(_with({f"word/{number}": b"" for number in range(min(count, 30_000))}))


def nesting(draw: random.Random) -> None:
    """Nest elements, to a depth that a parser lets in and to one that none does, with many others inside."""
    name = draw.choice(
        ("p", "r", "tbl", "tc", "del", "pict", "hyperlink", "sdt", "style", "txbxContent", "fldSimple", "ins")
    )
    depth = draw.choice((10, 100, 240, 250, 300, 3000, 100_000))
    inside = draw.choice(
        ("", "<w:p/>", "<w:r><w:t>a</w:t></w:r>", "<w:tbl/>", "<v:imagedata/>", "<w:t/>")
    ) * draw.choice((1, 1000, 60_000))
    put(_text(f"<w:{name}>" * depth + inside + f"</w:{name}>" * depth))


def never(draw: random.Random) -> None:
    """Write what was never a document."""
    heads = (
        b"",
        b"PK",
        b"PK\3\4",
        b"PK\5\6" + bytes(18),
        b"%PDF-1.7",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x1f\x8b",
        b"{\\rtf1",
        b"<html>",
        b"MZ",
        b"\xff\xfe",
    )
    put(draw.choice(heads) + draw.randbytes(draw.choice((0, 1, 22, 1000, 100_000))))


def _entities(depth: int) -> str:
    inner = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, depth))
    return (
        f'<!DOCTYPE w:document [<!ENTITY e0 "ha">{inner}]>' + _BODY % f"<w:p><w:r><w:t>&e{depth - 1};</w:t></w:r></w:p>"
    )


def _outside(declaration: str) -> str:
    return f"<!DOCTYPE w:document [{declaration}]>" + _BODY % "<w:p><w:r><w:t>&a;</w:t></w:r></w:p>"


def _patched(signature: bytes, offset: int, value: bytes) -> bytes:
    """Change a field of the last header with this signature."""
    data = bytearray(packed(_answers()[0]))
    at = data.rindex(signature) + offset
    data[at : at + len(value)] = value
    return bytes(data)


def _overlapping() -> bytes:
    """Let 5,000 entries of the directory share one stream of a megabyte, as zip bombs without nesting do."""
    body = zlib.compressobj(9, zlib.DEFLATED, -15)
    stream = body.compress(b" " * 1_000_000) + body.flush()
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(stream), 1_000_000, 1, 0) + b"a" + stream
    central = b"".join(
        struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(stream), 1_000_000, 5, 0, 0, 0, 0, 0, 0)
        + b"%05d" % number
        for number in range(5000)
    )
    return local + central + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 5000, 5000, len(central), len(local), 0)


def _nested_archives() -> bytes:
    data = b" " * 1_000_000
    for _ in range(8):
        data = packed({f"{number}.zip": data for number in range(8)} | {MAIN: data})
    return data


def _styles(xml: str) -> bytes:
    return _with({"word/styles.xml": f'<w:styles xmlns:w="{_W}">{xml}</w:styles>'}, zipfile.ZIP_STORED)


def _style_chain(count: int) -> str:
    return "".join(
        f'<w:style w:styleId="s{n}"><w:name w:val="s"/><w:basedOn w:val="s{n + 1}"/></w:style>' for n in range(count)
    )


def _related(relationships: Mapping[str, str], parts: Mapping[str, bytes | str]) -> bytes:
    """Let the main part point to parts by the word that ends their type."""
    lines = "".join(
        f'<Relationship Id="r{kind}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for kind, target in relationships.items()
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    rels = f'<Relationships xmlns="{namespace}">{lines}</Relationships>'
    return _with({"word/_rels/document.xml.rels": rels, **parts}, zipfile.ZIP_STORED)


def _nested(names: str, inside: str) -> str:
    tags = names.split()
    return "".join(f"<{tag}>" for tag in tags) + inside + "".join(f"</{tag}>" for tag in reversed(tags))


def _large_parts(text: str) -> bytes:
    """Let everything that is read be 60 MB, in one entry or several."""
    notes = f'<w:footnotes xmlns:w="{_W}">{text}</w:footnotes>'
    kinds = {"styles": "notes.xml", "footnotes": "notes.xml", "endnotes": "notes.xml"}
    return _related(kinds, {"word/notes.xml": notes})


_TEXT = "<w:p><w:r><w:t>%s</w:t></w:r></w:p>"
_HEADING = '<w:p><w:pPr><w:outlineLvl w:val="%d"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>'

_ARCHIVES: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "an archive of nothing": lambda: b"PK\5\6" + bytes(18),
    "a bomb by ratio": lambda: _in_body(" " * 60_000_000),
    "a bomb of zeros": lambda: _with({MAIN: bytes(60_000_000)}),
    "a bomb by ratio in the styles": lambda: _with({"word/styles.xml": " " * 60_000_000}),
    "a bomb by ratio that nothing points to": lambda: _with({"word/media/a.png": bytes(60_000_000)}),
    "100 MB of spaces": lambda: _in_body(" " * 100_000_000),
    "entries without number": lambda: _with({f"word/{number}": b"" for number in range(60_000)}),
    "entries just within bounds": lambda: _with({f"word/{number}": b"" for number in range(9900)}),
    "entries that share their bytes": _overlapping,
    "archives in archives": _nested_archives,
    "a directory that states another count": lambda: _patched(b"PK\5\6", 8, b"\xff\xff\xff\xff"),
    "a directory that begins nowhere": lambda: _patched(b"PK\5\6", 16, b"\xff\xff\xff\x7f"),
    "a directory of 4 GB": lambda: _patched(b"PK\5\6", 12, b"\xff\xff\xff\xff"),
    "a part that states 4 GB": lambda: _patched(b"PK\1\2", 24, b"\xff\xff\xff\xff"),
    "a part that states no bytes": lambda: _patched(b"PK\1\2", 24, bytes(4)),
    "an encrypted part": lambda: _patched(b"PK\1\2", 8, b"\1\0"),
    "a comment that never ends": lambda: _patched(b"PK\5\6", 20, b"\xff\xff"),
    "packed by LZMA": lambda: packed(_answers()[0], zipfile.ZIP_LZMA),
    "packed by bzip2": lambda: packed(_answers()[0], zipfile.ZIP_BZIP2),
    "the same entry twice": lambda: packed([*_answers()[0].items(), (MAIN, b"<other/>")]),
    "a macro": lambda: _with({"word/vbaProject.bin": b"\xd0\xcf\x11\xe0Attribute VB_Name"}),
    "a macro that is pointed to": lambda: _related(
        {"vbaProject": "vbaProject.bin"}, {"word/vbaProject.bin": b"\xd0\xcf"}
    ),
    "behind a program": lambda: b"MZ" + bytes(10_000) + packed(_answers()[0]),
    "before a megabyte": lambda: packed(_answers()[0]) + bytes(1_000_000),
    "twice in one file": lambda: packed(_answers()[0]) * 2,
    "60 MB stored": lambda: _with({"word/media/a.png": random.Random(1).randbytes(60_000_000)}, zipfile.ZIP_STORED),
    "headers of entries in 60 MB": lambda: b"PK\1\2" * 15_000_000,
    "ends of archives in 60 MB": lambda: (b"PK\5\6" + bytes(18)) * 2_700_000,
}
_ENTITIES: dict[str, Callable[[], str]] = {
    "entity expansion": lambda: _entities(10),
    "one large entity": lambda: _outside(f'<!ENTITY a "{"b" * 1_000_000}">').replace("&a;", "&a;" * 10_000),
    "an entity of itself": lambda: _outside('<!ENTITY a "&b;"><!ENTITY b "&a;">'),
    "a file as an entity": lambda: _outside('<!ENTITY a SYSTEM "../secret.txt">'),
    "a file of the machine as an entity": lambda: _outside('<!ENTITY a SYSTEM "file:///etc/passwd">'),
    "a device as an entity": lambda: _outside('<!ENTITY a SYSTEM "file:///dev/zero">'),
    "an address as an entity": lambda: _outside('<!ENTITY a SYSTEM "http://127.0.0.1:9/">'),
    "a parameter entity": lambda: _outside('<!ENTITY % p SYSTEM "../secret.txt">%p;'),
    "an external DTD": lambda: '<!DOCTYPE w:document SYSTEM "../secret.txt">' + _BODY % "<w:p/>",
    "a DTD behind a comment": lambda: "<!--" + "a" * 1_000_000 + "-->" + _entities(10),
    "defaults of attributes": lambda: _outside('<!ATTLIST w:p a CDATA "b">'),
    "a DTD in capitals": lambda: _entities(9).replace("DOCTYPE", "doctype"),
    "an inclusion": lambda: _BODY % '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="../secret.txt" parse="text"/>',
    "a style sheet": lambda: '<?xml-stylesheet type="text/xsl" href="../secret.txt"?>' + _BODY % "<w:p/>",
    "a location of a schema": lambda: (_BODY % "<w:p/>").replace("<w:body>", '<w:body xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a ../secret.txt">'),
}  # fmt: skip
MOST = 220_000  # elements: few less than are refused before anything reads them
_PARTS: dict[str, Callable[[], bytes]] = {
    "entities in UTF-16": lambda: _with({MAIN: _entities(10).encode("utf-16")}),
    "entities in UTF-16 without its mark": lambda: _with({MAIN: _entities(10).encode("utf-16-le")}),
    "entities in UTF-32": lambda: _with({MAIN: _entities(10).encode("utf-32")}),
    "entities in UTF-7": lambda: _with({MAIN: b'<?xml version="1.0" encoding="utf-7"?>' + _entities(10).encode("utf-7")}),
    "entities in the relationships": lambda: _with({"_rels/.rels": _entities(10)}),
    "entities in the styles": lambda: _with({"word/styles.xml": _entities(10)}),
    "60 MB in UTF-16": lambda: _with({MAIN: (_BODY % ("王" * 30_000_000)).encode("utf-16")}, zipfile.ZIP_STORED),
    "60 MB of strict namespaces": lambda: _with_main((_BODY % "<!-- //purl.oclc.org/ooxml/ -->") + "<!--http://purl.oclc.org/ooxml/a/-->" * MOST, zipfile.ZIP_STORED),
    "nested 100,000 deep": lambda: _in_body("<w:p>" * 100_000 + "</w:p>" * 100_000),
    "nested 100,000 deep and never closed": lambda: _in_body("<w:p>" * 100_000),
    "paragraphs in paragraphs, with much in them": lambda: _text(_nested("w:p " * 240, "<w:r/>" * MOST)),
    "paragraphs in paragraphs, with text and much in them": lambda: _text("<w:p><w:r><w:t>Figure 1</w:t></w:r>" * 120 + "<w:x/>" * MOST + "</w:p>" * 120),
    "runs in runs": lambda: _text(f"<w:p><w:r><w:t>a</w:t></w:r>{_nested('w:r ' * 230, '<w:t/>' * MOST)}</w:p>"),
    "bold runs in runs": lambda: _text(f"<w:p>{_nested('w:r ' * 230, '<w:t/>' * MOST + '<w:t>a</w:t>')}</w:p>"),
    "bold paragraphs in paragraphs": lambda: _text("<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t></w:r>" * 110 + "<w:t/>" * MOST + "</w:p>" * 110),
    "bold paragraphs in paragraphs, as deep as may be": lambda: _text("<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t></w:r>" * 10 + "<w:t/>" * MOST + "</w:p>" * 10),
    "bold lines of many runs": lambda: _text(("<w:p>" + "<w:r><w:rPr><w:b/></w:rPr><w:t>a</w:t></w:r>" * 140 + "</w:p>") * 380),
    "many styled runs": lambda: _text(("<w:p>" + "<w:r><w:rPr><w:rStyle w:val='Emphasis'/></w:rPr><w:t>a</w:t></w:r>" * 100 + "</w:p>") * 440),
    "pictures without number": lambda: _text("<w:p>" + "<w:pict><v:imagedata/></w:pict>" * 100_000 + "</w:p>"),
    "drawings without number": lambda: _text("<w:p>" + "<wp:inline><a:graphic><a:graphicData/></a:graphic></wp:inline>" * 60_000 + "</w:p>"),
    "drawings in drawings": lambda: _text(f"<w:p>{_nested('wp:inline wp:docPr ' * 120, '<a:x/>' * MOST)}</w:p>"),
    "tables in tables": lambda: _text(_nested("w:tbl w:tr w:tc " * 80, "<w:t/>" * MOST)),
    "rows of tables in tables": lambda: _text(_nested("w:tbl " * 240, "<w:tr/>" * MOST)),
    "pictures in pictures": lambda: _text(f"<w:p>{_nested('w:pict ' * 230, '<v:imagedata/>' * MOST)}</w:p>"),
    "pictures that share a long text": lambda: _text(f'<w:p><w:pict><v:shape alt="{" a" * 4_000_000} ">{"<v:imagedata/>" * 1000}</v:shape></w:pict></w:p>'),
    "fields in fields": lambda: _text("<w:p>" + '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>REF a</w:instrText></w:r>' * 50_000 + "</w:p>"),
    "a field's code without end": lambda: _text('<w:p><w:r><w:fldChar w:fldCharType="begin"/>' + f"<w:instrText>{'a ' * 4_900_000}</w:instrText>" * 5 + '<w:fldChar w:fldCharType="end"/></w:r></w:p>'),
    "a field's attribute without end": lambda: _text(f'<w:p><w:fldSimple w:instr="{"a " * 4_900_000}"/></w:p>'),
    "many fields' attributes without end": lambda: _text(f'<w:p><w:fldSimple w:instr="{"a " * 4_900_000}"/></w:p>' * 5),
    "a quotation in a field without end": lambda: _text('<w:p><w:fldSimple w:instr="REF ' + "&quot;" * 1_600_000 + '"/></w:p>'),
    "references without number": lambda: _text("<w:p><w:hyperlink w:anchor='a'/></w:p>" * 19_000),
    "references to as many bookmarks": lambda: _text("<w:p>" + "".join(f"<w:hyperlink w:anchor='a{n}'/>" for n in range(75_000)) + "</w:p>"),
    "bookmarks without number": lambda: _text("<w:p>" + "".join(f"<w:bookmarkStart w:name='a{n}'/>" for n in range(75_000)) + "</w:p>"),
    "an attribute of 9 MB": lambda: _text(f'<w:p a="{"b" * 9_000_000}"/>'),
    "an attribute of 30 MB": lambda: _text(f'<w:p a="{"b" * 30_000_000}"/>'),
    "attributes without number": lambda: _text("<w:p " + " ".join(f'a{n}="b"' for n in range(75_000)) + "/>"),
    "namespaces without number": lambda: _text("<w:p " + " ".join(f'xmlns:a{n}="b{n}"' for n in range(75_000)) + "/>"),
    "namespaces of one address": lambda: _text("<w:p " + " ".join(f'xmlns:a{n}="b"' for n in range(60_000)) + ">" + "<a59999:x/>" * 60_000 + "</w:p>"),
    "a namespace on every element": lambda: _text("".join(f'<a:x xmlns:a="b{n}"/>' for n in range(75_000))),
    "a name of 9 MB": lambda: _text(f"<{'a' * 9_000_000}/>"),
    "names without number": lambda: _text("".join(f"<a{n}/>" for n in range(MOST))),
    "alternative texts without end": lambda: _text(f'<w:p><w:r><w:pict><v:shape alt="{"TODO. " * 1_500_000}"><v:imagedata/></v:shape></w:pict></w:r></w:p>'.replace("TODO", "TOD") * 6),
    "an alternative text of dots": lambda: _text(f'<w:p><w:r><w:pict><v:shape alt="{"." * 9_000_000}"><v:imagedata/></v:shape></w:pict></w:r></w:p>' * 6),
    "a title without end": lambda: _with({"docProps/core.xml": f'<a xmlns:d="http://purl.org/dc/elements/1.1/"><d:title>{"{ " * 4_900_000}</d:title></a>'}, zipfile.ZIP_STORED),
    "a language without end": lambda: _with({"docProps/core.xml": f'<a xmlns:d="http://purl.org/dc/elements/1.1/"><d:language>{"a " * 4_900_000}</d:language></a>'}, zipfile.ZIP_STORED),
    "headings without number": lambda: _text("".join(_HEADING % (n % 9, "Part I: cell state") for n in range(19_000))),
    "headings of every level": lambda: _text((_HEADING % (0, "Part I: cell state")) + "".join(_HEADING % (level, "flow") for level in range(1, 9)) + _TEXT % "flow. " * 18_000),
    "a heading without end": lambda: _text(_HEADING % (0, "Part I: cell cell " + "cell " * 190_000)),
    "a text of half names": lambda: _text(_TEXT % ("forget, input or output " * 40_000)),
    "a text of gates": lambda: _text(_TEXT % ("each forget gate. " * 54_000)),
    "a text of every": lambda: _text(_TEXT % ("every all any these " * 48_000)),
    "a text of cells": lambda: _text(_TEXT % ("cell " * 190_000)),
    "a text of views": lambda: _text(_TEXT % ("flow. snapshot! " * 60_000)),
    "a text of full stops": lambda: _text(_TEXT % (". " * 480_000)),
    "a text of spaces": lambda: _text(_TEXT % (" " * 980_000)),
    "a text of dots": lambda: _text(_TEXT % ("." * 980_000)),
    "a text of digits": lambda: _text(_TEXT % ("Figure " + "1" * 970_000)),
    "a text of numbers": lambda: _text(_TEXT % ("Figure 1" + ".1" * 480_000 + "x")),
    "a text of one word": lambda: _text(_TEXT % ("a" * 980_000)),
    "a text of different words": lambda: _text(_TEXT % " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676 % 26)}{chr(97 + n // 17576 % 26)}" for n in range(190_000))),
    "a text of marks": lambda: _text(_TEXT % ("́" * 480_000)),
    "a text of capital dotted I": lambda: _text(_TEXT % ("İ" * 480_000)),
    "styles in a circle": lambda: _styles('<w:style w:styleId="a"><w:basedOn w:val="b"/></w:style><w:style w:styleId="b"><w:basedOn w:val="a"/></w:style>'),
    "a style of itself": lambda: _styles('<w:style w:styleId="Heading1"><w:basedOn w:val="Heading1"/></w:style>'),
    "a chain of styles": lambda: _styles(_style_chain(40_000)),
    "styles without number": lambda: _styles('<w:style w:styleId="a"/>' * 100_000),
    "a style with a name of 9 MB": lambda: _styles(f'<w:style w:styleId="Heading1"><w:name w:val="{"heading 1" * 1_000_000}"/></w:style>'),
    "numbering in a circle": lambda: _related({"numbering": "numbering.xml"}, {"word/numbering.xml": f'<w:numbering xmlns:w="{_W}"><w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="a"/></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>'}),
    "parts in a circle": lambda: _related({"styles": "document.xml", "footnotes": "document.xml", "endnotes": "document.xml"}, {}),
    "a part that is its own relationships": lambda: _related({"styles": "_rels/document.xml.rels", "footnotes": "_rels/document.xml.rels"}, {}),
    "relationships without number": lambda: _related({f"a{n}": f"b{n}" for n in range(60_000)}, {}),
    "an image of another host": lambda: _related({"image": "http://127.0.0.1:9/a.png"}, {}),
    "a template of another host": lambda: _related({"attachedTemplate": "\\\\127.0.0.1\\share\\a.dotm"}, {}),
    "one note thrice, 60 MB each": lambda: _large_parts(("<w:p>" + "y" * 9_000_000 + "</w:p>") * 6),
    "one note thrice, of elements": lambda: _large_parts("<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 19_000),
    "one note thrice, of attributes": lambda: _large_parts("<w:x a='1'/>" * (MOST // 2)),
}  # fmt: skip


def _of_100_mb() -> None:
    put(packed(_answers()[0]))
    os.truncate(FILE, 100_000_000)


_NO_FILES: list[Callable[[], object]] = [
    lambda: None,
    FILE.mkdir,
    partial(os.mkfifo, FILE),
    partial(FILE.symlink_to, FILE),
    partial(FILE.symlink_to, "gone"),
    partial(FILE.symlink_to, "/dev/zero"),
    lambda: FILE.touch(0),
    _of_100_mb,
]


def _put_kept(path: Path) -> None:
    put(_text(path.read_text(encoding="utf-8")))


def _put_main(xml: Callable[[], str]) -> None:
    put(_with_main(xml()))


def _build(build: Callable[[], bytes]) -> None:
    put(build())


KINDS: list[Kind] = [
    listed("kept bodies", [partial(_put_kept, path) for path in kept("documents/*.xml")]),
    drawn("bytes changed", bytes_, 30, 800),
    drawn("cut off", truncated, 10, 300),
    drawn("blocks lost, doubled, moved", shifted, 10, 300),
    drawn("archive directory changed", directory, 30, 500),
    drawn("elements lost, doubled, nested, changed", tree, 40, 1200),
    drawn("mistakes in the XML", markup, 30, 600),
    drawn("other encodings", encodings, 10, 200),
    drawn("relationships astray", relationships, 20, 400),
    drawn("names of entries", entries, 20, 300),
    drawn("bombs of any number", bombs, 8, 150),
    drawn("nested with much inside", nesting, 8, 150),
    drawn("never a document", never, 10, 100),
    listed("bombs and archives", [partial(_build, build) for build in _ARCHIVES.values()]),
    listed("entities and what is external", [partial(_put_main, xml) for xml in _ENTITIES.values()]),
    listed("parts built to hurt", [partial(_build, build) for build in _PARTS.values()]),
    listed("no file, and 100 MB", _NO_FILES),
]
