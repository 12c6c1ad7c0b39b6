"""The guest of measurements of one's own: a table, one row per case. What a function needs, it imports when called."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from reportgen.errors import ReportgenError
from reportgen.study import Cost, Stage, Study, Tell
from reportgen.table.settings import Table

if TYPE_CHECKING:
    from reportgen.drawing import Drawing
    from reportgen.evidence import Evidence

_HERE = Path(__file__).parent

Run: TypeAlias = Table
"""The run is the table itself."""


def _read(settings: Table, folder: Path) -> Table:
    from reportgen.table.reading import read  # noqa: PLC0415 - an audit does without

    return read(settings, folder)


def _carry_out(settings: Table, tell: Tell) -> Run:
    if not settings.rows:
        raise ReportgenError(f"{settings.table}: was not read; a build reads it, and its report carries it")
    tell(Stage("reading the table", note=f"{len(settings.rows)} rows"))
    return settings


def _measure(run: Run) -> "Evidence":
    from reportgen.table.evidence import measure  # noqa: PLC0415 - a rebuild after an edit of the text does without

    return measure(run)


def _digests(run: Run) -> dict[str, str]:
    # No cell holds a tab or a line break, so that this text is of one table only.
    files = {"table": run.rows, "curves": run.curve_rows}
    return {
        name: hashlib.sha256("\n".join("\t".join(row) for row in rows).encode()).hexdigest()
        for name, rows in files.items()
        if rows
    }


def _contradictions(settings: Table, evidence: "Evidence") -> Iterator[str]:
    try:
        same = _measure(settings) == evidence
    except ReportgenError as error:  # whoever wrote this table, no build read it
        yield str(error)
    else:
        if not same:
            yield "its measurements are not those of its table"


def _draw(name: str, run: Run, evidence: "Evidence") -> "Drawing":
    from reportgen.table.plots import draw  # noqa: PLC0415 - Matplotlib takes longer to import than a build

    return draw(name, run, evidence)


def _decided(settings: Table) -> Mapping[str, Any]:
    return {"case": settings.case, "figures": tuple(settings.figure), "findings": settings.findings}


STUDY: "Study[Table, Run]" = Study(
    name="table",
    case=("case", "cases"),
    settings=Table,
    carry_out=_carry_out,
    measure=_measure,
    pack=lambda _: {},
    unpack=lambda settings, _: settings,
    digests=_digests,
    cost=lambda _: Cost(2, 2**27),
    figures=(),
    draw=_draw,
    contradictions=_contradictions,
    sources={
        "run": tuple(_HERE / name for name in ("__init__.py", "settings.py", "reading.py")),
        "evidence": (_HERE / "evidence.py", _HERE.parent / "evidence.py"),
        "figures": (_HERE / "plots.py", _HERE.parent / "drawing.py"),
    },
    packages={"figures": ("matplotlib",)},
    read=_read,
    decided=_decided,
    exact=True,
)
"""Measurements that somebody took, as the engine knows them."""
