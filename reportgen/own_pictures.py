"""Pictures of the author's own: `pictures/` in a folder of templates, and beside it `pictures.toml`, which says what each shows.

A PNG is decoded to see that it is one. An SVG comes from elsewhere and is shown by programs that run what it holds: it may draw, and
nothing else.
"""

import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from reportgen.assignment import read_toml
from reportgen.errors import ReportgenError
from reportgen.picture import Picture
from reportgen.textfiles import require_own

PICTURES = Path("pictures")
ALTERNATIVES = "pictures.toml"

MOST_BYTES = 5_000_000
MOST_PIXELS = 25_000_000
MOST_ELEMENTS = 20_000
MOST_PICTURES = 50
MOST_OF_AN_ALTERNATIVE = 1_000
LEAST_OF_AN_ALTERNATIVE = 10

_NAME = re.compile(r"\w+(?:-\w+)*")


def read_pictures(templates: Path) -> dict[str, Picture]:
    """Return the pictures that a folder of templates brings, by name: `NAME.png`, with `NAME.svg` if it is there.

    Raises ReportgenError where one has no alternative text, is not what its name says, or could do more than be looked at.
    """
    folder = templates / PICTURES
    files = sorted(each for each in folder.iterdir() if not each.name.startswith(".")) if folder.is_dir() else []
    said = read_toml(templates, ALTERNATIVES) if (templates / ALTERNATIVES).exists() else {}
    if len(said) > MOST_PICTURES:
        raise ReportgenError(f"{templates / ALTERNATIVES}: names more than {MOST_PICTURES} pictures")
    for file in files:
        if file.suffix not in (".png", ".svg"):
            raise ReportgenError(
                f"{file}: is no picture that a report can show; save it as PNG, its name ending in .png"
            )
        if file.stem not in said:
            raise ReportgenError(
                f"{file}: has no alternative text; write into {templates / ALTERNATIVES} the line "
                f'{file.stem} = "…", which says what it shows to those who cannot see it'
            )
    return {name: _picture(templates, name, alt) for name, alt in said.items()}


def _picture(templates: Path, name: str, alt: object) -> Picture:
    place = templates / ALTERNATIVES
    if not _NAME.fullmatch(name):
        raise ReportgenError(f"{place}: {name!r:.60} cannot name a picture; take letters, digits, _ and -")
    if not isinstance(alt, str) or not LEAST_OF_AN_ALTERNATIVE <= len(" ".join(alt.split())) <= MOST_OF_AN_ALTERNATIVE:
        raise ReportgenError(
            f"{place}: {name} must be the alternative text, a sentence of {LEAST_OF_AN_ALTERNATIVE} to {MOST_OF_AN_ALTERNATIVE:,} "
            "characters that says what the picture shows"
        )
    png, svg = (templates / PICTURES / f"{name}.{kind}" for kind in ("png", "svg"))
    if not png.exists():
        why = ", since many programs show no SVG" if svg.exists() else ""
        raise ReportgenError(f"{png}: there is no such picture; put one there{why}, or take {name!r} out of {place}")
    content = _read(png, templates)
    _require_png(png, content)
    drawn = _read(svg, templates) if svg.exists() else b""
    if drawn:
        require_harmless(svg, drawn)
    return Picture(content, drawn, " ".join(alt.split()))


def _read(path: Path, templates: Path) -> bytes:
    require_own(path, templates)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ReportgenError(f"{path}: cannot be read ({error.strerror or error})") from None
    if len(content) > MOST_BYTES:
        raise ReportgenError(f"{path}: is larger than {MOST_BYTES / 1e6:.0f} MB; make it smaller")
    if not content:
        raise ReportgenError(f"{path}: is empty")
    return content


def _require_png(path: Path, content: bytes) -> None:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - most reports have no pictures of one's own

    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=("PNG",)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ReportgenError(f"{path}: has {image.width} × {image.height} pixels; make it smaller")
            if getattr(image, "is_animated", False):
                raise ReportgenError(f"{path}: moves; a page holds still, so save one frame of it")
            image.load()
    except UnidentifiedImageError:
        raise ReportgenError(f"{path}: is no PNG, whatever its name says; save it as one") from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ReportgenError(f"{path}: is damaged, or no PNG ({error}); save it anew") from None


_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_DRAWS = {
    "svg", "g", "defs", "symbol", "use", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "textPath",
    "title", "desc", "metadata", "style", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "pattern", "marker", "switch",
}  # fmt: skip
# What drawing programs write of themselves, which nobody draws.
_SILENT = (
    "http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd",
    "http://www.inkscape.org/namespaces/inkscape",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://creativecommons.org/ns#",
    "http://web.resource.org/cc/",
    "http://purl.org/dc/elements/1.1/",
)


def require_harmless(path: Path, content: bytes) -> None:
    """Raise ReportgenError where an SVG is not one, runs something, or refers to anything outside itself."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ReportgenError(f"{path}: is no SVG ({error})") from None
    if root.tag != f"{{{_SVG}}}svg":
        raise ReportgenError(f"{path}: is no SVG; its first element is {str(root.tag)!r:.60}")
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and (any(dtd.iterentities()) or not (dtd.system_url or "").startswith("http://www.w3.org/")):
        raise ReportgenError(f"{path}: brings definitions of its own (DOCTYPE); export it as plain SVG")
    for number, (line, what) in enumerate(_harms(root)):
        if number == 0:
            raise ReportgenError(f"{path}:{line}: {what}; a picture only draws, so take it out, or show the PNG alone")


def _harms(root: etree._Element) -> Iterator[tuple[object, str]]:
    """Yield lines, and what is wrong there."""
    outside = [*root.itersiblings(preceding=True), *root.itersiblings()]
    used = set()
    for count, node in enumerate((*outside, *root.iter())):
        if count > MOST_ELEMENTS:
            yield node.sourceline, f"has more than {MOST_ELEMENTS:,} elements"
            return
        if isinstance(node, etree._Comment):
            continue
        if isinstance(node, etree._ProcessingInstruction | etree._Entity):
            yield node.sourceline, "holds an instruction to programs, or an entity"
            continue
        name = etree.QName(node)
        if name.namespace in _SILENT:
            continue
        if name.namespace != _SVG or name.localname not in _DRAWS:
            yield node.sourceline, f"holds <{name.localname}>"
            continue
        if name.localname == "use":
            used.add(node.get("href", node.get(f"{{{_XLINK}}}href", ""))[1:])
        if name.localname == "style" and (bad := _bad_style(node.text or "")):
            yield node.sourceline, bad
        for key, value in node.attrib.items():
            if bad := _bad_attribute(etree.QName(key), str(value)):
                yield node.sourceline, bad
    # What is used and uses something in turn can grow without end.
    for node in root.iter(f"{{{_SVG}}}use"):
        if any(above.get("id") in used for above in (node, *node.iterancestors())):
            yield node.sourceline, "uses a <use> within a <use>"


def _bad_attribute(name: etree.QName, value: str) -> str:
    if name.namespace in _SILENT:
        return ""
    if name.localname.lower().startswith("on"):
        return f"runs something, {name.localname}"
    if name.localname.lower() in ("href", "src", "base"):
        return "" if value.startswith("#") else f"refers to something outside itself, {value[:40]!r}"
    return _bad_style(value)


def _bad_style(text: str) -> str:
    """Say what a style does besides styling; with a backslash it could be written so that nobody sees it."""
    plain = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).lower()
    if "\\" in plain or "/*" in plain:
        return "holds a style in disguise, with a backslash or an open comment"
    if match := re.search(
        r"@\s*(?:import|font-face|namespace)|expression\s*\(|javascript\s*:|image(?:-set)?\s*\(", plain
    ):
        return f"holds a style that loads or runs something, {match[0]!r}"
    for target in re.findall(r"url\(\s*[\"']?\s*([^\"')]*)", plain):
        if not target.startswith("#"):
            return f"refers to something outside itself, {target[:40]!r}"
    return ""
