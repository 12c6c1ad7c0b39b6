"""The oracles: double loops from the equations, closed forms for constant gates, differences through the NumPy LSTM."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from reportgen.evidence import Evidence
from reportgen.lstm.evidence import flow
from reportgen.lstm.evidence.flow import contributions, sample_between, time_constants
from reportgen.lstm.run import Run, State, Trace, in_world
from reportgen.lstm.training import record
from tests.lstm.test_interventions import Array, numpy_lstm


def channel(f: Array, i: Array, g: Array, o: Array | float = 0.5) -> Trace:
    """Return the trace that gates of (B, T, U) make from an empty channel, in float64."""
    state, c = np.zeros_like(f[:, 0]), np.empty_like(f)
    for t in range(f.shape[1]):
        state = f[:, t] * state + i[:, t] * g[:, t]
        c[:, t] = state
    zeros = np.zeros_like(f[:, 0])
    return Trace(i, f, g, np.broadcast_to(o, f.shape), c, o * np.tanh(c), c[..., 0], zeros, zeros)


@given(st.integers(1, 3), st.integers(1, 12), st.integers(1, 4), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3]))
def test_contributions_are_those_of_the_equation(B: int, T: int, U: int, seed: int, saturated: float) -> None:
    rng = np.random.default_rng(seed)
    f, i, g = rng.uniform(0, 1, (B, T, U)), rng.uniform(0, 1, (B, T, U)), rng.uniform(-1, 1, (B, T, U))
    f = np.where(rng.uniform(size=f.shape) < saturated, np.round(f), f)
    trace = channel(f, i, g)
    expected = np.empty_like(f)
    for k in range(T):
        expected[:, k] = i[:, k] * g[:, k]
        for j in range(k + 1, T):
            expected[:, k] *= f[:, j]
    terms = contributions(trace)
    assert_allclose(terms, expected, rtol=1e-12, atol=1e-300)
    assert_allclose(terms.sum(axis=1), trace.c[:, -1], atol=1e-12)


@pytest.mark.parametrize("value", [0.01, 0.5, 1 / math.e, 0.731, 0.999])
def test_time_constant_of_a_constant_gate_is_in_closed_form(value: float) -> None:
    assert_allclose(time_constants(np.full((3, 7, 2), value)), [-1 / np.log(value)] * 2, rtol=1e-12)


def test_time_constant_averages_the_logarithm_in_each_unit() -> None:
    f = np.array([[[0.5, 0.9], [0.25, 0.9]], [[0.5, 0.8], [0.5, 0.8]]])
    expected = [-4 / np.log(0.5 * 0.25 * 0.5 * 0.5), -4 / np.log(0.9**2 * 0.8**2)]
    assert_allclose(time_constants(f), expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_time_constant_of_a_saturated_gate_is_finite(value: float, dtype: Any) -> None:
    with np.errstate(all="raise"):
        (tau,) = time_constants(np.full((2, 3, 1), value, dtype))
    assert np.isfinite(tau)
    assert tau > 1e6 if value else 0 < tau < 0.1


def synthetic(run: Run, **gates: float) -> tuple[dict[str, Any], Trace]:
    """Return what `flow` measures on network 1 with its trace replaced by that of constant gates, and that trace."""
    shape = run.networks[0].trained.trace.c.shape
    trace = channel(*(np.full(shape, gates[name]) for name in "fig"))
    return measured_on(run, trace), trace


def measured_on(run: Run, trace: Trace) -> dict[str, Any]:
    state = dataclasses.replace(run.networks[0].trained, trace=trace)
    return {measured.name: measured.value for measured in flow.measure_state(run, 1, state)}


def test_age_and_flow_of_constant_gates_are_in_closed_form(small_run: Run) -> None:
    f = 0.9
    measured, _ = synthetic(small_run, f=f, i=0.5, g=0.2)
    age = np.arange(100)
    assert measured["flow.mean_age"] == pytest.approx(np.sum(age * f**age) / np.sum(f**age), rel=1e-9)
    assert measured["flow.old_share"] == pytest.approx(100 * (f**11 - f**100) / (1 - f**100), rel=1e-9)
    assert measured["flow.time_constant"] == pytest.approx(-1 / np.log(f), rel=1e-9)
    assert measured["flow.leak"] == pytest.approx(100 * (1 - f), rel=1e-9)
    before = np.mean(0.1 * (1 - f ** np.arange(50, 100)) / (1 - f))
    assert measured["flow.inflow"] == pytest.approx(100 * 0.1 / before, rel=1e-9)
    assert measured["flow.decomposition_error"] < 1e-12
    assert measured["flow.identity_error"] < 1e-12
    assert measured["flow.change_error"] < 1e-12


def test_contributions_that_cancel_are_counted_by_size(small_run: Run) -> None:
    _, trace = synthetic(small_run, f=1.0, i=0.5, g=0.2)
    g = trace.g * np.where(np.arange(100) < 25, -1, 1)[:, None]
    measured = measured_on(small_run, channel(trace.f, trace.i, g))
    assert measured["flow.mean_age"] == pytest.approx(49.5, rel=1e-9)


@pytest.mark.parametrize(("name", "error"), [("c", 0.25), ("h", 0.125)])
def test_a_trace_that_breaks_an_equation_is_noticed(small_run: Run, name: str, error: float) -> None:
    _, trace = synthetic(small_run, f=0.9, i=0.5, g=0.2)
    wrong = getattr(trace, name).copy()
    wrong[5, -1, 2] += error
    measured = measured_on(small_run, dataclasses.replace(trace, **{name: wrong}))
    assert measured["flow.identity_error"] == pytest.approx(error, rel=1e-9)
    if name == "c":
        assert measured["flow.decomposition_error"] == pytest.approx(error, rel=1e-9)
        assert measured["flow.change_error"] == pytest.approx(error, rel=1e-9)


def test_identities_hold_in_the_run(small_evidence: Evidence) -> None:
    for name in ("flow.identity_error", "flow.decomposition_error", "flow.change_error"):
        assert np.all(small_evidence[name].values < 1e-5), name


def differences(state: State, x: Array, start: int, lags: int) -> Array:
    """Return ∂c_{start+lag} / ∂c_start, (lags, B, U, U), by central differences; h follows c from the start."""
    B, units, step = len(x), state.weights.units, 1e-5
    until = numpy_lstm(state.weights, x[:, : start + 1])
    c = until["c"][:, -1]
    jacobian = np.empty((lags, B, units, units))
    for unit in range(units):
        ends = []
        for sign in (1, -1):
            moved = c.copy()
            moved[:, unit] += sign * step
            h = until["o"][:, -1] * np.tanh(moved)
            after = numpy_lstm(state.weights, x[:, start + 1 : start + lags], h, moved)["c"]
            ends.append(np.concatenate([moved[:, None], after], axis=1))
        jacobian[..., unit] = np.moveaxis(ends[0] - ends[1], 1, 0) / (2 * step)
    return jacobian


def test_memory_paths_are_differences_and_products(small_run: Run, small_evidence: Evidence) -> None:
    for number, network in enumerate(small_run.networks):
        for world, state in network.states.items():
            lags, B, U, _ = state.jacobian.shape
            x = small_run.probes.x[:B]
            expected = differences(state, x, start=49, lags=lags)
            assert_allclose(state.jacobian, expected, atol=2e-5)
            f = numpy_lstm(state.weights, x)["f"]
            products = [np.prod(f[:, 50 : 50 + lag], axis=1) for lag in range(lags)]
            channel_alone = np.array([[np.diag(product) for product in products_at] for products_at in products])
            paths = {"direct": channel_alone, "detour": expected - channel_alone, "full": expected}
            orders: tuple[tuple[str, Any, float], ...] = (("", "fro", np.sqrt(U)), ("_spectral", 2, 1.0))
            for suffix, order, scale in orders:
                sizes = {
                    path: np.array([np.mean([np.linalg.norm(each, order) / scale for each in at]) for at in derivative])
                    for path, derivative in paths.items()
                }
                for path, wanted in sizes.items():
                    measurement = small_evidence[in_world(world, f"flow.{path}{suffix}")]
                    assert_allclose(measurement.values[number], wanted, rtol=1e-3, atol=1e-4)
                    assert_array_equal(measurement.axes["lag"], np.arange(41))
                    for name, lag in (("_at_lag", 20),):
                        at_lag = small_evidence[in_world(world, f"flow.{path}{suffix}{name}")].values[number]
                        assert at_lag == pytest.approx(wanted[lag], rel=1e-3, abs=1e-4)
                of_units = np.sort(np.mean(products[20] ** 2, axis=0))[::-1]
                few = small_evidence[in_world(world, "flow.few_share")].values[number]
                assert few == pytest.approx(100 * of_units[:3].sum() / of_units.sum(), rel=1e-3)
                overtaken = next((lag for lag in range(41) if sizes["detour"][lag] > sizes["direct"][lag]), 41)
                assert small_evidence[in_world(world, f"flow.overtaken{suffix}")].values[number] == overtaken


def test_where_no_detour_is_open_none_overtakes(small_run: Run) -> None:
    # Without recurrent weights the channel is the only path, and one more than the lags that were followed is said.
    state = small_run.networks[0].trained
    weights = dataclasses.replace(state.weights, recurrent_kernel=np.zeros_like(state.weights.recurrent_kernel))
    alone = {
        measured.name: measured.value
        for measured in flow.measure_state(small_run, 1, record(weights, small_run.probes.x, 50))
    }
    assert alone["flow.overtaken"] == alone["flow.overtaken_spectral"] == 41
    assert_allclose(alone["flow.detour"], np.zeros(41), atol=1e-6)


def test_time_constants_of_the_run(small_run: Run, small_evidence: Evidence) -> None:
    for number, network in enumerate(small_run.networks):
        for world, state in network.states.items():
            f = numpy_lstm(state.weights, small_run.probes.x)["f"][:, 50:]
            expected = np.sort([-1 / np.log(f[..., unit]).mean() for unit in range(8)])
            assert_allclose(small_evidence[in_world(world, "flow.time_constants")].values[number], expected, rtol=1e-4)
            median = small_evidence[in_world(world, "flow.time_constant")].values[number]
            assert median == pytest.approx((expected[3] + expected[4]) / 2, rel=1e-4)
            longest = small_evidence[in_world(world, "flow.time_constant_max")].values[number]
            assert longest == pytest.approx(expected[-1], rel=1e-4)


def test_valves_set_by_hand_hold_and_empty_exactly(small_evidence: Evidence) -> None:
    assert_array_equal(small_evidence["flow.held_error"].values, [0, 0])
    assert_array_equal(small_evidence["flow.emptied"].values, [0, 0])


def test_errors_in_a_gap(small_run: Run, small_evidence: Evidence) -> None:
    probes = small_run.probes
    half = np.mean(probes.target.astype(np.float64) ** 2) / 2
    for number, network in enumerate(small_run.networks):
        x = np.where(np.arange(100) < 50, probes.x, 0)
        y = numpy_lstm(network.trained.weights, x)["y"]
        errors = np.mean((y - probes.target) ** 2, axis=0)[50:]
        lost = next((gap for gap in range(1, 51) if errors[gap - 1] > half), 51)
        assert small_evidence["flow.gap_lost"].values[number] == lost


@pytest.mark.parametrize("samples", [1, 7, 50])
def test_the_wave_survives_a_gap_as_long_as_it_is_predicted(small_run: Run, samples: int) -> None:
    # The target is what the network says for so many missing samples, and beyond reach after them.
    network = small_run.networks[0]
    y = numpy_lstm(network.trained.weights, np.where(np.arange(100) < 50, small_run.probes.x, 0))["y"]
    target = np.where(np.arange(100) < 50 + samples, y, y + 9)
    run = dataclasses.replace(small_run, probes=dataclasses.replace(small_run.probes, target=target))
    values = {measured.name: measured.value for measured in flow.measure_state(run, 1, network.trained)}
    assert values["flow.gap_lost"] == samples + 1


def test_the_next_change_is_steered_by_what_is_not_in_the_cell_state(small_run: Run, small_evidence: Evidence) -> None:
    x, other = small_run.probes.x, [(wave - 1) % 128 for wave in range(128)]
    for number, network in enumerate(small_run.networks):
        weights = network.trained.weights
        until = numpy_lstm(weights, x[:, :50])
        h, c = until["h"][:, -1], until["c"][:, -1]
        own = numpy_lstm(weights, x[:, 50:51], h, c)["c"][:, 0]
        for name, changed in (
            ("input", numpy_lstm(weights, x[other, 50:51], h, c)["c"][:, 0]),
            ("hidden", numpy_lstm(weights, x[:, 50:51], h[other], c)["c"][:, 0]),
        ):
            expected = 100 * np.mean(np.abs(changed - own)) / np.mean(np.abs(own - c))
            assert small_evidence[f"flow.steered_by_{name}"].values[number] == pytest.approx(expected, rel=1e-3)
        # Net change: of all timesteps after the warm-up.
        c = numpy_lstm(weights, x)["c"]
        net = 100 * np.mean(np.abs(np.diff(c, axis=1)[:, 49:])) / np.mean(np.abs(c[:, 49:-1]))
        assert small_evidence["flow.net"].values[number] == pytest.approx(net, rel=1e-4)


def test_two_snapshots_and_the_weights_tell_the_sample_between(small_run: Run, small_evidence: Evidence) -> None:
    weights = small_run.networks[0].trained.weights
    x = np.linspace(-1.5, 1.5, 128)
    for h, c in (np.zeros((2, 128, 8)), np.random.default_rng(0).uniform(-0.9, 0.9, (2, 128, 8))):
        after = numpy_lstm(weights, x[:, None], h, c)["c"][:, 0]
        assert_allclose(sample_between(weights, h, c, after, (-2, 2)), x, atol=1e-5)
        # Of a sample that was never heard the nearest that was is told, and of snapshots that do not belong together no right one.
        assert np.all(sample_between(weights, h, c, after, (-1, 1)) <= 1)
        assert np.max(np.abs(sample_between(weights, h, c, after[::-1], (-2, 2)) - x)) > 0.1
    assert np.all(small_evidence["flow.sample_between_error"].values < 1e-4)
    assert np.all(small_evidence["flow.sample_between_error"].values > 0)


def test_a_sample_that_another_one_stands_for_is_not_told(small_run: Run) -> None:
    """Of a unit whose candidate does not hear, and whose gates are shut, one sample makes the same as any other."""
    network = small_run.networks[0]
    deaf = dataclasses.replace(network.trained.weights, kernel=np.zeros_like(network.trained.weights.kernel))
    state = record(deaf, small_run.probes.x, small_run.experiment.warm_up)
    values = {measured.name: measured.value for measured in flow.measure_state(small_run, 1, state)}
    assert values["flow.sample_between_error"] > 0.5


def test_the_first_time_constant_is_that_of_a_bias_of_one(small_evidence: Evidence) -> None:
    assert small_evidence["flow.time_constant_start"].values == pytest.approx(-1 / np.log(1 / (1 + np.exp(-1))))
    assert small_evidence["flow.time_constant_start"].values == pytest.approx(3.19, abs=0.005)
