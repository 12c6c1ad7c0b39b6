"""Each gate as a neural network: the same numbers when lifted out, the same ingredients, and what it costs to do without."""

from collections.abc import Iterator

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.example import typical_unit
from reportgen.lstm.evidence.snapshot import r_squared
from reportgen.lstm.evidence.task import squared_error
from reportgen.lstm.interventions import forward, read_out, sigmoid
from reportgen.lstm.run import GATES, Gate, Network, Run, State

WORDS = {"i": "the input gate", "f": "the forget gate", "g": "the candidate", "o": "the output gate"}


SETTINGS = ("units", "epochs", "learning_rate", "noise")
"""The settings on which these measurements depend most directly."""


def measure_state(run: Run, number: int, state: State) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure in one world what the gates of a network do, and what it costs to do without."""
    yield from _activity(run, state)
    yield from _freezing(run, state)
    yield from _shown_to(run, state)


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:  # noqa: ARG001 - as above
    """Measure what the gates of a trained network are made of, and what was learned of them and without them."""
    yield from _ingredients(network)
    yield from _learned(run, network)
    yield from _swung(run, network)
    yield from _opening(run)
    yield from _retraining(run, network)
    yield from _lessons(run, network)


def _ingredients(network: Network) -> Iterator[Measured]:
    trained, untrained = network.trained, network.untrained
    recorded = network.lifted.shape[1]
    errors, moved, gradients = [], [], []
    for gate, lifted in zip(GATES, network.lifted, strict=True):
        weights = trained.weights.gate(gate)
        errors.append(float(np.max(np.abs(lifted - getattr(trained.trace, gate)[:recorded]))))
        yield Measured(
            f"gates.lifted_error_{gate}",
            errors[-1],
            f"the largest error of {WORDS[gate]}, lifted out",
            "",
            "the gate's weights in a Dense layer of its own, on [x ; h₋₁]: largest difference from the trace, all timesteps and units",
        )
        yield Measured(
            f"gates.parameters_{gate}",
            sum(array.size for array in (weights.kernel, weights.recurrent_kernel, weights.bias)),
            f"parameters of {WORDS[gate]}",
            "",
            "counted in the gate's slice of the arrays",
            given=True,
        )
        moved.append(100 * distance(weights, untrained.weights.gate(gate)) / norm(untrained.weights.gate(gate)))
        gradients.append(norm(network.gradient.gate(gate)))
        yield Measured(
            f"gates.moved_{gate}",
            moved[-1],
            f"how far training moved {WORDS[gate]}",
            "%",
            "Euclidean distance of the gate's weights from their start, over their norm at the start",
        )
        yield Measured(
            f"gates.gradient_{gate}",
            gradients[-1],
            f"the gradient that reaches {WORDS[gate]}",
            "",
            "Euclidean norm of the gradient of the mean squared error on the held-out sequences, before training",
        )
    yield Measured(
        "gates.lifted_error",
        max(errors),
        "the largest error of any gate, lifted out",
        "",
        "the largest of the four, over all timesteps, units and gates",
    )
    yield Measured(
        "gates.moved_least",
        min(moved),
        "how far training moved the one of the four that it moved least",
        "%",
        "the least of the four",
    )
    yield Measured(
        "gates.gradient_least",
        min(gradients),
        "the smallest gradient that reaches one of the four",
        "",
        "the smallest of the four",
    )


def _activity(run: Run, state: State) -> Iterator[Measured]:
    warm_up, trace = run.experiment.warm_up, state.trace
    phase = run.probes.phase[:, warm_up:]
    shares, peaks = [], []
    for gate in GATES:
        values = getattr(trace, gate)[:, warm_up:].astype(np.float64)
        yield Measured(
            f"gates.swing_{gate}",
            swing(values),
            f"how far a typical unit of {WORDS[gate]} swings",
            "",
            "standard deviation over held-out sequences and timesteps after the warm-up; median over units",
        )
        shares.append(100 * locked(values, phase))
        yield Measured(
            f"gates.locked_{gate}",
            shares[-1],
            f"the share of the variance of {WORDS[gate]} that goes with the phase of the wave",
            "%",
            "share of the variance over sequences and timesteps, of all units together, that two harmonics of the wave's phase account for",
        )
        peaks.append(together(values, phase))
        yield Measured(
            f"gates.together_{gate}",
            peaks[-1],
            f"how far the units of {WORDS[gate]} peak together",
            "",
            "length of the mean of unit vectors that point to the phase of the wave at which each unit peaks, by its first harmonic: 1 if "
            "all peak together, near 0 if they are spread over the wave",
            source="Mardia and Jupp (2000)",
        )
    yield Measured(
        "gates.locked_least",
        min(shares),
        "the least share of the variance of one of the four that goes with the phase of the wave",
        "%",
        "the least of the four",
    )
    yield Measured(
        "gates.together_most",
        max(peaks),
        "how far the units of one of the four peak together, at most",
        "",
        "the largest of the four",
    )


def swing(values: Floats) -> float:
    """Return how far a typical unit of values: (B, T, U) moves: its standard deviation over all else, the median over units."""
    return float(np.median(values.std(axis=(0, 1))))


def _freezing(run: Run, state: State) -> Iterator[Measured]:
    probes, warm_up = run.probes, run.experiment.warm_up
    trace, weights = state.trace, state.weights
    target = probes.target[:, warm_up:]
    own = squared_error(trace.y[:, warm_up:], target)
    for gate in GATES:
        held: dict[str, float | Floats] = {
            "mean": getattr(trace, gate)[:, warm_up:].mean(axis=(0, 1)),
            "0": 0.0,
            "1": 1.0,
        }
        for name, value in held.items():
            y = forward(weights, probes.x, hold={gate: value}).y
            words = "its own mean in each unit" if name == "mean" else name
            yield Measured(
                f"gates.cost_{gate}_{name}",
                squared_error(y[:, warm_up:], target) / own,
                f"the cost of holding {WORDS[gate]} at {words}",
                "×",
                f"held-out error with the gate held at {words} at every timestep, over the error with the gate working",
            )


def _shown_to(run: Run, state: State) -> Iterator[Measured]:
    """Measure what it costs to hold the output gate for one of those who look through it: the read-out, or the four layers."""
    probes, warm_up, trace, weights = run.probes, run.experiment.warm_up, state.trace, state.weights
    target = probes.target[:, warm_up:]
    own = squared_error(trace.y[:, warm_up:], target)
    mean = trace.o[:, warm_up:].mean(axis=(0, 1))
    fed_back = forward(weights, probes.x, hold={"o": mean})
    layer = weights.gate("o")
    working = sigmoid(probes.x[..., None] * layer.kernel[0] + fed_back.h_previous @ layer.recurrent_kernel + layer.bias)
    for name, h, words in (
        ("read_out", mean * np.tanh(trace.c), "the read-out alone"),
        ("fed_back", working * np.tanh(fed_back.c), "what is fed back alone"),
    ):
        yield Measured(
            f"gates.cost_o_{name}",
            squared_error(read_out(weights, h)[:, warm_up:], target) / own,
            f"the cost of holding the output gate at its mean for {words}",
            "×",
            f"held-out error with h for {words} computed with the output gate held at its own mean in each unit, over the error with the "
            "gate working",
        )


def _learned(run: Run, network: Network) -> Iterator[Measured]:
    """Measure what each of the four learned: what it costs to put its weights back to what they were before training."""
    probes, warm_up, weights = run.probes, run.experiment.warm_up, network.trained.weights
    target = probes.target[:, warm_up:]
    own = squared_error(network.trained.trace.y[:, warm_up:], target)
    for gate in GATES:
        y = forward(weights.with_gate(gate, network.untrained.weights.gate(gate)), probes.x).y
        yield Measured(
            f"gates.unlearned_{gate}",
            squared_error(y[:, warm_up:], target) / own,
            f"the cost of putting {WORDS[gate]} back to its start",
            "×",
            "held-out error with the gate's weights as they were before training and all others as trained, over the trained network's",
        )


def _swung(run: Run, network: Network) -> Iterator[Measured]:
    """Measure by what factor training made the four swing farther."""
    late = slice(run.experiment.warm_up, None)
    factors = []
    for gate in GATES:
        before, after = (
            swing(getattr(state.trace, gate)[:, late].astype(np.float64))
            for state in (network.untrained, network.trained)
        )
        factors.append(after / max(before, 1e-30))
    yield Measured(
        "gates.swung_least",
        min(factors),
        "by what factor training made one of the four swing farther, at least",
        "×",
        "standard deviation of a typical unit after training over that before; the least of the four",
    )


def _opening(run: Run) -> Iterator[Measured]:
    """Measure when in the wave each gate of the unit worked by hand opens and closes, and when its level is highest and lowest."""
    warm_up, unit = run.experiment.warm_up, typical_unit(run)
    phase, trace = run.probes.phase[:, warm_up:], run.networks[0].trained.trace
    told = {gate: (words, getattr(trace, gate)) for gate, words in WORDS.items()}
    told |= {"c": ("the level", trace.c), "poured": ("what is poured in", trace.i * trace.g)}
    for gate, (words, moving) in told.items():
        values = phase_means(moving[:, warm_up:, [unit]], phase)[:, 0]
        for which, at in (("opens", np.argmax(values)), ("closes", np.argmin(values))):
            yield Measured(
                f"gates.{which}_{gate}",
                360.0 * float(at) / BINS,
                f"the phase at which {words} of the unit worked by hand is {'highest' if which == 'opens' else 'lowest'}",
                "°",
                f"mean over the held-out sequences in each of {BINS} equal parts of the period, 0° where the wave rises through zero",
            )
            yield Measured(
                f"gates.{which}_{gate}_value",
                float(values[at]),
                f"the {'highest' if which == 'opens' else 'lowest'} such mean of {words} of the unit worked by hand",
                "",
                "as for that phase",
            )


BINS = 24
"""Parts of a period in which values are averaged."""


def phase_means(values: Floats, phase: Floats) -> Floats:
    """Return the mean of values: (B, T, U) in each of BINS parts of the period, (BINS, U), by phase: (B, T); 0 where none falls."""
    part = (np.mod(phase, 2 * np.pi) / (2 * np.pi) * BINS).round().astype(int) % BINS
    count = np.maximum(np.bincount(part.ravel(), minlength=BINS), 1)
    flat = values.reshape(-1, values.shape[-1]).astype(np.float64)
    return np.stack([np.bincount(part.ravel(), each, BINS) / count for each in flat.T], axis=-1)


def together(values: Floats, phase: Floats) -> float:
    """Return how far the units of values: (B, T, U) peak at one phase: (B, T), from 0 to 1 (Mardia and Jupp, 2000)."""
    first = np.einsum("bt,btu->u", np.exp(1j * phase), values - values.mean(axis=(0, 1)))
    return float(np.abs(np.mean(first / np.maximum(np.abs(first), 1e-300))))


def _retraining(run: Run, network: Network) -> Iterator[Measured]:
    probes, warm_up = run.probes, run.experiment.warm_up
    target = probes.target[:, warm_up:]
    own = squared_error(network.trained.trace.y[:, warm_up:], target)
    for gate in GATES:
        y = forward(getattr(network.held, gate), probes.x).y
        yield Measured(
            f"gates.retrained_{gate}",
            squared_error(y[:, warm_up:], target) / own,
            f"the cost of training with {WORDS[gate]} held",
            "×",
            "held-out error of a network trained from the same start with the gate held at the mean that it has, in each unit, in the "
            "trained network on training sequences, over the error of that network",
        )
    y = forward(network.reseeded, probes.x).y
    yield Measured(
        "gates.reseeded",
        squared_error(y[:, warm_up:], target) / own,
        "the error of a full network from another start",
        "×",
        "held-out error of a network trained on the same sequences from another initialisation, over the error of the network",
    )


def _lessons(run: Run, network: Network) -> Iterator[Measured]:
    """Measure what a single neuron of a gate's form learned from different inputs."""
    tested = slice(len(run.probes.x) - len(network.lessons.away_point), None)
    phase = run.probes.phase[tested, run.experiment.warm_up :]
    away = np.sin(phase) * np.cos(phase) > 0
    for name, words in (
        ("point", "the clean wave's value and slope"),
        ("window", "the last noisy samples"),
        ("untrained", "sample and hidden state of the untrained network"),
        ("state", "sample and hidden state of the trained network"),
    ):
        answer = getattr(network.lessons, f"away_{name}")
        yield Measured(
            f"gates.away_{name}",
            100 * float(np.mean((answer > 0.5) == away)),
            f"how often one neuron tells from {words} whether the wave moves away from zero",
            "%",
            f"one logistic neuron on {words}, trained by gradient descent on three quarters of the held-out sequences: share of timesteps "
            "of the others, after the warm-up, answered right",
        )


def locked(values: Floats, phase: Floats) -> float:
    """Return the share of the variance of values: (B, T, U), all units together, that two harmonics of phase: (B, T) account for."""
    rows = np.stack([np.ones_like(phase), *(wave(n * phase) for n in (1, 2) for wave in (np.cos, np.sin))], axis=-1)
    rows, values = rows.reshape(-1, rows.shape[-1]).astype(np.float64), values.reshape(-1, values.shape[-1])
    values = values - values.mean(axis=0)
    fitted = rows @ np.linalg.lstsq(rows, values, rcond=None)[0]
    return float(r_squared(np.array(np.mean((values - fitted) ** 2)), np.array(np.mean(values**2))))


def norm(gate: Gate) -> float:
    """Return the Euclidean norm of a gate's weights, all taken as one vector."""
    return float(
        np.sqrt(sum(float(np.sum(a.astype(np.float64) ** 2)) for a in (gate.kernel, gate.recurrent_kernel, gate.bias)))
    )


def distance(one: Gate, other: Gate) -> float:
    """Return the Euclidean distance between the weights of two gates."""
    return norm(Gate(one.kernel - other.kernel, one.recurrent_kernel - other.recurrent_kernel, one.bias - other.bias))
