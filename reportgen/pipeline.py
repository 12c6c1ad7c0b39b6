"""The straight line: settings, experiment, evidence, figures and prose, the Word document, its check."""

import hashlib
import json
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from reportgen import outputs, results
from reportgen.check import check
from reportgen.errors import DoesNotHold, ReportgenError
from reportgen.evidence import measure
from reportgen.evidence.measurement import Evidence, evidence_to_json
from reportgen.experiment.processes import Epoch, carry_out
from reportgen.report.claims import Claim
from reportgen.report.prose import loose_comparisons, render, require_main_template
from reportgen.report.word import Picture, Properties, write_document
from reportgen.results import Results, Unusable
from reportgen.settings import MOST_BYTES as SETTINGS_BYTES
from reportgen.settings import Experiment, Settings, printable

BUILD, FIGURES = Path("build"), Path("figures")
RESULTS = BUILD / "results.npz"
FIGURE_WIDTH_CM = 16.0
MOST_BYTES = 1_000_000  # in a file beside the templates; ours have 10,000


@dataclass(frozen=True)
class Stage:
    """A stage of the build begins, named as the user sees it."""

    name: str


@dataclass(frozen=True)
class Notice:
    """Something that the user should know and need not act on."""

    text: str


Tell = Callable[[Stage | Notice | Epoch], None]


@dataclass(frozen=True)
class Built:
    """What a build left behind."""

    document: Path
    files: tuple[Path, ...]
    aside: Path | None
    evidence: Evidence
    claims: tuple[Claim, ...]
    retrained: bool


def build(settings: Settings, templates: Path, document: Path, *, fresh: bool, tell: Tell) -> Built:
    """Build the report and everything beside it, from the last results where they still hold.

    Raises ReportgenError, and DoesNotHold where a claim or the finished document does not; until its last step, the document of
    the build before stays in its place.
    """
    if document.suffix != ".docx":
        raise ReportgenError(f"{document}: the report is a Word document; give it a name that ends in .docx")
    for path in (document, RESULTS, FIGURES / "figures.json"):
        outputs.require_writable(path)
    texts, references = _texts(_read_assignment(templates), settings), _read_references(templates)
    require_main_template(templates)

    kept = None if fresh else _read_results(tell)
    try:
        found, retrained = _experiment_and_evidence(settings.experiment, kept, tell)
        pictures = _figures(found, tell)
    except Unusable as error:
        tell(Notice(f"{RESULTS} {error}; it is made anew"))
        found, retrained = _experiment_and_evidence(settings.experiment, None, tell)
        pictures = _figures(found, tell)

    tell(Stage("writing"))
    prose = render(templates, found.evidence, texts)  # first: what it refuses may be too long to look through
    for place in loose_comparisons(templates):
        tell(Notice(f"{place}: compares outside a claim; put it into one, or say why not in {{# no claim: … #}}"))
    try:
        content = write_document(prose.markdown, pictures, references, _properties(texts, settings))
    except RecursionError:
        raise ReportgenError(f"{templates}: emphasis or an equation nests too deep to be written") from None
    tell(Stage("checking"))
    _require_sound(content, document)

    files = {
        BUILD / "evidence.json": _evidence_json(settings, found, prose.claims),
        BUILD / "model.keras": found.exported,
    }
    for path, bytes_ in files.items():
        if not path.is_file() or path.read_bytes() != bytes_:
            outputs.write(path, bytes_)
    _write_figures(pictures, results.figures_fingerprint(settings.experiment))
    aside = outputs.write_document(document, content)
    drawn = [FIGURES / f"{name}.{kind}" for name in pictures for kind in ("png", "svg")]
    return Built(document, (document, *files, RESULTS, *drawn), aside, found.evidence, prose.claims, retrained)


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
        tell(Stage("training"))
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
    # Matplotlib takes longer to import than all the rest of a rebuild.
    from reportgen.report.plots import FIGURES as DRAWN  # noqa: PLC0415
    from reportgen.report.plots.style import render as draw  # noqa: PLC0415

    run = found.run()
    for name, function in DRAWN.items():
        drawing = function(run, found.evidence)
        png, svg = draw(drawing)
        pictures[name] = Picture(png, svg, drawing.alt, FIGURE_WIDTH_CM)
    return pictures


def _write_figures(pictures: Mapping[str, Picture], fingerprint: str) -> None:
    """Write the figures, and beside them what they come from, so that the next build can tell whether they still hold."""
    if _read_figures(fingerprint) == pictures:
        return
    about = {}
    for name, picture in pictures.items():
        outputs.write(FIGURES / f"{name}.png", picture.png)
        outputs.write(FIGURES / f"{name}.svg", picture.svg)
        about[name] = {"alt": picture.alt, "png": _digest(picture.png), "svg": _digest(picture.svg)}
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
            if (_digest(png), _digest(svg)) != (figure["png"], figure["svg"]):
                return {}
            pictures[name] = Picture(png, svg, figure["alt"], FIGURE_WIDTH_CM)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}
    return pictures


def _require_sound(content: bytes, document: Path) -> None:
    """Raise DoesNotHold, before the last good document is touched, if the new one fails any rule of the checker."""
    with tempfile.TemporaryDirectory() as folder:
        candidate = Path(folder) / "report.docx"
        candidate.write_bytes(content)
        failed = [f"{rule.code}: {rule.message}" for rule in check(candidate) if rule.outcome == "fail"]
    if failed:
        raise DoesNotHold(f"the new report fails its check and {document} was left as it is: {'; '.join(failed)}")


def _read_text(templates: Path, name: str) -> str:
    """Return the text of a file that every folder of templates holds."""
    try:
        with (templates / name).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ReportgenError(f"{templates / name}: is larger than {MOST_BYTES:,} bytes; shorten it")
        return content.decode("utf-8")
    except FileNotFoundError:
        raise ReportgenError(
            f"{templates}: holds no {name}; `init DIR` makes a folder with all that is needed"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportgenError(f"{templates / name}: cannot be read as text ({error})") from None


def _read_assignment(templates: Path) -> dict[str, str]:
    if not templates.is_dir():
        raise ReportgenError(f"{templates}: is no folder of templates; `init DIR` makes one with all that is needed")
    path = templates / "assignment.toml"
    text = _read_text(templates, path.name)
    if len(text) > SETTINGS_BYTES:
        raise ReportgenError(f"{path}: is larger than {SETTINGS_BYTES:,} bytes; shorten it")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # of a number that is too long, and of brackets that are too deep
        raise ReportgenError(f"{path}: is not valid TOML: {error}") from None
    for name in ("course", "assignment", "title", "keywords", "part_one", "part_two"):
        if not isinstance(table.get(name), str):
            raise ReportgenError(f"{path}: lacks a line of text for {name!r}")
    try:
        return {name: printable(value) for name, value in table.items() if isinstance(value, str)}
    except ValueError as error:
        raise ReportgenError(f"{path}: a text {error}") from None


def _read_references(templates: Path) -> list[dict[str, Any]]:
    path = templates / "references.json"
    try:
        references = json.loads(_read_text(templates, path.name))
    except (ValueError, RecursionError) as error:
        raise ReportgenError(f"{path}: is not valid JSON: {error}") from None
    if not isinstance(references, list) or not all(isinstance(reference, dict) for reference in references):
        raise ReportgenError(f"{path}: is no list of references in CSL JSON")
    return references


def _texts(assignment: dict[str, str], settings: Settings) -> dict[str, str]:
    """Return what templates may print as it is: the assignment's lines, the author, the date."""
    day = settings.report.day()
    return assignment | {"author": settings.report.author, "date": f"{day.day} {day:%B %Y}"}


def _properties(texts: dict[str, str], settings: Settings) -> Properties:
    return Properties(
        title=texts["title"],
        author=settings.report.author,
        subject=f"{texts['course']}, {texts['assignment']}",
        keywords=texts["keywords"],
        created=settings.report.day(),
        header=f"{texts['course']} · {texts['assignment']}",
        page_size=settings.report.page_size,
    )


def _evidence_json(settings: Settings, found: Results, claims: tuple[Claim, ...]) -> bytes:
    return json.dumps(
        {
            "settings": asdict(settings),
            "weights": found.weights_digest,
            "measurements": json.loads(evidence_to_json(found.evidence)),
            "claims": [asdict(claim) for claim in claims],
        },
        ensure_ascii=False,
        indent=1,
        default=str,  # a date
    ).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
