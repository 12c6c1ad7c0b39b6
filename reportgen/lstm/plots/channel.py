"""The picture of the metaphor: the channel with the flows that were measured, and the same cell as the field draws it."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle

from reportgen.drawing import FAINT, GREY, drawing, number, spread_over, title
from reportgen.evidence import Evidence
from reportgen.lstm.plots.style import COLOURS, of_networks
from reportgen.lstm.run import Run

WATER = "#CFE3F2"
"""Light enough for letters on it."""

WIDEST = 1.6
"""Width of a flow as large as the whole content, in units of the panel, in which the channel is 1.6 high."""


@drawing(height_cm=5.6)
def channel(figure: Figure, run: Run, evidence: Evidence) -> str:  # noqa: ARG001 - every figure is asked alike
    """Draw the channel with bed, source, valves, leak and window, flows as wide as they are large, and the cell beside it."""
    metaphor, cell = figure.subplots(1, 2, width_ratios=(1.12, 1))
    flows = {name: evidence[f"flow.{name}"].values for name in ("leak", "inflow")}
    leak, inflow = (float(np.median(values)) / 100 for values in flows.values())
    _draw_channel(metaphor, leak, inflow)
    title(metaphor, "(a) The channel, flows in one timestep")
    _draw_cell(cell)
    title(cell, "(b) The cell")
    return (
        f"Left: a channel from the old content to the new one. Where a valve, the forget gate, lets the old content through, "
        f"{spread_over(flows['leak'])}% of it leaks out below; farther on, {spread_over(flows['inflow'])}% as much flows in from "
        "above, from the source, "
        f"past a second valve, the input gate ({of_networks(evidence.count)}); the arrows are as wide as the flows are large. A window "
        "in the wall behind it, the output gate, shows the hidden state. Right: the LSTM cell as a diagram: sample and last hidden state "
        "enter four layers, three with a sigmoid, one with a hyperbolic tangent; their outputs f, i and o multiply, g is added to "
        "the cell state "
        "that runs along the top."
    )


def _draw_channel(axes: Axes, leak: float, inflow: float) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, 10), ylim=(-2.7, 4.1))
    axes.set_anchor("N")
    axes.set_aspect("equal")
    ink, (low, high) = COLOURS["c"], (0.0, 1.6)
    axes.add_patch(Rectangle((0.2, low), 9.0, high - low, facecolor=WATER, edgecolor="none"))
    axes.add_patch(
        Polygon([(9.2, low - 0.25), (9.2, high + 0.25), (9.95, (low + high) / 2)], facecolor=WATER, edgecolor="none")
    )
    leaks, pours = max(0.08, min(WIDEST * leak, 1.6)), max(0.08, min(WIDEST * inflow, 1.6))
    x_leak, x_pour = 3.0, 5.7
    for y in (low, high):  # the walls, open where something flows
        gap = (x_leak, leaks) if y == low else (x_pour, pours)
        axes.plot([0.2, gap[0] - gap[1] / 2], [y, y], color=ink, linewidth=1.4)
        axes.plot([gap[0] + gap[1] / 2, 9.2], [y, y], color=ink, linewidth=1.4)
    _stream(axes, x_leak, low, low - 1.15, leaks, COLOURS["f"])
    _stream(axes, x_pour, high + 1.35, high, pours, COLOURS["i"])
    _valve(axes, x_leak, (low + high) / 2, 0.75, COLOURS["f"])
    _valve(axes, x_pour, high + 0.85, 0.45, COLOURS["i"])
    axes.text(0.4, 0.8, "cₜ₋₁", va="center", fontsize=9.5)
    axes.text(9.15, 0.8, "cₜ", va="center", ha="right", fontsize=9.5)
    axes.text(1.15, -0.2, "bed", va="top", ha="center", color=GREY)
    axes.text(x_leak, high + 0.15, "valve f", ha="center", va="bottom", color=COLOURS["f"])
    axes.text(
        x_leak, -2.55, f"leak (1 − f)·c: {number(100 * leak)}% of c", ha="center", va="bottom", color=COLOURS["f"]
    )
    axes.text(
        x_pour, high + 2.05, f"source i·g: {number(100 * inflow)}% of c", ha="center", va="bottom", color=COLOURS["i"]
    )
    axes.text(x_pour + 0.75, high + 0.85, "valve i", ha="left", va="center", color=COLOURS["i"])
    window = (7.2, -0.28, 1.5, 0.28)
    axes.add_patch(
        Rectangle(window[:2], window[2], window[3], facecolor="white", edgecolor=COLOURS["o"], linewidth=1.4)
    )
    axes.annotate(
        "",
        xy=(7.95, -1.35),
        xytext=(7.95, -0.3),
        arrowprops={"arrowstyle": "-|>", "color": COLOURS["o"], "linewidth": 1.2, "linestyle": ":"},
    )
    axes.text(7.95, -2.55, "window o\nshows h", ha="center", va="bottom", color=COLOURS["o"])


def _stream(axes: Axes, x: float, top: float, bottom: float, width: float, colour: str) -> None:
    """Draw an arrow downwards that is as wide as its flow."""
    head = max(width, 0.3)
    points = [
        (x - width / 2, top), (x + width / 2, top), (x + width / 2, bottom + 0.35), (x + head / 2 + 0.15, bottom + 0.35),
        (x, bottom), (x - head / 2 - 0.15, bottom + 0.35), (x - width / 2, bottom + 0.35),
    ]  # fmt: skip
    axes.add_patch(Polygon(points, facecolor=WATER, edgecolor=colour, linewidth=0.8))


def _valve(axes: Axes, x: float, y: float, size: float, colour: str) -> None:
    """Draw a valve as engineers do: two triangles, tip to tip."""
    for side in (-1, 1):
        corners = [(x, y), (x + side * size * 0.6, y + size * 0.55), (x + side * size * 0.6, y - size * 0.55)]
        axes.add_patch(Polygon(corners, facecolor="white", edgecolor=colour, linewidth=1.4))


def _draw_cell(axes: Axes) -> None:
    axes.set_axis_off()
    axes.set(xlim=(-0.7, 9.9), ylim=(-1.5, 6.9))
    axes.set_anchor("N")
    axes.set_aspect("equal")
    ink: dict[str, Any] = {"color": COLOURS["c"], "linewidth": 1.0, "solid_capstyle": "butt", "zorder": 1}
    axes.add_patch(
        FancyBboxPatch(
            (0.3, -0.1), 8.6, 6.5, "round,pad=0,rounding_size=0.35", facecolor="#F5F5F5", edgecolor=FAINT, zorder=0
        )
    )
    top, bottom, layers, across = 5.7, 0.5, 1.7, 3.7

    def arrow(start: tuple[float, float], end: tuple[float, float], colour: str = COLOURS["c"]) -> None:
        axes.add_patch(
            FancyArrowPatch(
                start,
                end,
                arrowstyle="-|>",
                mutation_scale=7,
                color=colour,
                linewidth=1.0,
                shrinkA=0,
                shrinkB=0,
                zorder=2,
            )
        )

    def point(x: float, y: float, sign: str) -> None:
        axes.add_patch(Circle((x, y), 0.36, facecolor="white", edgecolor=COLOURS["c"], linewidth=1.0, zorder=3))
        axes.text(x, y, sign, ha="center", va="center", zorder=4)

    # The cell state along the top, and the two inputs along the bottom.
    arrow((-0.6, top), (9.8, top))
    axes.plot((-0.6, 6.3), (bottom, bottom), **ink)
    arrow((0.8, -1.2), (0.8, bottom))
    for name, x, sign in (("f", 1.5, "σ"), ("i", 3.1, "σ"), ("g", 4.7, "tanh"), ("o", 6.3, "σ")):
        arrow((x, bottom), (x, layers - 0.4))
        axes.add_patch(
            Rectangle(
                (x - 0.62, layers - 0.4), 1.24, 0.8, facecolor="white", edgecolor=COLOURS[name], linewidth=1.4, zorder=3
            )
        )
        axes.text(x, layers, sign, ha="center", va="center", zorder=4)
        axes.text(x + 0.15, layers + 0.75, name, ha="left", va="center", color=COLOURS[name], zorder=4)
    arrow((1.5, layers + 0.4), (1.5, top - 0.36))
    point(1.5, top, "×")
    axes.plot((3.1, 3.1), (layers + 0.4, across), **ink)
    arrow((3.1, across), (3.54, across))
    axes.plot((4.7, 4.7), (layers + 0.4, across), **ink)
    arrow((4.7, across), (4.26, across))
    point(3.9, across, "×")
    arrow((3.9, across + 0.36), (3.9, top - 0.36))
    point(3.9, top, "+")
    axes.plot((7.7, 7.7), (top, 4.75), **ink)
    axes.add_patch(Rectangle((7.0, 4.0), 1.4, 0.75, facecolor="white", edgecolor=COLOURS["c"], linewidth=1.0, zorder=3))
    axes.text(7.7, 4.37, "tanh", ha="center", va="center", zorder=4)
    arrow((7.7, 4.0), (7.7, 3.06))
    axes.plot((6.3, 6.3), (layers + 0.4, 2.7), **ink)
    arrow((6.3, 2.7), (7.34, 2.7))
    point(7.7, 2.7, "×")
    axes.plot((7.7, 7.7), (2.34, bottom), **ink)
    arrow((7.7, bottom), (9.8, bottom))
    for x, y, text, side in (
        (-0.6, top + 0.3, "cₜ₋₁", "left"), (9.8, top + 0.3, "cₜ", "right"),
        (-0.6, bottom + 0.3, "hₜ₋₁", "left"), (9.8, bottom + 0.3, "hₜ", "right"), (1.0, -1.2, "xₜ", "left"),
    ):  # fmt: skip
        axes.text(x, y, text, ha=side, va="bottom", zorder=4)
