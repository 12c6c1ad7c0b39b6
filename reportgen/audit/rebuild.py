"""The document that another one says it is: all of its parts, written again from what it carries."""

import base64
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reportgen.errors import ReportgenError
from reportgen.manuscript import read_manuscript
from reportgen.picture import Picture
from reportgen.pipeline import document_properties
from reportgen.prose.render import Prose, render
from reportgen.provenance import Provenance, seal
from reportgen.word.document import compose
from reportgen.word.package import Composed, digest_around, pack


@dataclass(frozen=True)
class Rebuilt:
    """What templates and measurements give again.

    The prose; the figures that it shows, as the document has them; by name the parts of the document, and the digest of them that it
    carries.
    """

    prose: Prose
    pictures: Mapping[str, Picture]
    parts: Mapping[str, bytes]
    parts_digest: str


def rebuild(path: Path, carried: Provenance, files: Mapping[str, bytes]) -> Rebuilt:
    """Write a document again from what it carries, its figures taken from its own `files`, by SHA-256.

    For one that is not there stands one without content. Figures are an input here, as a reference document's looks are: what is
    drawn in them, only a rerun can tell. Raises ReportgenError where templates and measurements give no document.
    """
    prose = render(
        path, carried.evidence, carried.texts, template=carried.template, tables=carried.tables, sources=carried.sources
    )
    pictures = {
        name: Picture(files.get(figure.png, _NO_PNG), files.get(figure.svg, _NO_SVG) if figure.svg else b"", figure.alt)
        for name, figure in carried.figures.items()
    }
    if missing := [name for name in prose.figures if name not in pictures]:
        raise ReportgenError(f"it shows the figure {missing[0]!r}, of which it carries nothing")
    shown = {name: pictures[name] for name in prose.figures}
    looks = pack(Composed(carried.looks, _ANY_DAY)) if carried.looks else None
    properties = document_properties(carried.texts, carried.settings, carried.title)
    document = compose(
        read_manuscript(prose.tokens, prose.places, shown, carried.references), properties, looks, room=True
    )
    figures = {name: carried.figures[name] for name in shown}
    again = replace(carried, sources=prose.sources, claims=prose.claims, figures=figures)
    sealed = seal(document, again)
    return Rebuilt(prose, shown, sealed.parts, digest_around(sealed.parts))


_ANY_DAY = datetime.date(1980, 1, 1)
_NO_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsS2nPwAAAABJRU5ErkJggg=="
)
_NO_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
