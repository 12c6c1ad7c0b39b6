"""What a study found: of every finding in how many cases it holds, under every setting and in every world; and what was compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from reportgen.claims.confidence import interval
from reportgen.claims.language import in_symbols, in_words
from reportgen.evidence import Evidence, Measurement, evidence_from_table
from reportgen.prose.render import judged_claims
from reportgen.sweep.plan import VARIANT, Plan, Setting
from reportgen.sweep.statistics import Difference, Summary, difference, holm, summary

NEARLY_ALL = 0.95
"""From this share of the networks on, a finding is one that holds; up to the rest of it, one that does not."""

Kind = Literal["everywhere", "depends", "chance", "not"]


@dataclass(frozen=True)
class Share:
    """In how many of so many cases something holds, and between which shares it does, with 95 % confidence."""

    held: int
    count: int
    low: float
    high: float

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.held / self.count


def share(verdicts: Sequence[bool]) -> Share:
    """Return the share of verdicts that are true; there is at least one."""
    return Share(sum(verdicts), len(verdicts), *interval(sum(verdicts), len(verdicts)))


@dataclass(frozen=True)
class Finding:
    """A finding of the essay: its test in symbols and in words, its shares by setting's label, and at the base setting in other worlds."""

    name: str
    test: str
    words: str
    against: str
    shares: Mapping[str, Share]
    worlds: Mapping[str, Share]

    @property
    def first(self) -> Share:
        """At the base setting."""
        return next(iter(self.shares.values()))

    @property
    def kind(self) -> Kind:
        """Whether it is one that holds under every setting, one that depends on it, one of chance, or one that does not hold."""
        if self.first.share < NEARLY_ALL:
            return "chance" if self.first.share > 1 - NEARLY_ALL else "not"
        return "everywhere" if all(each.share >= NEARLY_ALL for each in self.shares.values()) else "depends"


@dataclass(frozen=True)
class Crossing:
    """Along an axis, all else as in the base, the share of a finding passes a half between two values."""

    finding: str
    axis: str
    one: Any
    other: Any
    shares: tuple[float, float]


@dataclass(frozen=True)
class Found:
    """All that a study found: by setting's label where it was asked of each."""

    cases: Mapping[str, int]
    failed: Mapping[str, Mapping[str, int]]  # by label and reason
    findings: tuple[Finding, ...]
    crossings: tuple[Crossing, ...]
    measurements: Mapping[str, Mapping[str, Summary]]
    worlds: tuple[Difference, ...]  # at the base setting
    pairs: tuple[Difference, ...]
    variants: tuple[Difference, ...]


def analyse(plan: Plan, tables: Iterator[pa.Table], about: Mapping[str, Any], templates: Path) -> Found:
    """Return what the rows of a plan show. Rows that failed are counted; rows of other plans are left out."""
    rows = _by_setting(plan, tables)
    full = [setting for setting in plan.settings if not setting.variant]
    evidence = {
        setting.label: _evidence(rows[setting.label], about)
        for setting in full
        if about and _good(rows[setting.label]).num_rows
    }
    judged = {label: judged_claims(templates, each) for label, each in evidence.items()}
    base = next(iter(evidence), "")
    findings = tuple(_findings(judged, evidence[base]) if base else ())
    return Found(
        cases={label: _good(table).num_rows for label, table in rows.items()},
        failed={label: _reasons(table) for label, table in rows.items() if _reasons(table)},
        findings=findings,
        crossings=tuple(_crossings(full, findings)),
        measurements={label: _summaries(each) for label, each in evidence.items()},
        worlds=_corrected(_between_worlds(evidence[base])) if base else (),
        pairs=_corrected(
            difference(one, other, evidence[base][one].values, evidence[base][other].values)
            for one, other in plan.study.compared
            if base and one in evidence[base].measurements
        ),
        variants=_corrected(_between_variants(plan, rows)),
    )


def _by_setting(plan: Plan, tables: Iterator[pa.Table]) -> dict[str, pa.Table]:
    case = plan.study.case[0]
    kept: dict[str, list[pa.Table]] = {setting.label: [] for setting in plan.settings}
    for table in tables:
        columns = {name: table[name].to_pylist() for name in (*plan.settings[0].values, case)}
        for setting in plan.settings:
            mask = np.array(columns[case]) <= plan.cases
            for name, value in setting.values.items():
                mask &= np.array([each == value for each in columns[name]], bool)
            if mask.any():
                kept[setting.label].append(table.filter(pa.array(mask)))
    return {
        label: pa.concat_tables(parts, promote_options="permissive").sort_by(case)
        if parts
        else pa.table({"failed": [""] * 0})
        for label, parts in kept.items()
    }


def _good(table: pa.Table) -> pa.Table:
    return table.filter(pa.array([not each for each in table["failed"].to_pylist()], pa.bool_()))


def _reasons(table: pa.Table) -> dict[str, int]:
    found: dict[str, int] = {}
    for reason in filter(None, table["failed"].to_pylist()):
        found[reason] = found.get(reason, 0) + 1
    return found


def _evidence(table: pa.Table, about: Mapping[str, Any]) -> Evidence:
    """Return the rows of a setting as evidence: every scalar that all of them have."""
    table, described = _good(table), evidence_from_table(about)
    measurements: dict[str, Measurement] = {}
    for name, measurement in described.measurements.items():
        values = table[name].to_pylist() if name in table.column_names else [None]
        if None not in values:
            measurements[name] = replace(measurement, cases=tuple(map(float, values)))
    return Evidence(described.case, described.worlds, table.num_rows, measurements)


def _findings(judged: Mapping[str, Any], base: Evidence) -> Iterator[Finding]:
    first = next(iter(judged.values()))
    for name, (claim, is_identity) in first.items():
        if is_identity:
            continue
        worlds = {
            world: share(verdicts)
            for world in base.other_worlds
            if world not in {base.world_of(each) for each in claim.test.names}
            and (verdicts := claim.test.judge(base, world)) is not None
        }
        yield Finding(
            name,
            in_symbols(claim.test.expression),
            in_words(claim.test.expression, base),
            claim.against,
            {label: share(each[name][0].verdicts) for label, each in judged.items() if name in each},
            worlds,
        )


def _crossings(settings: Sequence[Setting], findings: Sequence[Finding]) -> Iterator[Crossing]:
    if not settings:
        return
    base = settings[0]
    for place, (axis, _) in enumerate(base.changed):
        line = [
            setting
            for setting in settings
            if all(
                one == other
                for n, (one, other) in enumerate(zip(setting.changed, base.changed, strict=True))
                if n != place
            )
        ]
        line.sort(key=lambda setting: setting.changed[place][1])
        for finding in findings:
            for one, other in pairwise(line):
                shares = [finding.shares.get(setting.label) for setting in (one, other)]
                if shares[0] and shares[1] and (shares[0].share < 0.5) != (shares[1].share < 0.5):
                    values = one.changed[place][1], other.changed[place][1]
                    yield Crossing(finding.name, axis, *values, (shares[0].share, shares[1].share))


def _summaries(evidence: Evidence) -> dict[str, Summary]:
    return {name: summary(each.values) for name, each in evidence.measurements.items() if not each.given}


def _between_worlds(evidence: Evidence) -> Iterator[Difference]:
    for name, measurement in evidence.measurements.items():
        for world in evidence.other_worlds:
            other = evidence.measurements.get(f"{world}.{name}")
            if other is not None and not measurement.given:
                yield difference(name, other.name, measurement.values, other.values)


def _between_variants(plan: Plan, rows: Mapping[str, pa.Table]) -> Iterator[Difference]:
    """Yield each variant against the first one of the study's, which only chance sets apart: the same cases, the outcome of each."""
    study, base = plan.study, plan.settings[0].experiment
    outcomes: dict[str, dict[int, float]] = {}
    for setting in plan.settings:
        table = _good(rows[setting.label])
        if setting.experiment == base and study.outcome in table.column_names:
            numbers, values = table[study.case[0]].to_pylist(), table[study.outcome].to_pylist()
            outcomes[setting.variant] = dict(zip(numbers, values, strict=True))
    against = next(iter(study.variants), "")
    if against not in outcomes:
        return
    for variant, of_variant in outcomes.items():
        common = sorted(of_variant.keys() & outcomes[against].keys())
        if variant != against and common:
            pairs = (np.array([each[number] for number in common]) for each in (of_variant, outcomes[against]))
            yield difference(variant, against, *pairs)


def _corrected(differences: Iterator[Difference]) -> tuple[Difference, ...]:
    found = list(differences)
    corrected = holm([each.p for each in found])
    return tuple(replace(each, p_holm=p) for each, p in zip(found, corrected, strict=True))


def found_to_table(plan: Plan, found: Found, source: str) -> dict[str, Any]:
    """Return what was found as a table that JSON can hold."""
    return {
        "study": plan.study.name,
        "source": source,
        "experiment": {name: value for name, value in plan.settings[0].values.items() if name != VARIANT},
        "axes": {name: list(values) for name, values in plan.over.items()},
        "cases": dict(found.cases),
        "failed": {label: dict(reasons) for label, reasons in found.failed.items()},
        "findings": {
            finding.name: {
                "test": finding.test,
                "words": finding.words,
                "against": finding.against,
                "kind": finding.kind,
                "settings": {label: asdict(each) | {"share": each.share} for label, each in finding.shares.items()},
                "worlds": {world: asdict(each) | {"share": each.share} for world, each in finding.worlds.items()},
            }
            for finding in found.findings
        },
        "crossings": [asdict(each) for each in found.crossings],
        "measurements": {
            label: {name: asdict(each) for name, each in of_setting.items()}
            for label, of_setting in found.measurements.items()
        },
        "worlds": [asdict(each) for each in found.worlds],
        "pairs": [asdict(each) for each in found.pairs],
        "variants": [asdict(each) for each in found.variants],
    }
