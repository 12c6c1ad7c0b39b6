"""The oracles: the equations in float64, columns counted by hand, gates held in the NumPy LSTM, lessons made up."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reportgen.evidence import Evidence
from reportgen.lstm.evidence import gates
from reportgen.lstm.evidence.gates import distance, locked, norm
from reportgen.lstm.run import Gate, Lessons, Network, Run, TrainedHeld, Weights
from tests.lstm.test_interventions import Array, numpy_lstm

COLUMNS = {"i": slice(0, 8), "f": slice(8, 16), "g": slice(16, 24), "o": slice(24, 32)}


def column(weights: Weights, gate: str) -> Array:
    """Return one gate's weights of eight units as one vector, cut by hand."""
    own = COLUMNS[gate]
    parts = (weights.kernel[:, own], weights.recurrent_kernel[:, own], weights.bias[own])
    return np.concatenate([part.ravel() for part in parts]).astype(np.float64)


def test_lifted_gates_equal_the_trace(small_run: Run, small_evidence: Evidence) -> None:
    for number, network in enumerate(small_run.networks):
        trained = network.trained
        for lifted, gate in zip(network.lifted, "ifgo", strict=True):
            error = np.max(np.abs(lifted - getattr(trained.trace, gate)[:16]))
            assert small_evidence[f"gates.lifted_error_{gate}"].values[number] == error < 1e-6
    assert np.all(small_evidence["gates.lifted_error"].values < 1e-6)


@pytest.mark.parametrize("gate", COLUMNS)
def test_a_lifted_gate_that_differs_is_noticed(small_run: Run, gate: str) -> None:
    network = small_run.networks[0]
    lifted = network.lifted.copy()
    lifted["ifgo".index(gate), 3, 70, 5] += 0.5
    wrong = dataclasses.replace(network, lifted=lifted)
    values = measured(small_run, wrong)
    for name in COLUMNS:
        assert values[f"gates.lifted_error_{name}"] == pytest.approx(0.5 if name == gate else 0, abs=1e-6)
    assert values["gates.lifted_error"] == pytest.approx(0.5, abs=1e-6)


@pytest.mark.parametrize("gate", COLUMNS)
def test_weights_and_gradients_of_a_gate(small_run: Run, small_evidence: Evidence, gate: str) -> None:
    U = 8
    assert_array_equal(small_evidence[f"gates.parameters_{gate}"].values, [U * (U + 1) + U] * 2)
    for number, network in enumerate(small_run.networks):
        start, end = column(network.untrained.weights, gate), column(network.trained.weights, gate)
        moved = 100 * np.linalg.norm(end - start) / np.linalg.norm(start)
        assert small_evidence[f"gates.moved_{gate}"].values[number] == pytest.approx(moved, rel=1e-6)
        gradient = np.linalg.norm(column(network.gradient, gate))
        assert small_evidence[f"gates.gradient_{gate}"].values[number] == pytest.approx(gradient, rel=1e-6)
        assert gradient > 1e-3


@pytest.mark.parametrize("gate", COLUMNS)
def test_activity_is_that_of_the_equations_after_the_warm_up(
    small_run: Run, small_evidence: Evidence, gate: str
) -> None:
    for number, network in enumerate(small_run.networks):
        values = numpy_lstm(network.trained.weights, small_run.probes.x)[gate][:, 50:]
        swings = [max(np.ptp(wave[:, unit]) for unit in range(8)) for wave in values]
        expected = {"min": values.min(), "max": values.max(), "mean": values.mean(), "swing": np.mean(swings)}
        for name, value in expected.items():
            measured = small_evidence[f"gates.{name}_{gate}"].values[number]
            assert measured == pytest.approx(value, abs=1e-5), name


@pytest.mark.parametrize("gate", COLUMNS)
def test_cost_of_holding_a_gate(small_run: Run, small_evidence: Evidence, gate: str) -> None:
    x, target = small_run.probes.x, small_run.probes.target[:, 50:]
    for number, network in enumerate(small_run.networks):
        weights = network.trained.weights
        free = numpy_lstm(weights, x)
        own = np.mean((free["y"][:, 50:] - target) ** 2)
        mean = free[gate][:, 50:].reshape(-1, 8).mean(axis=0)
        for name, value in (("mean", mean), ("0", 0.0), ("1", 1.0)):
            held = numpy_lstm(weights, x, hold={gate: value})["y"][:, 50:]
            cost = small_evidence[f"gates.cost_{gate}_{name}"].values[number]
            assert cost == pytest.approx(np.mean((held - target) ** 2) / own, rel=1e-3), name


def measured(run: Run, network: Network) -> dict[str, Any]:
    found = (*gates.measure_network(run, 1, network), *gates.measure_state(run, 1, network.trained))
    return {measured.name: measured.value for measured in found}


def test_cost_of_training_with_a_gate_held(small_run: Run, small_evidence: Evidence) -> None:
    x, target = small_run.probes.x, small_run.probes.target[:, 50:]

    def error(weights: Weights) -> float:
        return float(np.mean((numpy_lstm(weights, x)["y"][:, 50:] - target) ** 2))

    for number, network in enumerate(small_run.networks):
        for gate in "ifo":
            cost = error(getattr(network.held, gate)) / error(network.trained.weights)
            assert small_evidence[f"gates.retrained_{gate}"].values[number] == pytest.approx(cost, rel=1e-3), gate
    # Three that are unlike: none stands for another.
    network = small_run.networks[0]
    held = TrainedHeld(
        *(dataclasses.replace(network.trained.weights, readout_bias=np.full(1, bias)) for bias in (1, 2, 3))
    )
    values = measured(small_run, dataclasses.replace(network, held=held))
    for gate, weights in zip("ifo", vars(held).values(), strict=True):
        cost = error(weights) / error(network.trained.weights)
        assert values[f"gates.retrained_{gate}"] == pytest.approx(cost, rel=1e-3)
    assert "gates.retrained_g" not in values


def test_what_lessons_are_worth(small_run: Run) -> None:
    network, phase = small_run.networks[0], small_run.probes.phase[96:].astype(np.float64)
    trace = network.trained.trace
    taught = np.stack([trace.i, trace.f, trace.g, trace.o])[:, 96:].astype(np.float64)
    learned = taught.copy()
    learned[1] = taught[1].mean(axis=(0, 1))
    error = 0.5 * (taught[2] - taught[2].mean(axis=(0, 1)))
    learned[2] += error
    learned[3] = 0
    values = np.sin(phase)
    rising = np.sin(phase + 1e-5) > values
    away = np.abs(np.sin(phase + 1e-5)) > np.abs(values)
    one, two = away.copy(), ~away
    one[:8] ^= True
    lessons = Lessons(learned, np.where(rising, 0.51, 0.49), np.where(one, 0.9, 0.1), np.where(two, 0.6, 0.2))
    found = measured(small_run, dataclasses.replace(network, lessons=lessons))
    # Learned by heart, no more than the mean of each unit, half of the deviation wrong, and worse than nothing.
    for gate, r2 in zip("ifg", (1, 0, 0.75), strict=True):
        assert found[f"gates.lesson_r2_{gate}"] == pytest.approx(r2, abs=1e-9)
    o = taught[3].reshape(-1, 8)
    assert found["gates.lesson_r2_o"] == pytest.approx(1 - np.mean(o**2) / np.mean(o.var(axis=0)), rel=1e-9)
    assert found["gates.rising"] == pytest.approx(100)
    assert found["gates.xor_one"] == pytest.approx(75)
    assert found["gates.xor_two"] == pytest.approx(0)


def test_a_gate_that_does_not_vary_is_no_lesson(small_run: Run) -> None:
    network = small_run.networks[0]
    trace = dataclasses.replace(network.trained.trace, o=np.full_like(network.trained.trace.o, 0.7))
    found = measured(small_run, dataclasses.replace(network, trained=dataclasses.replace(network.trained, trace=trace)))
    assert found["gates.lesson_r2_o"] == 0


def uniform_phase(B: int = 30, T: int = 40) -> Array:
    return np.arange(B * T).reshape(B, T) * 2 * np.pi / (B * T) + 1


@pytest.mark.parametrize(("harmonic", "share"), [(1, 1), (2, 1), (3, 0)])
def test_two_harmonics_are_locked_to_the_phase_and_a_third_is_not(harmonic: int, share: float) -> None:
    wave = np.cos(harmonic * uniform_phase() + 0.4)
    assert locked(0.5 + 0.3 * wave[..., None], uniform_phase()) == pytest.approx(share, abs=1e-9)


def test_noise_is_not_locked_and_units_are_averaged() -> None:
    phase, noise = uniform_phase(100, 100), np.random.default_rng(4).normal(size=(100, 100))
    assert locked(noise[..., None], phase) == pytest.approx(0, abs=2e-3)
    mixed = np.sqrt(2) * np.sin(phase) + noise / 2
    assert locked(mixed[..., None], phase) == pytest.approx(0.8, abs=0.01)
    # However small its swing, a unit counts as much as another.
    assert locked(np.stack([np.cos(phase), noise * 100], axis=-1), phase) == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize("gate", COLUMNS)
def test_only_the_time_after_the_warm_up_is_locked_or_not(small_run: Run, gate: str) -> None:
    network, phase = small_run.networks[0], small_run.probes.phase[..., None]
    late = np.arange(100)[:, None] >= 50
    values = np.where(late, 0.5 + 0.1 * np.cos(phase), np.random.default_rng(0).normal(size=phase.shape))
    trace = dataclasses.replace(network.trained.trace, **{gate: np.repeat(values, 8, axis=-1)})
    found = measured(small_run, dataclasses.replace(network, trained=dataclasses.replace(network.trained, trace=trace)))
    assert found[f"gates.locked_{gate}"] == pytest.approx(100, abs=1e-4)


def test_norm_and_distance_are_euclidean() -> None:
    one = Gate(np.array([[3.0, 0.0]]), np.array([[0.0, 4.0], [0.0, 0.0]]), np.array([0.0, 12.0]))
    assert norm(one) == 13
    other = Gate(one.kernel - 2, one.recurrent_kernel, one.bias + np.array([0.0, 1.0]))
    assert distance(one, other) == distance(other, one) == 3
