"""The oracles: closed forms, a direct least-squares design, and a free run written as a loop over the NumPy LSTM."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reportgen.evidence import Evidence
from reportgen.lstm.evidence import task
from reportgen.lstm.run import Run, in_world
from reportgen.lstm.signals import Sequences, probe_sequences, training_sequences
from tests.lstm.test_interventions import Array, numpy_lstm


def persistence_error(run: Run, x: Array, clean_next: Array) -> Any:
    probes = dataclasses.replace(run.probes, x=x.astype(np.float32), target=clean_next.astype(np.float32))
    measured = task.measure_network(dataclasses.replace(run, probes=probes), 1, run.networks[0])
    return next(m.value for m in measured if m.name == "task.error_persistence")


def test_persistence_error_in_closed_form(small_run: Run) -> None:
    # Over the two whole periods after the warm-up: mean of (sin(a + w) − sin a)² = 1 − cos w.
    w = 2 * np.pi / 25
    phase = w * np.arange(100) + np.linspace(0, 6, 128)[:, None]
    error = persistence_error(small_run, np.sin(phase), np.sin(phase + w))
    assert error == pytest.approx(1 - np.cos(w), rel=1e-5)
    # What comes before the end of the warm-up does not count.
    late = np.where(np.arange(100) < 50, 9, np.sin(phase))
    assert persistence_error(small_run, late, np.sin(phase + w)) == pytest.approx(1 - np.cos(w), rel=1e-5)


def test_persistence_error_of_the_run_is_that_of_sine_and_noise(small_run: Run, small_evidence: Evidence) -> None:
    w = 2 * np.pi / small_run.probes.period.astype(np.float64)
    expected = np.mean(1 - np.cos(w)) + small_run.experiment.noise**2
    assert small_evidence["task.error_persistence"].values == pytest.approx(expected, rel=0.05)


def test_least_squares_is_that_of_a_direct_design(small_run: Run, small_evidence: Evidence) -> None:
    window = 50

    def design(waves: Sequences) -> tuple[Array, Array]:
        rows, targets = [], []
        for x, target in zip(waves.x.astype(np.float64), waves.target, strict=True):
            for t in range(50, 100):
                rows.append([1.0, *x[t - window + 1 : t + 1]])
                targets.append(target[t])
        return np.array(rows), np.array(targets, np.float64)

    for number, error in enumerate(small_evidence["task.error_window"].values, 1):
        coefficients = np.linalg.lstsq(*design(training_sequences(small_run.experiment, number)), rcond=None)[0]
        rows, targets = design(small_run.probes)
        assert error == pytest.approx(np.mean((rows @ coefficients - targets) ** 2), rel=1e-4)


def test_the_sinusoid_is_the_best_of_a_search(small_run: Run, small_evidence: Evidence) -> None:
    # Each wave's past fitted apart, by a plain least-squares solver on as many periods.
    experiment, probes = small_run.experiment, small_run.probes
    frequencies = np.linspace(1 / experiment.period_max, 1 / experiment.period_min, 400)
    predicted = task.fitted_sinusoid(probes.x, (experiment.period_min, experiment.period_max), 50)
    assert predicted.shape == probes.target[:, 50:].shape
    for wave, t in ((0, 50), (3, 71), (17, 99)):
        past, at = probes.x[wave, : t + 1].astype(np.float64), np.arange(t + 1)
        fits = []
        for frequency in frequencies:
            design = np.stack([np.cos(2 * np.pi * frequency * at), np.sin(2 * np.pi * frequency * at)], axis=1)
            (a, b), *_ = np.linalg.lstsq(design, past, rcond=None)
            ahead = 2 * np.pi * frequency * (t + 1)
            fits.append((np.sum((design @ (a, b) - past) ** 2), a * np.cos(ahead) + b * np.sin(ahead)))
        assert predicted[wave, t - 50] == pytest.approx(min(fits)[1], abs=1e-6)
    error = np.mean((predicted - probes.target[:, 50:]) ** 2)
    assert small_evidence["task.error_sinusoid"].values == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("periods", [(15.0, 50.0), (20.0, 20.0)])
def test_of_a_clean_sinusoid_little_is_left(periods: tuple[float, float]) -> None:
    phase = 2 * np.pi / 20 * np.arange(101) + np.linspace(0, 6, 9)[:, None]
    wave = np.sin(phase)
    predicted = task.fitted_sinusoid(wave[:, :-1], periods, 50)
    assert_allclose(predicted, wave[:, 51:], atol=0.02 if periods[0] < periods[1] else 1e-9)


def test_a_linear_predictor_of_clean_waves_errs_by_rounding_alone(small_run: Run) -> None:
    # Two samples tell a sinusoid's next if its period is one; a window of fifty tells it for a range of periods.
    clean = dataclasses.replace(small_run.experiment, noise=0.0)
    training, probes = training_sequences(clean, 1), probe_sequences(clean)
    predicted = task._least_squares(training.x, training.target, probes.x, 50)
    assert np.mean((predicted - probes.target[:, 50:]) ** 2) < 1e-11


def test_errors_are_those_of_the_equations(small_run: Run, small_evidence: Evidence) -> None:
    target = small_run.probes.target[:, 50:]
    for number, network in enumerate(small_run.networks):
        errors = {}
        for world, state in network.states.items():
            y = numpy_lstm(state.weights, small_run.probes.x)["y"][:, 50:]
            errors[world] = np.mean((y - target) ** 2)
            measured = small_evidence[in_world(world, "task.error")].values[number]
            assert measured == pytest.approx(errors[world], rel=1e-4)
            zero = small_evidence[in_world(world, "task.zero")].values[number]
            assert zero == pytest.approx(np.mean(target**2) / errors[world], rel=1e-4)
        assert errors["trained"] < small_evidence["task.error_persistence"].values[number] < errors["untrained"]


def test_parameters_are_counted(small_evidence: Evidence) -> None:
    U = 8
    assert_array_equal(small_evidence["task.parameters_lstm"].values, [4 * (U * (U + 1) + U)] * 2)
    assert_array_equal(small_evidence["task.parameters_readout"].values, [U + 1] * 2)


def test_settings_are_those_of_the_run(small_run: Run, small_evidence: Evidence) -> None:
    for name in (
        "networks",
        "units",
        "epochs",
        "sequences",
        "timesteps",
        "period_min",
        "period_max",
        "noise",
        "seed",
        "batch_size",
        "learning_rate",
    ):
        assert_array_equal(small_evidence[f"task.{name}"].values, [getattr(small_run.experiment, name)] * 2)
    assert_array_equal(small_evidence["task.probes"].values, [128] * 2)
    assert_array_equal(small_evidence["task.warm_up"].values, [50] * 2)


def test_free_run_feeds_the_output_back_from_the_end_of_the_warm_up(small_run: Run, small_evidence: Evidence) -> None:
    probes = small_run.probes
    measurement = small_evidence["task.free_run_errors"]
    assert_array_equal(measurement.axes["horizon"], np.arange(1, 51))
    for number, network in enumerate(small_run.networks):
        weights = network.trained.weights
        x = probes.x[:, :50].astype(np.float64)
        errors = []
        for step in range(50):
            y = numpy_lstm(weights, x)["y"][:, -1]
            errors.append(np.mean((y - probes.target[:, 49 + step]) ** 2))
            x = np.concatenate([x, y[:, None]], axis=1)
        assert_allclose(measurement.values[number], errors, rtol=1e-3)
        assert small_evidence["task.free_run_error_10"].values[number] == pytest.approx(errors[9], rel=1e-3)
        assert small_evidence["task.free_run_error_end"].values[number] == pytest.approx(errors[49], rel=1e-3)
