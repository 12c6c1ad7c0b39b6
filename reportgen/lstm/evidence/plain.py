"""The control without a channel: a plain recurrent network with as many parameters, trained on the same waves."""

from collections.abc import Iterator

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.flow import GAP_METHOD, LAG, gap_lost
from reportgen.lstm.evidence.task import squared_error
from reportgen.lstm.interventions import plain_forward
from reportgen.lstm.run import Network, PlainWeights, Run

SETTINGS = ("units", "epochs", "learning_rate")
"""The settings on which these measurements depend most directly."""


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure on the plain network what the essay compares."""
    probes, warm_up, weights = run.probes, run.experiment.warm_up, network.plain
    h, y = plain_forward(weights, probes.x)
    yield Measured("plain.units", weights.units, "units of the plain network", "", "counted in its arrays", given=True)
    yield Measured(
        "plain.parameters",
        sum(array.size for array in vars(weights).values()),
        "parameters of the plain network and its read-out",
        "",
        "counted in its arrays",
        given=True,
    )
    target = probes.target[:, warm_up:]
    yield Measured(
        "plain.error",
        squared_error(y[:, warm_up:], target),
        "the plain network's held-out error",
        "",
        "mean squared error of the next-sample prediction on the held-out sequences, after the warm-up",
    )
    lags, sequences = network.trained.jacobian.shape[:2]
    jacobian = derivative(weights, h[:sequences, warm_up - 1 : warm_up - 1 + lags])
    curve = np.sqrt(np.sum(jacobian**2, axis=(2, 3)) / weights.units).mean(axis=1)
    method = "∂h(t+lag)/∂h(t): Frobenius norm over √units, mean over the first sequences, from the end of the warm-up"
    yield Measured(
        "plain.derivative",
        curve,
        "memory of the plain network, by lag",
        "",
        method,
        axes={"lag": np.arange(len(curve))},
        source="Hochreiter (1991); Bengio et al. (1994)",
    )
    yield Measured(
        "plain.derivative_at_lag",
        float(curve[min(LAG, len(curve) - 1)]),
        "memory of the plain network at the lag",
        "",
        f"{method}, at lag {min(LAG, len(curve) - 1)}",
    )
    silent = np.zeros_like(probes.x[:, warm_up:])
    _, y = plain_forward(weights, silent, h[:, warm_up - 1])
    yield Measured(
        "plain.gap_lost",
        gap_lost(y, target),
        "how long a gap is in which the plain network loses the wave",
        "steps",
        GAP_METHOD,
    )


def derivative(weights: PlainWeights, h: Floats) -> Floats:
    """Return ∂h_{t+lag}/∂h_t, (lags, B, V, V), from the first state of h: (B, lags, V): the product of diag(1 − h²)·Uᵀ."""
    recurrent = weights.recurrent_kernel.T.astype(np.float64)
    products = [np.broadcast_to(np.eye(weights.units), (len(h), weights.units, weights.units))]
    for t in range(1, h.shape[1]):
        slope = 1 - h[:, t].astype(np.float64) ** 2
        products.append(slope[..., None] * recurrent @ products[-1])
    return np.stack(products)
