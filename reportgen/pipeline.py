"""The straight line: settings, experiment, evidence, figures and prose, the Word document, its check."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any

from reportgen import outputs, results
from reportgen.check import check
from reportgen.check.content import read_content
from reportgen.check.package import open_package
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.lstm.evidence import measure
from reportgen.evidence import Evidence, evidence_to_json
from reportgen.pool import Task, carry_out_tasks
from reportgen.lstm.experiment import Epoch, carry_out, cores
from reportgen.lstm.run import Run
from reportgen.assignment import Assignment, read_assignment, read_text
from reportgen.claims import Claim
from reportgen.marking import GUIDE_TEMPLATE, Part, marking_table, read_marking
from reportgen.prose.render import Prose, loose_comparisons, render, require_main_template
from reportgen.provenance import Figure, Provenance, attach, digest, to_json, versions
from reportgen.word.styles import Properties, empty_document
from reportgen.word.document import Picture, places, write_document
from reportgen.results import Results, Unusable
from reportgen.settings import Experiment, Settings

BUILD, FIGURES = Path("build"), Path("figures")
RESULTS, EVIDENCE, MODEL = BUILD / "results.npz", BUILD / "evidence.json", BUILD / "model.keras"
FIGURE_WIDTH_CM = 16.0
DRAWERS = 2
"""Processes that draw: a third would save less than it takes to import Matplotlib."""


@dataclass(frozen=True)
class Stage:
    """A stage of the build begins, named as the user sees it; `experiment` says how much training is ahead."""

    name: str
    experiment: Experiment | None = None


@dataclass(frozen=True)
class Notice:
    """Something that the user should know and need not act on."""

    text: str


@dataclass(frozen=True)
class Inputs:
    """What a build is given besides results: read once, and checked."""

    settings: Settings
    templates: Path
    texts: Mapping[str, str]  # what templates may print as it is
    references: list[dict[str, Any]]
    properties: Properties
    marking: Mapping[str, Part]  # empty if no marking guide is asked for
    looks: bytes | None  # the reference document


Tell = Callable[[Stage | Notice | Epoch], None]


@dataclass(frozen=True)
class Built:
    """What a build left behind."""

    document: Path
    files: tuple[Path, ...]
    figures: tuple[Path, ...]
    aside: Mapping[Path, Path]  # by document: where the one that somebody had edited is now
    evidence: Evidence
    claims: tuple[Claim, ...]
    retrained: bool


def build(
    settings: Settings,
    templates: Path,
    document: Path,
    *,
    reference_doc: Path | None,
    marking_guide: bool,
    fresh: bool,
    tell: Tell,
) -> Built:
    """Build the report and everything beside it, from the last results where they still hold.

    A `reference_doc` is a Word document whose styles, page, header and footer the report takes over; a `marking_guide` is written beside
    the report.

    Raises ReportgenError, and DoesNotHold where a claim or the finished document does not; until its last step, the document of
    the build before stays in its place.
    """
    if document.suffix != ".docx":
        raise ReportgenError(f"{document}: the report is a Word document; give it a name that ends in .docx")
    for path in (document, RESULTS, EVIDENCE, MODEL, FIGURES / "figures.json"):
        outputs.require_writable(path)
    inputs = _read_inputs(settings, templates, reference_doc, marking_guide=marking_guide)
    with outputs.alone(document, _guide(document)), outputs.alone(RESULTS, EVIDENCE, MODEL, FIGURES / "*"):
        return _build(inputs, document, fresh=fresh, tell=tell)


def _build(inputs: Inputs, document: Path, *, fresh: bool, tell: Tell) -> Built:
    experiment = inputs.settings.experiment
    kept = None if fresh else _read_results(tell)
    try:
        found, retrained = _experiment_and_evidence(experiment, kept, tell)
        pictures = _figures(found, tell)
    except Unusable as error:
        tell(Notice(f"{RESULTS} {error}; it is made anew"))
        found, retrained = _experiment_and_evidence(experiment, None, tell)
        pictures = _figures(found, tell)

    tell(Stage("writing"))
    prose = render(
        inputs.templates, found.evidence, inputs.texts
    )  # first: what it refuses may be too long to look through
    for place in loose_comparisons(inputs.templates):
        tell(Notice(f"{place}: compares outside a claim; put it into one, or say why not in {{# no claim: … #}}"))
    bare = write_document(prose.markdown, pictures, inputs.references, inputs.properties, inputs.looks)
    content = attach(bare, to_json(_provenance(inputs, found, pictures, prose, bare)), inputs.properties.created)
    guide = _marking_guide(inputs, found.evidence, places(prose.markdown, pictures)) if inputs.marking else None
    tell(Stage("checking"))
    _require_sound(content, document)

    files = {EVIDENCE: _evidence_json(inputs.settings, found, prose.claims), MODEL: found.exported}
    for path, bytes_ in files.items():
        if not path.is_file() or path.read_bytes() != bytes_:
            outputs.write(path, bytes_)
    _write_figures(pictures, results.figures_fingerprint(experiment))
    documents = {document: content} | ({_guide(document): guide} if guide else {})
    aside = {path: copy for path, made in documents.items() if (copy := outputs.write_unless_edited(path, made))}
    drawn = tuple(FIGURES / f"{name}.{kind}" for name in pictures for kind in ("png", "svg"))
    return Built(document, (*documents, *files, RESULTS), drawn, aside, found.evidence, prose.claims, retrained)


def _guide(document: Path) -> Path:
    return document.with_name("marking-guide.docx")


def _read_inputs(settings: Settings, templates: Path, reference_doc: Path | None, *, marking_guide: bool) -> Inputs:
    """Read and check what a build is given; whatever is wrong with it is said now, and not after minutes of training."""
    texts = _texts(read_assignment(templates), settings)
    properties = document_properties(texts, settings)
    require_main_template(templates)
    return Inputs(
        settings=settings,
        templates=templates,
        texts=texts,
        references=_read_references(templates),
        properties=properties,
        marking=read_marking(templates) if marking_guide else {},
        looks=_read_reference_doc(reference_doc, properties) if reference_doc else None,
    )


def _experiment_and_evidence(experiment: Experiment, kept: Results | None, tell: Tell) -> tuple[Results, bool]:
    """Return results for these settings: those kept, if they come from the same settings, source and packages, else new ones."""
    if kept and kept.evidence_fingerprint == results.evidence_fingerprint(experiment):
        tell(Notice(f"results reused from {RESULTS}"))
        return kept, False
    retrained = not (kept and kept.run_fingerprint == results.run_fingerprint(experiment))
    if kept and not retrained:
        tell(Notice(f"networks reused from {RESULTS}"))
        run = kept.run()
    else:
        tell(Stage("training", experiment))
        run = carry_out(experiment, tell)
    tell(Stage("measuring"))
    content = results.pack(run, measure(run))
    outputs.write(RESULTS, content)
    return results.unpack(content), retrained


def _read_results(tell: Tell) -> Results | None:
    if not RESULTS.is_file():  # nor a pipe or a device, which would never end
        return None
    try:
        return results.unpack(RESULTS.read_bytes())
    except (Unusable, OSError) as error:
        tell(Notice(f"{RESULTS} {error}; it is made anew"))
        return None


def _figures(found: Results, tell: Tell) -> dict[str, Picture]:
    """Return the figures: the files of the last build, if nothing that they come from has changed, else drawn anew."""
    fingerprint = results.figures_fingerprint(found.experiment)
    if pictures := _read_figures(fingerprint):
        return pictures
    tell(Stage("drawing"))
    run = found.run()
    tasks: dict[int, Task] = {first: (_draw, (first, DRAWERS, run, found.evidence)) for first in range(DRAWERS)}
    drawn = carry_out_tasks(tasks, lambda *_: {}, lambda _: None, processes=min(DRAWERS, cores()))
    return {name: picture for _, name, picture in sorted(chain(*drawn.values()), key=itemgetter(0))}


def _draw(first: int, step: int, run: Run, evidence: Evidence) -> list[tuple[int, str, Picture]]:
    """Return every so many-th figure, with its place and name, in a process of its own: each core draws half of them."""
    from reportgen.lstm.plots import FIGURES as DRAWN  # noqa: PLC0415 - Matplotlib takes longer to import than a rebuild
    from reportgen.lstm.plots import render as draw  # noqa: PLC0415 - as above

    pictures = []
    for number, (name, function) in list(enumerate(DRAWN.items()))[first::step]:
        drawing = function(run, evidence)
        png, svg = draw(drawing)
        pictures.append((number, name, Picture(png, svg, drawing.alt, FIGURE_WIDTH_CM)))
    return pictures


def _write_figures(pictures: Mapping[str, Picture], fingerprint: str) -> None:
    """Write the figures, and beside them what they come from, so that the next build can tell whether they still hold."""
    if _read_figures(fingerprint) == pictures:
        return
    about = {}
    for name, picture in pictures.items():
        outputs.write(FIGURES / f"{name}.png", picture.png)
        outputs.write(FIGURES / f"{name}.svg", picture.svg)
        about[name] = {"alt": picture.alt, "sha256": _digest(picture)}
    outputs.write(
        FIGURES / "figures.json", json.dumps({"fingerprint": fingerprint, "figures": about}, indent=1).encode()
    )


def _read_figures(fingerprint: str) -> dict[str, Picture]:
    """Return the figures of the last build, or none if one of them is not what it was or comes from something else."""
    pictures = {}
    try:
        about = json.loads((FIGURES / "figures.json").read_bytes())
        if about["fingerprint"] != fingerprint:
            return {}
        for name, figure in about["figures"].items():
            png, svg = ((FIGURES / f"{name}.{kind}").read_bytes() for kind in ("png", "svg"))
            pictures[name] = Picture(png, svg, figure["alt"], FIGURE_WIDTH_CM)
            if _digest(pictures[name]) != figure["sha256"]:
                return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return pictures


def _require_sound(content: bytes, document: Path) -> None:
    """Raise DoesNotHold, before the last good document is touched, if the new one fails any rule of the checker."""
    # Beside the document: the next build deletes what is left there when this one is killed.
    with tempfile.TemporaryDirectory(outputs.PART, f".{document.name}.", document.parent) as folder:
        candidate = Path(folder) / "report.docx"
        candidate.write_bytes(content)
        failed = [f"{rule.code}: {rule.message}" for rule in check(candidate) if rule.outcome == "fail"]
    if failed:
        raise DoesNotHold(f"the new report fails its check and {document} was left as it is: {'; '.join(failed)}")


def _read_reference_doc(path: Path, properties: Properties) -> bytes:
    """Return a reference document's bytes; raise ReportgenError now, and not after training, if it cannot be one."""
    opens = check(path)[0]
    if opens.outcome == "fail":
        raise ReportgenError(f"{path}: cannot be a reference document: {opens.message}")
    content = path.read_bytes()
    try:
        empty_document(properties, content)
    except ReportgenError as error:
        raise ReportgenError(f"{path}: {error}") from None
    return content


def _read_references(templates: Path) -> list[dict[str, Any]]:
    path = templates / "references.json"
    try:
        references = json.loads(read_text(templates, path.name))
    except (ValueError, RecursionError) as error:
        raise ReportgenError(f"{path}: is not valid JSON: {error}") from None
    if not isinstance(references, list) or not all(isinstance(reference, dict) for reference in references):
        raise ReportgenError(f"{path}: is no list of references in CSL JSON")
    return references


def _texts(assignment: Assignment, settings: Settings) -> dict[str, str]:
    """Return what templates may print as it is: the assignment's lines, the author, the date, the heading of the contents."""
    day = settings.report.day()
    return {
        **assignment.texts,
        "author": settings.report.author,
        "date": f"{day.day} {day:%B %Y}",
        "contents": "Contents" if settings.report.contents else "",
    }


def document_properties(texts: Mapping[str, str], settings: Settings) -> Properties:
    """Return what the report says of itself."""
    return Properties(
        title=texts["title"],
        author=settings.report.author,
        subject=f"{texts['course']}, {texts['assignment']}",
        keywords=texts["keywords"],
        created=settings.report.day(),
        header=f"{texts['course']} · {texts['assignment']}",
        page_size=settings.report.page_size,
    )


def _marking_guide(inputs: Inputs, evidence: Evidence, where: Mapping[str, str]) -> bytes:
    table = {"marking": marking_table(inputs.marking, inputs.texts, where)}
    guide = render(inputs.templates, evidence, inputs.texts, template=GUIDE_TEMPLATE, tables=table)
    properties = replace(inputs.properties, title=f"Marking guide: {inputs.properties.title}")
    return write_document(guide.markdown, {}, [], properties, inputs.looks)


def _provenance(
    inputs: Inputs, found: Results, pictures: Mapping[str, Picture], prose: Prose, document: bytes
) -> Provenance:
    """Return what the report carries inside it, of which nothing says whose machine it was made on."""
    content = read_content(open_package(document))
    settings = inputs.settings
    return Provenance(
        settings=replace(settings, report=replace(settings.report, date=settings.report.day())),
        versions={**versions(), **found.surroundings},
        digests=found.digests,
        sources=prose.sources,
        texts=inputs.texts,
        references=inputs.references,
        evidence=found.evidence,
        claims=prose.claims,
        figures={name: Figure(p.alt, digest(p.png), digest(p.svg)) for name, p in pictures.items()},
        margins=content.margins(),
        content=content.digest(),
    )


def _evidence_json(settings: Settings, found: Results, claims: tuple[Claim, ...]) -> bytes:
    return json.dumps(
        {
            "settings": asdict(settings),
            "digests": found.digests,
            "measurements": json.loads(evidence_to_json(found.evidence)),
            "claims": [asdict(claim) for claim in claims],
        },
        ensure_ascii=False,
        indent=1,
        default=str,  # a date
    ).encode()


def _digest(picture: Picture) -> str:
    return digest(b"\0".join([picture.alt.encode(), picture.png, picture.svg]))
