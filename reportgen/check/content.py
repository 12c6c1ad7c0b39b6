"""What a reader sees of a document, however a word processor wrote it down: the same before and after it was saved again."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from reportgen.check.document import DC
from reportgen.check.package import NotWord, Package, read_part, read_xml, related, relationships
from reportgen.check.reader import MAX_PARAGRAPHS, MAX_TEXT, Story, read_main, read_story, read_styles

_BESIDE = {"header": "header", "footer": "footer", "footnotes": "note", "endnotes": "note"}


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


def read_content(package: Package, body: Story | None = None) -> Content:
    """Return what is seen of a Word document, whose `body` may have been read; raises `NotWord` where the package holds none."""
    main = related(package, "").get("officeDocument", "")
    styles, _ = read_styles(package, related(package, main).get("styles"))
    blocks, pictures = _seen_in(package, main, body or read_story(read_main(package, main), styles))
    beside = set()
    for _, kind, target in relationships(package, main):
        if kind in _BESIDE:
            more, shown = _seen_in(package, target, read_story(read_xml(package, target), styles))
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


def _seen_in(package: Package, part: str, story: Story) -> tuple[list[Block], list[Shown]]:
    """Give what is seen of one part that has text, from its start to its end."""
    targets = {key: target for key, _, target in relationships(package, part)}
    blocks: list[Block] = []
    pictures: list[Shown] = []
    size = 0
    for seen in story.seen:
        if seen.text is None:
            raise NotWord("an equation is nested more than a hundred times")
        size += len(seen.text)
        if len(blocks) > MAX_PARAGRAPHS or size > MAX_TEXT:
            raise NotWord(f"it holds more than {MAX_PARAGRAPHS:,} paragraphs or {MAX_TEXT:,} characters of text")
        if seen.text:
            blocks.append(Block(seen.kind, seen.text))
        for drawing in seen.drawings:
            if drawing.alternative:
                blocks.append(Block("alternative text", drawing.alternative))
            for image, svg in drawing.pictures:
                pictures.append(Shown(_digest(package, targets, image) or "", _digest(package, targets, svg)))
    return blocks, pictures


def _digest(package: Package, targets: dict[str, str], relationship: str | None) -> str | None:
    """Return the SHA-256 of the file that a relationship points to, if it points to one in the package."""
    target = targets.get(relationship or "")
    return hashlib.sha256(read_part(package, target)).hexdigest() if target else None
