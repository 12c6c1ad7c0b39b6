"""The figures of the gates: each as the network that it is, lifted out, and what it costs to hold one still."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from reportgen.drawing import FAINT, GREY, drawing, extent, log_axis, number, spread_over, title
from reportgen.evidence import Evidence
from reportgen.lstm.evidence.example import LARGEST, largest_inputs, last_periods, median_probe, typical_unit
from reportgen.lstm.interventions import sigmoid
from reportgen.lstm.plots.style import COLOURS, of_networks
from reportgen.lstm.run import GATES, Gate, Run

WORDS = {"i": "input gate i", "f": "forget gate f", "g": "candidate g", "o": "output gate o"}

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")

MOST_UNITS = 32
"""Thin lines, evenly spread over the units; more than these are a grey area and a large file."""


@drawing(height_cm=9.2)
def networks(figure: Figure, run: Run, evidence: Evidence) -> str:  # noqa: ARG001 - every figure is asked alike
    """Draw each gate of one unit as a neural network with its real weights, and its output over one wave."""
    probe, unit = median_probe(run), typical_unit(run)
    state = run.networks[0].trained
    units = state.weights.units
    shown = last_periods(run, probe, 2)
    timesteps = np.arange(shown.start, shown.stop) + 1
    wave = np.sin(run.probes.phase[probe, shown])
    thin = np.unique(np.linspace(0, units - 1, min(units, MOST_UNITS)).astype(int))
    layers = {name: state.weights.gate(name) for name in GATES}
    inputs = largest_inputs(run)
    largest = max(
        float(np.max(np.abs([layer.kernel[0, unit], layer.bias[unit], *layer.recurrent_kernel[inputs, unit]])))
        for layer in layers.values()
    )

    pairs = figure.subplots(4, 2, width_ratios=(1, 1.25), sharex="col")
    for (network, output), (name, layer) in zip(pairs, layers.items(), strict=True):
        _draw_network(network, name, layer, unit, inputs, max(largest, 1e-12))
        values = getattr(state.trace, name)[probe, shown]
        lowest = -1 if name == "g" else 0
        output.plot(timesteps, lowest + (wave + 1) * (1 - lowest) / 2, color=FAINT, linewidth=2.5, alpha=0.6)
        lines = [np.column_stack([timesteps, values[:, other]]) for other in thin]
        output.add_collection(LineCollection(lines, colors=COLOURS[name], linewidths=0.7, alpha=0.45))
        output.plot(timesteps, values[:, unit], color=COLOURS[name], linewidth=1.8)
        output.set(xlim=(timesteps[0], timesteps[-1]), ylim=(lowest - 0.04, 1.04), yticks=(lowest, (lowest + 1) / 2, 1))
        output.set_ylabel(
            f"{name}ₜ", rotation=0, ha="right", va="center", labelpad=7, color=COLOURS[name], fontsize=9.5
        )
    note = f"x and {len(inputs)} of {units} h; dashed: weights below 0"
    title(pairs[0, 0], f"(a) Unit {unit + 1}: inputs, weights, sum, activation", rows=1, note=note)
    others = f"thin: {'all' if len(thin) == units else len(thin)} units; grey: the wave"
    title(pairs[0, 1], "(b) Its output over one wave", rows=1, note=f"thick: unit {unit + 1}; {others}")
    pairs[-1, 1].set_xlabel("timestep")
    ranges = "; ".join(
        f"{WORDS[name]} ranges from {extent(getattr(state.trace, name)[probe, shown, unit])}" for name in GATES
    )
    return (
        f"Four rows, one for each of i, f, g and o. Left: the gate of unit {unit + 1} of network 1 as a small network: the "
        f"input and {units} hidden states of the timestep before ({len(inputs)} of them drawn, those with the largest terms in "
        "the forget gate's sum that is worked by hand) are weighted, the largest "
        f"weight drawn being {number(largest)}, summed with a bias, and passed through a sigmoid, or tanh for g. Right: its "
        f"output over timesteps {timesteps[0]} to {timesteps[-1]} of one wave: {ranges}."
    )


def _draw_network(axes: Axes, name: str, layer: Gate, unit: int, inputs: list[int], largest: float) -> None:
    axes.set_axis_off()
    axes.set(xlim=(0, 10), ylim=(-0.2, 4.15))
    colour, total, box, out = COLOURS[name], (5.2, 2.0), (6.4, 1.15, 1.9, 1.7), (9.6, 2.0)

    def weigh(start: tuple[float, float], weight: float) -> None:
        size = min(abs(weight) / largest, 1.0)
        style = "-" if weight >= 0 else (0, (2.2, 1.6))
        (line,) = axes.plot((start[0], total[0]), (start[1], total[1]), color=colour, linestyle=style)
        line.set(linewidth=0.3 + 2.7 * size, alpha=0.35 + 0.65 * size)

    def node(centre: tuple[float, float], fill: str) -> None:
        axes.plot(*centre, "o", markersize=5.5, markerfacecolor=fill, markeredgecolor=COLOURS["c"], markeredgewidth=0.6)

    weigh((1.6, 3.8), float(layer.kernel[0, unit]))
    heights = np.linspace(2.9, 1.1, LARGEST)[: len(inputs)]
    for height, index in zip(heights, inputs, strict=True):
        weigh((1.6, float(height)), float(layer.recurrent_kernel[index, unit]))
    weigh((total[0], 0.35), float(layer.bias[unit]))
    node((1.6, 3.8), "white")
    axes.text(1.3, 3.8, "x", ha="right", va="center")
    for height, index in zip(heights, inputs, strict=True):
        node((1.6, float(height)), COLOURS["h"])
        axes.text(1.3, float(height), "h" + str(index + 1).translate(SUBSCRIPTS), ha="right", va="center")
    if len(inputs) < layer.recurrent_kernel.shape[0]:
        axes.text(1.6, 0.4, "⋮", ha="center", va="top")
    axes.text(3.3, 3.35, "W", ha="left", va="bottom")
    axes.text(3.3, 0.9, "U", ha="left", va="top")
    node((total[0], 0.35), "white")
    axes.text(total[0] + 0.32, 0.35, "b", ha="left", va="center")
    axes.plot(*total, "o", markersize=13, markerfacecolor="white", markeredgecolor=COLOURS["c"], markeredgewidth=0.8)
    axes.text(*total, "Σ", ha="center", va="center")

    left, bottom, width, height = box
    axes.plot((total[0] + 0.45, left), (2, 2), color=COLOURS["c"], linewidth=0.8, zorder=1)
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom), width, height, "round,pad=0,rounding_size=0.2", fc="white", ec=COLOURS["c"], lw=0.8
        )
    )
    z = np.linspace(-4, 4, 41)
    curve = (np.tanh(z) + 1) / 2 if name == "g" else sigmoid(z)
    axes.plot(
        left + 0.2 + (width - 0.4) * (z + 4) / 8, bottom + 0.25 + (height - 0.5) * curve, color=colour, linewidth=1.4
    )
    axes.text(left + width / 2, bottom - 0.15, "tanh" if name == "g" else "σ", ha="center", va="top")
    axes.text(left + width / 2, bottom + height + 0.12, WORDS[name], ha="center", va="bottom", color=colour)
    axes.annotate(
        "", xy=out, xytext=(left + width, 2), arrowprops={"arrowstyle": "-|>", "color": COLOURS["c"], "linewidth": 0.8}
    )


COSTS = {
    "put back to its start": ("unlearned_{}", "D"),
    "held at its mean": ("cost_{}_mean", "o"),
    "trained while held": ("retrained_{}", "o"),
}
"""By what is done to one of the four: the measurement and the mark; hollow where the network was trained so."""


@drawing(height_cm=7.4)
def holding(figure: Figure, run: Run, evidence: Evidence) -> str:  # noqa: ARG001 - every figure is asked alike
    """Draw the error with each of the four put back, held, and held while training, beside that of another start."""
    cost = figure.subplots()
    other = evidence["gates.reseeded"].values
    cost.axvspan(float(min(other.min(), 1)), float(max(other.max(), 1)), color=FAINT, alpha=0.6, linewidth=0)
    cost.axvline(1, color=GREY, linewidth=0.9, linestyle="--")
    labels, places, spans = [], [], []
    place, lowest, highest = 0.0, float(min(other.min(), 1)), float(max(other.max(), 1))
    for name in ("f", "i", "o", "g"):
        for done, (measurement, mark) in COSTS.items():
            times = np.maximum(evidence["gates." + measurement.format(name)].values, 1e-30)
            (dots,) = cost.plot(times, np.full(len(times), place), mark, color=COLOURS[name], markersize=4.5)
            if done == "trained while held":
                dots.set(markerfacecolor="white", markeredgewidth=1.0)
            else:
                dots.set(markeredgewidth=0, alpha=0.7)
            cost.plot([np.median(times)] * 2, [place - 0.34, place + 0.34], color=COLOURS[name], linewidth=2)
            lowest, highest = min(lowest, float(times.min())), max(highest, float(times.max()))
            labels.append(f"{WORDS[name]}: {done}" if done == next(iter(COSTS)) else done)
            places.append(place)
            spans.append(f"{name} {done} {spread_over(times)}")
            place += 1.0
        place += 0.7
    log_axis(cost, "x", lowest / 1.4, max(10, 1.4 * highest))
    cost.set_yticks(places, labels)
    cost.tick_params(axis="y", length=0)
    cost.set_ylim(place - 1.0, -0.7)
    cost.set_xlabel("error, as a multiple of the undisturbed network’s")
    count = evidence.count
    note = f"{'one network' if count == 1 else f'marks: {count} networks; bar: median'}; hollow: trained so; band: another start"
    title(cost, "What it costs to do without", rows=1, note=note)
    return (
        "By what factor the held-out error grows when one of the four has its weights put back to their start, is held at its "
        "mean, or is held at it "
        f"while training, {of_networks(count)}: {'; '.join(spans)}; a full network from another start has {spread_over(other)}."
    )
