"""What commands print on standard output: lines for people, one JSON object for programs."""

import json
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from reportgen.audit import Audit, Change, Rerun
    from reportgen.check import Result
    from reportgen.pipeline import Built


def summary(built: "Built", seconds: float) -> Iterator[str]:
    """Say in a line each what a build found and wrote, after so many seconds."""
    from reportgen.claims.ledger import in_numbers  # noqa: PLC0415 - `check` shows something too, and does without

    evidence = built.evidence
    yield ""
    yield f"{click.style('Found', bold=True)} in {evidence.count} {built.study.case[evidence.count != 1]}, median and range:"
    yield from _beside([(evidence.shown(name), evidence[name].label) for name in built.study.findings])
    yield from _wrapped(f"{in_numbers(built.claims, built.study.case[0])}.", 2)
    yield ""
    yield click.style("Written", bold=True)
    yield from (f"    {file}" for file in built.files)
    if built.figures:
        yield f"    {built.figures[0].parent}/: {_counted(len(built.figures) // 2, 'figure', 'figures')} as PNG and SVG"
    yield ""
    yield f"{built.document} is ready, after {seconds:.1f} s."


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


_LEAST = 24
"""Columns in which a label can be read."""


def _beside(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Set numbers before what they are of, on a line of their own where the terminal has no room for both."""
    room = 4 + max((len(number) for number, _ in rows), default=0) + 3
    narrow = room + _LEAST > shutil.get_terminal_size().columns
    for number, label in rows:
        if narrow:
            yield f"    {number}"
            yield from _wrapped(label, 8)
        else:
            first, *others = _wrapped(label, room)
            yield from (f"    {number}{first[4 + len(number) :]}", *others)


def _wrapped(text: str, indent: int) -> list[str]:
    """Break a text between words where the terminal ends."""
    room = max(shutil.get_terminal_size().columns - indent, _LEAST)
    return [" " * indent + line for line in textwrap.wrap(text, room, break_long_words=False) or [""]]


def built_as_json(built: "Built") -> str:
    """Return what a build found and wrote as one JSON object."""
    return _json(
        {
            "document": str(built.document),
            "files": [str(file) for file in (*built.files, *built.figures)],
            "set_aside": {str(document): str(aside) for document, aside in built.aside.items()},
            "retrained": built.retrained,
            "measurements": {
                name: built.evidence.median(name)
                for name, measurement in built.evidence.measurements.items()
                if measurement.is_scalar
            },
            "claims": {claim.name: f"{claim.held}/{len(claim.verdicts)}" for claim in built.claims},
            "findings_that_hold": [claim.name for claim in built.claims if claim.kind == "finding" and claim.succeeds],
        }
    )


def checked_lines(file: Path, rules: Sequence["Result"], *, meets: bool, strict: bool) -> Iterator[str]:
    """Say of a document which rules it passes, and what the others miss."""
    marks = {"pass": "✓", "fail": "✗", "n/a": "–"}
    yield str(file)
    for rule in rules:
        yield f"  {marks[rule.outcome]} {rule.code:<4} {rule.rule}"
        if rule.message:
            yield f"         {rule.message}"
    yield (
        f"{file} {'meets' if meets else 'does not meet'} the assignment{' and the rules of the craft' if strict else ''}."
    )


def checked_as_json(results: Mapping[Path, Sequence["Result"]]) -> str:
    """Return what every rule found in every document as one JSON object."""
    return _json({str(file): [asdict(rule) for rule in rules] for file, rules in results.items()})


def audit_lines(file: Path, found: "Audit") -> Iterator[str]:
    """Say in a line each what an audit found."""
    carried = found.carried
    made, count = carried.versions, carried.evidence.count
    packages = ("python", *carried.study.packages.get("run", ()))
    yield (
        f"{file} says that reportgen {made.get('reportgen')} made it, from {count} {carried.study.case[count != 1]} of the study "
        f"{carried.study.name!r}, with {', '.join(f'{name} {made[name]}' for name in packages if name in made)} on {made.get('platform')}."
    )
    if found.changes:
        differ = "is" if len(found.changes) == 1 else "are"
        yield f"  ✗ {len(found.changes)} of {found.passages} passages and pictures {differ} not what was generated:"
        yield from _differences(found.changes)
    else:
        passages = _counted(found.passages, "passage", "passages")
        pictures = _counted(len(carried.figures), "picture", "pictures")
        yield f"  ✓ all {passages} and {pictures} are what was generated"
    yield from (f"  ✗ {fault}" for fault in found.faults)
    if not found.faults:
        claims = _counted(len(carried.claims), "claim follows", "claims follow")
        yield f"  ✓ its {claims} from the measurements that it carries"
    yield from (f"  – {note}" for note in found.notes)
    if found.rerun:
        yield from _rerun_lines(found.rerun, len(carried.evidence.measurements))
    if found.elsewhere and (found.changes or found.faults or (found.rerun and found.rerun.verdict != "identical")):
        differing = ", ".join(f"{each.where} {each.then} (here {each.now})" for each in found.elsewhere)
        yield f"  – it was made with {differing}"


def _rerun_lines(rerun: "Rerun", measurements: int) -> Iterator[str]:
    yield f"  {'✓' if rerun.holds else '✗'} run again: {rerun.verdict}"
    if rerun.moved:
        differ = "is" if len(rerun.moved) == 1 else "are"
        printed = [change for change in rerun.moved if change.then != change.now]
        yield (
            f"      {len(rerun.moved)} of {_counted(measurements, 'measurement', 'measurements')} {differ} not the same to the last bit, "
            f"{_counted(len(printed), 'not as it is printed', 'not as they are printed')}"
        )
        yield from (f"        {each.where}: {each.then}, now {each.now}" for each in printed[:_DIFFERENCES_SHOWN])
    yield from (f"      the figure {name!r} is not the one that this run gives" for name in rerun.figures)
    yield from _differences(rerun.conclusions)


_DIFFERENCES_SHOWN = 20


def _differences(changes: Sequence["Change"]) -> Iterator[str]:
    for change in changes[:_DIFFERENCES_SHOWN]:
        yield f"      {change.where}"
        yield f"        was: {change.then or '(nothing)'}"
        yield f"        is:  {change.now or '(nothing)'}"
    if (more := len(changes) - _DIFFERENCES_SHOWN) > 0:
        yield f"      and {more} more"


def audit_as_json(file: Path, found: "Audit") -> str:
    """Return what an audit found as one JSON object."""
    return _json(
        {
            "document": str(file),
            "holds": found.holds,
            "versions": dict(found.carried.versions),
            "study": found.carried.study.name,
            "settings": asdict(found.carried.settings),
            "changes": [asdict(change) for change in found.changes],
            "faults": list(found.faults),
            "notes": list(found.notes),
            "elsewhere": [asdict(change) for change in found.elsewhere],
            "rerun": asdict(found.rerun) if found.rerun else None,
        }
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)  # a date
