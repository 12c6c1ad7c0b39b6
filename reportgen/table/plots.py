"""What is drawn of a table, by what three lines of its settings say: dots, bars, lines; the alternative text is made from the values."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from reportgen.drawing import Drawing, Plot, drawing, number, plot_range, spread_over, title
from reportgen.evidence import Evidence, Floats, Measurement
from reportgen.table.settings import FAMILY, Figure, Table

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Told apart by people who see colours otherwise (Okabe and Ito)."""

LINE, BESIDE = 60, 28
"""Characters that a line above the axes holds, and one beside them."""

MOST_NAMED = 12
"""Cases that an alternative text tells one by one, and an axis names."""


def draw(name: str, run: Table, evidence: Evidence) -> Drawing:
    """Draw one of the figures that the settings of a table name."""
    figure = run.figure[name]
    kind = {"dots": _dots, "bars": _bars, "line": _line}[figure.draws]
    return kind(figure)(run, evidence)


@dataclass(frozen=True)
class _Series:
    """A measurement in one world: what a key calls it, its values, its colour."""

    name: str
    measurement: Measurement
    colour: str

    @property
    def values(self) -> Floats:
        return self.measurement.values

    def told(self, values: Floats) -> str:
        unit = self.measurement.unit
        return f"{spread_over(values, 3)}{f' {unit}' if unit else ''}"


def _series(figure: Figure, evidence: Evidence) -> list[_Series]:
    """Return what a figure shows: each of its measurements in every world."""
    colours = cycle(COLOURS)
    found = []
    for each in figure.of:
        for world in evidence.worlds:
            seen = evidence.seen_in(world, f"{FAMILY}.{each}")
            assert seen is not None  # `Table` knows its measurements, and each was taken in every world
            found.append(_Series(evidence.label(seen.name), seen, next(colours)))
    return found


def _plain(text: str) -> str:
    """Return a user's text as Matplotlib prints it and sets no formula of it."""
    return text.replace("$", r"\$")


def _axis(measurement: Measurement, name: str = "") -> str:
    """Return what stands beside an axis: a label with its unit."""
    label = name or measurement.label
    return f"{label} ({measurement.unit})" if measurement.unit else label


def _wrap(text: str, width: int) -> str:
    return "\n".join(textwrap.wrap(_plain(text), width))


def _dots(figure: Figure) -> Plot:
    @drawing(height_cm=6.5)
    def dots(page: matplotlib.figure.Figure, _: Table, evidence: Evidence) -> str:
        """Draw a dot for every case, and a line at the median."""
        axes, series = page.subplots(), _series(figure, evidence)
        for at, each in enumerate(series):
            axes.plot(
                at + _apart(each.values),
                each.values,
                "o",
                color=each.colour,
                markersize=4,
                alpha=0.75,
                markeredgewidth=0,
            )
            median = float(np.median(each.values))
            axes.plot([at - 0.3, at + 0.3], [median, median], color=each.colour)
        axes.set_xlim(-0.6, len(series) - 0.4)
        axes.set_xticks(range(len(series)), [_wrap(each.name, max(10, 64 // len(series))) for each in series])
        _label_values(axes, series)
        told = "; ".join(f"{each.name}, {each.told(each.values)}" for each in series)
        return _sentence(f"Dots, one for each of {_count(evidence)}, and a line at the median: {told}")

    return dots


def _apart(values: Floats) -> Floats:
    """Return how far to the side each dot is set so that equal values can be told apart: (N,), at most 0.25."""
    aside = np.zeros(len(values))
    span = float(np.ptp(values)) or 1.0
    placed: list[tuple[float, float]] = []
    for place in np.argsort(values, kind="stable"):
        near = {at for value, at in placed if values[place] - value < span / 40}
        choices = [step * sign * 0.05 for step in range(6) for sign in (1, -1)]
        aside[place] = next((at for at in choices if at not in near), 0.0)
        placed.append((float(values[place]), float(aside[place])))
    return aside


def _bars(figure: Figure) -> Plot:
    @drawing(height_cm=6.5)
    def bars(page: matplotlib.figure.Figure, run: Table, evidence: Evidence) -> str:
        """Draw bars for every case, side by side."""
        axes, series = page.subplots(), _series(figure, evidence)
        names = run.names
        places, width = np.arange(evidence.count), 0.8 / len(series)
        for at, each in enumerate(series):
            axes.bar(
                places + (at - (len(series) - 1) / 2) * width,
                each.values,
                width,
                color=each.colour,
                label=_wrap(each.name, LINE),
            )
        axes.axhline(0, color="black", linewidth=0.6)
        if evidence.count <= MOST_NAMED:
            axes.set_xticks(places, [_wrap(name, 12) for name in names])
        axes.set_xlabel(_plain(evidence.case[0]))
        _label_values(axes, series)
        _key(axes, series)
        if evidence.count > MOST_NAMED:
            told = "; ".join(f"{each.name}, {each.told(each.values)}" for each in series)
        else:
            told = "; ".join(
                f"{each.name}, in {each.measurement.unit or 'no unit'}: "
                + ", ".join(f"{name} {number(value, 3)}" for name, value in zip(names, each.values, strict=True))
                for each in series
            )
        return _sentence(f"Bars for each of {_count(evidence)}: {told}")

    return bars


def _line(figure: Figure) -> Plot:
    @drawing(height_cm=6.5)
    def line(page: matplotlib.figure.Figure, run: Table, evidence: Evidence) -> str:
        """Draw the median of curves over the cases, and a band from the lowest to the highest."""
        axes, series = page.subplots(), _series(figure, evidence)
        told = []
        for each in series:
            ((_, along),) = each.measurement.axes.items()
            plot_range(axes, along, each.values, each.colour).set_label(_wrap(each.name, LINE))
            ends = (f"{each.told(each.values[:, end])} at {number(along[end], 3)}" for end in (0, -1))
            told.append(f"{each.name}, {' and '.join(ends)}")
        quantity = run.measurement[figure.of[0]]
        axis = quantity.axis or quantity.along.replace("_", " ")
        axes.set_xlabel(_plain(axis))
        _label_values(axes, series)
        _key(axes, series)
        return _sentence(
            f"Lines over {axis}, the median of {_count(evidence)} and a band from the lowest to the highest: {'; '.join(told)}"
        )

    return line


def _key(axes: Axes, series: Sequence[_Series]) -> None:
    """Write which colour is what: two to a line, or below each other where a name takes more than half of one."""
    if len(series) > 1:
        lines = sum(_wrap(each.name, LINE).count("\n") + 1 for each in series)
        short = all(len(each.name) <= LINE // 2 for each in series)
        title(axes, "", rows=-(-len(series) // 2) if short else lines)


def _label_values(axes: Axes, series: Sequence[_Series]) -> None:
    labels = {each.measurement.label for each in series}
    first = series[0].measurement
    axes.set_ylabel(_wrap(_axis(first) if len(labels) == 1 else first.unit or "value", BESIDE))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))


def _count(evidence: Evidence) -> str:
    return f"{evidence.count} {evidence.case[evidence.count != 1]}"


def _sentence(text: str) -> str:
    return f"{text}."
