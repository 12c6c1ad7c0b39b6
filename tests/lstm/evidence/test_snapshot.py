"""The oracles: maps and shapes that are known, networks made by hand, transplants as a loop over the NumPy LSTM."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reportgen.evidence import Evidence, Measured
from reportgen.lstm.evidence import snapshot
from reportgen.lstm.evidence.snapshot import linear_probe, turns_in_plane, variance_in_plane
from reportgen.lstm.interventions import forward, run_freely
from reportgen.lstm.run import Run, Weights
from tests.lstm.test_interventions import Array, numpy_lstm


def features(B: int = 40, T: int = 30, K: int = 5) -> Array:
    """Return (B, T, K) of unlike means and scales."""
    rng = np.random.default_rng([B, T, K])
    return rng.normal(rng.normal(0, 3, K), np.geomspace(0.01, 10, K), (B, T, K))


def linear_map(x: Array) -> Array:
    return np.asarray(x @ np.geomspace(10, 0.1, x.shape[-1]) - 0.7)


def test_probe_recovers_a_linear_map() -> None:
    x = features()
    reading = linear_probe(x, linear_map(x))
    assert reading.r2 == pytest.approx(1, abs=1e-12)
    assert reading.interval() == pytest.approx((1, 1), abs=1e-12)


def test_probe_of_collinear_features_recovers_the_map_too() -> None:
    x = features()
    doubled = np.concatenate([x, x[..., :2] * 3 + 1], axis=-1)
    assert linear_probe(doubled, linear_map(x)).r2 == pytest.approx(1, abs=1e-9)


def test_probe_reads_nothing_in_noise() -> None:
    label = np.random.default_rng(1).normal(size=(400, 30))
    assert linear_probe(features(400), label).r2 == pytest.approx(0, abs=0.01)


def test_probe_reads_as_much_as_noise_leaves() -> None:
    x = features(400)
    signal = linear_map(x)
    label = signal + np.random.default_rng(2).normal(0, signal.std() / 2, signal.shape)
    assert linear_probe(x, label).r2 == pytest.approx(0.8, abs=0.02)


def test_probe_never_sees_the_labels_that_are_held_out() -> None:
    x = features()
    truth = linear_map(x)
    corrupted, y = truth.copy(), truth[30:]
    corrupted[30:] = 3 * y + 5
    # The coefficients being those of the true map, it still predicts y where the label says 3y + 5.
    residual = (2 * y + 5) ** 2
    reading = linear_probe(x, corrupted)
    assert reading.r2 == pytest.approx(1 - residual.mean() / (9 * y.var()), rel=1e-9)


def test_probe_fits_on_all_of_the_first_three_quarters() -> None:
    x = features()
    label = np.random.default_rng(3).normal(size=(40, 30)) + linear_map(x)
    rows = np.concatenate([x, np.ones((40, 30, 1))], axis=-1)
    coefficients = np.linalg.lstsq(rows[:30].reshape(-1, 6), label[:30].ravel(), rcond=None)[0]
    residual = np.mean((rows[30:] @ coefficients - label[30:]) ** 2)
    assert linear_probe(x, label).r2 == pytest.approx(1 - residual / label[30:].var(), rel=1e-9)


def test_probe_holds_out_whole_sequences() -> None:
    # Each sequence has features and a label of its own, unchanging: known from one of its timesteps, all are.
    rng = np.random.default_rng(4)
    own = np.repeat(rng.normal(size=(32, 1, 23)), 10, axis=1)
    label = np.repeat(rng.normal(size=(32, 1)), 10, axis=1)
    assert linear_probe(own, label).r2 < 0.3


def test_a_circle_lies_in_a_plane_and_noise_does_not() -> None:
    rng = np.random.default_rng(0)
    plane = np.linalg.qr(rng.normal(size=(16, 2)))[0].T
    angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    circle = np.stack([3 * np.cos(angle), np.sin(angle)], axis=1) @ plane + rng.normal(size=16)
    assert variance_in_plane(circle) == pytest.approx(1, abs=1e-12)
    assert variance_in_plane(rng.normal(size=(20_000, 16))) == pytest.approx(2 / 16, abs=0.01)
    assert variance_in_plane(rng.normal(size=(20_000, 3)) * [3, 2, 1] + 50) == pytest.approx(13 / 14, abs=0.01)


def test_plane_share_of_the_run(small_run: Run, small_evidence: Evidence) -> None:
    for number, network in enumerate(small_run.networks):
        c = numpy_lstm(network.trained.weights, small_run.probes.x)["c"][:, 50:]
        variances = [np.sort(np.linalg.eigvalsh(np.cov(wave.T))) for wave in c]
        expected = 100 * np.mean([values[-2:].sum() / values.sum() for values in variances])
        assert small_evidence["snapshot.plane_share"].values[number] == pytest.approx(expected, rel=1e-4)


def test_resuming_is_exact_with_h(small_evidence: Evidence) -> None:
    assert_array_equal(small_evidence["snapshot.resume_error"].values, [0, 0])


def test_without_h_the_next_prediction_is_off_and_c_tells_it_nearly(small_run: Run, small_evidence: Evidence) -> None:
    x, target = small_run.probes.x, small_run.probes.target
    for number, network in enumerate(small_run.networks):
        weights = network.trained.weights
        whole = numpy_lstm(weights, x)
        c, h = whole["c"], whole["h"]
        levels = np.concatenate([c, np.tanh(c)], axis=-1)
        fitted, shown = levels[:96, 50:].reshape(-1, 16), h[:96, 50:].reshape(-1, 8)
        # A ridge as least squares: one more row for each regressor, which asks its coefficient to be zero.
        centre = fitted.mean(axis=0)
        rows = np.concatenate([fitted - centre, np.sqrt(1e-6 * len(fitted)) * np.eye(16)])
        fit, *_ = np.linalg.lstsq(rows, np.concatenate([shown - shown.mean(axis=0), np.zeros((16, 8))]), rcond=None)
        told = (levels[96:, 49] - centre) @ fit + shown.mean(axis=0)
        for name, instead in (("zero", np.zeros((32, 8))), ("told", told)):
            y = numpy_lstm(weights, x[96:, 50:51], instead, c[96:, 49])["y"][:, 0]
            expected = np.sqrt(np.mean((y - whole["y"][96:, 50]) ** 2))
            measured = small_evidence[f"snapshot.off_with_h_{name}"].values[number]
            assert measured == pytest.approx(expected, rel=1e-2, abs=1e-5), name
        anyway = np.sqrt(np.mean((whole["y"][96:, 50:] - target[96:, 50:]) ** 2))
        assert small_evidence["snapshot.off_anyway"].values[number] == pytest.approx(anyway, rel=1e-4)


def test_the_interval_of_a_probe_is_that_of_resampled_sequences() -> None:
    x = features(400)
    signal = linear_map(x)
    noisy = signal + np.random.default_rng(2).normal(0, signal.std() / 2, signal.shape)
    low, high = linear_probe(x, noisy).interval()
    assert low < 0.8 < high
    assert 0.005 < high - low < 0.03
    # Of fewer sequences it is wider.
    few = linear_probe(x[:40], noisy[:40]).interval()
    assert few[1] - few[0] > 2 * (high - low)


def values(measured: Iterable[Measured]) -> dict[str, Any]:
    return {one.name: one.value for one in measured}


def test_a_prediction_that_differs_after_resuming_is_noticed(small_run: Run) -> None:
    network = small_run.networks[0]
    resumed = network.resumed.copy()
    resumed[7, 31] -= 0.25
    found = values(snapshot.measure_network(small_run, 1, dataclasses.replace(network, resumed=resumed)))
    assert found["snapshot.resume_error"] == pytest.approx(0.25, abs=1e-6)


def r2(x: Array, label: Array) -> float:
    """Return the R² on the last 32 sequences of an ordinary least squares fit to the first 96."""
    rows = np.concatenate([x, np.ones((*x.shape[:2], 1))], axis=-1)
    coefficients = np.linalg.lstsq(rows[:96].reshape(-1, rows.shape[-1]), label[:96].ravel(), rcond=None)[0]
    return float(1 - np.mean((rows[96:] @ coefficients - label[96:]) ** 2) / label[96:].var())


def test_probes_of_the_run_read_what_they_say(small_run: Run, small_evidence: Evidence) -> None:
    probes = small_run.probes
    labels = {"phase": np.cos(probes.phase), "frequency": np.repeat(1 / probes.period[:, None], 100, axis=1)}
    window = np.stack([probes.x[:, 50 - lag : 100 - lag] for lag in range(20)], axis=-1).astype(np.float64)
    products = np.concatenate([window, *(window[..., lag:] * window[..., : 20 - lag] for lag in range(20))], axis=-1)
    assert products.shape[-1] == 20 + 210
    for number, network in enumerate(small_run.networks):
        for world, weights in (("", network.trained.weights), ("untrained.", network.untrained.weights)):
            c = numpy_lstm(weights, probes.x)["c"][:, 50:]
            for name, label in labels.items():
                expected = r2(c, label[:, 50:].astype(np.float64))
                prefix = f"{world}snapshot.{name}"
                assert small_evidence[f"{prefix}_r2"].values[number] == pytest.approx(expected, abs=1e-3), prefix
                missed = small_evidence[f"{prefix}_unexplained"].values[number]
                assert missed == pytest.approx(1 - expected, rel=2e-2)
                low, high = (small_evidence[f"{prefix}_r2_{end}"].values[number] for end in ("low", "high"))
                assert low < expected < high
        without = small_evidence["snapshot.frequency_r2_products"].values[number]
        assert without == pytest.approx(r2(products, labels["frequency"][:, 50:]), abs=1e-3)
        samples = small_evidence["snapshot.phase_r2_samples"].values[number]
        assert samples == pytest.approx(r2(window, labels["phase"][:, 50:].astype(np.float64)), abs=1e-3)


def test_a_transplanted_state_goes_on_as_its_donor_saw_it(small_run: Run, small_evidence: Evidence) -> None:
    probes = small_run.probes
    disturbance = small_evidence["snapshot.disturbance"]
    for number, network in enumerate(small_run.networks):
        weights = network.trained.weights
        until = numpy_lstm(weights, probes.x[:, :50])
        donors = [(host - 1) % 128 for host in range(128)]
        h, c = until["h"][donors, -1], until["c"][donors, -1]

        def said(h: Array, c: Array, weights: Weights = weights) -> Array:
            x, predicted = probes.x[:, 50:51].astype(np.float64), []
            for _ in range(25):
                predicted.append(numpy_lstm(weights, x, h, c)["y"][:, -1])
                x = np.concatenate([x, predicted[-1][:, None]], axis=1)
            return np.stack(predicted, axis=1)

        y, wave = said(h, c), probes.target[:, 50:75].astype(np.float64)
        for name, mixed in (("c", said(until["h"][:, -1], c)), ("h", said(h, until["c"][:, -1]))):
            error = small_evidence[f"snapshot.transplant_error_{name}"].values[number]
            assert error == pytest.approx(np.mean((mixed - wave[donors]) ** 2), rel=1e-3)
        for name, truth in (("donor", wave[donors]), ("host", wave)):
            error = small_evidence[f"snapshot.transplant_error_{name}"].values[number]
            assert error == pytest.approx(np.mean((y - truth) ** 2), rel=1e-3)

        x = probes.x[donors, 50:51].astype(np.float64)
        for _ in range(25):
            x = np.concatenate([x, numpy_lstm(weights, x, h, c)["y"][:, -1:]], axis=1)
        untouched = np.mean((x[:, 1:] - wave[donors]) ** 2)
        assert small_evidence["snapshot.transplant_error_untouched"].values[number] == pytest.approx(
            untouched, rel=1e-3
        )

        driven = numpy_lstm(weights, probes.x[:, 50:], h, c)["y"]
        undisturbed = numpy_lstm(weights, probes.x)["y"][:, 50:]
        assert_allclose(disturbance.values[number], np.mean((driven - undisturbed) ** 2, axis=0), rtol=1e-3, atol=1e-9)


def test_recovery_ends_where_the_difference_stays_below_a_tenth_of_the_first(small_run: Run) -> None:
    # So much more in every cell drowns the wave, and runs out within some tens of steps.
    network = small_run.networks[0]
    trace = dataclasses.replace(network.trained.trace, c=network.trained.trace.c + 30)
    found = values(snapshot.measure_state(small_run, 1, dataclasses.replace(network.trained, trace=trace)))

    probes = small_run.probes
    h = np.roll(trace.h[:, 49], 1, axis=0)
    driven = numpy_lstm(network.trained.weights, probes.x[:, 50:], h, np.roll(trace.c[:, 49], 1, axis=0))["y"]
    difference = np.mean((driven - trace.y[:, 50:]) ** 2, axis=0)
    settled = next(step for step in range(1, 51) if np.all(difference[step - 1 :] <= difference[0] / 10))
    assert found["snapshot.recovery"] == settled > 2


def test_a_difference_that_never_falls_to_a_tenth_is_followed_to_the_end(small_run: Run) -> None:
    # A channel that neither leaks nor hears keeps the donor's content.
    weights = small_run.networks[0].trained.weights
    zeros = {name: np.zeros_like(getattr(weights, name)) for name in ("kernel", "recurrent_kernel")}
    bias = np.repeat(np.array([-30, 30, 0, 30], np.float32), weights.units)  # i, f, g, o
    deaf = dataclasses.replace(weights, **zeros, bias=bias)
    rng = np.random.default_rng(4)
    c = rng.normal(size=small_run.networks[0].trained.trace.c.shape).astype(np.float32)
    whole = forward(deaf, small_run.probes.x, np.tanh(c[:, 0]), c[:, 0])
    state = dataclasses.replace(small_run.networks[0].trained, weights=deaf, trace=whole)
    assert values(snapshot._transplant(small_run, state))["snapshot.recovery"] == 51


@pytest.mark.parametrize("period", [7.0, 20.0, 33.3])
def test_periods_are_counted_between_crossings(period: float) -> None:
    y = 3 + np.sin(2 * np.pi * np.arange(400) / period + np.array([[0.3], [2.0], [5.0]]))
    assert_allclose(snapshot.periods(y), period, rtol=0.01)


def test_what_does_not_swing_twice_has_no_period() -> None:
    assert_array_equal(snapshot.periods(np.stack([np.zeros(50), np.linspace(0, 1, 50)])), [np.inf, np.inf])


def test_the_long_run_is_counted_wave_by_wave(small_run: Run, small_evidence: Evidence) -> None:
    cut, network = 50, small_run.networks[1]
    until = numpy_lstm(network.trained.weights, small_run.probes.x[:, :cut])
    free = run_freely(network.trained.weights, until["h"][:, -1], until["c"][:, -1], 5000).y[:, -200:]
    swinging = [(wave.max() - wave.min()) / 2 > 0.1 for wave in free]
    assert small_evidence["snapshot.still_swinging"].values[1] == pytest.approx(100 * np.mean(swinging), abs=1)
    lengths = snapshot.periods(free)
    kept = [
        s and abs(length / own - 1) < 0.1
        for s, length, own in zip(swinging, lengths, small_run.probes.period, strict=True)
    ]
    assert small_evidence["snapshot.period_kept"].values[1] == pytest.approx(100 * np.mean(kept), abs=4)


@pytest.mark.parametrize("turns", [1, -1, 2, 0.5])
def test_turns_are_counted_against_the_phase_of_the_wave(turns: float) -> None:
    phase = 3 + np.linspace(0, 5 * np.pi, 60)  # two and a half periods
    plane = np.linalg.qr(np.random.default_rng(1).normal(size=(6, 2)))[0].T
    circle = np.stack([2 * np.cos(turns * phase), 2 * np.sin(turns * phase)], axis=1) @ plane + 5
    assert turns_in_plane(circle, phase) == pytest.approx(abs(turns), abs=0.06)


def by_hand(f: float, i: float, turn: Array) -> Weights:
    """Return two units with constant f and i, and o = 1; g = tanh(turn · h₋₁), y = h of the first; no input has a part in it."""
    bias = [logit(value) for value in (i, f, 0.5, 1) for _ in range(2)]
    kernels = [turn.T if gate == "g" else np.zeros((2, 2)) for gate in "ifgo"]
    arrays = (np.zeros((1, 8)), np.concatenate(kernels, axis=1), np.array(bias), np.array([[1.0], [0.0]]), np.zeros(1))
    return Weights(*(array.astype(np.float32) for array in arrays))


def logit(value: float) -> float:
    return float(np.log(value / (1 - value))) if 0 < value < 1 else 200 * np.sign(value - 0.5)


def test_a_long_run_of_a_quarter_turn_in_every_step_swings_with_no_wave_of_its_own(small_run: Run) -> None:
    trained = small_run.networks[0].trained
    quarter = 2.0 * np.array([[0.0, -1.0], [1.0, 0.0]])
    c = np.random.default_rng(2).uniform(1, 3, (128, 100, 2)).astype(np.float32)
    trace = dataclasses.replace(trained.trace, c=c, h=np.tanh(c))
    for weights, swinging in ((by_hand(0, 1, quarter), 100), (by_hand(1, 0, np.zeros((2, 2))), 0)):
        found = values(snapshot._long_run(small_run, dataclasses.replace(trained, weights=weights, trace=trace)))
        assert found["snapshot.still_swinging"] == swinging
        assert found["snapshot.period_kept"] == 0
