"""An audit: what a report carries inside it, rendered again and run again, against what the report shows."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from reportgen.check.content import Block, Content, read_content
from reportgen.check.package import NotWord, Package, open_file, open_parts, read_xml, related, relationships
from reportgen.claims.ledger import Claim
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.evidence import Evidence
from reportgen.picture import Picture, digest
from reportgen.pipeline import document_properties
from reportgen.prose.render import Prose, render
from reportgen.provenance import NAMESPACE, Provenance, Unreadable, from_json, versions
from reportgen.results import surroundings
from reportgen.study import Stage, Tell
from reportgen.word.document import compose

Verdict = Literal["identical", "same within rounding", "numbers moved, no conclusion did", "a conclusion changed"]


@dataclass(frozen=True)
class Change:
    """Something that is not what it was: where, as it was generated, and as it is; empty where there is no such thing."""

    where: str
    then: str
    now: str


@dataclass(frozen=True)
class Rerun:
    """What came of the experiment when it was run again.

    `moved`: the measurements that are not the same to the last bit; `conclusions`: claims that came out otherwise; `figures`: those
    that are not what the run gives.
    """

    verdict: Verdict
    moved: tuple[Change, ...]
    conclusions: tuple[Change, ...]
    figures: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether no conclusion changed, and no figure is another."""
        return self.verdict != "a conclusion changed" and not self.figures


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    `changes`: what is seen and was not generated so; `faults`: what inside does not fit together; `notes`: what the reader of the
    audit should know; `elsewhere`: versions that differ from those here, as (what, then, here); `rerun`: None if not asked for.
    """

    carried: Provenance
    passages: int
    changes: tuple[Change, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    elsewhere: tuple[Change, ...]
    rerun: Rerun | None

    @property
    def holds(self) -> bool:
        """Whether the report is as generated, and no conclusion changed."""
        return (self.rerun is None or self.rerun.holds) and not (self.changes or self.faults)


def audit(path: Path, *, rerun: bool, tell: Tell) -> Audit:
    """Audit a report, from nothing but its file.

    Raises DoesNotHold where the file is no report that can be audited, and ReportgenError where it cannot be read.
    """
    try:
        package = open_file(path)
        carried = from_json(_payload(package))
        content = read_content(package)
    except (NotWord, Unreadable) as reason:
        raise DoesNotHold(f"{path}: cannot be audited: {reason}") from None
    try:
        prose = render(path, carried.evidence, carried.texts, sources=carried.sources)
        again = _written(carried, prose)
    except ReportgenError as error:
        raise DoesNotHold(f"{path}: what it carries gives no report: {error}") from None
    changes = (*_changes(again, content, carried), *_changed_pictures(content, carried))
    faults = list(_faults(carried, prose))
    if not changes and content.digest() != carried.content:
        faults.append("the digest that it carries is that of another text")
    notes = []
    if sorted(again.margins()) != sorted(carried.margins):
        notes.append("header and footer are those of a reference document, and rest on what it carries alone")
    here = versions(carried.study) | surroundings(carried.study)
    elsewhere = tuple(
        Change(name, carried.versions.get(name, "not set"), here.get(name, "not set"))
        for name in dict.fromkeys((*carried.versions, *here))
        if carried.versions.get(name) != here.get(name)
    )
    return Audit(
        carried,
        len(content.blocks),
        changes,
        tuple(faults),
        tuple(notes),
        elsewhere,
        _rerun(path, carried, prose, tell, same_versions=not elsewhere) if rerun else None,
    )


def _payload(package: Package) -> bytes:
    main = related(package, "").get("officeDocument", "")
    for _, kind, target in relationships(package, main):
        if kind == "customXml" and target in package.parts:
            root = read_xml(package, target)
            if root.tag == f"{{{NAMESPACE}}}provenance":
                return (root.text or "").encode()
    raise Unreadable("it carries nothing that this program put there; it was made otherwise, or that was taken out")


# What stands for a figure in the document that is rendered again: of a figure, only words are compared there.
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsS2nPwAAAABJRU5ErkJggg=="
)
_DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def _written(carried: Provenance, prose: Prose) -> Content:
    pictures = {name: Picture(_PIXEL, _DRAWING, figure.alt) for name, figure in carried.figures.items()}
    properties = document_properties(carried.texts, carried.settings)
    document = compose(prose.tokens, prose.places, pictures, carried.references, properties)
    return read_content(open_parts(document.parts))


_MARGINS = ("header", "footer")
_MOST_COMPARED = 4_000_000  # pairs of passages; above, what lies between the first and the last change is one change


def _changes(again: Content, content: Content, carried: Provenance) -> Iterator[Change]:
    """Yield the passages that are not those that templates and measurements give, and what else stands in the margins."""
    place, before = "before the first heading", ""
    for then, now in _pairs(*([block for block in c.blocks if block.kind not in _MARGINS] for c in (again, content))):
        if then is not None and then.kind.startswith("heading"):
            place = f"under “{_shortened(then.text)}”"
        if then != now:
            yield _change(
                then, now, f"{place}, after “{_shortened(before)}”" if "table" in _kinds(then, now) else place
            )
        before = then.text if then is not None else before
    lost, new = ({*one} - {*other} for one, other in _both_ways(carried.margins, content.margins()))
    if lost or new:
        yield Change("header or footer", " | ".join(sorted(lost)), " | ".join(sorted(new)))


def _kinds(*blocks: Block | None) -> set[str]:
    return {block.kind for block in blocks if block is not None}


def _both_ways(one: Sequence[str], other: Sequence[str]) -> tuple[tuple[Sequence[str], Sequence[str]], ...]:
    return (one, other), (other, one)


def _pairs(then: list[Block], now: list[Block]) -> Iterator[tuple[Block | None, Block | None]]:
    """Yield what was beside what is, None where one has no counterpart."""
    start = _common(then, now)
    end = min(_common(then[::-1], now[::-1]), min(len(then), len(now)) - start)
    inner = then[start : len(then) - end], now[start : len(now) - end]
    yield from zip(then[:start], now[:start], strict=True)
    if len(inner[0]) * len(inner[1]) > _MOST_COMPARED:
        yield tuple(Block("many passages", f"{len(part)} passages") for part in inner)  # type: ignore[misc]  # it is a pair
    else:
        for _, a, b, c, d in SequenceMatcher(None, *inner, autojunk=False).get_opcodes():
            yield from zip_longest(inner[0][a:b], inner[1][c:d])
    yield from zip(then[len(then) - end :], now[len(now) - end :], strict=True)


def _common(one: Sequence[object], other: Sequence[object]) -> int:
    """Return how many items two sequences share at their start."""
    shared = zip(one, other, strict=False)
    return next((at for at, (a, b) in enumerate(shared) if a != b), min(len(one), len(other)))


def _change(then: Block | None, now: Block | None, place: str) -> Change:
    if then is None or now is None:
        one = then or now
        assert one is not None
        text = _shortened(one.text, 300)
        return Change(f"{one.kind} {place}", text if then else "", text if now else "")
    if then.text == now.text:
        return Change(
            f"{then.kind} {place}", f"{then.kind}: {_shortened(then.text)}", f"{now.kind}: {_shortened(now.text)}"
        )
    return Change(f"{then.kind} {place}", *_excerpts(then.text, now.text))


def _excerpts(then: str, now: str) -> tuple[str, str]:
    """Give the words about the difference of two texts, the same of both."""
    start = _common(then, now)
    end = min(_common(then[::-1], now[::-1]), min(len(then), len(now)) - start)
    return tuple(_window(text, start, len(text) - end) for text in (then, now))  # type: ignore[return-value]  # it is a pair


_CONTEXT = 60  # characters on each side of a difference


def _window(text: str, start: int, end: int) -> str:
    first = 0 if start < _CONTEXT else text.rfind(" ", 0, start - _CONTEXT // 2) + 1
    last = text.find(" ", end + _CONTEXT // 2)
    last = len(text) if last < 0 else last
    return ("… " if first else "") + _shortened(text[first:last], 300) + (" …" if last < len(text) else "")


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _changed_pictures(content: Content, carried: Provenance) -> Iterator[Change]:
    """Yield the pictures whose files are not those that were drawn; a document may have lost its SVGs when it was saved."""
    figures, shown = list(carried.figures.items()), content.pictures
    names = [f"Figure {number} ({name})" for number, (name, _) in enumerate(figures, 1)]
    files = [figure.png for _, figure in figures], [picture.image for picture in shown]
    # As many as there were: each is held against the one in its place. Else one was taken out or put in, and the others have moved.
    places = [("", n, n + 1, n, n + 1) for n in range(len(shown))]
    for _, a, b, c, d in (
        places if len(shown) == len(figures) else SequenceMatcher(None, *files, autojunk=False).get_opcodes()
    ):
        for then, now in zip_longest(range(a, b), range(c, d)):
            if then is None:
                yield Change(f"picture {now + 1}", "", "a picture that was not generated")
            elif now is None:
                yield Change(names[then], "the figure", "")
            elif figures[then][1].png != shown[now].image:
                yield Change(names[then], *(_file("PNG", each) for each in (figures[then][1].png, shown[now].image)))
            elif shown[now].svg not in (None, figures[then][1].svg):
                yield Change(names[then], *(_file("SVG", each) for each in (figures[then][1].svg, shown[now].svg)))


def _file(form: str, sha256: str | None) -> str:
    return f"{form} with SHA-256 {(sha256 or '')[:16]}…"


def _faults(carried: Provenance, prose: Prose) -> Iterator[str]:
    """Yield where the ledger that is carried is not the one that templates and measurements give."""
    then, now = ({claim.name: claim for claim in claims} for claims in (carried.claims, prose.claims))
    for name in dict.fromkeys((*then, *now)):
        if name not in then or name not in now:
            yield f"the ledger that it carries {'lacks' if name in now else 'has'} the claim {name!r}"
        elif _said(then[name]) != _said(now[name]):
            yield f"the ledger that it carries says otherwise of the claim {name!r} than its measurements"


def _said(claim: Claim) -> tuple[object, ...]:
    return (
        *(
            claim.kind,
            claim.case,
            claim.fallback,
            claim.statement,
            claim.test,
            claim.words,
            claim.against,
            claim.verdicts,
        ),
        *(dict(claim.values), dict(claim.worlds)),
    )


def _rerun(path: Path, carried: Provenance, prose: Prose, tell: Tell, *, same_versions: bool) -> Rerun:
    study = carried.study
    run = study.carry_out(carried.settings.experiment, tell)
    tell(Stage("measuring"))
    evidence = study.measure(run)
    moved = tuple(_moved(carried.evidence, evidence))
    identical = not moved and dict(study.digests(run)) == dict(carried.digests)
    try:
        again = render(path, evidence, carried.texts, sources=carried.sources)
    except DoesNotHold as error:
        return Rerun("a conclusion changed", moved, (Change("claim", "it held", str(error)),), ())
    conclusions = tuple(_conclusions(prose, again))
    tell(Stage("drawing"))
    figures = tuple(_other_figures(run, evidence, carried, files=identical and same_versions))
    if conclusions:
        verdict: Verdict = "a conclusion changed"
    elif identical:
        verdict = "identical"
    elif _words(again) == _words(prose) and not figures:
        verdict = "same within rounding"
    else:
        verdict, figures = "numbers moved, no conclusion did", ()
    return Rerun(verdict, moved, conclusions, figures if identical else ())


def _words(prose: Prose) -> list[str]:
    return [token.content for token in prose.tokens]


def _moved(then: Evidence, now: Evidence) -> Iterator[Change]:
    """Yield the measurements of which a bit is not what it was; of a curve, no values."""
    for name in dict.fromkeys((*then.measurements, *now.measurements)):
        was, is_ = (evidence.measurements.get(name) for evidence in (then, now))
        if was is None or is_ is None or was.cases != is_.cases:
            shown = (
                ("" if m is None else evidence.shown(name) if m.is_scalar else "a curve")
                for m, evidence in ((was, then), (is_, now))
            )
            yield Change(name, *shown)


def _conclusions(then: Prose, now: Prose) -> Iterator[Change]:
    """Yield the claims of which another statement is said, or which hold in other networks."""
    before = {claim.name: claim for claim in then.claims}
    for claim in now.claims:
        was = before[claim.name]
        if (was.test, was.verdicts, was.against) != (claim.test, claim.verdicts, claim.against):
            yield Change(f"claim {claim.name!r}", *(_conclusion(each) for each in (was, claim)))


def _conclusion(claim: Claim) -> str:
    return f"in {claim.held} of {len(claim.verdicts)}, {_shortened(claim.words, 200)}"


def _other_figures(run: Any, evidence: Evidence, carried: Provenance, *, files: bool) -> Iterator[str]:
    """Yield the figures whose alternative text, or file if asked for, is not what the run gives."""
    from reportgen.drawing import png_and_svg  # noqa: PLC0415 - Matplotlib takes longer to import than the rest of an audit

    for name, figure in carried.figures.items():
        if name not in carried.study.figures:
            yield name
            continue
        drawing = carried.study.draw(name, run, evidence)
        if drawing.alt != figure.alt or (
            files and tuple(map(digest, png_and_svg(drawing))) != (figure.png, figure.svg)
        ):
            yield name
