"""The oracles: the plain network's equation in float64, its derivative by differences, a network that forgets at once."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reportgen.evidence import Evidence
from reportgen.lstm.evidence.plain import derivative
from reportgen.lstm.interventions import plain_forward
from reportgen.lstm.run import PlainWeights, Run
from tests.lstm.test_interventions import Array


def numpy_rnn(weights: PlainWeights, x: Array, h: Array | None = None) -> tuple[Array, Array]:
    w, u, b, readout, offset = (np.asarray(array, np.float64) for array in vars(weights).values())
    h = np.zeros((len(x), len(u))) if h is None else h.astype(np.float64)
    states = []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t : t + 1].astype(np.float64) @ w + h @ u + b)
        states.append(h)
    every = np.stack(states, axis=1)
    return every, (every @ readout)[..., 0] + offset[0]


def random_plain(units: int) -> PlainWeights:
    rng = np.random.default_rng(units)
    shapes = [(1, units), (units, units), (units,), (units, 1), (1,)]
    return PlainWeights(*(rng.normal(0, 0.5, shape) for shape in shapes))


def test_plain_network_is_that_of_its_equation(small_run: Run, small_evidence: Evidence) -> None:
    x, target = small_run.probes.x, small_run.probes.target
    for number, network in enumerate(small_run.networks):
        h, y = numpy_rnn(network.plain, x)
        ours = plain_forward(network.plain, x)
        assert_allclose(ours[0], h, atol=1e-4)
        assert_allclose(ours[1], y, atol=1e-4)
        error = np.mean((y[:, 50:] - target[:, 50:]) ** 2)
        assert small_evidence["plain.error"].values[number] == pytest.approx(error, rel=1e-3)
        _, silent = numpy_rnn(network.plain, np.where(np.arange(100) < 50, x, 0))
        errors = np.mean((silent - target) ** 2, axis=0)[50:]
        half = np.mean(target.astype(np.float64) ** 2) / 2
        lost = next((gap for gap in range(1, 51) if errors[gap - 1] > half), 51)
        assert small_evidence["plain.gap_lost"].values[number] == lost


def test_the_derivative_is_that_of_central_differences() -> None:
    weights, x, step = random_plain(5), np.random.default_rng(1).normal(size=(2, 9)), 1e-6
    h, _ = numpy_rnn(weights, x)
    found = derivative(weights, h)
    assert_allclose(found[0], np.broadcast_to(np.eye(5), (2, 5, 5)))
    for unit in range(5):
        nudge = step * np.eye(5)[unit]
        up, down = (numpy_rnn(weights, x[:, 1:], h[:, 0] + sign * nudge)[0] for sign in (1, -1))
        assert_allclose(found[1:, :, :, unit].swapaxes(0, 1), (up - down) / (2 * step), atol=1e-8)


def test_the_derivative_at_the_lag_is_that_of_the_run(small_run: Run, small_evidence: Evidence) -> None:
    for number, network in enumerate(small_run.networks):
        h, _ = numpy_rnn(network.plain, small_run.probes.x[:16])
        u = network.plain.recurrent_kernel.astype(np.float64)
        norms = []
        for wave in h:
            product = np.eye(len(u))
            for t in range(50, 70):
                product = np.diag(1 - wave[t] ** 2) @ u.T @ product
            norms.append(np.linalg.norm(product) / np.sqrt(len(u)))
        assert small_evidence["plain.derivative_at_lag"].values[number] == pytest.approx(np.mean(norms), rel=1e-3)
        curve = small_evidence["plain.derivative"].values[number]
        assert curve[0] == pytest.approx(1)
        assert curve[20] == pytest.approx(np.mean(norms), rel=1e-3)


def test_as_many_parameters_as_the_lstm(small_evidence: Evidence) -> None:
    lstm = small_evidence["task.parameters_lstm"].values[0] + small_evidence["task.parameters_readout"].values[0]
    units, parameters = (small_evidence[f"plain.{name}"].values[0] for name in ("units", "parameters"))
    assert parameters == units**2 + 3 * units + 1
    assert all(abs(parameters - lstm) <= abs(v**2 + 3 * v + 1 - lstm) for v in (units - 1, units + 1))
