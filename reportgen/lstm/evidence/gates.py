"""Each gate as a neural network: the same numbers when lifted out, the same ingredients, and what it costs to do without."""

from collections.abc import Iterator

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.snapshot import r_squared
from reportgen.lstm.evidence.task import squared_error
from reportgen.lstm.interventions import forward
from reportgen.lstm.run import GATES, Gate, Network, Run, State

WORDS = {"i": "the input gate", "f": "the forget gate", "g": "the candidate", "o": "the output gate"}


SETTINGS = ("units", "epochs", "learning_rate", "noise")
"""The settings on which these measurements depend most directly."""


def measure_state(run: Run, number: int, state: State) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure in one world what the gates of a network do, and what it costs to do without."""
    yield from _activity(run, state)
    yield from _freezing(run, state)


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:  # noqa: ARG001 - as above
    """Measure what the gates of a trained network are made of, and what was learned of them and without them."""
    yield from _ingredients(network)
    yield from _retraining(run, network)
    yield from _lessons(run, network)


def _ingredients(network: Network) -> Iterator[Measured]:
    trained, untrained = network.trained, network.untrained
    recorded = network.lifted.shape[1]
    errors = []
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
        yield Measured(
            f"gates.moved_{gate}",
            100 * distance(weights, untrained.weights.gate(gate)) / norm(untrained.weights.gate(gate)),
            f"how far training moved {WORDS[gate]}",
            "%",
            "Euclidean distance of the gate's weights from their start, over their norm at the start",
        )
        yield Measured(
            f"gates.gradient_{gate}",
            norm(network.gradient.gate(gate)),
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


def _activity(run: Run, state: State) -> Iterator[Measured]:
    warm_up, trace = run.experiment.warm_up, state.trace
    for gate in GATES:
        values = getattr(trace, gate)[:, warm_up:].astype(np.float64)
        yield Measured(
            f"gates.min_{gate}",
            float(values.min()),
            f"the lowest value of {WORDS[gate]}",
            "",
            "over held-out sequences, after the warm-up",
        )
        yield Measured(
            f"gates.max_{gate}",
            float(values.max()),
            f"the highest value of {WORDS[gate]}",
            "",
            "over held-out sequences, after the warm-up",
        )
        yield Measured(
            f"gates.mean_{gate}",
            float(values.mean()),
            f"the mean of {WORDS[gate]}",
            "",
            "over held-out sequences, timesteps after the warm-up and units",
        )
        yield Measured(
            f"gates.locked_{gate}",
            100 * locked(values, run.probes.phase[:, warm_up:]),
            f"the share of {WORDS[gate]} that the phase of the wave decides",
            "%",
            "share of the variance over sequences and timesteps that two harmonics of the wave's phase account for; mean over units",
        )
        swing = values.max(axis=1) - values.min(axis=1)
        yield Measured(
            f"gates.swing_{gate}",
            float(swing.max(axis=-1).mean()),
            f"the swing of {WORDS[gate]}",
            "",
            "highest minus lowest value over a sequence after the warm-up, in the unit that swings most, mean over held-out sequences",
        )


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


def _retraining(run: Run, network: Network) -> Iterator[Measured]:
    probes, warm_up = run.probes, run.experiment.warm_up
    target = probes.target[:, warm_up:]
    own = squared_error(network.trained.trace.y[:, warm_up:], target)
    for gate in ("i", "f", "o"):
        y = forward(getattr(network.held, gate), probes.x).y
        yield Measured(
            f"gates.retrained_{gate}",
            squared_error(y[:, warm_up:], target) / own,
            f"the cost of training with {WORDS[gate]} held",
            "×",
            "held-out error of a network trained from the same start with the gate held at the mean that it has, in each unit, in the "
            "trained network, over the error of that network",
        )


def _lessons(run: Run, network: Network) -> Iterator[Measured]:
    """Measure what single layers of a gate's form learned by themselves."""
    lessons, probes = network.lessons, run.probes
    tested = slice(len(probes.x) - len(lessons.rising), None)
    for gate, learned in zip(GATES, lessons.gates, strict=True):
        taught = getattr(network.trained.trace, gate)[tested].astype(np.float64)
        yield Measured(
            f"gates.lesson_r2_{gate}",
            float(r_squared(np.mean((learned - taught) ** 2), np.mean((taught - taught.mean(axis=(0, 1))) ** 2))),
            f"how well a fresh layer learns {WORDS[gate]}",
            "",
            "R² of a Dense layer of the gate's form, trained by gradient descent on [x ; h₋₁] and the gate's values, on other sequences",
        )
    phase = probes.phase[tested]
    away = np.sin(phase) * np.cos(phase) > 0
    for name, label, answer, truth, method in (
        (
            "rising",
            "the accuracy of one layer at telling whether the wave rises",
            lessons.rising,
            np.cos(phase) > 0,
            "one unit of the gates' form on [x ; h₋₁]",
        ),
        (
            "xor_one",
            "the accuracy of one layer at telling whether the wave moves away from zero",
            lessons.xor_one,
            away,
            "one unit of the gates' form on the clean wave's value and slope",
        ),
        (
            "xor_two",
            "the accuracy of two layers at telling whether the wave moves away from zero",
            lessons.xor_two,
            away,
            "a hidden layer and one unit, on the same two inputs",
        ),
    ):
        yield Measured(
            f"gates.{name}",
            100 * float(np.mean((answer > 0.5) == truth)),
            label,
            "%",
            f"{method}, trained by gradient descent: share of timesteps of other sequences answered right",
        )


def locked(values: Floats, phase: Floats) -> float:
    """Return the share of the variance of values: (B, T, U) that two harmonics of phase: (B, T) account for, mean over units."""
    rows = np.stack([np.ones_like(phase), *(wave(n * phase) for n in (1, 2) for wave in (np.cos, np.sin))], axis=-1)
    rows, values = rows.reshape(-1, rows.shape[-1]).astype(np.float64), values.reshape(-1, values.shape[-1])
    values = values - values.mean(axis=0)
    fitted = rows @ np.linalg.lstsq(rows, values, rcond=None)[0]
    return float(np.mean(r_squared(np.var(values - fitted, axis=0), np.var(values, axis=0))))


def norm(gate: Gate) -> float:
    """Return the Euclidean norm of a gate's weights, all taken as one vector."""
    return float(
        np.sqrt(sum(float(np.sum(a.astype(np.float64) ** 2)) for a in (gate.kernel, gate.recurrent_kernel, gate.bias)))
    )


def distance(one: Gate, other: Gate) -> float:
    """Return the Euclidean distance between the weights of two gates."""
    return norm(Gate(one.kernel - other.kernel, one.recurrent_kernel - other.recurrent_kernel, one.bias - other.bias))
