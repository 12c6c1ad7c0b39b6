"""The oracles: the equations in float64, columns counted by hand, gates held in the NumPy LSTM, lessons made up."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from reportgen.evidence import Evidence
from reportgen.lstm.evidence import gates
from reportgen.lstm.evidence.gates import distance, locked, norm, phase_means, together
from reportgen.lstm.run import GATES, Gate, Lessons, Network, Run, TrainedHeld, Weights
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


def test_a_typical_unit_swings_as_far_as_its_values_deviate(small_run: Run, small_evidence: Evidence) -> None:
    for number, network in enumerate(small_run.networks):
        factors = []
        for gate in COLUMNS:
            far = {}
            for world, state in (("", network.trained), ("untrained.", network.untrained)):
                values = numpy_lstm(state.weights, small_run.probes.x)[gate][:, 50:]
                far[world] = np.median([np.std(values[..., unit]) for unit in range(8)])
                measured = small_evidence[f"{world}gates.swing_{gate}"].values[number]
                assert measured == pytest.approx(far[world], rel=1e-3), (world, gate)
            factors.append(far[""] / far["untrained."])
        assert small_evidence["gates.swung_least"].values[number] == pytest.approx(min(factors), rel=1e-3)


@pytest.mark.parametrize(
    ("of_all", "one", "which"),
    [
        ("locked_least", "locked", min),
        ("together_most", "together", max),
        ("moved_least", "moved", min),
        ("gradient_least", "gradient", min),
    ],
)
def test_what_is_said_of_all_four_is_said_of_the_worst(
    small_evidence: Evidence, of_all: str, one: str, which: Callable[[list[float]], float]
) -> None:
    for number in range(2):
        four = [float(small_evidence[f"gates.{one}_{gate}"].values[number]) for gate in COLUMNS]
        assert small_evidence[f"gates.{of_all}"].values[number] == which(four)
        assert len(set(four)) == 4


def test_the_output_gate_is_held_for_one_of_those_who_look_through_it(small_run: Run, small_evidence: Evidence) -> None:
    """A loop with two hidden states: the one that the read-out sees, and the one that is fed back."""
    x, target = small_run.probes.x.astype(np.float64), small_run.probes.target[:, 50:]
    for number, network in enumerate(small_run.networks):
        weights = network.trained.weights
        free = numpy_lstm(weights, x)
        own = np.mean((free["y"][:, 50:] - target) ** 2)
        mean = free["o"][:, 50:].reshape(-1, 8).mean(axis=0)
        for held in ("read_out", "fed_back"):
            h, c, said = np.zeros((128, 8)), np.zeros((128, 8)), []
            for t in range(100):
                step = numpy_lstm(weights, x[:, t : t + 1], h, c)
                c, o = step["c"][:, 0], step["o"][:, 0]
                h = (mean if held == "fed_back" else o) * np.tanh(c)
                seen = (mean if held == "read_out" else o) * np.tanh(c)
                said.append(seen @ weights.readout_kernel[:, 0] + weights.readout_bias[0])
            cost = np.mean((np.stack(said, axis=1)[:, 50:] - target) ** 2) / own
            assert small_evidence[f"gates.cost_o_{held}"].values[number] == pytest.approx(cost, rel=1e-3), held


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
        own = error(network.trained.weights)
        for gate in "ifgo":
            cost = error(getattr(network.held, gate)) / own
            assert small_evidence[f"gates.retrained_{gate}"].values[number] == pytest.approx(cost, rel=1e-3), gate
        assert small_evidence["gates.reseeded"].values[number] == pytest.approx(error(network.reseeded) / own, rel=1e-3)
    # Four that are unlike: none stands for another.
    network = small_run.networks[0]
    held = TrainedHeld(
        *(dataclasses.replace(network.trained.weights, readout_bias=np.full(1, bias)) for bias in (1, 2, 3, 4))
    )
    values = measured(small_run, dataclasses.replace(network, held=held))
    for gate, weights in zip("ifgo", vars(held).values(), strict=True):
        cost = error(weights) / error(network.trained.weights)
        assert values[f"gates.retrained_{gate}"] == pytest.approx(cost, rel=1e-3)


def test_what_lessons_are_worth(small_run: Run) -> None:
    network, phase = small_run.networks[0], small_run.probes.phase[96:, 50:].astype(np.float64)
    away = np.abs(np.sin(phase + 1e-5)) > np.abs(np.sin(phase))
    point = away.copy()
    point[:8] ^= True
    lessons = Lessons(
        np.where(point, 0.9, 0.1), np.where(away, 0.49, 0.51), np.full(phase.shape, 0.7), np.where(away, 0.51, 0.49)
    )
    found = measured(small_run, dataclasses.replace(network, lessons=lessons))
    assert found["gates.away_point"] == pytest.approx(75)
    assert found["gates.away_window"] == pytest.approx(0)
    assert found["gates.away_untrained"] == pytest.approx(100 * np.mean(away))
    assert found["gates.away_state"] == pytest.approx(100)


def test_cost_of_putting_weights_back(small_run: Run, small_evidence: Evidence) -> None:
    x, target = small_run.probes.x, small_run.probes.target[:, 50:]
    for number, network in enumerate(small_run.networks):
        own = np.mean((numpy_lstm(network.trained.weights, x)["y"][:, 50:] - target) ** 2)
        for gate, columns in COLUMNS.items():
            arrays = {name: array.copy() for name, array in vars(network.trained.weights).items()}
            for name in ("kernel", "recurrent_kernel", "bias"):
                arrays[name][..., columns] = getattr(network.untrained.weights, name)[..., columns]
            error = np.mean((numpy_lstm(Weights(**arrays), x)["y"][:, 50:] - target) ** 2)
            assert small_evidence[f"gates.unlearned_{gate}"].values[number] == pytest.approx(error / own, rel=1e-3)


def test_a_gate_opens_and_closes_where_its_mean_does(small_run: Run, small_evidence: Evidence) -> None:
    unit = int(small_evidence["example.unit"].values[0]) - 1
    trace = numpy_lstm(small_run.networks[0].trained.weights, small_run.probes.x)
    degrees = np.degrees(small_run.probes.phase[:, 50:].astype(np.float64)) % 360
    trace["poured"] = trace["i"] * trace["g"]
    for gate in (*GATES, "c", "poured"):
        values = trace[gate][:, 50:, unit]
        means = {}
        for centre in range(0, 360, 15):
            near = np.abs((degrees - centre + 180) % 360 - 180) < 7.5
            means[centre] = values[near].mean()
        for which, extreme in (("opens", max), ("closes", min)):
            expected = extreme(means, key=lambda centre: means[centre])
            assert small_evidence[f"gates.{which}_{gate}"].values.tolist() == [expected] * 2
            measured_value = small_evidence[f"gates.{which}_{gate}_value"].values[0]
            assert measured_value == pytest.approx(means[expected], abs=1e-3)


def test_units_peak_together_or_spread_over_the_wave() -> None:
    phase = uniform_phase(20, 200)[..., None]
    assert together(np.cos(phase - np.full(6, 1.3)), phase[..., 0]) == pytest.approx(1)
    assert together(np.cos(phase - np.arange(6) * np.pi / 3), phase[..., 0]) == pytest.approx(0, abs=1e-6)
    assert together(np.cos(phase - np.array([0, np.pi / 2])), phase[..., 0]) == pytest.approx(np.sqrt(0.5), abs=1e-3)
    # What a unit swings by does not count.
    assert together(np.array([5, 0.1]) * np.cos(phase - np.array([0, np.pi / 2])), phase[..., 0]) == pytest.approx(
        np.sqrt(0.5), abs=1e-3
    )


def test_a_part_of_the_period_that_no_sample_falls_into_counts_nothing() -> None:
    means = phase_means(np.ones((3, 4, 2)), np.zeros((3, 4)))
    assert means[0].tolist() == [1, 1]
    assert not means[1:].any()


def uniform_phase(B: int = 30, T: int = 40) -> Array:
    return np.arange(B * T).reshape(B, T) * 2 * np.pi / (B * T) + 1


@pytest.mark.parametrize(("harmonic", "share"), [(1, 1), (2, 1), (3, 0)])
def test_two_harmonics_are_locked_to_the_phase_and_a_third_is_not(harmonic: int, share: float) -> None:
    wave = np.cos(harmonic * uniform_phase() + 0.4)
    assert locked(0.5 + 0.3 * wave[..., None], uniform_phase()) == pytest.approx(share, abs=1e-9)


def test_noise_is_not_locked_and_units_count_by_their_variance() -> None:
    phase, noise = uniform_phase(100, 100), np.random.default_rng(4).normal(size=(100, 100))
    assert locked(noise[..., None], phase) == pytest.approx(0, abs=2e-3)
    mixed = np.sqrt(2) * np.sin(phase) + noise / 2
    assert locked(mixed[..., None], phase) == pytest.approx(0.8, abs=0.01)
    # A unit counts by what it swings: half of the variance is noise, and then nearly all.
    assert locked(np.stack([np.cos(phase), noise / np.sqrt(2)], axis=-1), phase) == pytest.approx(0.5, abs=0.01)
    assert locked(np.stack([np.cos(phase), noise * 100], axis=-1), phase) == pytest.approx(0, abs=2e-3)


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
