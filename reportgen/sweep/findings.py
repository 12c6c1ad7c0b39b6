"""What a study found: of every finding in how many cases it holds, under every setting and in every world; and what was compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from reportgen.shares import AS_SET
from reportgen.study import Study
from reportgen.sweep.plan import VARIANT, setting_of
from reportgen.sweep.statistics import Difference, Summary, difference, holm, summary

NEARLY_ALL = 0.95
"""From this share of the networks on, a finding is one that holds; up to the rest of it, one that does not."""

HALF = 0.5

Kind = Literal["everywhere", "depends", "chance", "not"]

KINDS: Mapping[Kind, str] = {
    "everywhere": "hold in nearly all networks, under every setting",
    "depends": "hold in nearly all networks as set, but not under every setting",
    "chance": "hold in some networks",
    "not": "hold in next to none",
}
"""What is said of findings of each kind."""


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


@dataclass(frozen=True)
class Rows:
    """The rows of one setting: what sets it apart from the base, and its variant, "" for the study's own."""

    changed: Mapping[str, Any]
    variant: str
    table: pa.Table

    @property
    def label(self) -> str:
        """What sets it apart, as people read it."""
        apart = [f"{name} = {value:g}" for name, value in self.changed.items()] + [self.variant] * bool(self.variant)
        return ", ".join(apart) or AS_SET


def analyse(
    study: Study[Any, Any], base: Any, tables: Iterable[pa.Table], about: Mapping[str, Any], templates: Path
) -> Found:
    """Return what all rows of a study show, those that an earlier call made too. Rows that failed are counted.

    base: the experiment that the others are compared with, if there are rows of it, else the first that there is.
    """
    rows = _by_setting(study, base, tables)
    full = [each for each in rows if not each.variant and about and _good(each.table).num_rows]
    evidence = {each.label: _evidence(each.table, about) for each in full}
    judged = {label: judged_claims(templates, each) for label, each in evidence.items()}
    first = next(iter(evidence), "")
    findings = tuple(_findings(judged, evidence[first])) if first else ()
    return Found(
        cases={each.label: _good(each.table).num_rows for each in rows},
        failed={each.label: reasons for each in rows if (reasons := _reasons(each.table))},
        findings=findings,
        crossings=tuple(_crossings(full, base, findings)),
        measurements={label: _summaries(each) for label, each in evidence.items()},
        worlds=_corrected(_between_worlds(evidence[first])) if first else (),
        pairs=_corrected(
            difference(one, other, evidence[first][one].values, evidence[first][other].values)
            for one, other in study.compared
            if first and one in evidence[first].measurements
        ),
        variants=_corrected(_between_variants(study, rows)),
    )


def _by_setting(study: Study[Any, Any], base: Any, tables: Iterable[pa.Table]) -> list[Rows]:
    """Return all rows by setting, the base first, then in the order of what sets them apart."""
    own = setting_of(study, base).values
    parts: dict[tuple[Any, ...], list[pa.Table]] = {}
    for table in tables:
        keys = list(zip(*(table[name].to_pylist() for name in own), strict=True))
        for key in dict.fromkeys(keys):
            mask = pa.array([each == key for each in keys], pa.bool_())
            parts.setdefault(key, []).append(table.filter(mask))
    rows = []
    for key, of_setting in parts.items():
        values = dict(zip(own, key, strict=True))
        variant = values.pop(VARIANT)
        changed = {name: value for name, value in values.items() if value != own[name]}
        table = pa.concat_tables(of_setting, promote_options="permissive").sort_by(study.case[0])
        rows.append(Rows(changed, variant, table))
    order = list(study.variants)
    return sorted(
        rows,
        key=lambda each: (
            len(each.changed),
            sorted(each.changed.items()),
            order.index(each.variant) if each.variant else -1,
        ),
    )


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
            and (verdicts := claim.test.judge_in(base, world)) is not None
        }
        yield Finding(
            name,
            in_symbols(claim.test.expression),
            in_words(claim.test.expression, base),
            claim.against,
            {label: share(each[name][0].verdicts) for label, each in judged.items() if name in each},
            worlds,
        )


def _crossings(full: Sequence[Rows], base: Any, findings: Sequence[Finding]) -> Iterator[Crossing]:
    """Yield where, along each setting by itself, the share of a finding passes a half."""
    for axis in dict.fromkeys(name for each in full for name in each.changed):
        line = sorted(
            (each.changed.get(axis, getattr(base, axis)), each.label) for each in full if set(each.changed) <= {axis}
        )
        for finding in findings:
            shares = [(value, finding.shares[label].share) for value, label in line if label in finding.shares]
            for (one, before), (other, after) in pairwise(shares):
                if (before < HALF) != (after < HALF):
                    yield Crossing(finding.name, axis, one, other, (before, after))


def _summaries(evidence: Evidence) -> dict[str, Summary]:
    return {name: summary(each.values) for name, each in evidence.measurements.items() if not each.given}


def _between_worlds(evidence: Evidence) -> Iterator[Difference]:
    for name, measurement in evidence.measurements.items():
        for world in evidence.other_worlds:
            other = evidence.measurements.get(f"{world}.{name}")
            if other is not None and not measurement.given:
                yield difference(name, other.name, measurement.values, other.values)


def _between_variants(study: Study[Any, Any], rows: Sequence[Rows]) -> Iterator[Difference]:
    """Yield each variant against the first one of the study's, which only chance sets apart: the same cases, the outcome of each."""
    outcomes: dict[str, dict[int, float]] = {}
    for each in rows:
        table = _good(each.table)
        if not each.changed and study.outcome in table.column_names:
            numbers, values = table[study.case[0]].to_pylist(), table[study.outcome].to_pylist()
            outcomes[each.variant] = dict(zip(numbers, values, strict=True))
    against = next(iter(study.variants), "")
    if against not in outcomes:
        return
    for variant, of_variant in outcomes.items():
        common = sorted(of_variant.keys() & outcomes[against].keys())
        if variant != against and common:
            one, other = (np.array([each[number] for number in common]) for each in (of_variant, outcomes[against]))
            yield difference(variant, against, one, other)


def _corrected(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    found = list(differences)
    corrected = holm([each.p for each in found])
    return tuple(replace(each, p_holm=p) for each, p in zip(found, corrected, strict=True))


def found_to_table(study: Study[Any, Any], base: Any, found: Found, source: str) -> dict[str, Any]:
    """Return what was found as a table that JSON can hold."""
    return {
        "study": study.name,
        "source": source,
        "experiment": {name: value for name, value in setting_of(study, base).values.items() if name != VARIANT},
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
