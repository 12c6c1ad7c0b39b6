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
    from reportgen.audit import Audit
    from reportgen.audit.rerun import Rerun
    from reportgen.audit.words import Change
    from reportgen.check import Result
    from reportgen.pipeline import Built
    from reportgen.sweep.run import Studied


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
    yield f"{built.document} is ready, and {built.page} to explore it, after {seconds:.1f} s."


def studied_lines(studied: "Studied") -> Iterator[str]:
    """Say in a line each what a study found and wrote."""
    from reportgen.claims.confidence import between_percents  # noqa: PLC0415 - `check` does without, as of the next
    from reportgen.sweep.findings import KINDS  # noqa: PLC0415

    found = studied.found
    for label, count in found.cases.items():
        yield f"{label}: {count:,} {studied.plan.study.case[count != 1]}"
        yield from (f"    {times:,} failed: {reason}" for reason, times in found.failed.get(label, {}).items())
    for kind, words in KINDS.items():
        of_kind = [finding for finding in found.findings if finding.kind == kind]
        if of_kind:
            yield ""
            yield click.style(f"{_counted(len(of_kind), 'finding', 'findings')} {words}", bold=True)
        for finding in of_kind:
            first = finding.first
            shares = f"{first.held:,} of {first.count:,} ({between_percents(first.low, first.high)})"
            yield f"    {finding.name:<16} {shares}"
    for crossing in found.crossings:
        one, other = (f"{100 * each:.0f} %" for each in crossing.shares)
        yield f"    {crossing.finding}: {one} at {crossing.axis} = {crossing.one}, {other} at {crossing.other}"
    if found.variants:
        yield ""
        yield click.style(f"Against {studied.plan.study.variants[found.variants[0].against]}", bold=True)
        for each in found.variants:
            ratio = each.ratio
            if ratio:
                told = f"{ratio.median:.3g}× ({ratio.low:.3g} to {ratio.high:.3g}), p = {each.p_holm:.2g}"
                yield f"    {studied.plan.study.variants.get(each.name, 'the full network'):<32} {told}"
    yield ""
    yield click.style("Written", bold=True)
    yield from (f"    {file}" for file in studied.files)


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
            "page": str(built.page),
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
    marks = {"pass": "✓", "doubt": "?", "fail": "✗", "n/a": "–"}
    yield str(file)
    for rule in rules:
        yield f"  {marks[rule.outcome]} {rule.code:<4} {rule.rule}"
        if rule.message:
            yield f"         {rule.message}"
    if meets:
        craft = ", and keeps the rules of the craft" if strict else ""
        doubt = ", with a doubt" if any(rule.outcome == "doubt" for rule in rules) else ""
        yield f"{file} has the required headings and words{craft}{doubt}."
    else:
        yield f"{file} does not meet the assignment{' and the rules of the craft' if strict else ''}."


def checked_as_json(results: Mapping[Path, Sequence["Result"]]) -> str:
    """Return what every rule found in every document as one JSON object."""
    return _json({str(file): [asdict(rule) for rule in rules] for file, rules in results.items()})


def audit_lines(found: "Audit") -> Iterator[str]:
    """Say in a line each what an audit found."""
    carried = found.carried
    made, count = carried.versions, carried.evidence.count
    packages = ("python", *carried.study.packages.get("run", ()))
    yield _plain(
        f"{found.path} says that reportgen {made.get('reportgen')} made it, from {count} {carried.study.case[count != 1]} of the study "
        f"{carried.study.name!r}, with {', '.join(f'{name} {made[name]}' for name in packages if name in made)} on {made.get('platform')}."
    )
    whole = "it is" if found.page else f"each of its {_counted(found.compared, 'part', 'parts')} is"
    passages = _counted(found.compared, "passage", "passages")
    yield {
        "intact": f"  ✓ intact: {whole}, to the byte, what templates and measurements inside give",
        "re-saved": f"  ✓ re-saved by another program: none of its {passages} and pictures was changed, as far as that can be compared",
        "changed": "  ✗ changed since it was generated",
        "cannot be audited": "  ✗ cannot be audited: re-saved, and it holds what nobody can vouch for",
    }[found.verdict]
    if found.other_version and found.verdict != "intact":
        yield "  – another version made it, so it was compared by its content, as if re-saved"
    if found.changes:
        differ = "is" if len(found.changes) == 1 else "are"
        yield f"  ✗ {_counted(len(found.changes), 'thing', 'things')} {differ} not what was generated:"
        yield from _differences(found.changes)
    yield from (f"  ✗ {_plain(fault)}" for fault in found.faults)
    yield from (f"  ✗ cannot be audited: {_plain(each)}" for each in found.unknown[:_DIFFERENCES_SHOWN])
    if (more := len(found.unknown) - _DIFFERENCES_SHOWN) > 0:
        yield f"      and {more} more"
    if not found.faults:
        claims = _counted(len(carried.claims), "claim follows", "claims follow")
        yield f"  ✓ its {claims} from the measurements that it carries"
    if found.inputs:
        yield f"  – taken as given: {_plain('; '.join(found.inputs))}"
    if found.elsewhere and found.verdict != "intact":
        yield from _elsewhere(found)


def rerun_lines(found: "Audit", rerun: "Rerun") -> Iterator[str]:
    """Say in a line each what came of running the experiment of a report again."""
    yield f"  {'✓' if rerun.holds else '✗'} run again: {rerun.verdict}"
    measurements = len(found.carried.evidence.measurements)
    if rerun.moved:
        differ = "is" if len(rerun.moved) == 1 else "are"
        printed = [change for change in rerun.moved if change.then != change.now]
        yield (
            f"      {len(rerun.moved)} of {_counted(measurements, 'measurement', 'measurements')} {differ} not the same to the last bit, "
            f"{_counted(len(printed), 'not as it is printed', 'not as they are printed')}"
        )
        shown = rerun.too_far or printed
        yield from (
            f"        {_plain(f'{each.where}: {each.then}, now {each.now}')}{' – too far' if each in rerun.too_far else ''}"
            for each in shown[:_DIFFERENCES_SHOWN]
        )
    yield from (f"  ✗ {fault}" for fault in rerun.faults)
    yield from (f"      the figure {_plain(name)!r} is not the one that this run gives" for name in rerun.figures)
    yield from _differences(rerun.conclusions)
    if found.elsewhere and found.verdict == "intact" and rerun.verdict != "identical":
        yield from _elsewhere(found)


def _elsewhere(found: "Audit") -> Iterator[str]:
    differing = ", ".join(f"{each.where} {each.then} (here {each.now})" for each in found.elsewhere)
    yield f"  – it was made with {_plain(differing)}"


_DIFFERENCES_SHOWN = 20


def _differences(changes: Sequence["Change"]) -> Iterator[str]:
    for change in changes[:_DIFFERENCES_SHOWN]:
        yield f"      {_plain(change.where)}"
        yield f"        was: {_plain(change.then) or '(nothing)'}"
        yield f"        is:  {_plain(change.now) or '(nothing)'}"
    if (more := len(changes) - _DIFFERENCES_SHOWN) > 0:
        yield f"      and {more} more"


def _plain(text: str) -> str:
    """Let nothing that a document brings move a terminal's cursor, or turn its colours."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def audit_as_json(found: "Audit", rerun: "Rerun | None") -> str:
    """Return what an audit found as one JSON object."""
    return _json(
        {
            "document": str(found.path),
            "verdict": found.verdict,
            "versions": dict(found.carried.versions),
            "study": found.carried.study.name,
            "settings": asdict(found.carried.settings),
            "changes": [asdict(change) for change in found.changes],
            "cannot_be_audited": list(found.unknown),
            "faults": list(found.faults),
            "inputs": list(found.inputs),
            "elsewhere": [asdict(change) for change in found.elsewhere],
            "rerun": {"holds": rerun.holds, **asdict(rerun)} if rerun else None,
        }
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)  # a date
