"""The figure of the contrast task: what is told after the noise, by how the network started, and what it follows."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reportgen.drawing import FAINT, GREY, drawing, number, spread_over, title
from reportgen.evidence import Evidence, Floats
from reportgen.lstm.interventions import forward
from reportgen.lstm.plots.style import COLOURS, of_networks
from reportgen.lstm.run import Run
from reportgen.lstm.signals import AMPLITUDES, heard, recall_probes


@drawing(height_cm=5.6)
def recall(figure: Figure, run: Run, evidence: Evidence) -> str:
    """Draw the amplitude that network 1 tells after the noise: undisturbed, and with another wave's c or h put in before it."""
    panels = figure.subplots(1, 3, sharey=True)
    probes, hearing, network = recall_probes(run.experiment), heard(run.experiment), run.networks[0].recall
    donor = np.roll(np.arange(len(probes.x)), 1)
    told = {start: forward(getattr(network, start), probes.x).y[:, -1] for start in ("default", "chrono")}
    state, noise = forward(network.chrono, probes.x), probes.x[:, hearing:]
    swapped = forward(network.chrono, noise, state.h[:, hearing - 1], state.c[donor, hearing - 1]).y[:, -1]
    shown = (
        ("(a) Keras’s start", probes.amplitude, told["default"], COLOURS["c"], "amplitude heard"),
        ("(b) Chrono initialisation", probes.amplitude, told["chrono"], COLOURS["c"], "amplitude heard"),
        ("(c) Another wave’s c put in", probes.amplitude[donor], swapped, COLOURS["f"], "the other’s amplitude"),
    )
    for axes, (name, x, y, colour, label) in zip(panels, shown, strict=True):
        _against(axes, x, y, colour)
        axes.set_xlabel(label)
        title(axes, name)
    panels[0].set_ylabel("amplitude told")
    r2 = {
        name: spread_over(evidence[f"recall.{name}"].values)
        for name in ("r2_default", "r2_chrono", "c_decides_chrono", "h_decides_chrono")
    }
    return (
        f"Three panels of dots, one for each of {len(probes.x)} waves: the amplitude that network 1 tells after "
        f"{int(evidence.median('recall.noise'))} timesteps of noise, "
        f"against the one that it heard, from Keras's start (R² {r2['r2_default']}) and from chrono initialisation "
        f"({r2['r2_chrono']}), and against that of another wave whose "
        f"cell state was put in when the noise began ({r2['c_decides_chrono']}; with the other's hidden state instead, "
        f"{r2['h_decides_chrono']}), "
        f"{of_networks(evidence.count)}. Told amplitudes range from {number(y.min())} to {number(y.max())} in the last panel."
    )


def _against(axes: Axes, truth: Floats, said: Floats, colour: str) -> None:
    low, high = AMPLITUDES
    axes.plot((low, high), (low, high), color=FAINT, linewidth=2.5, zorder=1)
    (dots,) = axes.plot(truth, said, "o", color=colour, markersize=2.8, zorder=2)
    dots.set(markeredgewidth=0, alpha=0.7)
    axes.axhline(float(np.mean(AMPLITUDES)), color=GREY, linewidth=0.7, linestyle=":")
    axes.set(xlim=(low - 0.05, high + 0.05))
