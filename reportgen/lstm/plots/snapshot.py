"""The figures of the snapshot: what is in the picture, the loop that the pictures make, and going on from one."""

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from reportgen.drawing import (
    FAINT,
    GREY,
    drawing,
    extent,
    log_axis,
    number,
    spread_over,
    title,
)
from reportgen.evidence import Evidence, Floats
from reportgen.lstm.evidence.example import last_periods, median_probe, pictured
from reportgen.lstm.evidence.snapshot import HORIZON
from reportgen.lstm.interventions import forward, run_freely
from reportgen.lstm.plots.style import COLOURS, ROBBED, of_networks
from reportgen.lstm.run import Run

MOST_NAMES = 16
"""Units whose numbers fit beside a map, one above the other; of more, evenly spread ones are numbered."""

LOWEST = 1e-6
"""Unexplained shares below this are drawn there."""


def by_phase(c: Floats, phase: Floats) -> NDArray[np.intp]:
    """Return the units in the order in which they peak in the wave; c: (T, U), phase: (T,)."""
    response = np.exp(1j * phase) @ (c - c.mean(axis=0))
    return np.argsort(np.angle(response), kind="stable")


@drawing(height_cm=7.6)
def snapshots(figure: Figure, run: Run, evidence: Evidence) -> str:  # noqa: ARG001 - every figure is asked alike
    """Draw all units' cell states over two periods of a wave, and three timesteps of them cut out."""
    probe = median_probe(run)
    shown = last_periods(run, probe, 2)
    phase, c = run.probes.phase[probe], run.networks[0].trained.trace.c[probe]
    units, order = c.shape[1], by_phase(c[shown], phase[shown])
    largest = max(float(np.abs(c[shown]).max()), 1e-12)
    cuts = sorted((at, name) for name, at in pictured(run, probe).items())
    colours, scale = mpl.colormaps["RdBu_r"], Normalize(-largest, largest)

    grid = figure.add_gridspec(2, 4, height_ratios=(1, 4.2), width_ratios=(4.6, 1, 1, 1))
    film = figure.add_subplot(grid[1, 0])
    wave = figure.add_subplot(grid[0, 0], sharex=film)
    timesteps = np.arange(shown.start, shown.stop) + 1
    image = film.imshow(
        c[shown][:, order].T,
        aspect="auto",
        interpolation="nearest",
        cmap=colours,
        norm=scale,
        extent=(timesteps[0] - 0.5, timesteps[-1] + 0.5, units + 0.5, 0.5),
    )
    named = np.arange(0, units, -(-units // MOST_NAMES))
    film.set_yticks(named + 1, [str(order[rank] + 1) for rank in named])
    film.set(xlabel="timestep", ylabel="unit, ordered by phase")
    wave.plot(timesteps, np.sin(phase[shown]), color=GREY, linewidth=1.2)
    wave.tick_params(labelbottom=False)
    wave.set(ylabel="wave", ylim=(-1.3, 1.3), yticks=(-1, 0, 1))
    title(wave, "(a) The cell state, timestep by timestep", rows=1)
    for column, (at, name) in enumerate(cuts, 1):
        wave.plot(at + 1, np.sin(phase[at]), "o", color=COLOURS["c"], markersize=4)
        for axes in (wave, film):
            axes.axvline(at + 1, color=COLOURS["c"], linewidth=0.8)
        wave.annotate(
            name, (at + 1, 1), (0, 2), xycoords=("data", "axes fraction"), textcoords="offset points", ha="center"
        )
        picture = figure.add_subplot(grid[1, column], sharey=film)
        values = c[at, order]
        picture.barh(
            np.arange(units) + 1, values, height=0.85, color=colours(scale(values)), edgecolor=GREY, linewidth=0.3
        )
        picture.axvline(0, color=GREY, linewidth=0.6)
        picture.tick_params(labelleft=False, left=False)
        picture.spines["left"].set_visible(False)
        bound = float(f"{0.7 * largest:.1g}")
        picture.set(
            xlim=(-1.1 * largest, 1.1 * largest), xlabel=f"c, {name},\ntimestep {at + 1}", xticks=(-bound, 0, bound)
        )
        picture.xaxis.set_major_formatter(lambda value, _: number(value))
    header = figure.add_subplot(grid[0, 1:])
    header.set_axis_off()
    title(header, "(b) Three snapshots of it", rows=1)
    bar = header.inset_axes((0.08, 0.7, 0.84, 0.3))
    figure.colorbar(image, cax=bar, orientation="horizontal", label="cell state c")
    bar.xaxis.set_major_locator(MaxNLocator(5))

    spans = ", ".join(f"{name} at timestep {at + 1} ({extent(c[at])})" for at, name in cuts)
    return (
        f"Left: the cell states of all {units} units of network 1 over timesteps {timesteps[0]} to {timesteps[-1]} of one "
        f"wave of period {number(run.probes.period[probe], 3)} steps, as a map of colours from {number(-largest)} to "
        f"{number(largest)}, the units in the order in which they peak. Right: three columns of the map as bar charts, one "
        f"bar a unit: {spans}."
    )


def principal_components(states: Floats) -> tuple[Floats, Floats]:
    """Return states: (T, U) in their first two principal components, (T, 2), and the share of variance of each, (2,)."""
    centred = states.astype(np.float64) - states.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    scores, variance = np.zeros((len(states), 2)), np.zeros(2)
    kept = min(2, len(singular))
    scores[:, :kept] = (left * singular)[:, :kept]
    variance[:kept] = singular[:kept] ** 2 / max(float(np.sum(singular**2)), 1e-30)
    return scores, variance


@drawing(height_cm=6.4)
def loop(figure: Figure, run: Run, evidence: Evidence) -> str:
    """Draw the snapshots of one wave in their principal plane, and how well a linear probe reads the wave from c."""
    probe = median_probe(run)
    shown = slice(max(run.experiment.warm_up, last_periods(run, probe, 2).start), run.experiment.timesteps)
    scores, variance = principal_components(run.networks[0].trained.trace.c[probe, shown])
    phase = np.mod(run.probes.phase[probe, shown], 2 * np.pi)

    grid = figure.add_gridspec(1, 2, width_ratios=(1.15, 1))
    plane = figure.add_subplot(grid[0, 0])
    plane.plot(*scores.T, color=GREY, linewidth=0.7, zorder=1)
    dots = plane.scatter(
        scores[:, 0],
        scores[:, 1],
        s=20,
        c=phase,
        cmap="twilight_shifted",
        vmin=0,
        vmax=2 * np.pi,
        edgecolor=GREY,
        linewidth=0.4,
        zorder=2,
    )
    _arrow(plane, scores)
    plane.margins(0.08)
    plane.set_xlabel(f"first component, {100 * variance[0]:.0f}% of variance")
    plane.set_ylabel(f"second, {100 * variance[1]:.0f}% of variance")
    plane.set_aspect("equal", adjustable="datalim")
    plane.locator_params(nbins=5)
    bar = figure.colorbar(
        dots, ax=plane, label="phase φ of the wave", aspect=30, pad=0.02, ticks=np.arange(5) * np.pi / 2
    )
    bar.ax.set_yticklabels(["0", "crest", "π", "trough", "2π"])
    title(plane, f"(a) Snapshots of one wave, {len(scores)} steps", rows=1, note="network 1, after the warm-up")

    words = {"phase": "cos φ", "frequency": "frequency"}
    worlds = {"before training": ("untrained.", "white"), "after": ("", COLOURS["c"])}
    missed = figure.add_subplot(grid[0, 1])
    labels, lowest, highest = [], 0.1, 1.0
    for row, (label, name) in enumerate((label, name) for name in words for label in worlds):
        world, fill = worlds[label]
        values = np.maximum(evidence[f"{world}snapshot.{name}_unexplained"].values, LOWEST)
        (marks,) = missed.plot(values, np.full(len(values), row), "o", color=COLOURS["c"], markersize=4.5)
        marks.set(markerfacecolor=fill, markeredgewidth=0.9)
        missed.plot([np.median(values)] * 2, [row - 0.3, row + 0.3], color=COLOURS["c"], linewidth=2)
        labels.append(f"{words[name]},\n{label}")
        lowest, highest = min(lowest, float(values.min())), max(highest, float(values.max()))
    log_axis(missed, "x", lowest / 1.6, 1.3 * highest)
    missed.set_yticks(range(len(labels)), labels)
    missed.set_ylim(len(labels) - 0.4, -0.6)
    missed.tick_params(axis="y", length=0)
    missed.set_xlabel("1 − R²")
    note = "one network" if evidence.count == 1 else f"dots: {evidence.count} networks; bar: median"
    title(missed, "(b) What a probe misses", rows=1, note=note)

    finals = "; ".join(
        f"of {word} {spread_over(evidence[f'untrained.snapshot.{name}_unexplained'].values)} before training and "
        f"{spread_over(evidence[f'snapshot.{name}_unexplained'].values)} after"
        for name, word in words.items()
    )
    return (
        f"Left: {len(scores)} consecutive snapshots of one wave of period {number(run.probes.period[probe], 3)} steps in "
        f"their first two principal components, which hold {100 * variance.sum():.1f}% of their variance, coloured by the "
        f"phase of the wave. Right: the share 1 − R² that a linear probe on the cell state leaves unexplained over all timesteps after "
        f"the warm-up, {of_networks(evidence.count)}: {finals}."
    )


def _arrow(axes: Axes, scores: Floats) -> None:
    """Show the direction of time by an arrow within the loop, where it is farthest from its centre."""
    at = int(np.argmax(np.linalg.norm(scores[: max(1, len(scores) // 2)], axis=1)))
    ahead = min(at + max(1, len(scores) // 8), len(scores) - 1)
    tail, head = 0.8 * scores[at], 0.8 * scores[ahead]
    arrow = {"arrowstyle": "-|>", "color": COLOURS["c"], "linewidth": 1.0}
    axes.annotate("", xy=(head[0], head[1]), xytext=(tail[0], tail[1]), arrowprops=arrow)
    middle = 0.35 * (tail + head)
    axes.text(middle[0], middle[1], "time", ha="center", va="center")


def free_from_donors(run: Run) -> tuple[NDArray[np.intp], Floats]:
    """Return which probe gave each probe of network 1 its state, (B,), and what the network then said, (B, steps).

    The pairs, the one input of the host's and the steps are those of the evidence, snapshot.transplant_error_donor.
    """
    cut, steps = run.experiment.warm_up, min(HORIZON, run.experiment.timesteps - run.experiment.warm_up)
    weights, trace = run.networks[0].trained.weights, run.networks[0].trained.trace
    donor = np.roll(np.arange(len(run.probes.x)), 1)
    first = forward(weights, run.probes.x[:, cut : cut + 1], trace.h[donor, cut - 1], trace.c[donor, cut - 1])
    free = run_freely(weights, first.h[:, 0], first.c[:, 0], steps - 1)
    return donor, np.concatenate([first.y, free.y], axis=1).astype(np.float64)


@drawing(height_cm=6.2)
def transplant(figure: Figure, run: Run, evidence: Evidence) -> str:
    """Draw what a network says that goes on from a saved state, and one that goes on from another wave's."""
    resumed, moved = figure.subplots(1, 2)
    cut, host = run.experiment.warm_up, median_probe(run)
    weights = run.networks[0].trained.weights
    period = float(run.probes.period[host])

    stop = min(run.experiment.timesteps, cut + round(1.5 * period))
    start = max(0, cut - round(0.5 * period))
    uninterrupted = forward(weights, run.probes.x[[host]])
    x, h, c = run.probes.x[[host], cut:stop], uninterrupted.h[:, cut - 1], uninterrupted.c[:, cut - 1]
    whole, with_both = uninterrupted.y[0, cut:stop], forward(weights, x, h, c).y[0]
    c_alone = forward(weights, x, np.zeros_like(h), c).y[0]
    after = np.arange(cut, stop) + 1
    resumed.plot(
        np.arange(start, stop) + 1, uninterrupted.y[0, start:stop], color=FAINT, linewidth=4.5, label="uninterrupted"
    )
    resumed.plot(after, with_both, color=COLOURS["c"], linewidth=1.0, label="from (h, c)")
    resumed.plot(after, c_alone, "--", color=ROBBED, label="from c, h = 0")
    resumed.axvline(cut + 0.5, color=GREY, linewidth=0.6, linestyle=":")
    resumed.set(xlabel="timestep", ylabel="prediction", xlim=(start + 1, stop))
    title(resumed, "(a) Saved, loaded, resumed", rows=2)

    donors, all_said = free_from_donors(run)
    steps = all_said.shape[1]
    waves = run.probes.target[:, cut : cut + steps]
    # Two waves that are nearly one would not show whose the network goes on with.
    apart = np.mean((waves - waves[donors]) ** 2, axis=1)
    told_apart = np.flatnonzero(apart >= np.median(apart))
    errors_to_donor = np.mean((all_said - waves[donors]) ** 2, axis=1)[told_apart]
    typical = int(told_apart[np.argsort(errors_to_donor, kind="stable")[len(told_apart) // 2]])
    donor, said = donors[typical], all_said[typical]
    ahead = np.arange(steps) + 1
    moved.plot(ahead, waves[donor], color=FAINT, linewidth=4.5, label="donor’s wave")
    moved.plot(ahead, waves[typical], "--", color=GREY, linewidth=1.4, label="host’s wave")
    moved.plot(
        ahead, said, color=COLOURS["c"], linewidth=1.2, marker="o", markersize=2.2, label="free run, donor’s state"
    )
    moved.set(xlabel="steps after the transplant", ylabel="sample", xlim=(1, steps))
    title(moved, "(b) Transplanted into another wave", rows=2)

    errors = [np.mean((said - wave) ** 2) for wave in (waves[donor], waves[typical])]
    overall = [evidence[f"snapshot.transplant_error_{name}"].values for name in ("donor", "host")]
    return (
        f"Left: predictions for one wave. Resumed at timestep {cut + 1} from a saved (h, c) they differ from the "
        f"uninterrupted run's by at most {number(np.abs(with_both - whole).max())}; from c alone, with h at zero, by up to "
        f"{number(np.abs(c_alone - whole).max())}. Right: a free run over {steps} steps from the state of another wave, the "
        f"donor's, in the pair with the median error among the half of the pairs whose waves differ most; "
        f"its mean squared error is {number(errors[0])} to the donor's "
        f"wave and {number(errors[1])} to the host's. Over all waves, {of_networks(evidence.count)}, these errors are "
        f"{spread_over(overall[0])} and {spread_over(overall[1], 3)}."
    )
