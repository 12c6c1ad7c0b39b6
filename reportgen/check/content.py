"""What a reader sees of a document, however a word processor wrote it down: the same before and after it was saved again."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from reportgen.check.document import (
    BOLD,
    DC,
    MAX_NESTED,
    MAX_PARAGRAPHS,
    MAX_TEXT,
    WP,
    A,
    M,
    R,
    Styles,
    V,
    W,
    alternative_text,
    paragraph_kind,
    read_main,
    read_styles,
    strip_unseen,
    toggle,
)
from reportgen.check.package import NotWord, Package, read_part, read_xml, related, relationships

_SVG = "{http://schemas.microsoft.com/office/drawing/2016/SVG/main}svgBlip"
_BESIDE = {"header": "header", "footer": "footer", "footnotes": "note", "endnotes": "note"}
_MAX_DEPTH = 100  # of an equation, in itself


@dataclass(frozen=True)
class Block:
    """A paragraph, equations included, or the alternative text of a picture: `kind` says which, and where it stands.

    What stands in header, footer and notes is in no order, and a picture there is a block with its SHA-256.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Shown:
    """A picture: the SHA-256 of its file, and of its SVG where the document has one as well."""

    image: str
    svg: str | None


@dataclass(frozen=True)
class Content:
    """All that is seen of a document."""

    blocks: tuple[Block, ...]
    pictures: tuple[Shown, ...]

    def margins(self) -> tuple[str, ...]:
        """Return what stands in header and footer."""
        return tuple(block.text for block in self.blocks if block.kind in ("header", "footer"))

    def digest(self) -> str:
        """Return the SHA-256 of words and pictures, but for the SVGs, which some programs leave out when they save."""
        seen = [[block.kind, block.text] for block in self.blocks], [picture.image for picture in self.pictures]
        return hashlib.sha256(json.dumps(seen, ensure_ascii=False).encode()).hexdigest()


def read_content(package: Package) -> Content:
    """Return what is seen of a Word document; raises `NotWord` where the package holds none."""
    main = related(package, "").get("officeDocument", "")
    styles, _ = read_styles(package, related(package, main).get("styles"))
    blocks, pictures = _read_story(package, main, read_main(package, main), styles)
    beside = set()
    for _, kind, target in relationships(package, main):
        if kind in _BESIDE:
            more, shown = _read_story(package, target, read_xml(package, target), styles)
            texts = [block.text for block in more] + [f"picture {picture.image}" for picture in shown]
            beside |= {(_BESIDE[kind], text) for text in texts}
    return Content(
        (*_properties(package), *blocks, *(Block(kind, text) for kind, text in sorted(beside))), tuple(pictures)
    )


def _properties(package: Package) -> Iterator[Block]:
    """Give what mail programs and libraries take for title, author and subject (ECMA-376 part 2, "Core properties")."""
    name = related(package, "").get("core-properties")
    core = None if name is None else read_xml(package, name)
    for field, called in (("title", "title"), ("creator", "author"), ("subject", "subject")):
        text = "" if core is None else " ".join(core.findtext(f"{DC}{field}", "").split())
        if text:
            yield Block(f"property {called!r}", text)


def _read_story(package: Package, part: str, root: etree._Element, styles: Styles) -> tuple[list[Block], list[Shown]]:
    """Read one part that has text, from its start to its end."""
    strip_unseen(root)
    targets = {key: target for key, _, target in relationships(package, part)}
    blocks: list[Block] = []
    pictures: list[Shown] = []
    size = 0
    for paragraph, raw, drawings in _paragraphs(root):
        size += len(raw)
        if len(blocks) > MAX_PARAGRAPHS or size > MAX_TEXT:
            raise NotWord(f"it holds more than {MAX_PARAGRAPHS:,} paragraphs or {MAX_TEXT:,} characters of text")
        text = " ".join(raw.split())
        if text:
            blocks.append(Block(_kind(paragraph, text, styles), text))
        for drawing in drawings:
            if words := " ".join((alternative_text(drawing) or "").split()):
                blocks.append(Block("alternative text", words))
            pictures += _shown(package, drawing, targets)
    return blocks, pictures


def _kind(paragraph: etree._Element, text: str, styles: Styles) -> str:
    kind, level = paragraph_kind(paragraph, text, styles)
    if kind == "heading" and level < BOLD:
        return f"heading {level}"
    if kind in ("caption", "contents", "title"):
        return kind
    if text.startswith("⟦") and text.find("⟧") == len(text) - 1:
        return "equation"
    return "text" if next(paragraph.iterancestors(f"{W}tc"), None) is None else "table"


def _paragraphs(  # noqa: PLR0912 - one case for each kind of element, nothing else
    root: etree._Element,
) -> Iterator[tuple[etree._Element, str, list[etree._Element]]]:
    """Give each paragraph, what it shows and its drawings; one in a text box comes before the one that anchors it."""
    unfinished: list[tuple[list[str], list[etree._Element]]] = []
    fields: list[tuple[list[str], bool]] = []  # those that are open: their code, and whether their result has begun
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        if event == "end":
            if element.tag == f"{W}p":
                shown, drawings = unfinished.pop()
                yield element, "".join(shown), drawings
            elif element.tag == f"{W}fldSimple" and fields:
                fields.pop()
            continue
        if element.tag == f"{W}p":
            unfinished.append(([], []))
            if len(unfinished) > MAX_NESTED:
                raise NotWord(f"it holds paragraphs in paragraphs, more than {MAX_NESTED} deep")
        elif element.tag == f"{W}instrText":
            if fields:
                fields[-1][0].append(element.text or "")
        elif element.tag == f"{W}fldSimple":
            fields.append(([element.get(f"{W}instr", "")], True))
        elif element.tag == f"{W}fldChar":
            kind = element.get(f"{W}fldCharType")
            if kind == "begin":
                fields.append(([], False))
            elif fields and kind == "separate":
                fields[-1] = fields[-1][0], True
            elif fields and kind == "end":
                fields.pop()
        elif not unfinished:
            continue
        elif element.tag == f"{M}oMath":
            unfinished[-1][0].append(f"⟦{_linear(element)}⟧")
            walk.skip_subtree()
        elif element.tag in (f"{WP}inline", f"{WP}anchor", f"{V}imagedata"):
            unfinished[-1][1].append(element)
        elif element.tag == f"{W}r" and toggle(element.find(f"{W}rPr/{W}vanish")):
            walk.skip_subtree()
        elif (
            element.tag in _CHARACTERS
            and (parent := element.getparent()) is not None
            and parent.tag == f"{W}r"  # a w:tab in the paragraph's properties is a tab stop, and not text
            and not any(_is_laid_out(code) for code, begun in fields if begun)
        ):
            unfinished[-1][0].append(_CHARACTERS[element.tag] or element.text or element.get(f"{W}char", ""))


_CHARACTERS = {f"{W}t": "", f"{W}sym": "", f"{W}tab": " ", f"{W}br": " ", f"{W}cr": " ", f"{W}noBreakHyphen": "-"}


def _is_laid_out(code: list[str]) -> bool:
    return "".join(code).split()[:1] in (["PAGE"], ["NUMPAGES"])  # whose results only layout knows


def _shown(package: Package, drawing: etree._Element, targets: dict[str, str]) -> Iterator[Shown]:
    def digest(relationship: str | None) -> str | None:
        target = targets.get(relationship or "")
        return hashlib.sha256(read_part(package, target)).hexdigest() if target else None

    for blip in drawing.iter(f"{A}blip"):
        svg = next((digest(each.get(f"{R}embed")) for each in blip.iter(_SVG)), None)
        yield Shown(digest(blip.get(f"{R}embed")) or "", svg)
    if drawing.tag == f"{V}imagedata":
        yield Shown(digest(drawing.get(f"{R}id")) or "", None)


def _linear(element: etree._Element, depth: int = 0) -> str:  # noqa: PLR0911 - one for each kind of element
    """Write an equation, or a part of one, in a line; how its letters are set and its spaces are left out."""
    if depth > _MAX_DEPTH:
        raise NotWord("an equation is nested more than a hundred times")
    tag = etree.QName(element).localname if isinstance(element.tag, str) else ""
    if tag == "t":
        return "".join(unicodedata.normalize("NFKC", element.text or "").split())

    def part(name: str) -> str:
        return "".join(_linear(child, depth + 1) for child in element.findall(f"{M}{name}"))

    def given(name: str, default: str) -> str:
        found = element.find(f"{M}{tag}Pr/{M}{name}")
        return default if found is None else found.get(f"{M}val", "")

    def script(mark: str, text: str) -> str:
        return f"{mark}{{{text}}}" if text else ""

    match tag:
        case "sSub" | "sSup" | "sSubSup" | "sPre":
            return part("e") + script("_", part("sub")) + script("^", part("sup"))
        case "nary":
            return given("chr", "∫") + script("_", part("sub")) + script("^", part("sup")) + part("e")
        case "limLow" | "limUpp":
            return part("e") + script("_" if tag == "limLow" else "^", part("lim"))
        case "f":
            return f"{part('num')}/{part('den')}"
        case "rad":
            return f"√{script('', part('deg'))}{script('', part('e'))}"
        case "acc":
            return part("e") + given("chr", "\u0302")
        case "bar":
            return script("¯", part("e"))
        case "d":
            between = given("sepChr", "|")
            inner = between.join(_linear(child, depth + 1) for child in element.findall(f"{M}e"))
            return given("begChr", "(") + inner + given("endChr", ")")
    if tag.endswith("Pr"):
        return ""
    return "".join(_linear(child, depth + 1) for child in element)
