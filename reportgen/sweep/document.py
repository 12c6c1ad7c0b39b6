"""What a study found as a Word document: a few pages by the engine of the report; the cases that its claims count are findings."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from reportgen.claims.confidence import between_percents
from reportgen.evidence import Evidence, Measured, gather, significant, written
from reportgen.manuscript import read_manuscript
from reportgen.picture import Picture
from reportgen.prose.render import render
from reportgen.study import Study
from reportgen.sweep.figure import in_order
from reportgen.sweep.findings import KINDS, NEARLY_ALL, Finding, Found
from reportgen.sweep.statistics import Difference
from reportgen.word.document import compose
from reportgen.word.package import pack
from reportgen.word.reference_document import Properties

TEMPLATE = "study.md.j2"

NINETY = 90
"""Per cent; what a bound is compared with."""


def study_document(
    study: Study[Any, Any],
    found: Found,
    described: Evidence,
    picture: Picture,
    templates: Path,
    texts: Mapping[str, str],
    properties: Properties,
) -> bytes:
    """Return the bytes of the document. `described` tells what the measurements are."""
    tables: dict[str, Sequence[Mapping[str, Any]]] = {
        "kinds": list(_kinds(found.findings)),
        "crossings": [
            {
                "finding": each.finding,
                "one": f"{each.axis} = {each.one:g}",
                "other": f"{each.axis} = {each.other:g}",
                "before": f"{100 * each.shares[0]:.0f} %",
                "after": f"{100 * each.shares[1]:.0f} %",
            }
            for each in found.crossings
        ],
        "pairs": [
            {"one": described.label(each.name), "other": described.label(each.against), **_told(each)}
            for each in found.pairs
        ],
        "variants": [
            {
                "name": study.variants.get(each.name, "as it is, from its own start"),
                "count": str(each.difference.count),
                **_told(each),
            }
            for each in found.variants
        ],
        "ran": [
            {
                "label": study.variants.get(label, label),
                "count": f"{count:,}",
                "failed": "; ".join(f"{times:,}: {why}" for why, times in found.failed.get(label, {}).items())
                or "none",
            }
            for label, count in found.cases.items()
        ],
        "others": [{}] if len(found.cases) > 1 else [],
    }
    evidence = gather(("finding", "findings"), {"found": ""}, [_measured(each) for each in in_order(found.findings)])
    prose = render(templates, evidence, texts, template=TEMPLATE, tables=tables)
    return pack(compose(read_manuscript(prose.tokens, prose.places, {"map": picture}, []), properties))


def _measured(finding: Finding) -> Iterator[Measured]:
    """Yield what is known of one finding: the cases of this document are findings, and its claims are counted over them."""
    first = finding.first
    for name, value, label in (
        ("networks", first.count, "networks as set"),
        ("nearly", 100 * NEARLY_ALL, "the share that is nearly all"),
        ("ninety", NINETY, "the share that a bound is compared with"),
    ):
        yield Measured(f"study.{name}", value, label, "", "a choice", given=True)
    for name, share, label in (
        ("share", first.share, "the share of networks in which a finding holds"),
        ("low", first.low, "the least share in which it holds, with confidence"),
        ("least", min(each.share for each in finding.shares.values()), "its least share under any setting"),
        (
            "control",
            max((each.share for each in finding.worlds.values()), default=0.0),
            "its largest share in a control",
        ),
    ):
        yield Measured(f"study.{name}", 100 * share, label, "%", "counted over the networks of a study")


def _kinds(findings: Sequence[Finding]) -> Iterator[dict[str, Any]]:
    for kind, says in KINDS.items():
        of_kind = [each for each in in_order(findings) if each.kind == kind]
        if of_kind:
            yield {"says": says.capitalize(), "findings": [_row(each) for each in of_kind]}


def _row(finding: Finding) -> dict[str, str]:
    first = finding.first
    against = f", and not {finding.against}" if finding.against else ""
    return {
        "name": finding.name,
        "words": f"{finding.words}{against}",
        "held": f"{first.held:,} of {first.count:,}",
        "interval": between_percents(first.low, first.high),
    }


def _told(each: Difference) -> dict[str, str]:
    ratio = each.ratio
    told = f"{significant(ratio.median)} ({significant(ratio.low)} to {significant(ratio.high)})" if ratio else "–"
    return {"ratio": told, "p": written(each.p_holm, ".2g") if each.p_holm >= 1e-4 else "less than 0.0001"}
