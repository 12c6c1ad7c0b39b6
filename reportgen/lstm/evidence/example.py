"""One wave, one unit, one moment: what single panels show and what the essay works out by hand."""

from collections.abc import Iterator

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.flow import time_constants
from reportgen.lstm.interventions import sigmoid
from reportgen.lstm.run import Network, Run

SETTINGS = ("seed", "units", "epochs")
"""The settings on which these values depend most directly."""

LARGEST = 3
"""Hidden states that are written out in a gate's sum, and drawn as its inputs; all others stand there as one."""


def median_probe(run: Run) -> int:
    """Return the held-out sequence that is shown where one wave is shown: the one whose period is the median."""
    period = run.probes.period
    return int(np.argsort(period, kind="stable")[len(period) // 2])


def last_periods(run: Run, probe: int, periods: float) -> slice:
    """Return the timesteps of the last so many periods of a probe, or all where the sequence is shorter."""
    timesteps = run.experiment.timesteps
    return slice(max(0, timesteps - round(periods * float(run.probes.period[probe]))), timesteps)


def extremes(phase: Floats) -> dict[str, int]:
    """Return the timesteps, counted from 0, nearest to the crest, the fall through zero and the trough; phase: (T,)."""
    wanted = {"crest": np.pi / 2, "fall": np.pi, "trough": 3 * np.pi / 2}
    return {name: int(np.argmax(np.cos(phase - value))) for name, value in wanted.items()}


def pictured(run: Run, probe: int) -> dict[str, int]:
    """Return the timesteps, counted from 0, of a probe's last period of which snapshots are shown."""
    last = last_periods(run, probe, 1)
    return {name: last.start + at for name, at in extremes(run.probes.phase[probe, last]).items()}


def typical_unit(run: Run) -> int:
    """Return the unit of network 1 that is shown where one unit is shown: the one with the median time constant."""
    taus = time_constants(run.networks[0].trained.trace.f[:, run.experiment.warm_up :])
    return int(np.argsort(taus, kind="stable")[len(taus) // 2])


def typical_moment(run: Run) -> int:
    """Return the timestep of that wave, counted from 0, at which as much flows into that unit as does in the median."""
    probe, unit, trace, warm_up = (
        median_probe(run),
        typical_unit(run),
        run.networks[0].trained.trace,
        run.experiment.warm_up,
    )
    inflow = np.abs(trace.i * trace.g)[probe, warm_up:, unit]
    return warm_up + int(np.argsort(inflow, kind="stable")[len(inflow) // 2])


def largest_inputs(run: Run) -> list[int]:
    """Return the hidden states, counted from 0, with the largest terms in the sum of that unit's forget gate at that moment."""
    probe, unit, t, state = median_probe(run), typical_unit(run), typical_moment(run), run.networks[0].trained
    weights = state.weights.gate("f").recurrent_kernel[:, unit].astype(np.float64)
    terms = np.abs(state.trace.h_previous[probe, t] * weights)
    return [int(k) for k in np.argsort(-terms, kind="stable")[:LARGEST]]


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Follow one unit of network 1 through one timestep, whichever network is asked."""
    probe, unit, t = median_probe(run), typical_unit(run), typical_moment(run)
    state = run.networks[0].trained
    trace = state.trace

    yield Measured("example.network", 1, "the network worked by hand", "", "the first", given=True)
    for name, chosen, label, method in (
        ("unit", unit + 1, "the unit worked by hand", "the unit of network 1 with the median time constant"),
        (
            "timestep",
            t + 1,
            "the timestep worked by hand",
            "when the median of what flows into that unit after the warm-up does",
        ),
    ):
        yield Measured(f"example.{name}", float(chosen), label, "", method)

    moments = pictured(run, probe)
    crest, trough = (trace.c[probe, moments[name]] for name in ("crest", "trough"))
    yield Measured(
        "example.turned",
        float(np.sum(np.sign(crest) != np.sign(trough))),
        "how many units change sign between the pictures of a trough and of a crest",
        "",
        "units of network 1 whose c has another sign at the crest than at the trough, in the last period of the held-out sequence with the "
        "median period",
    )
    most = int(np.argmax(np.abs(crest - trough)))
    for name, found, label in (
        ("turned_most", most + 1, "the unit that changes most between these pictures"),
        ("turned_from", trough[most], "that unit's level at the trough"),
        ("turned_to", crest[most], "that unit's level at the crest"),
    ):
        method = "of the units of network 1, in the same two pictures, the one whose c differs most"
        yield Measured(f"example.{name}", float(found), label, "", method)

    at = {name: float(getattr(trace, name)[probe, t, unit]) for name in "figoch"}
    before = float(trace.c_previous[probe, t, unit])
    layer = state.weights.gate("f")
    heard, weights = trace.h_previous[probe, t].astype(np.float64), layer.recurrent_kernel[:, unit].astype(np.float64)
    x, weight_x = float(run.probes.x[probe, t]), float(layer.kernel[0, unit])
    bias = float(layer.bias[unit])
    largest = largest_inputs(run)
    rest = np.delete(heard * weights, largest)
    total = x * weight_x + float(heard @ weights) + bias
    values = [
        ("before", before, "the old content"),
        ("f", at["f"], "the forget gate"),
        ("kept", at["f"] * before, "what is let through"),
        ("drain", 1 - at["f"], "what the forget gate leaves open"),
        ("leaked", (1 - at["f"]) * before, "what leaks out"),
        ("i", at["i"], "the input gate"),
        ("g", at["g"], "the candidate"),
        ("poured", at["i"] * at["g"], "what is poured in"),
        ("c", at["c"], "the new content"),
        ("level", float(np.tanh(at["c"])), "the hyperbolic tangent of the new content"),
        ("o", at["o"], "the output gate"),
        ("h", at["h"], "what is shown"),
        ("x", x, "the new sample"),
        ("weight_x", weight_x, "the forget gate's weight of the sample"),
        ("term_x", x * weight_x, "the sample's term in the forget gate's sum"),
        ("rest", float(rest.sum()), "the terms of all other hidden states in that sum"),
        ("bias", bias, "the forget gate's bias"),
        ("sum", total, "the forget gate's sum"),
        ("gate", float(sigmoid(np.array(total))), "the logistic function of that sum"),
    ]
    for rank in range(LARGEST):
        # Of a layer with fewer units, the terms that are not there are nothing.
        k = largest[rank] if rank < len(largest) else -1
        values += [
            (f"from_{rank + 1}", float(k + 1), f"the hidden state with term {rank + 1} by size in that sum"),
            (f"h_{rank + 1}", float(heard[k]) if k >= 0 else 0.0, f"that hidden state, of term {rank + 1}"),
            (f"weight_{rank + 1}", float(weights[k]) if k >= 0 else 0.0, f"its weight, of term {rank + 1}"),
            (f"term_{rank + 1}", float(heard[k] * weights[k]) if k >= 0 else 0.0, f"term {rank + 1} by size"),
        ]
    for name, value, label in values:
        method = "one unit of network 1 at one timestep of the held-out sequence with the median period"
        yield Measured(f"example.{name}", value, f"{label}, worked by hand", "", method)
