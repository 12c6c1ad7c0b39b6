"""The oracle is an LSTM in float64, written from the equations; other tests import it from here."""

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from reportgen.lstm.interventions import forward, lstm_step, run_freely, sigmoid
from reportgen.lstm.run import Run, Trace, Weights

Array = NDArray[Any]

RECORDED = ("i", "f", "g", "o", "c", "h", "y")


def numpy_lstm(
    weights: Weights,
    x: Array,
    h: Array | None = None,
    c: Array | None = None,
    order: str = "ifgo",
    hold: Mapping[str, Any] | None = None,
) -> dict[str, Array]:
    """Return i, f, g, o, c, h, (B, T, U), and y, (B, T), in float64 from weights and x: (B, T); no layer's h is shown to it."""
    w, v, b, readout, offset = (np.asarray(array, np.float64) for array in vars(weights).values())
    U = len(v)
    h = np.zeros((len(x), U)) if h is None else h.astype(np.float64)
    c = np.zeros((len(x), U)) if c is None else c.astype(np.float64)
    trace: dict[str, list[Array]] = {name: [] for name in RECORDED}
    for t in range(x.shape[1]):
        now: dict[str, Array] = {}
        for place, name in enumerate(order):
            own = slice(place * U, place * U + U)
            z = x[:, t : t + 1].astype(np.float64) @ w[:, own] + h @ v[:, own] + b[own]
            now[name] = np.tanh(z) if name == "g" else 1 / (1 + np.exp(-z))
        now |= {name: np.full_like(c, value) for name, value in (hold or {}).items()}
        c = now["f"] * c + now["i"] * now["g"]
        h = now["o"] * np.tanh(c)
        for name, value in (now | {"c": c, "h": h, "y": h @ readout[:, 0] + offset[0]}).items():
            trace[name].append(value)
    return {name: np.stack(values, axis=1) for name, values in trace.items()}


def random_weights(units: int, dtype: Any = np.float64) -> Weights:
    """Return weights of which no two gates have like ones."""
    rng = np.random.default_rng(units)
    shapes = [(1, 4 * units), (units, 4 * units), (4 * units,), (units, 1), (1,)]
    return Weights(*(rng.normal(0, 0.7, shape).astype(dtype) for shape in shapes))


def random_state(units: int, B: int) -> tuple[Array, Array, Array]:
    """Return x: (B, 12), h and c: (B, U)."""
    rng = np.random.default_rng([units, B])
    return rng.normal(size=(B, 12)), rng.uniform(-1, 1, (B, units)), rng.normal(size=(B, units))


def assert_is_trace(trace: Trace, expected: Mapping[str, Array], tolerance: float) -> None:
    for name in RECORDED:
        assert_allclose(getattr(trace, name), expected[name], atol=tolerance, rtol=0, err_msg=name)


@pytest.mark.parametrize("units", [1, 5, 16])
def test_forward_is_the_equations(units: int) -> None:
    weights = random_weights(units)
    x, h, c = random_state(units, 3)
    assert_is_trace(forward(weights, x), numpy_lstm(weights, x), 1e-13)
    trace = forward(weights, x, h, c)
    assert_is_trace(trace, numpy_lstm(weights, x, h, c), 1e-13)
    assert_array_equal(trace.h_previous[:, 0], h)
    assert_array_equal(trace.c_previous[:, 0], c)
    assert trace.c.dtype == np.float64


def test_forward_is_the_trace_that_was_recorded(small_run: Run) -> None:
    for network in small_run.networks:
        for state in (network.untrained, network.trained):
            trace = forward(state.weights, small_run.probes.x)
            assert_is_trace(trace, vars(state.trace), 1e-5)
            assert {array.dtype for array in vars(trace).values()} == {np.dtype(np.float32)}


@given(cut=st.integers(1, 99), network=st.integers(0, 1), held=st.sampled_from([None, {"f": 0.9}]))
def test_resuming_at_any_cut_gives_the_same_bits(
    small_run: Run, cut: int, network: int, held: dict[str, float] | None
) -> None:
    weights, x = small_run.networks[network].trained.weights, small_run.probes.x
    whole = forward(weights, x, hold=held)
    before = forward(weights, x[:, :cut], hold=held)
    after = forward(weights, x[:, cut:], before.h[:, -1], before.c[:, -1], held)
    for name in RECORDED:
        parts = [getattr(before, name), getattr(after, name)]
        assert np.concatenate(parts, axis=1).tobytes() == getattr(whole, name).tobytes(), name


def test_resuming_needs_h_too(small_run: Run) -> None:
    weights, x = small_run.networks[0].trained.weights, small_run.probes.x
    whole = forward(weights, x)
    without_h = forward(weights, x[:, 50:], None, whole.c[:, 49])
    assert np.max(np.abs(without_h.y - whole.y[:, 50:])) > 0.01


@pytest.mark.parametrize("name", ["i", "f", "g", "o"])
@pytest.mark.parametrize("value", [0.0, 1.0, np.linspace(0.1, 0.9, 5)], ids=["0", "1", "by-unit"])
def test_a_held_gate_has_its_value_and_the_rest_follows(name: str, value: Any) -> None:
    weights = random_weights(5)
    x, h, c = random_state(5, 3)
    trace = forward(weights, x, h, c, {name: value})
    assert_array_equal(getattr(trace, name), np.full((3, 12, 5), value))
    assert_is_trace(trace, numpy_lstm(weights, x, h, c, hold={name: value}), 1e-13)
    assert np.max(np.abs(trace.c - forward(weights, x, h, c).c)) > 1e-3 or name == "o"
    assert np.max(np.abs(trace.h - forward(weights, x, h, c).h)) > 1e-3


def test_several_gates_held_close_the_channel_or_empty_it() -> None:
    weights = random_weights(5, np.float32)
    x, h, c = (array.astype(np.float32) for array in random_state(5, 3))
    closed = forward(weights, x, h, c, {"f": 1.0, "i": 0.0})
    assert_array_equal(closed.c, np.broadcast_to(c[:, None], closed.c.shape))
    assert closed.c.dtype == np.float32
    assert not forward(weights, x[:, :1], h, c, {"f": 0.0, "i": 0.0}).c.any()


def test_one_step_is_the_first_of_forward() -> None:
    weights = random_weights(5)
    x, h, c = random_state(5, 3)
    step, trace = lstm_step(weights, x[:, 0], h, c), forward(weights, x, h, c)
    for name in "ifgoch":
        assert_array_equal(step[name], getattr(trace, name)[:, 0])


def test_running_freely_feeds_the_output_back() -> None:
    weights = random_weights(6)
    _, h, c = random_state(6, 4)
    trace = run_freely(weights, h, c, 15)
    y = h @ weights.readout_kernel[:, 0] + weights.readout_bias
    for step in range(15):
        expected = numpy_lstm(weights, y[:, None], h, c)
        for name in RECORDED:
            assert_allclose(
                getattr(trace, name)[:, step], expected[name][:, 0], atol=1e-12, err_msg=f"{name} at {step}"
            )
        h, c, y = expected["h"][:, 0], expected["c"][:, 0], expected["y"][:, 0]


def test_running_freely_is_forward_on_its_own_output() -> None:
    weights = random_weights(6, np.float32)
    _, h, c = (array.astype(np.float32) for array in random_state(6, 4))
    free = run_freely(weights, h, c, 15)
    first = h @ weights.readout_kernel + weights.readout_bias
    driven = forward(weights, np.concatenate([first, free.y[:, :-1]], axis=1), h, c)
    assert_is_trace(driven, vars(free), 1e-6)
    assert_array_equal(free.c0, c)
    assert_array_equal(free.h0, h)


@given(st.floats(-700, 700))
def test_sigmoid_is_the_logistic_function(z: float) -> None:
    assert sigmoid(np.array([z]))[0] == pytest.approx(1 / (1 + math.exp(-z)), abs=2e-16)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_does_not_overflow(dtype: Any) -> None:
    largest = np.finfo(dtype).max
    z = np.array([-largest, -1e4, -100, 0, 100, 1e4, largest], dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        values = sigmoid(z)
    assert values.dtype == dtype
    assert_allclose(values, [0, 0, 0, 0.5, 1, 1, 1], atol=1e-30)


def test_weights_stay_as_they_are() -> None:
    weights = random_weights(4)
    x, h, c = random_state(4, 2)
    kept = [array.copy() for array in (*dataclasses.astuple(weights), x, h, c)]
    forward(weights, x, h, c, {"f": 0.5})
    run_freely(weights, h, c, 3)
    for array, copy in zip((*dataclasses.astuple(weights), x, h, c), kept, strict=True):
        assert_array_equal(array, copy)
