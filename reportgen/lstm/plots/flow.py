"""The figures of the flow: what is in one unit's channel and when it came, and how long memory lasts by which path."""

from itertools import pairwise

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from reportgen.drawing import (
    FAINT,
    GREY,
    LINE,
    drawing,
    extent,
    label_right,
    log_axis,
    number,
    plot_range,
    spread_over,
    title,
)
from reportgen.evidence import Evidence, Floats
from reportgen.lstm.evidence.example import last_periods, median_probe, typical_unit
from reportgen.lstm.evidence.flow import time_constants
from reportgen.lstm.plots.style import COLOURS, ROBBED, of_networks, range_note
from reportgen.lstm.run import Run

AGES = (0, 1, 3, 6, 11)
"""The youngest age, in timesteps, of each band of the river; the last band has no end."""

LOWEST = 1e-6
"""Gradients below this, in units of the one at lag 0, are nothing to a reader and would squeeze the rest."""


PATHS = {
    "channel": ("flow.direct", COLOURS["f"], "-"),
    "detours": ("flow.detour", ROBBED, "--"),
    "both": ("flow.full", COLOURS["c"], ":"),
}
"""By path of the trained networks: measurement, colour and style."""

NETWORKS = {
    "trained": ("flow.full", COLOURS["c"], ":"),
    "untrained": ("untrained.flow.full", COLOURS["i"], "--"),
    "chrono": ("chrono.flow.full", COLOURS["g"], "-."),
    "plain\nnetwork": ("plain.derivative", COLOURS["o"], "-"),
}
"""The same by network."""


def content_by_age(f: Floats, inflow: Floats) -> Floats:
    """Return what is in one unit's channel at each timestep, by sign and age, (2, len(AGES), T).

    f, inflow = i·g: (T,). At timestep t, what step k wrote is (Π_{j=k+1..t} f_j)·i_k·g_k; all of it sums to c where c₀ = 0.
    """
    terms = np.zeros((len(f), len(f)))
    for t in range(len(f)):
        terms[t, :t] = f[t] * terms[t - 1, :t]
        terms[t, t] = inflow[t]
    age = np.arange(len(f))[:, None] - np.arange(len(f))
    bands = [(youngest <= age) & (age < older) for youngest, older in pairwise((*AGES, len(f)))]
    signed = np.stack([np.maximum(terms, 0), np.minimum(terms, 0)])
    return np.stack([np.sum(signed * band, axis=-1) for band in bands], axis=1)


@drawing(height_cm=7.8)
def river(figure: Figure, run: Run, evidence: Evidence) -> str:  # noqa: ARG001 - every figure is asked alike
    """Draw the content of one unit's channel by its age, and the gates that let it in and keep it."""
    channel, valves = figure.subplots(2, 1, sharex=True, height_ratios=(1.5, 1))
    probe, unit = median_probe(run), typical_unit(run)
    trace, warm_up = run.networks[0].trained.trace, run.experiment.warm_up
    i, f, g, c = (getattr(trace, name)[probe, :, unit].astype(np.float64) for name in "ifgc")
    shown = last_periods(run, probe, 2)
    timesteps = np.arange(1, len(c) + 1)[shown]

    content = content_by_age(f, i * g)[:, :, shown]
    names = ["now", *(f"{a}–{b - 1}" for a, b in pairwise(AGES[1:])), f"over {AGES[-1] - 1} steps ago"]
    shades = [mpl.colormaps["YlGnBu"](depth) for depth in np.linspace(0.16, 0.95, len(AGES))]
    for sign, bands in enumerate(content):
        below = np.zeros(len(timesteps))
        for band, shade, name in list(zip(bands, shades, names, strict=True))[::-1]:
            label = name if sign == 0 else None
            channel.fill_between(timesteps, below, below + band, color=shade, linewidth=0, label=label)
            below = below + band
    halo = [withStroke(linewidth=LINE + 1.6, foreground="white")]
    channel.plot(timesteps, c[shown], color=COLOURS["c"], label="c, the sum", path_effects=halo)
    channel.axhline(0, color=GREY, linewidth=0.6)
    channel.set(ylabel="content of c", xlim=(timesteps[0], timesteps[-1]))
    title(channel, f"(a) The channel of unit {unit + 1}, by when its content was written", rows=1)

    valves.fill_between(timesteps, 0, (i * g)[shown], color=shades[0], linewidth=0)
    curves = {"f": f, "i": i, "i·g": i * g}
    styles = {"f": (COLOURS["f"], "-"), "i": (COLOURS["i"], "--"), "i·g": (COLOURS["c"], "-.")}
    valves.plot(timesteps, np.sin(run.probes.phase[probe, shown]), color=FAINT, linewidth=2.5, alpha=0.7)
    valves.axhline(0, color=GREY, linewidth=0.6)
    for name, values in curves.items():
        colour, style = styles[name]
        valves.plot(timesteps, values[shown], style, color=colour, linewidth=1.0 if name == "i·g" else LINE)
    valves.set(xlabel="timestep", ylabel="value", ylim=(-1.05, 1.05), yticks=(-1, 0, 1))
    ends = [(float(values[shown][-1]), name, styles[name][0]) for name, values in curves.items()]
    label_right(valves, [*ends, (float(np.sin(run.probes.phase[probe, -1])), "wave", GREY)], gap=0.19)
    title(valves, "(b) Its forget gate, its input gate, and what flows in")

    size = np.abs(content).sum(axis=(0, 2)) / np.abs(content).sum()
    tau = time_constants(trace.f[:, warm_up:])[unit]
    return (
        f"Top: the content of the cell state of unit {unit + 1} of network 1, the unit with the median time constant "
        f"({number(tau)} steps), over timesteps {timesteps[0]} to {timesteps[-1]} of a wave; positive contributions are "
        f"stacked above zero and negative ones below, by age. {number(100 * size[:2].sum())}% of it was written in the "
        f"current step or the two before, {number(100 * size[-1])}% more than {AGES[-1] - 1} steps ago; their sum c ranges "
        f"from {extent(c[shown])}. Bottom: over the same time the forget gate ranges from {extent(f[shown])}, the input "
        f"gate from {extent(i[shown])}."
    )


@drawing(height_cm=6.6)
def memory(figure: Figure, run: Run, evidence: Evidence) -> str:  # noqa: ARG001 - every figure is asked alike
    """Draw how far a nudge is felt by lag: by path in the trained networks, and in all beside those of the controls."""
    paths, networks = figure.subplots(1, 2)
    lag = int(evidence.median("flow.lag"))
    lowest = 1.0
    for axes, curves in ((paths, PATHS), (networks, NETWORKS)):
        labels: list[tuple[float, str, str]] = []
        for label, (name, colour, style) in curves.items():
            measured = evidence[name]
            values = np.maximum(measured.values, np.finfo(float).tiny)
            median = plot_range(axes, measured.axes["lag"], values, colour, style)
            labels.append((float(np.asarray(median.get_ydata())[-1]), label, colour))
            lowest = min(lowest, float(values[:, 1:].min()))
        axes.set(xlabel="lag (steps)", xlim=(0, measured.axes["lag"][-1]))
        log_axis(axes, "y", max(LOWEST, lowest) / 2, 5)
        label_right(axes, labels, gap=0.12)
    paths.set_ylabel("norm of the derivative")
    title(paths, "(a) In the trained LSTMs, by path", rows=1, note=range_note(evidence.count))
    title(
        networks,
        "(b) By all paths, other networks",
        rows=1,
        note=f"cut at {number(LOWEST)}" if lowest < LOWEST else " ",
    )

    def at_lag(name: str) -> str:
        return spread_over(evidence[name].values[:, lag])

    by_path = ", ".join(f"{label} {at_lag(name)}" for label, (name, _, _) in PATHS.items())
    by_network = ", ".join(f"{label.replace(chr(10), ' ')} {at_lag(name)}" for label, (name, _, _) in NETWORKS.items())
    return (
        f"The norm of the derivative of the state with respect to an earlier one, by lag, {of_networks(evidence.count)}. Left, the "
        f"trained LSTMs at lag {lag}, by path: "
        f"{by_path}; the detours are the larger from lag {spread_over(evidence['flow.overtaken'].values)} on. Right, by all paths: "
        f"{by_network}."
    )
