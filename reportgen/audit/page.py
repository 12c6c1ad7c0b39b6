"""A page, against the one that templates and measurements inside it give."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree, html
from markupsafe import Markup

from reportgen.audit.rebuild import Rebuilt
from reportgen.audit.view import Passage
from reportgen.audit.words import Change, changed_passages, shortened
from reportgen.errors import ReportgenError
from reportgen.html.pictures import inline_png, is_plain, png_in
from reportgen.manuscript import read_manuscript
from reportgen.picture import Picture, digest
from reportgen.pipeline import report_page
from reportgen.prose.render import render
from reportgen.provenance import Figure, Provenance, carried_in_page

MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Inside:
    """What a page holds that measurements do not give again: its figures by name, and what its explorer runs, as JSON."""

    drawn: Mapping[str, Markup]
    explored: bytes


def rebuild_page(path: Path, carried: Provenance, around: bytes) -> tuple[Rebuilt, Inside, bytes]:
    """Return what a page's templates and measurements give again: the prose, what was taken as given, and the page.

    `around` is the page without what it carries. Figures, and what the explorer runs, are an input here; only a rerun can tell of
    them. Raises ReportgenError where templates and measurements give no page.
    """
    prose = render(
        path, carried.evidence, carried.texts, template=carried.template, tables=carried.tables, sources=carried.sources
    )
    pictures = {name: Picture(b"", b"", figure.alt) for name, figure in carried.figures.items()}
    if missing := [name for name in prose.figures if name not in pictures]:
        raise ReportgenError(f"it shows the figure {missing[0]!r}, of which it carries nothing")
    shown = {name: pictures[name] for name in prose.figures}
    there = _FIGURE.findall(around)
    drawn = {
        name: _as_drawn(found.decode(errors="replace"), picture.alt)
        if name in carried.study.figures
        else _as_given(found.decode(errors="replace"), carried.figures[name])
        for (name, picture), found in zip(shown.items(), [*there, *[b""] * len(shown)], strict=False)
    }
    data = _EXPLORED.search(around)
    inside = Inside(drawn, data[1] if data else b"")
    again = replace(carried, sources=prose.sources, claims=prose.claims)
    manuscript = read_manuscript(prose.tokens, prose.places, shown, carried.references)
    page = report_page(manuscript, prose, carried.evidence, again, drawn, inside.explored)
    return Rebuilt(prose, shown, {}, carried.parts), inside, carried_in_page(page)[1]


_FIGURE = re.compile(rb'<figure id="_Ref_Figure_\d+">\n(.*?)\n<figcaption>', re.DOTALL)
_EXPLORED = re.compile(rb'<script type="application/json" id="explorer-data">(.*?)</script>', re.DOTALL)


def _as_drawn(found: str, alt: str) -> Markup:
    """Return a figure as it is in the page, if it is drawn and nothing else, and says what it should; else an empty one."""
    said = Markup('aria-label="{}" ').format(alt) if found.startswith("<svg") else Markup('alt="{}">').format(alt)
    return Markup(found) if is_plain(found) and said in found else Markup("<svg></svg>")


def _as_given(found: str, figure: Figure) -> Markup:
    """Return a picture of the author's own as the page was given it, by its digest; an empty one for any other."""
    png = png_in(found)
    return inline_png(Picture(png, b"", figure.alt)) if digest(png) == figure.png else Markup("<svg></svg>")


def page_changes(then: bytes, now: bytes) -> Iterator[Change]:
    """Yield what of a page is not what was generated: passages first, then what is seen otherwise, runs, or is not seen at all."""
    before, after = (html.document_fromstring(page, parser=html.HTMLParser(encoding="utf-8")) for page in (then, now))
    yield from changed_passages(_passages(before), _passages(after))
    for what, path in (("its scripts", ".//script"), ("its styles", ".//style"), ("its figures", ".//article//svg")):
        one, other = (["".join(_flat(each)) for each in root.iterfind(path)] for root in (before, after))
        if one != other:
            yield Change(what, *_first_difference(one, other))
    one, other = (list(_flat(root)) for root in (before, after))
    if one != other:
        yield Change("its markup", *_first_difference(one, other))


def _first_difference(one: list[str], other: list[str]) -> tuple[str, str]:
    at = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    then, now = (each[at] if at < len(each) else "" for each in (one, other))
    start = next((n for n, (a, b) in enumerate(zip(then, now, strict=False)) if a != b), min(len(then), len(now)))
    start = max(0, start - 40)
    return shortened(then[start : start + 200], 200), shortened(now[start : start + 200], 200)


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_UNSEEN = {"script", "style", "head"}


def _passages(root: html.HtmlElement) -> list[Passage]:
    """Return the words of a page in reading order, those directly in each element together."""
    passages = []
    for element in root.iter(etree.Element):
        if element.tag in _UNSEEN or any(each.tag in _UNSEEN for each in element.iterancestors()):
            continue
        words = " ".join(" ".join([element.text or "", *(child.tail or "" for child in element)]).split())
        if words:
            passages.append(Passage(f"heading {element.tag[1]}" if element.tag in _HEADINGS else "text", words, ""))
    return passages


def _flat(root: html.HtmlElement) -> Iterator[str]:
    """Yield the elements of a page with their attributes and words, but for the space between them."""
    for element in root.iter(etree.Element):
        attributes = "".join(f' {name}="{value}"' for name, value in sorted(element.items()))
        yield f"<{element.tag}{attributes}>{' '.join((element.text or '').split())}"
        if element.tail and element.tail.strip():
            yield " ".join(element.tail.split())
