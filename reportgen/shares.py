"""What a study of the same experiment found, as a report takes it: read from what `study` wrote, by nothing that made it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from reportgen.claims.confidence import between_percents
from reportgen.evidence import Evidence, Measurement
from reportgen.results import source_fingerprint
from reportgen.study import Study

FOUND = Path("build/study/study.json")

AS_SET = "as set"
"""What the experiment is called among the settings of a study that is that of the report."""

FAMILY = "study"
"""The family of measurements that come from a study, and not from the cases of the report."""


@dataclass(frozen=True)
class Shares:
    """What a report takes from a study: of how many cases, of each finding its share in words, and its measurements."""

    count: int
    rows: Sequence[Mapping[str, str]]
    measurements: Mapping[str, tuple[float, str]]  # value and label


def read_shares(study: Study[Any, Any], experiment: Any, path: Path = FOUND) -> Shares | None:
    """Return what a study found, if there is one of the same source and the same settings; a file that is none counts as none."""
    try:
        found = json.loads(path.read_bytes())
        settings = {name: value for name, value in asdict(experiment).items() if name != study.case[1]}
        if found["source"] != source_fingerprint(study) or found["experiment"] != settings:
            return None
        count = int(found["cases"][AS_SET])
        rows = [dict(_row(name, finding)) for name, finding in found["findings"].items()]
        # Templates speak of all architectures or of none: a sentence cannot do without one that it names.
        compared = {each["name"] for each in found["variants"]} >= set(list(study.variants)[1:])
        return Shares(count, rows, dict(_measurements(study, found["variants"])) if compared else {})
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _row(name: str, finding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    share = finding["settings"][AS_SET]
    yield "name", str(name)
    yield "test", str(finding["test"])
    yield "against", str(finding["against"])
    yield "told", f"{share['held']:d} of {share['count']:d} ({between_percents(share['low'], share['high'])})"


def _measurements(
    study: Study[Any, Any], variants: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[str, tuple[float, str]]]:
    for each in variants:
        words = study.variants.get(each["name"], "the full network")
        for part, label in (
            ("median", ""),
            ("low", "lower end of the interval of "),
            ("high", "upper end of the interval of "),
        ):
            suffix = "" if part == "median" else f"_{part}"
            yield (
                f"{FAMILY}.{each['name'] or 'full'}{suffix}",
                (float(each["ratio"][part]), f"{label}the ratio of errors: {words}"),
            )
        yield f"{FAMILY}.pairs", (float(each["ratio"]["count"]), "pairs of networks in the study")


def with_shares(evidence: Evidence, shares: Shares) -> Evidence:
    """Return evidence that holds what was taken as well: the same for every case."""
    taken = {
        name: Measurement(
            name,
            (value,) * evidence.count,
            label,
            "",
            f"taken from a study of {shares.count} {evidence.case[1]}, not measured on those of this report",
            {},
            "",
            (),
            name == f"{FAMILY}.pairs",
            True,
        )
        for name, (value, label) in shares.measurements.items()
    }
    return replace(evidence, measurements={**evidence.measurements, **taken})
