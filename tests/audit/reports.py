"""Reports to be audited: small ones, made in a moment, and what somebody could make of them who has this program."""

from dataclasses import replace
from pathlib import Path

from lxml import etree

from reportgen.audit import Audit, audit
from reportgen.manuscript import read_manuscript
from reportgen.picture import Picture, digest
from reportgen.pipeline import document_properties
from reportgen.prose.render import render
from reportgen.provenance import NAMESPACE, Figure, Provenance, from_json, seal, to_json
from reportgen.word.document import compose
from reportgen.word.package import Composed, pack
from tests.audit.packages import ITEM, parts, with_parts


def carried(document: bytes) -> Provenance:
    text = etree.fromstring(parts(document)[ITEM]).text
    assert text is not None
    return from_json(text.encode())


def carrying(document: bytes, provenance: Provenance) -> bytes:
    """Put something else into a report than it carries."""
    root = etree.Element(f"{{{NAMESPACE}}}provenance")
    root.text = to_json(provenance).decode()
    return with_parts(document, {ITEM: etree.tostring(root)})


def pictures(document: bytes) -> dict[str, Picture]:
    """Return the figures of a report, in the order of the page."""
    media, inside = parts(document), carried(document)
    return {
        name: Picture(media[f"word/media/image{n}.png"], media[f"word/media/image{n}.svg"], inside.figures[name].alt)
        for n, name in enumerate(inside.figures, 1)
    }


def forged(provenance: Provenance, shown: dict[str, Picture]) -> bytes:
    """Make a report that is consistent in itself, to the byte, from something else than was measured."""
    prose = render(
        Path("forged"), provenance.evidence, provenance.texts, template=provenance.template, sources=provenance.sources
    )
    properties = document_properties(provenance.texts, provenance.settings, provenance.title)
    looks = pack(Composed(provenance.looks, provenance.settings.report.day())) if provenance.looks else None
    made = compose(
        read_manuscript(prose.tokens, prose.places, shown, provenance.references), properties, looks, room=True
    )
    figures = {name: Figure(p.alt, digest(p.png), digest(p.svg)) for name, p in shown.items()}
    return pack(seal(made, replace(provenance, claims=prose.claims, figures=figures)))


def judged(document: bytes, folder: Path) -> Audit:
    path = folder / "report.docx"
    path.write_bytes(document)
    return audit(path)
