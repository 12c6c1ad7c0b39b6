"""Documents taken apart and put together again, as whoever edits one without a word processor does it."""

import io
import zipfile
from collections.abc import Callable

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
PIC = "{http://schemas.openxmlformats.org/drawingml/2006/picture}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
OFFICE = R[1:-1]
_NAMES = {
    "w": W[1:-1], "m": M[1:-1], "wp": WP[1:-1], "a": A[1:-1], "pic": PIC[1:-1], "r": OFFICE, "v": "urn:schemas-microsoft-com:vml",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
    "no": "urn:a-namespace-that-no-reader-knows",
}  # fmt: skip
DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in _NAMES.items())

ITEM = "customXml/item1.xml"
DOCUMENT = "word/document.xml"
RELATIONSHIPS = "word/_rels/document.xml.rels"
TYPES = "[Content_Types].xml"


def parts(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(content: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in content.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 12, 4, 0, 0, 0)), part)
    return buffer.getvalue()


def with_parts(document: bytes, changes: dict[str, bytes]) -> bytes:
    return packed(parts(document) | changes)


def edited(document: bytes, old: str, new: str, part: str = DOCUMENT) -> bytes:
    """Change the first occurrence of a text in a part's XML, as an editor of XML would."""
    content = parts(document)[part].decode()
    assert old in content
    return with_parts(document, {part: content.replace(old, new, 1).encode()})


def in_tree(document: bytes, change: Callable[[etree._Element], object], part: str = DOCUMENT) -> bytes:
    """Change a part's tree."""
    root = etree.fromstring(parts(document)[part])
    change(root)
    return with_parts(document, {part: etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)})


def xml(text: str) -> etree._Element:
    """Parse one element whose prefixes are not declared in it."""
    head, mark, rest = text.partition(">")
    if head.endswith("/"):
        head, mark = head[:-1], "/>"
    return etree.fromstring(f"{head} {DECLARED}{mark}{rest}")


def related(document: bytes, kind: str, target: str, *, external: bool = False) -> tuple[bytes, str]:
    """Add a relationship of the main part, and return its id."""
    mode = ' TargetMode="External"' if external else ""
    kind = kind if ":" in kind else f"{OFFICE}/{kind}"
    made = f'<Relationship Id="rIdNew" Type="{kind}" Target="{target}"{mode}/></Relationships>'
    return edited(document, "</Relationships>", made, RELATIONSHIPS), "rIdNew"


def typed(document: bytes, part: str, content_type: str) -> bytes:
    """Say in the package what a part is."""
    return edited(document, "</Types>", f'<Override PartName="/{part}" ContentType="{content_type}"/></Types>', TYPES)
