"""The oracles are the cells' equations in NumPy and float64, and central differences of them; the kernel has no part in either."""

import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import llvmlite.binding as llvm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from reportgen.lstm import kernel
from reportgen.lstm.kernel import GRU, LSTM, PLAIN, Cell, backward, forward, lstm_cell

Array = NDArray[Any]


def sigma(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


def lstm_step(gates: str, coupled: bool = False) -> Callable[[Array, Array, Array], tuple[Array, Array]]:
    def step(z: Array, h: Array, c: Array) -> tuple[Array, Array]:
        values = dict(zip(gates, np.split(z, len(gates), axis=1), strict=True))
        i = sigma(values["i"]) if "i" in values else 1.0
        f = 1 - i if coupled else sigma(values["f"]) if "f" in values else 1.0
        o = sigma(values["o"]) if "o" in values else 1.0
        c = f * c + i * np.tanh(values["g"])
        return o * np.tanh(c), c

    return step


def plain_step(z: Array, h: Array, c: Array) -> tuple[Array, Array]:
    return np.tanh(z), c


def gru_step(z: Array, h: Array, c: Array) -> tuple[Array, Array]:
    update, reset, of_x, of_h = np.split(z, 4, axis=1)
    update, candidate = sigma(update), np.tanh(of_x + sigma(reset) * of_h)
    h = update * c + (1 - update) * candidate
    return h, h


CELLS: dict[str, tuple[Cell, Callable[..., tuple[Array, Array]]]] = {
    "lstm": (LSTM, lstm_step("ifgo")),
    "no input gate": (lstm_cell("fgo"), lstm_step("fgo")),
    "no forget gate": (lstm_cell("igo"), lstm_step("igo")),
    "no output gate": (lstm_cell("ifg"), lstm_step("ifg")),
    "coupled": (lstm_cell("igo", coupled=True), lstm_step("igo", coupled=True)),
    "plain": (PLAIN, plain_step),
    "gru": (GRU, gru_step),
}
EVERY = pytest.mark.parametrize("name", CELLS)


def case(cell: Cell, sizes: tuple[int, int, int, int]) -> dict[str, Any]:
    B, T, d, U = sizes
    rng = np.random.default_rng([B, T, d, U, cell.gates])
    return {
        "x": rng.normal(size=(B, T, d)),
        "weights": rng.normal(0, 0.6, (U + d + 1, cell.gates * U)),
        "readout": rng.normal(size=U + 1),
        "h0": (start := rng.normal(0, 0.5, (B, U))),
        "c0": start if cell is GRU else rng.normal(0, 0.5, (B, U)),
    }


def by_equations(step: Callable[..., tuple[Array, Array]], given_: dict[str, Array]) -> tuple[Array, Array, Array]:
    """Return h, (T, U, B), the last c, (U, B), and the read-outs, (T, B)."""
    x, weights, readout, h, c = (given_[name] for name in ("x", "weights", "readout", "h0", "c0"))
    states = []
    for t in range(x.shape[1]):
        h, c = step(np.concatenate([h, x[:, t], np.ones((len(x), 1))], axis=1) @ weights, h, c)
        states.append(h)
    every = np.stack(states).transpose(0, 2, 1)
    return every, c.T, np.einsum("tub,u->tb", every, readout[:-1]) + readout[-1]


def float32(given_: dict[str, Any]) -> dict[str, Any]:
    return {name: array.astype(np.float32) for name, array in given_.items()}


@EVERY
@given(
    sizes=st.tuples(st.integers(1, 70), st.integers(1, 12), st.integers(1, 5), st.integers(1, 21)),
)
@settings(max_examples=25)
def test_a_layer_is_its_equations(name: str, sizes: tuple[int, int, int, int]) -> None:
    cell, step = CELLS[name]
    given_ = case(cell, sizes)
    passed = forward(cell, **float32(given_))
    h, c, y = by_equations(step, given_)
    B, U = len(given_["x"]), len(given_["readout"]) - 1
    assert_allclose(passed.inputs[1:, :U, :B], h, atol=2e-5)
    assert_allclose(passed.c[-1, :, :B], c, atol=1e-4)
    assert_allclose(passed.y[:, :B], y, atol=1e-4)


@EVERY
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (3, 5, 2, 3), (17, 3, 1, 5)])
def test_its_gradients_are_central_differences(name: str, sizes: tuple[int, int, int, int]) -> None:
    cell, step = CELLS[name]
    B, T, d, U = sizes
    given_ = case(cell, sizes)
    rng = np.random.default_rng(9)
    seen_h, seen_c, seen_y = rng.normal(size=(T, U, B)), rng.normal(size=(U, B)), rng.normal(size=(T, B))

    def loss(moved: dict[str, Array]) -> float:
        h, c, y = by_equations(step, moved)
        return float(np.sum(h * seen_h) + np.sum(c * seen_c) + np.sum(y * seen_y))

    small = float32(given_)
    passed = forward(cell, **small)
    seen = float32({"h_grad": seen_h, "c_grad": seen_c, "y_grad": seen_y})
    grads = backward(cell, passed, small["weights"], small["readout"], **seen)
    found = {
        "weights": grads.weights,
        "readout": grads.readout,
        "x": grads.inputs[:-1, U : U + d, :B].transpose(2, 0, 1),
        "h0": grads.inputs[0, :U, :B].T,
        "c0": grads.c0[:, :B].T,
    }
    if cell is GRU:  # whose two states are one
        found["h0"] = found["c0"] = found["h0"] + found["c0"]
    for what, gradient in found.items():
        for place in np.ndindex(gradient.shape):
            losses = []
            for sign in (1e-5, -1e-5):
                moved = given_ | {what: (array := given_[what].copy())}
                array[place] += sign
                if cell is GRU and what in ("h0", "c0"):
                    moved |= {"h0": array, "c0": array}
                losses.append(loss(moved))
            assert gradient[place] == pytest.approx((losses[0] - losses[1]) / 2e-5, abs=3e-4, rel=3e-4), (what, place)


def test_what_nobody_asks_for_changes_nothing_else() -> None:
    small = float32(case(LSTM, (20, 6, 2, 5)))
    passed = forward(LSTM, **small)
    y_grad = np.ones((6, 20), np.float32)
    lean = backward(LSTM, passed, small["weights"], small["readout"], y_grad=y_grad)
    zeros: dict[str, Any] = {"h_grad": np.zeros((6, 5, 20), np.float32), "c_grad": np.zeros((5, 20), np.float32)}
    whole = backward(LSTM, passed, small["weights"], small["readout"], y_grad=y_grad, **zeros)
    assert_array_equal(lean.weights, whole.weights)
    assert_array_equal(lean.readout, whole.readout)


def test_a_sequence_has_the_same_bits_alone_and_among_others() -> None:
    small = float32(case(LSTM, (40, 9, 1, 7)))
    among = forward(LSTM, **small)
    for n in (0, 15, 16, 39):
        own = {name: small[name][n : n + 1] for name in ("x", "h0", "c0")}
        alone = forward(LSTM, **(small | own))
        assert_array_equal(alone.inputs[1:, :7, 0], among.inputs[1:, :7, n])
        assert_array_equal(alone.y[:, 0], among.y[:, n])


def test_the_gradient_of_long_sequences_is_that_of_their_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks add in another order, and to the same."""
    small = float32(case(LSTM, (32, 50, 1, 16)))
    passed, y_grad = forward(LSTM, **small), np.ones((50, 32), np.float32)
    whole = backward(LSTM, passed, small["weights"], small["readout"], y_grad=y_grad).weights
    monkeypatch.setattr(kernel, "CHUNK", 4 * 64 * 32 * 7)
    chunked = backward(LSTM, passed, small["weights"], small["readout"], y_grad=y_grad).weights
    assert not np.array_equal(whole, chunked)
    assert_allclose(chunked, whole, rtol=2e-4, atol=2e-4)


def tanh_of(z: Array) -> Array:
    """Return what the kernel makes of sums, by a plain layer that has no other weights."""
    weights, readout = np.array([[0.0], [1.0], [0.0]], np.float32), np.array([1.0, 0.0], np.float32)
    return forward(PLAIN, z[:, None, None], weights, readout).inputs[1, 0, : len(z)]


def sigma_of(z: Array) -> Array:
    """Return what the kernel makes of sums, as an output gate of a cell that is full."""
    weights = np.zeros((3, 4), np.float32)
    weights[1, 3] = 1.0  # o sees x
    zeros, full = np.zeros((len(z), 1), np.float32), np.full((len(z), 1), 1e4, np.float32)
    return forward(LSTM, z[:, None, None], weights, np.zeros(2, np.float32), zeros, full).kept[0, 0, 3, : len(z)]


def test_the_functions_are_as_exact_as_float32_is_near_zero_and_far_from_it() -> None:
    magnitudes = np.geomspace(1e-30, 200, 4000)
    z = np.concatenate([-magnitudes[::-1], [0.0], magnitudes]).astype(np.float32)
    exact = np.tanh(z.astype(np.float64))
    assert_allclose(tanh_of(z), exact, rtol=4e-7, atol=1e-37)
    wide = z[np.abs(z) < 80]
    assert_allclose(sigma_of(wide), sigma(wide.astype(np.float64)), rtol=4e-7)
    assert (tanh_of(np.array([np.inf, -np.inf], np.float32)) == [1, -1]).all()


def test_what_is_no_number_stays_none() -> None:
    assert np.isnan(tanh_of(np.array([np.nan], np.float32))).all()
    assert np.isnan(sigma_of(np.array([np.nan], np.float32))).all()


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="it asks for code of other x86 processors")
def test_another_processor_comes_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code for one with half the vectors' length, which most processors of today run as well."""
    small = float32(case(LSTM, (48, 20, 1, 16)))
    y_grad = np.ones((20, 48), np.float32)

    def both() -> tuple[Array, Array, str]:
        passed = forward(LSTM, **small)
        code = str(kernel._compiled(LSTM))
        return passed.y, backward(LSTM, passed, small["weights"], small["readout"], y_grad=y_grad).weights, code

    here = both()
    kernel._compiled.cache_clear()
    monkeypatch.setattr(llvm, "get_host_cpu_name", lambda: "haswell")
    monkeypatch.setattr(llvm, "get_host_cpu_features", lambda: SimpleNamespace(flatten=lambda: "+avx2,+fma"))
    there = both()
    kernel._compiled.cache_clear()
    assert here[2] != there[2]
    assert_array_equal(here[0], there[0])
    assert_array_equal(here[1], there[1])


def test_two_threads_compile_a_cell_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one of them would run code that is thrown away meanwhile: it ended the process."""
    compiled: list[Any] = []
    write = kernel.module

    def write_slowly(cell: Cell) -> Any:
        compiled.append(write(cell))
        time.sleep(0.05)
        return compiled[-1]

    monkeypatch.setattr(kernel, "module", write_slowly)
    kernel._compiled.cache_clear()
    x, weights, readout = np.ones((2, 3, 1), np.float32), np.ones((3, 1), np.float32), np.ones(2, np.float32)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(lambda _: kernel.forward(kernel.PLAIN, x, weights, readout), range(2))
    assert len(compiled) == 1
    assert_array_equal(one.y, other.y)
