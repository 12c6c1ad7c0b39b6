"""The straight line of a study: plan, rows, findings, files."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from reportgen import outputs
from reportgen.assignment import read_assignment
from reportgen.drawing import png_and_svg
from reportgen.evidence import evidence_from_table
from reportgen.picture import Picture
from reportgen.pipeline import document_properties, texts_of
from reportgen.results import source_fingerprint
from reportgen.settings import Settings
from reportgen.study import Notice, Stage, Step, Tell
from reportgen.sweep import cluster
from reportgen.sweep.document import study_document
from reportgen.sweep.figure import truth_map
from reportgen.sweep.findings import Found, analyse, found_to_table
from reportgen.sweep.plan import Job, Plan
from reportgen.sweep.store import Store, keep_measurements, open_store, read_measurements

FOLDER = Path("build/study")
FOUND = "study.json"


@dataclass(frozen=True)
class Studied:
    """What a study left behind."""

    plan: Plan
    found: Found
    rows: Path
    made: int  # rows of this call
    files: tuple[Path, ...]


def study(
    plan: Plan,
    templates: Path,
    document_templates: Path,
    settings: Settings,
    *,
    scheduler: str,
    tell: Tell,
    folder: Path = FOLDER,
    work: Any = None,
) -> Studied:
    """Carry out what is missing of a plan, and write what all of it shows: of the findings in `templates`, by `document_templates`.

    Whatever interrupts it, every row that was made is kept, and the next call goes on. Raises ReportgenError.
    """
    outputs.require_writable(folder / FOUND)
    with outputs.alone(
        folder.with_suffix(".docx"), folder / "*"
    ):  # its lock is not in the folder, which may be put aside
        source = source_fingerprint(plan.study)
        store, said = open_store(folder, plan, source)
        if said:
            tell(Notice(said))
        made = _carry_out(plan, store, source, scheduler, tell, work)
        tell(Stage("reading what the rows show"))
        rows = store.finish()
        found = analyse(plan.study, plan.base, store.tables(), read_measurements(folder), templates)
        described = read_measurements(folder)
        table = msgspec.json.format(msgspec.json.encode(found_to_table(plan.study, plan.base, found, source)), indent=1)
        outputs.write(folder / FOUND, table)
        files = [rows, folder / FOUND]
        if found.findings:
            tell(Stage("writing"))
            texts = texts_of(read_assignment(templates), settings)
            properties = document_properties(texts, settings, f"How far the findings reach: {texts['title']}")
            drawn = truth_map(found, evidence_from_table(described))
            picture = Picture(*png_and_svg(drawn), drawn.alt)
            content = study_document(
                plan.study, found, evidence_from_table(described), picture, document_templates, texts, properties
            )
            files += _write(folder, content, picture, tell)
        return Studied(plan, found, rows, made, tuple(files))


def _write(folder: Path, content: bytes, picture: Picture, tell: Tell) -> list[Path]:
    """Write the document beside the folder of rows, and the map in it; return their places."""
    document, maps = folder.with_suffix(".docx"), (folder / "map.png", folder / "map.svg")
    if aside := outputs.write_unless_edited(document, content):
        tell(Notice(f"{document} was edited since it was written; what was edited is now {aside}"))
    for path, data in zip(maps, (picture.png, picture.svg), strict=True):
        outputs.write(path, data)
    return [document, *maps]


def _carry_out(plan: Plan, store: Store, source: str, scheduler: str, tell: Tell, work: Any) -> int:
    missing = sum(job.key not in store.keys for job in plan.jobs())
    there = f", {len(store.keys):,} rows are there already" if store.keys else ""
    case, plural = plan.study.case
    if not missing:
        tell(Notice(f"nothing is missing{there}"))
        return 0
    settings = "one setting" if len(plan.settings) == 1 else f"each of {len(plan.settings)} settings"
    note = f"{plan.cases:,} {case if plan.cases == 1 else plural} under {settings}{there}; {missing:,} to go{_estimate(plan, missing)}"
    tell(Stage("studying", missing, note))
    began, made, failed = time.monotonic(), 0, 0
    described = bool(read_measurements(store.folder))

    def on_row(job: Job, row: Mapping[str, Any]) -> None:
        nonlocal made, failed, described
        if "about" in row and not described:
            keep_measurements(store.folder, row["about"])
            described = True
        store.add(job, row)
        made, failed = made + 1, failed + bool(row["failed"])
        rate = made / (time.monotonic() - began) * 60
        told = f"{made:,} of {missing:,}, {rate:.3g} a minute{f', {failed:,} failed' if failed else ''}"
        worth = made == missing or made % max(1, missing // 20) == 0
        tell(Step(told, f"  {told}, {_minutes((missing - made) / rate)} left" if worth else ""))

    try:
        jobs = (job for job in plan.jobs() if job.key not in store.keys)
        errands = cluster.Errands(jobs, plan.study.name, source, on_row, lambda: described)
        cluster.carry_out(replace(errands, function=work) if work else errands, scheduler, tell)
    finally:
        store.settle()
    return made


def _estimate(plan: Plan, missing: int) -> str:
    """Say how long it will take here, from what one case of each setting costs; a variant is about a tenth of it."""
    of_experiment = {each.experiment: plan.study.cost_of_case(each.experiment) for each in plan.settings}
    seconds = [of_experiment[each.experiment] * (0.1 if each.variant else 1) for each in plan.settings]
    return f", about {_minutes(missing * sum(seconds) / len(seconds) / 60)} on this machine alone"


def _minutes(minutes: float) -> str:
    return (
        f"{minutes * 60:.0f} s" if minutes < 1.5 else f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"
    )
