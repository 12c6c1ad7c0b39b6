"""The task: what was trained, and how well it does against predictors that need no network."""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from reportgen.evidence import Floats, Measured
from reportgen.lstm.interventions import read_out, run_freely
from reportgen.lstm.run import Network, Run, State
from reportgen.lstm.signals import training_sequences

SETTINGS = ("epochs", "learning_rate", "units", "noise")
"""The settings on which these measurements depend most directly."""


def measure_state(run: Run, number: int, state: State) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure in one world how well a network does its task."""
    probes, warm_up = run.probes, run.experiment.warm_up
    yield error(state.trace.y[:, warm_up:], probes.target[:, warm_up:])
    yield Measured(
        "task.zero",
        squared_error(np.zeros_like(probes.target[:, warm_up:]), probes.target[:, warm_up:])
        / squared_error(state.trace.y[:, warm_up:], probes.target[:, warm_up:]),
        "what always predicting zero costs",
        "×",
        "mean squared error of predicting zero over the network's, on the held-out sequences, after the warm-up",
    )
    horizon = run.experiment.timesteps - warm_up
    predicted = free_predictions(state, warm_up - 1, horizon)
    by_step = np.mean((predicted - probes.target[:, warm_up - 1 :][:, :horizon]) ** 2, axis=0)
    yield Measured(
        "task.free_run_errors",
        by_step,
        "free-run error by horizon",
        "",
        "the network's own output fed back from the end of the warm-up; mean squared error to the clean wave at each step",
        axes={"horizon": np.arange(1, horizon + 1)},
    )
    yield Measured(
        "task.free_run_error_10",
        by_step[9],
        "the free-run error ten steps on",
        "",
        "the free-run error at the tenth prediction",
    )
    yield Measured(
        "task.free_run_error_end",
        by_step[-1],
        "the free-run error at the end of the sequence",
        "",
        "the free-run error at the last prediction",
    )


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:
    """Measure what is the same in every world: the settings, and predictors that need no network, on the data of one."""
    experiment, probes, warm_up = run.experiment, run.probes, run.experiment.warm_up
    target = probes.target[:, warm_up:]
    weights = network.trained.weights
    for name, value, label, unit in (
        ("networks", experiment.networks, "networks trained", ""),
        ("units", experiment.units, "units", ""),
        ("epochs", experiment.epochs, "training epochs", ""),
        ("sequences", experiment.sequences, "training sequences", ""),
        ("timesteps", experiment.timesteps, "timesteps in a sequence", "steps"),
        ("warm_up", warm_up, "timesteps of warm-up", "steps"),
        ("probes", len(probes.x), "held-out sequences", ""),
        ("period_min", experiment.period_min, "the shortest period", "steps"),
        ("period_max", experiment.period_max, "the longest period", "steps"),
        ("noise", experiment.noise, "the standard deviation of the noise", ""),
        ("batch_size", experiment.batch_size, "sequences in a batch", ""),
        ("learning_rate", experiment.learning_rate, "the first learning rate", ""),
        ("seed", experiment.seed, "the seed", ""),
        ("recorded", network.trained.jacobian.shape[1], "held-out sequences on which derivatives are taken", ""),
    ):
        yield Measured(f"task.{name}", value, label, unit, "a setting of the run", given=True)
    for name, parts, label in (
        ("lstm", (weights.kernel, weights.recurrent_kernel, weights.bias), "parameters of the LSTM layer"),
        ("readout", (weights.readout_kernel, weights.readout_bias), "parameters of the read-out"),
    ):
        yield Measured(
            f"task.parameters_{name}",
            sum(part.size for part in parts),
            label,
            "",
            "counted in the arrays of the layer",
            given=True,
        )
    persistence = squared_error(probes.x[:, warm_up:], target)
    yield Measured(
        "task.error_persistence",
        persistence,
        "the error of repeating the last sample",
        "",
        "the last noisy sample taken as the prediction of the next, same timesteps",
        everywhere=True,
    )
    training = training_sequences(experiment, number)
    linear = squared_error(_least_squares(training.x, training.target, probes.x, warm_up), target)
    yield Measured(
        "task.error_window",
        linear,
        "the error of a linear predictor on a window as long as the warm-up",
        "",
        "ordinary least squares on a window of noisy samples, fitted on the network's training set, same timesteps",
        everywhere=True,
    )
    fitted = fitted_sinusoid(probes.x, (experiment.period_min, experiment.period_max), warm_up)
    yield Measured(
        "task.error_sinusoid",
        squared_error(fitted, target),
        "the error of a sinusoid fitted to each wave's past",
        "",
        "at each timestep the likeliest sinusoid with a period in the range of the waves, fitted to all noisy samples so far, same "
        "timesteps",
        source="Rife and Boorstyn (1974)",
        everywhere=True,
    )


def error(predicted: Floats, target: Floats) -> Measured:
    """Return the held-out error of predictions after the warm-up, (B, T), as a measurement."""
    return Measured(
        "task.error",
        squared_error(predicted, target),
        "the held-out error",
        "",
        "mean squared error of the next-sample prediction on the held-out sequences, after the warm-up",
    )


def squared_error(predicted: Floats, target: Floats) -> float:
    """Return the mean squared error over all sequences and timesteps."""
    return float(np.mean((predicted.astype(np.float64) - target) ** 2))


def free_predictions(state: State, start: int, horizon: int) -> Floats:
    """Return `horizon` predictions, (B, horizon), the first from the state at timestep `start`, the rest fed on themselves."""
    h, c = state.trace.h[:, start], state.trace.c[:, start]
    free = run_freely(state.weights, h, c, horizon - 1)
    return np.concatenate([read_out(state.weights, h)[:, None], free.y], axis=1)


_AT_ONCE = 10_000_000
"""How many numbers a step of a large computation takes at once: 80 MB."""


def _least_squares(x: Floats, target: Floats, x_new: Floats, window: int) -> Floats:
    def rows(x: Floats) -> Floats:
        views = sliding_window_view(x, window, axis=1)[:, 1:]
        return np.concatenate([views, np.ones((*views.shape[:2], 1), x.dtype)], axis=-1)

    # By a triangular factor, in float64: without noise the columns are nearly dependent, and the normal equations would square that.
    # That of what came before and some sequences more is that of both (Golub and Van Loan, Matrix Computations, section 5.1), so that
    # long sequences take no more memory at once than `_AT_ONCE` numbers.
    triangular: Floats = np.zeros((0, window + 2))
    some = max(_AT_ONCE // ((x.shape[1] - window) * (window + 2)), 1)
    for first in range(0, len(x), some):
        part = slice(first, first + some)
        more = np.concatenate([rows(x[part].astype(np.float64)), target[part, window:, None]], axis=-1)
        stacked = np.concatenate([triangular, more.reshape(-1, window + 2)])
        triangular = np.linalg.qr(stacked, mode="r")  # type: ignore[assignment]  # NumPy's types know a tuple alone
    coefficients = np.linalg.lstsq(triangular[:-1, :-1], triangular[:-1, -1], rcond=None)[0]
    return np.asarray(rows(x_new.astype(np.float64)) @ coefficients)


PERIODS_TRIED = 400
"""Periods of a sinusoid that are fitted to the past, their frequencies evenly spread over those that waves have."""


def fitted_sinusoid(x: Floats, periods: tuple[float, float], start: int) -> Floats:
    """Return the next sample as the likeliest sinusoid tells it, (B, T − start), from all samples x: (B, T) up to each timestep.

    Likeliest under Gaussian noise: amplitude and phase by least squares for each of many periods between the two given, and of these
    the period with the smallest residual (Rife and Boorstyn, 1974).
    """
    frequencies = np.unique(np.linspace(1 / periods[1], 1 / periods[0], PERIODS_TRIED))
    angle = 2 * np.pi * frequencies[:, None] * np.arange(-x.shape[1], 0)
    cosine, sine = np.cos(angle), np.sin(angle)
    cc, ss, cs = (np.cumsum(product, axis=1)[:, start:] for product in (cosine**2, sine**2, cosine * sine))
    determinant = cc * ss - cs**2
    ahead = angle[:, start:] + 2 * np.pi * frequencies[:, None]
    cosine_ahead, sine_ahead = np.cos(ahead), np.sin(ahead)
    predicted = np.empty((len(x), x.shape[1] - start))
    for sequence, told in zip(x.astype(np.float64), predicted, strict=True):
        xc, xs = (np.cumsum(sequence * wave, axis=1)[:, start:] for wave in (cosine, sine))
        a, b = (ss * xc - cs * xs) / determinant, (cc * xs - cs * xc) / determinant
        best = np.argmax(a * xc + b * xs, axis=0)[None]  # what a fit explains of the squares
        told[:] = np.take_along_axis(a * cosine_ahead + b * sine_ahead, best, axis=0)[0]
    return predicted
