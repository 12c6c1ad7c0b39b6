"""The experiment of a document, run again: what moved, by how much, and whether anything follows from it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from reportgen.audit import Audit
from reportgen.audit.figures import TOLERANCE, drawn_alike, read_alike, svg_drawn_alike
from reportgen.audit.words import Change, shortened
from reportgen.claims.ledger import Claim
from reportgen.errors import DoesNotHold
from reportgen.evidence import Evidence, Measurement
from reportgen.html.pictures import inline_svg
from reportgen.picture import Picture
from reportgen.prose.render import render
from reportgen.shares import FAMILY
from reportgen.study import Stage, Tell

Verdict = Literal[
    "identical",
    "same within rounding",
    "numbers moved as they do between machines, no conclusion did",
    "a number moved further than between machines",
    "a conclusion changed",
]

ROUNDING = 1e-9
"""Relative to a measurement's largest value: what the order of additions makes of numbers that training did not move."""


@dataclass(frozen=True)
class Rerun:
    """What came of the experiment when it was run again.

    `moved`: the measurements that are not the same to the last bit; `too_far`: those of them that moved further than training on
    another machine moves them; `conclusions`: claims that came out otherwise; `figures`: those that are not what the run gives;
    `faults`: what does not fit together.
    """

    verdict: Verdict
    moved: tuple[Change, ...]
    too_far: tuple[Change, ...]
    conclusions: tuple[Change, ...]
    figures: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the run gives the report, as far as a run on this machine can."""
        return not (self.too_far or self.conclusions or self.figures or self.faults)


def run_again(found: Audit, tell: Tell) -> Rerun:
    """Run the experiment of a document again, and compare what comes out; raises ReportgenError as the experiment does."""
    carried = found.carried
    study, then = carried.study, carried.evidence.measurements
    run = study.carry_out(carried.settings.experiment, tell)
    tell(Stage("measuring"))
    evidence = _with_what_was_taken(study.measure(run), carried.evidence)
    now = evidence.measurements
    moved = tuple(_moved(carried.evidence, evidence))
    too_far = tuple(
        each
        for each in moved
        if not each.where.endswith(study.unsteady) and _is_too_far(then.get(each.where), now.get(each.where))
    )
    conclusions = tuple(_conclusions(found, evidence))
    same_run = not moved and dict(study.digests(run)) == dict(carried.digests)
    tell(Stage("drawing"))
    figures = tuple(_other_figures(run, evidence, found, same_run=same_run))
    faults = tuple(_faults(found, run, moved=bool(moved), same_run=same_run))
    if conclusions:
        verdict: Verdict = "a conclusion changed"
    elif too_far:
        verdict = "a number moved further than between machines"
    elif any(_distance(then[each.where], now[each.where]) > ROUNDING for each in moved):
        verdict = "numbers moved as they do between machines, no conclusion did"
    else:
        verdict = "identical" if same_run else "same within rounding"
    return Rerun(verdict, moved, too_far, conclusions, figures, faults)


def _with_what_was_taken(evidence: Evidence, carried: Evidence) -> Evidence:
    """Return evidence with what a report took from a study: hundreds of networks, which are not run again."""
    taken = {name: each for name, each in carried.measurements.items() if name.startswith(f"{FAMILY}.")}
    return replace(evidence, measurements={**evidence.measurements, **taken})


def _faults(found: Audit, run: Any, *, moved: bool, same_run: bool) -> Iterator[str]:
    if not same_run and not moved:
        yield "the digests of its run are not those of this one, though no measurement moved"
    elif not same_run and found.same_surroundings:
        yield "it says that it was made with what is here, which gives something else"
    if found.page and same_run and found.carried.study.explored(run).replace(b"<", b"\\u003c") != found.page.explored:
        yield "what its explorer runs is not what this run gives"


def _is_in_page(there: str, name: str, picture: Picture, alt: str, *, same: bool) -> bool:
    """Return whether a page's figure is the one that was drawn, or on another machine looks like it."""
    own = str(inline_svg(picture, name))
    if there == own or same:
        return there == own
    one, other = (re.sub(r' aria-label="[^"]*"', "", each) for each in (there, own))
    return read_alike(alt, picture.alt) and svg_drawn_alike(one, other)


def _moved(then: Evidence, now: Evidence) -> Iterator[Change]:
    """Yield the measurements of which a bit is not what it was; of a curve, no values."""
    for name in dict.fromkeys((*then.measurements, *now.measurements)):
        was, is_ = (evidence.measurements.get(name) for evidence in (then, now))
        if was is None or is_ is None or (was.cases, was.coordinates) != (is_.cases, is_.coordinates):
            shown = (
                ("" if m is None else evidence.shown(name) if m.is_scalar else "a curve")
                for m, evidence in ((was, then), (is_, now))
            )
            yield Change(name, *shown)


def _distance(then: Measurement, now: Measurement) -> float:
    """Return how far a measurement moved, relative to its largest value; without end where it is of another shape."""
    pairs = list(_pairs(then.cases, now.cases))
    if any(one is None or other is None for one, other in pairs):
        return math.inf
    largest = max((abs(float(one)) for pair in pairs for one in pair), default=0.0)  # type: ignore[arg-type]  # no None is left
    moved = max((abs(float(one) - float(other)) for one, other in pairs), default=0.0)  # type: ignore[arg-type]  # as above
    return moved / largest if moved else 0.0


def _pairs(one: object, other: object) -> Iterator[tuple[float | None, float | None]]:
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for pair in zip(one, other, strict=True):
            yield from _pairs(*pair)
    elif isinstance(one, int | float) and isinstance(other, int | float):
        yield one, other
    else:
        yield None, None


def _is_too_far(then: Measurement | None, now: Measurement | None) -> bool:
    if then is None or now is None or then.coordinates.keys() != now.coordinates.keys():
        return True
    return then.given or not _distance(then, now) <= TOLERANCE


def _conclusions(found: Audit, evidence: Evidence) -> Iterator[Change]:
    """Yield the claims of which another statement is said, or which hold in other networks."""
    carried, then = found.carried, found.rebuilt.prose
    try:
        now = render(
            found.path,
            evidence,
            carried.texts,
            template=carried.template,
            tables=carried.tables,
            sources=carried.sources,
        )
    except DoesNotHold as error:
        yield Change("claim", "it held", str(error))
        return
    before = {claim.name: claim for claim in then.claims}
    for claim in now.claims:
        was = before.get(claim.name)
        if was is None or (was.test, was.verdicts, was.against) != (claim.test, claim.verdicts, claim.against):
            yield Change(f"claim {claim.name!r}", *(_conclusion(each) for each in (was, claim)))


def _conclusion(claim: Claim | None) -> str:
    return "" if claim is None else f"in {claim.held} of {len(claim.verdicts)}, {shortened(claim.words, 200)}"


def _other_figures(run: Any, evidence: Evidence, found: Audit, *, same_run: bool) -> Iterator[str]:
    """Yield the figures whose alternative text or picture is not what the run gives.

    Where the run is the same and all that draws is too, they are the same to the byte; elsewhere they differ by no more than what
    moved in them: an alternative text in its numbers, the PNG in a few of its pixels, the SVG in where its lines are.
    """
    from reportgen.drawing import png_and_svg  # noqa: PLC0415 - Matplotlib takes longer to import than an audit

    study, same = found.carried.study, same_run and found.same_surroundings
    for name, picture in found.rebuilt.pictures.items():
        if name not in study.figures:  # the author's own, which no run gives and an audit names
            continue
        drawing = study.draw(name, run, evidence)
        files = png_and_svg(drawing)
        if found.page is not None:
            if not _is_in_page(found.page.drawn[name], name, Picture(*files, drawing.alt), picture.alt, same=same):
                yield name
            continue
        text = picture.alt == drawing.alt or (not same_run and read_alike(picture.alt, drawing.alt))
        if not text or not (
            (picture.png, picture.svg) == files or (not same and drawn_alike((picture.png, picture.svg), files))
        ):
            yield name
