"""The figure of the task: what the network is asked to do, and how well it does it."""

import numpy as np
from matplotlib.figure import Figure

from reportgen.drawing import FAINT, GREY, drawing, label_right, log_axis, number, plot_cases, spread_over, title
from reportgen.evidence import Evidence
from reportgen.lstm.evidence.example import median_probe
from reportgen.lstm.evidence.task import free_predictions
from reportgen.lstm.plots.style import COLOURS, ROBBED, networks_note, of_networks
from reportgen.lstm.run import Run


@drawing(height_cm=5.5)
def prediction(figure: Figure, run: Run, evidence: Evidence) -> str:
    """Draw one held-out wave, predicted and then run freely, and the free run's error by horizon."""
    (one_wave, by_horizon) = figure.subplots(1, 2, width_ratios=(1.55, 1))
    warm_up, timesteps = run.experiment.warm_up, run.experiment.timesteps
    probe, network = median_probe(run), run.networks[0]
    period = float(run.probes.period[probe])
    start = max(0, warm_up - round(2 * period))
    horizon = min(timesteps - warm_up, round(2 * period))
    seen, shown = np.arange(start, warm_up), np.arange(start, warm_up + horizon)

    one_wave.plot(shown + 1, np.sin(run.probes.phase[probe, shown]), color=FAINT, linewidth=3.5, label="clean wave")
    one_wave.plot(seen + 1, run.probes.x[probe, seen], ".", color=GREY, markersize=2.5, label="input")
    # The output at one timestep is the prediction of the next.
    one_wave.plot(
        seen + 2, network.trained.trace.y[probe, seen], color=COLOURS["c"], linewidth=1.0, label="one-step prediction"
    )
    free = free_predictions(network.trained, warm_up - 1, horizon)[probe]
    one_wave.plot(np.arange(horizon) + warm_up + 1, free, "--", color=ROBBED, label="free run")
    one_wave.axvline(warm_up + 1, color=GREY, linewidth=0.6, linestyle=":")
    one_wave.set(xlabel="timestep", ylabel="sample", xlim=(start + 1, warm_up + horizon))
    title(one_wave, f"(a) One held-out wave, period {number(period, 3)} steps", rows=2)

    errors = evidence["task.free_run_errors"]
    steps = errors.axes["horizon"]
    plot_cases(by_horizon, steps, errors.values, ROBBED)
    last_sample = float(evidence.median("task.error_persistence"))
    linear = float(evidence.median("task.error_window"))
    for error in (last_sample, linear):
        by_horizon.axhline(error, color=GREY, linewidth=0.9, linestyle="--")
    by_horizon.set(xlabel="steps into the free run", ylabel="mean squared error", xlim=(steps[0], steps[-1]))
    drawn = [*errors.values.ravel(), last_sample, linear]
    log_axis(by_horizon, "y", max(min(drawn), 1e-12) / 1.3, 2 * max(drawn))
    labels = [
        (last_sample, "last sample,\none step", GREY),
        (linear, "linear,\none step", GREY),
        (float(np.median(errors.values[:, -1])), "free run", ROBBED),
    ]
    label_right(by_horizon, labels, gap=0.25)
    title(by_horizon, "(b) Error of the free run", rows=2, note=networks_note(evidence.count))

    error = np.mean((free - run.probes.target[probe, warm_up - 1 :][:horizon]) ** 2)
    return (
        f"Left: a noisy sine wave of period {number(period, 3)} steps, the clean wave, the network's one-step predictions, "
        f"and from timestep {warm_up + 1} on a free run on its own output, whose mean squared error over {horizon} steps is "
        f"{number(error)}. Right: the free run's mean squared error {of_networks(evidence.count)}, goes from "
        f"{spread_over(errors.values[:, 0])} at the first step to {spread_over(errors.values[:, -1])} at step "
        f"{int(steps[-1])}; for one step, repeating the last sample gives {number(last_sample)} and the linear predictor "
        f"{number(linear)}."
    )
