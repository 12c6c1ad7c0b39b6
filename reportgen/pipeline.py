"""The straight line: settings, study, evidence, prose, the figures that it shows, the Word document, its check, files."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from markupsafe import Markup

from reportgen import outputs, results
from reportgen.assignment import ASSIGNMENT_FILE, Assignment, read_assignment, read_text
from reportgen.check import Result, check_bytes, check_file
from reportgen.claims.ledger import Claim, claim_to_table
from reportgen.errors import DoesNotHold, ReportgenError, nearest
from reportgen.evidence import Evidence, evidence_to_table
from reportgen.figures import ABOUT, FIGURES, draw_figures, kept_figures, write_figures
from reportgen.html.claims import OpenedClaims
from reportgen.html.page import About, read_explorer, write_page
from reportgen.html.pictures import inline_png, inline_svg
from reportgen.manuscript import Manuscript, read_manuscript
from reportgen.manuscript.labels import whereabouts
from reportgen.marking import GUIDE_TEMPLATE, Part, marking_table, read_marking
from reportgen.own_pictures import read_pictures
from reportgen.picture import Picture
from reportgen.prose.foreseen import can_have_heading, unknown_names
from reportgen.prose.render import MAIN_TEMPLATE, Prose, render, require_main_template
from reportgen.provenance import (
    Provenance,
    carried_figure,
    is_as_written,
    is_page_as_written,
    seal,
    seal_page,
    sealed,
    to_json,
    versions,
)
from reportgen.results import Results, Unusable
from reportgen.settings import Settings, load_settings
from reportgen.shares import read_shares, with_shares
from reportgen.study import Notice, Stage, Study, Tell, find_study
from reportgen.word.document import compose
from reportgen.word.package import pack, unpack
from reportgen.word.reference_document import Properties, empty_document, looks_of
from reportgen.word.reference_package import usable

BUILD = Path("build")
RESULTS, EVIDENCE = BUILD / "results.npz", BUILD / "evidence.json"

ASIDE = BUILD / "results"
"""Where the results of the settings before these are, so that whoever goes back to them need not carry the experiment out again."""

MOST_ASIDE, MOST_BYTES_ASIDE = 2, 200 * 2**20


@dataclass(frozen=True)
class Inputs:
    """What a build is given besides results: read once, and checked."""

    study: Study[Any, Any]
    settings: Settings
    templates: Path
    assignment: Assignment
    texts: Mapping[str, str]  # what templates may print as it is
    references: list[dict[str, Any]]
    properties: Properties
    marking: Mapping[str, Part]  # empty if no marking guide is asked for
    looks: bytes | None  # the reference document
    pictures: Mapping[str, Picture]  # the author's own, by name


@dataclass(frozen=True)
class Built:
    """What a build left behind."""

    study: Study[Any, Any]
    document: Path
    page: Path
    files: tuple[Path, ...]
    figures: tuple[Path, ...]
    aside: Mapping[Path, Path]  # by document: where the one that somebody had edited is now
    evidence: Evidence
    claims: tuple[Claim, ...]
    retrained: bool


def study_of(templates: Path) -> Study[Any, Any]:
    """Return the study that a folder of templates is written for."""
    return find_study(read_assignment(templates).study, f"{templates / ASSIGNMENT_FILE}: study")


def settings_of(path: Path | None, flags: Mapping[str, Mapping[str, Any]], templates: Path) -> Settings:
    """Return the settings of a build as `load_settings` does, with what is in the files that they name, which lie beside theirs."""
    study = study_of(templates)
    settings = load_settings(path, flags, study.settings)
    return replace(settings, experiment=study.read(settings.experiment, path.parent if path else Path()))


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
    for path in (document, _page(document), RESULTS, EVIDENCE, ABOUT):
        outputs.require_writable(path)
    inputs = _read_inputs(settings, templates, reference_doc, tell, marking_guide=marking_guide)
    with (
        outputs.alone(document, _page(document), _guide(document), _draft(document)),
        outputs.alone(RESULTS, BUILD / "*", ASIDE / "*", FIGURES / "*"),
    ):
        return _build(inputs, document, fresh=fresh, tell=tell)


def _build(inputs: Inputs, document: Path, *, fresh: bool, tell: Tell) -> Built:
    found, run, retrained = _results(inputs, None if fresh else _kept_results(inputs, tell), tell)
    tell(Stage("writing"))
    drawn_from = results.drawn_from(inputs.study, inputs.settings.experiment, found.evidence)
    found, tables = _with_study(inputs, found, tell)
    prose = render(inputs.templates, found.evidence, inputs.texts, tables=tables)
    kept = kept_figures(drawn_from)
    figures, found = _figures(inputs, prose, found, run, kept, tell)
    manuscript = read_manuscript(prose.tokens, prose.places, figures, inputs.references)
    composed = compose(manuscript, inputs.properties, inputs.looks, room=True)
    carried = replace(_provenance(inputs, found, figures, prose), tables=tables)
    content = pack(seal(composed, carried))
    drawn = {
        name: inline_png(picture) if name in inputs.pictures else inline_svg(picture, name)
        for name, picture in figures.items()
    }
    page = report_page(manuscript, prose, found.evidence, sealed(composed, carried), drawn, found.explored)
    guide = _marking_guide(inputs, found, whereabouts(prose.tokens)) if inputs.marking else None
    tell(Stage("checking"))
    _require_met(check_bytes(content, inputs.assignment, own=True), content, document, tell)
    _tell_of_claims(prose, found.evidence, tell)

    beside = {BUILD / name: data for name, data in found.files.items()}
    for path, data in ({EVIDENCE: _evidence_json(inputs.settings, found, prose)} | beside).items():
        if not path.is_file() or path.read_bytes() != data:
            outputs.write(path, data)
    of_study = {name: figure for name, figure in figures.items() if name not in inputs.pictures}
    written = write_figures(of_study, kept, drawn_from, tell)
    documents = {document: (content, is_as_written), _page(document): (page, is_page_as_written)}
    documents |= {_guide(document): (guide, is_as_written)} if guide else {}
    aside = {
        path: copy
        for path, (made, is_own) in documents.items()
        if (copy := outputs.write_unless_edited(path, made, is_own))
    }
    return Built(
        inputs.study,
        document,
        _page(document),
        (*documents, EVIDENCE, *beside, RESULTS),
        written,
        aside,
        found.evidence,
        prose.claims,
        retrained,
    )


def report_page(
    manuscript: Manuscript,
    prose: Prose,
    evidence: Evidence,
    carried: Provenance,
    drawn: Mapping[str, Markup],
    explored: bytes,
) -> bytes:
    """Return the page that goes with a report, its figures `drawn` as a page holds them; it carries what the report carries."""
    study, properties = carried.study, document_properties(carried.texts, carried.settings, carried.title)
    explorer = read_explorer(study.explorer, explored) if study.explorer and explored else None
    shares = {
        (str(row["name"]), str(row["test"]), str(row["against"])): str(row["told"])
        for row in carried.tables.get("shares", ())
    }
    ledger = OpenedClaims(prose.claims, prose.tests, prose.wordings, evidence, shares)
    about = About(properties.title, properties.author, properties.language, properties.header)
    return seal_page(write_page(manuscript, prose.claimed, drawn, ledger, about, explorer), to_json(carried))


def _page(document: Path) -> Path:
    return document.with_suffix(".html")


def _guide(document: Path) -> Path:
    return document.with_name("marking-guide.docx")


def _draft(document: Path) -> Path:
    return document.with_name(f"{document.stem}.refused.docx")


def _read_inputs(
    settings: Settings, templates: Path, reference_doc: Path | None, tell: Tell, *, marking_guide: bool
) -> Inputs:
    """Read and check what a build is given; whatever is wrong with it is said now, and not after minutes of training."""
    assignment = read_assignment(templates)
    texts = texts_of(assignment, settings)
    properties = document_properties(texts, settings)
    require_main_template(templates)
    study = study_of(templates).as_set(settings.experiment)
    return Inputs(
        study=study,
        settings=settings,
        templates=templates,
        assignment=assignment,
        texts=texts,
        references=_read_references(templates),
        properties=properties,
        marking=read_marking(templates, assignment) if marking_guide else {},
        looks=_read_reference_doc(reference_doc, properties, assignment, tell) if reference_doc else None,
        pictures=_read_pictures(templates, study),
    )


def _read_pictures(templates: Path, study: Study[Any, Any]) -> Mapping[str, Picture]:
    pictures = read_pictures(templates)
    for name in pictures:
        if name in study.figures:
            raise ReportgenError(f"{templates}: the picture {name!r} has the name of a figure that is drawn; rename it")
    return pictures


def _results(inputs: Inputs, kept: Results | None, tell: Tell) -> tuple[Results, Any, bool]:
    """Return results for these settings, the run if it was needed, and whether it is a new one.

    Results are those kept, if they come from the same settings, source and packages, else new ones.
    """
    study, experiment = inputs.study, inputs.settings.experiment
    if kept and kept.evidence_fingerprint == results.fingerprint(study, experiment, "evidence"):
        tell(Notice(f"results reused from {RESULTS}"))
        return kept, None, False
    run = None
    if kept and kept.run_fingerprint == results.fingerprint(study, experiment, "run"):
        tell(Notice(f"{study.case[1]} reused from {RESULTS}"))
        run = _run(kept, tell)
    retrained = run is None
    if run is None:
        _require_possible(inputs)
        run = study.carry_out(experiment, tell)
    tell(Stage("measuring"))
    content = results.pack(study, experiment, run, study.measure(run))
    _set_aside(kept, results.fingerprint(study, experiment, "run"))
    outputs.write(RESULTS, content)
    _bound_aside()
    return results.unpack(study, content), run, retrained


def _require_possible(inputs: Inputs) -> None:
    """Raise before an experiment is carried out for a report that nothing can come of, whatever is measured.

    ReportgenError where it prints what is never measured, DoesNotHold where it cannot meet its assignment.
    """
    if unknown := list(unknown_names(inputs.templates, inputs.study.names())):
        raise ReportgenError(unknown[0] + (f" ({len(unknown) - 1} more of these)" if unknown[1:] else ""))
    for part in inputs.assignment.parts:
        if not can_have_heading(inputs.templates, inputs.texts, part.heading):
            raise DoesNotHold(
                f"{inputs.templates}: the report could not meet the assignment: no template has the heading “{part.heading}”; print "
                f"{part.name} as one"
            )


def _with_study(inputs: Inputs, found: Results, tell: Tell) -> tuple[Results, dict[str, Sequence[Mapping[str, str]]]]:
    """Return results that hold what a study of the same experiment found, if there is one, and the tables that templates print of it."""
    shares = read_shares(inputs.study, inputs.settings.experiment)
    if shares is None:
        return found, {}
    tell(Notice(f"a study of {shares.count:,} {inputs.study.case[1]} is there, and the report says what it found"))
    tables = {"shares": shares.rows, "studied": [{"count": f"{shares.count:,}"}]}
    return replace(found, evidence=with_shares(found.evidence, shares)), tables


def _kept_results(inputs: Inputs, tell: Tell) -> Results | None:
    """Return the results of the build before, or those of these settings if an earlier one left them: then the two change places."""
    current, wanted = _read_results(inputs.study, RESULTS, tell), _fingerprint(inputs)
    place = _place_aside(wanted)
    if current and current.run_fingerprint == wanted:
        return current
    earlier = _read_results(inputs.study, place, tell)
    if earlier is None or earlier.run_fingerprint != wanted:
        return current
    tell(Notice(f"results of these settings are taken back from {place}"))
    _set_aside(current, wanted)
    outputs.write(RESULTS, earlier.content)
    place.unlink(missing_ok=True)
    _bound_aside()
    return earlier


def _read_results(study: Study[Any, Any], path: Path, tell: Tell) -> Results | None:
    try:
        # Nor a pipe or a device, which would never end.
        return results.unpack(study, path.read_bytes()) if path.is_file() else None
    except (Unusable, OSError) as error:
        tell(Notice(f"{path} {error}; it is made anew"))
        return None


def _fingerprint(inputs: Inputs) -> str:
    return results.fingerprint(inputs.study, inputs.settings.experiment, "run")


def _place_aside(fingerprint: str) -> Path:
    return (
        ASIDE / f"{hashlib.sha256(fingerprint.encode()).hexdigest()[:16]}.npz"
    )  # whatever a file says of itself is no path


def _set_aside(kept: Results | None, instead: str) -> None:
    """Keep results of other settings than those of the fingerprint `instead`, which take their place."""
    if kept is None or kept.run_fingerprint == instead:
        return
    with suppress(ReportgenError, OSError):  # that they can be kept is no condition of a build
        outputs.write(_place_aside(kept.run_fingerprint), kept.content)


def _bound_aside() -> None:
    """Delete the oldest of the results that are kept aside, beyond MOST_ASIDE and MOST_BYTES_ASIDE."""
    room = MOST_BYTES_ASIDE
    with suppress(OSError):
        newest = sorted(ASIDE.glob("*.npz"), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
        for position, path in enumerate(newest):
            room -= path.stat().st_size
            if position >= MOST_ASIDE or room < 0:
                path.unlink(missing_ok=True)


def _run(kept: Results, tell: Tell) -> Any:
    try:
        return kept.run()
    except Unusable as error:
        tell(Notice(f"{RESULTS} {error}; it is made anew"))
        return None


def _figures(
    inputs: Inputs, prose: Prose, found: Results, run: Any, kept: Mapping[str, Picture], tell: Tell
) -> tuple[dict[str, Picture], Results]:
    """Return the figures that the prose shows, and the results that they are drawn from.

    They are the author's own pictures, those `kept` from an earlier build, and the others drawn anew.
    """
    study, shown = inputs.study, prose.figures
    for name, place in shown.items():
        if name not in (known := (*study.figures, *inputs.pictures)):
            raise ReportgenError(f"{place}: there is no figure {name!r} to show{nearest(name, known)}")
    drawn: Mapping[str, Picture] = {}
    if missing := [name for name in shown if name not in kept and name not in inputs.pictures]:
        tell(Stage("drawing"))
        run = run or _run(found, tell)
        if run is None:  # the file was damaged where only the run lies
            found, run, _ = _results(inputs, None, tell)
        drawn = draw_figures(study, missing, run, found.evidence)
    every = {**kept, **drawn, **inputs.pictures}
    return {name: every[name] for name in shown}, found


def _require_met(checked: list[Result], content: bytes, document: Path, tell: Tell) -> None:
    """Raise DoesNotHold, before the last good document is touched, if the new one does not meet the assignment; keep it as a draft.

    The rules of the craft never stop a build: what fails them is told.
    """
    for rule in checked:
        if rule.group == "craft" and rule.outcome == "fail":
            tell(Notice(f"{rule.code}: {rule.rule} {rule.message}"))
    failed = [f"{rule.code}: {rule.message}" for rule in checked if rule.group != "craft" and rule.outcome == "fail"]
    if failed:
        outputs.write(_draft(document), content)
        raise DoesNotHold(
            f"the new report does not meet the assignment: {'; '.join(failed)}; it is kept as {_draft(document)}, and {document} "
            "was left as it is"
        )
    _draft(document).unlink(missing_ok=True)


def _tell_of_claims(prose: Prose, evidence: Evidence, tell: Tell) -> None:
    """Tell of what no rule can decide: paragraphs without a test or a reason, and findings that hold in a control as well."""
    for place in prose.unmarked:
        tell(
            Notice(
                f"{place}: stands outside a claim; put it into one, or say in {{# definition: … #}}, {{# citation: … #}} or "
                "{# quotation: … #} why it may"
            )
        )
    if not any(claim.kind == "finding" for claim in prose.claims):
        tell(Notice("no finding is made: nothing that this report says was put to a test that could have failed"))
    for place in prose.fixed:
        tell(Notice(f"{place}; test what the sentence says"))
    for claim in prose.claims:
        if worlds := claim.also_held_in(evidence):
            where = " and ".join(evidence.worlds[world] for world in worlds)
            tell(
                Notice(
                    f"{claim.template}:{claim.line}: the claim {claim.name!r} holds {where} as well, and is not said against it"
                )
            )


def _read_reference_doc(path: Path, properties: Properties, assignment: Assignment, tell: Tell) -> bytes:
    """Return the looks of a reference document; raise ReportgenError now, and not after training, if it cannot be one."""
    opens = check_file(path, assignment)[0]
    if opens.outcome == "fail":
        raise ReportgenError(f"{path}: cannot be a reference document: {opens.message}")
    try:
        reference = usable(path.read_bytes())
        looks = looks_of(reference.content)
        empty_document(properties, looks)
    except ReportgenError as error:
        raise ReportgenError(f"{path}: {error}") from None
    for change in reference.changes:
        tell(Notice(f"{path}: {change}"))
    return looks


def _read_references(templates: Path) -> list[dict[str, Any]]:
    path = templates / "references.json"
    if not path.exists() and not path.is_symlink():  # a report need not cite anything, but a link was to lead somewhere
        return []
    try:
        references = json.loads(read_text(templates, path.name))
    except (ValueError, RecursionError) as error:
        raise ReportgenError(f"{path}: is not valid JSON: {error}") from None
    if not isinstance(references, list) or not all(isinstance(reference, dict) for reference in references):
        raise ReportgenError(f"{path}: is no list of references in CSL JSON")
    return references


def texts_of(assignment: Assignment, settings: Settings) -> dict[str, str]:
    """Return what templates may print as it is: the assignment's lines, the author, the date, the headings of contents and appendix."""
    day = settings.report.day()
    return {
        **assignment.texts,
        "author": settings.report.author,
        "date": f"{day.day} {day:%B %Y}",
        "contents": "Contents" if settings.report.contents else "",
        "appendix": "" if settings.report.appendix == "none" else "Appendix: what was tested",
        "in_full": "yes" if settings.report.appendix == "full" else "",
    }


def document_properties(texts: Mapping[str, str], settings: Settings, title: str = "") -> Properties:
    """Return what the report says of itself, or what another document with another title does."""
    return Properties(
        title=title or texts["title"],
        author=settings.report.author,
        subject=f"{texts['course']}, {texts['assignment']}",
        keywords=texts["keywords"],
        created=settings.report.day(),
        header=f"{texts['course']} · {texts['assignment']}",
        page_size=settings.report.page_size,
    )


def _marking_guide(inputs: Inputs, found: Results, where: Mapping[str, str]) -> bytes:
    tables = {"marking": marking_table(inputs.marking, inputs.texts, where)}
    guide = render(inputs.templates, found.evidence, inputs.texts, template=GUIDE_TEMPLATE, tables=tables)
    properties = replace(inputs.properties, title=f"Marking guide: {inputs.properties.title}")
    composed = compose(read_manuscript(guide.tokens, guide.places, {}, []), properties, inputs.looks, room=True)
    carried = replace(
        _provenance(inputs, found, {}, guide),
        template=GUIDE_TEMPLATE,
        tables=tables,
        title=properties.title,
        references=[],
    )
    return pack(seal(composed, carried))


def _provenance(inputs: Inputs, found: Results, figures: Mapping[str, Picture], prose: Prose) -> Provenance:
    """Return what the report carries inside it, of which nothing says whose machine it was made on."""
    settings = inputs.settings
    return Provenance(
        study=inputs.study,
        settings=replace(settings, report=replace(settings.report, date=settings.report.day())),
        versions={**versions(inputs.study), **found.surroundings},
        digests=found.digests,
        template=MAIN_TEMPLATE,
        sources=prose.sources,
        texts=inputs.texts,
        tables={},
        title=inputs.properties.title,
        references=inputs.references,
        looks=unpack(inputs.looks) if inputs.looks else {},
        evidence=found.evidence,
        claims=prose.claims,
        figures={name: carried_figure(picture) for name, picture in figures.items()},
    )


def _evidence_json(settings: Settings, found: Results, prose: Prose) -> bytes:
    table = {
        "study": found.study.name,
        "settings": asdict(settings),
        "digests": dict(found.digests),
        **evidence_to_table(found.evidence),
        "claims": [claim_to_table(claim) for claim in prose.claims],
        "given": [asdict(given) for given in prose.given],
    }
    return msgspec.json.format(msgspec.json.encode(table), indent=1)
