"""A row of the table: what was measured, beside whom, whether it reaches what it should, and whether it was better before."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SLACK = 1.2
"""A ratio this many times worse than the baseline's is noticed."""


@dataclass(frozen=True)
class Row:
    """One comparison. `ours` and `peers` are what each round gave, in `unit`, of which less is better; no `peers`: the peer is missing.

    `ratio` is the peer's median over ours, so that more is better in every row; `reach` is the least that will do, if anything is
    asked. An `absolute` row is compared with a fixed number and says nothing about a machine other than this one.
    """

    work: str
    peer: str
    ours: Sequence[float]
    peers: Sequence[float]
    unit: str = "s"
    reach: float | None = None
    note: str = ""
    absolute: bool = False

    @property
    def name(self) -> str:
        """What the baseline knows this row by."""
        return f"{self.work} | {self.peer}"

    @property
    def ratio(self) -> float | None:
        """How many times ours the peer takes."""
        return statistics.median(self.peers) / statistics.median(self.ours) if self.peers else None

    @property
    def met(self) -> bool | None:
        """Whether the ratio, as it is printed, reaches what it should; None where nothing is asked or nothing could be measured."""
        return None if self.reach is None or self.ratio is None else float(_ratio(self.ratio)) >= self.reach


def table(rows: Sequence[Row], reasons: Mapping[str, str]) -> str:
    """Return the rows in Markdown; below it, why each row that falls short does so, as far as `reasons` knows it, and the other notes."""
    lines = [
        "| work | ours | peer | peer's | ratio | reach | met |",
        "|---|---|---|---|---|---|---|",
    ]
    notes: list[str] = []
    for row in rows:
        said = [row.note] if row.note else []
        if row.met is False:
            said.append("Falls short. " + reasons.get(row.name, reasons.get(row.work, "The reason is not known yet.")))
        mark = ""
        if said:
            text = " ".join(said)
            if text not in notes:
                notes.append(text)
            mark = f" [{notes.index(text) + 1}]"
        ratio = "missing" if row.ratio is None else _ratio(row.ratio)
        reach = "" if row.reach is None else f"{row.reach:.3g}"
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        ours, peers = _spread(row.ours, row.unit), _spread(row.peers, row.unit)
        lines.append(f"| {row.work} | {ours} | {row.peer}{mark} | {peers} | {ratio} | {reach} | {met} |")
    return "\n".join([*lines, "", *(f"{number}. {note}" for number, note in enumerate(notes, 1))])


def baseline(rows: Sequence[Row]) -> dict[str, float]:
    """Return the ratios to hold later measurements to; what depends on the machine alone is not among them."""
    return {row.name: float(_ratio(row.ratio)) for row in rows if row.ratio is not None and not row.absolute}


def slower(rows: Sequence[Row], before: Mapping[str, float]) -> list[str]:
    """Return one line for each row whose ratio is worse than the baseline's by more than a fifth, or that cannot be compared."""
    lines = []
    for row in rows:
        if row.absolute or row.name not in before:
            continue
        if row.ratio is None:
            lines.append(f"{row.name}: the peer is missing ({row.note}); the ratio was {before[row.name]:g}")
        elif row.ratio < before[row.name] / SLACK:
            lines.append(f"{row.name}: the ratio is {_ratio(row.ratio)}, was {before[row.name]:g}")
    return lines


def _ratio(ratio: float) -> str:
    return f"{ratio:.3g}" if ratio < 1000 else f"{ratio:.0f}"


def _spread(values: Sequence[float], unit: str) -> str:
    if not values:
        return ""
    middle, low, high = (_quantity(value, unit) for value in (statistics.median(values), min(values), max(values)))
    if low == high:
        return middle
    return f"{middle} ({low.removesuffix(' ' + high.split()[1])} to {high})"


def _quantity(value: float, unit: str) -> str:
    if unit == "s" and value < 1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
