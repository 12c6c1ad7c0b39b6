"""The cell state as a snapshot: whether it is enough to go on from, and what can be read in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.interventions import forward, free_output, run_freely
from reportgen.lstm.run import Network, Run, State
from reportgen.lstm.signals import WINDOW, windows

HORIZON = 25
"""Timesteps of free running over which a transplanted state is judged."""


SETTINGS = ("units", "epochs", "period_min", "period_max", "noise")
"""The settings on which these measurements depend most directly."""


def measure_state(run: Run, number: int, state: State) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure the snapshots of one network in one world."""
    yield from _content(run, state)
    yield from _without_h(run, state)
    yield from _transplant(run, state)
    yield from _long_run(run, state)
    cut = run.experiment.warm_up
    c = state.trace.c[:, cut:]
    yield Measured(
        "snapshot.plane_share",
        100 * float(np.mean([variance_in_plane(wave) for wave in c])),
        "the share of a wave's snapshots that lies in one plane",
        "%",
        "variance of c over the timesteps after the warm-up in its two principal components, mean over held-out sequences",
    )
    phases = run.probes.phase[:, cut:]
    yield Measured(
        "snapshot.turns",
        float(np.median([turns_in_plane(wave, phase) for wave, phase in zip(c, phases, strict=True)])),
        "the turns that snapshots make in their plane in one period",
        "",
        "angle that c turns by about its mean in its two principal components after the warm-up, over the wave's phase; median over waves",
    )


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:  # noqa: ARG001 - every family is asked alike
    """Measure what is asked of the trained network alone, what needs two worlds, and what needs no network."""
    weights, probes, cut = network.trained.weights, run.probes, run.experiment.warm_up
    whole = forward(weights, probes.x)
    yield Measured(
        "snapshot.resume_error",
        float(np.max(np.abs(network.resumed - whole.y[:, cut:]))),
        "the largest error after resuming from (h, c)",
        "",
        "(h, c) saved to a file at the end of the warm-up and loaded by a new process: largest difference of any later prediction "
        "from the uninterrupted run",
    )
    for name, label, value, unit in (
        ("horizon", "predictions over which a transplant is judged", transplant_horizon(run), "steps"),
        ("window", "inputs that are read without a network", WINDOW, "steps"),
        ("tested", "held-out sequences that probes are tested on", len(probes.x) - 3 * len(probes.x) // 4, ""),
        ("long_run", "timesteps of free running after which it is asked what is left of a wave", LONG_RUN, "steps"),
    ):
        yield Measured(f"snapshot.{name}", value, label, unit, "a choice of this report", given=True)
    (_, phase), (_, frequency) = labels(run)["phase"], labels(run)["frequency"]
    yield Measured(
        "snapshot.phase_r2_samples",
        linear_probe(windows(probes.x.astype(np.float64))[:, cut:], phase[:, cut:]).r2,
        f"R² of cos φ read from the last {WINDOW} inputs",
        "",
        f"{_probe_method('cos φ')}; read from the last {WINDOW} inputs, without a network",
        everywhere=True,
    )
    yield Measured(
        "snapshot.frequency_r2_products",
        linear_probe(_products(probes.x)[:, cut:], frequency[:, cut:]).r2,
        f"R² of the frequency read from products of the last {WINDOW} inputs",
        "",
        f"{_probe_method('the frequency')}; read from the products of any two of the last {WINDOW} inputs, without a network",
        everywhere=True,
    )


def _products(x: Floats) -> Floats:
    """Return the last samples and the products of any two of them, squares included, (B, T, K), of x: (B, T)."""
    views = windows(x.astype(np.float64))
    rows, columns = np.triu_indices(WINDOW)
    return np.concatenate([views, views[..., rows] * views[..., columns]], axis=-1)


def transplant_horizon(run: Run) -> int:
    """Return how many predictions a transplant is judged over."""
    return min(HORIZON, run.experiment.timesteps - run.experiment.warm_up)


def labels(run: Run) -> dict[str, tuple[str, Floats]]:
    """Return what probes look for, by name: in words, and its value at every timestep of every held-out sequence, (B, T)."""
    probes = run.probes
    return {
        "phase": ("cos φ", np.cos(probes.phase)),
        "frequency": ("the frequency", np.broadcast_to(1 / probes.period[:, None], probes.phase.shape)),
    }


def _probe_method(words: str) -> str:
    return f"linear probe for {words}, fitted on three quarters of the held-out sequences, R² on the others, after the warm-up"


def _content(run: Run, state: State) -> Iterator[Measured]:
    timesteps = slice(run.experiment.warm_up, None)
    for name, (words, label) in labels(run).items():
        probe = linear_probe(state.trace.c[:, timesteps], label[:, timesteps])
        method = f"{_probe_method(words)}; read from the cell state"
        yield Measured(f"snapshot.{name}_r2", probe.r2, f"R² of {words} read from the cell state", "", method)
        for end, which, bound in zip(("low", "high"), ("lower", "upper"), probe.interval(), strict=True):
            yield Measured(
                f"snapshot.{name}_r2_{end}",
                bound,
                f"the {which} end of the interval of that R² of {words}",
                "",
                f"{method}; bootstrap over the sequences that the probe was not fitted on, 95 %",
                source="Efron (1979)",
            )
        yield Measured(
            f"snapshot.{name}_unexplained", 1 - probe.r2, f"what the probe misses of {words}", "", f"1 − R²; {method}"
        )


def _without_h(run: Run, state: State) -> Iterator[Measured]:
    """Measure what is lost where c alone was kept, with h at zero and with h as a linear regression tells it from c."""
    x, cut, trace, weights = run.probes.x, run.experiment.warm_up, state.trace, state.weights
    train = 3 * len(x) // 4
    levels = trace.c.astype(np.float64)
    levels = np.concatenate([levels, np.tanh(levels)], axis=-1)
    levels -= levels[:train, cut:].mean(axis=(0, 1))
    fitted = levels[:train, cut:].reshape(-1, levels.shape[-1])
    shown = trace.h[:train, cut:].reshape(-1, weights.units).astype(np.float64)
    # A small c and its tanh are all but the same, and that of a large one is all but constant: without the ridge, coefficients would
    # be made of rounding.
    gram = fitted.T @ fitted + RIDGE * len(fitted) * np.eye(fitted.shape[1])
    coefficients = np.linalg.solve(gram, fitted.T @ (shown - shown.mean(axis=0)))
    told = (levels[train:, cut - 1] @ coefficients + shown.mean(axis=0)).astype(trace.h.dtype)
    c, following = trace.c[train:, cut - 1], x[train:, cut : cut + 1]
    for name, h, words in (
        ("zero", np.zeros_like(told), "h at zero"),
        (
            "told",
            told,
            f"h as a linear regression on c and tanh c tells it, fitted on other sequences (with a ridge of {RIDGE:g})",
        ),
    ):
        off = forward(weights, following, h, c).y[:, 0].astype(np.float64) - trace.y[train:, cut]
        yield Measured(
            f"snapshot.off_with_h_{name}",
            float(np.sqrt(np.mean(off**2))),
            f"how far the next prediction moves with c kept and {words.partition(' as ')[0] if name == 'told' else words}"
            + (" told by c" if name == "told" else ""),
            "",
            f"c at the end of the warm-up kept, {words}: root mean square of what the next prediction changes by, on the last quarter of "
            "the held-out sequences",
        )
    own = trace.y[train:, cut:].astype(np.float64) - run.probes.target[train:, cut:]
    yield Measured(
        "snapshot.off_anyway",
        float(np.sqrt(np.mean(own**2))),
        "how far a prediction is off anyway",
        "",
        "root mean squared error of the undisturbed network on the same sequences, after the warm-up",
    )


def _transplant(run: Run, state: State) -> Iterator[Measured]:
    weights, trace = state.weights, state.trace
    probes, cut = run.probes, run.experiment.warm_up
    horizon = transplant_horizon(run)
    donor = np.roll(np.arange(len(probes.x)), 1)
    h, c = trace.h[donor, cut - 1], trace.c[donor, cut - 1]
    own_h, own_c = trace.h[:, cut - 1], trace.c[:, cut - 1]

    def said(x: Floats, h: Floats = h, c: Floats = c) -> Floats:
        first = forward(weights, x[:, cut : cut + 1], h, c)
        free = run_freely(weights, first.h[:, 0], first.c[:, 0], horizon - 1)
        return np.concatenate([first.y, free.y], axis=1).astype(np.float64)

    predicted, untouched = said(probes.x), said(probes.x[donor])
    wave = probes.target[:, cut : cut + horizon]
    method = (
        "another sequence's (h, c) at the end of the warm-up, one input of the host's, then running freely: mean squared error over "
        f"{horizon} predictions to the clean wave of the "
    )
    for name, error in (("donor", np.mean((predicted - wave[donor]) ** 2)), ("host", np.mean((predicted - wave) ** 2))):
        yield Measured(
            f"snapshot.transplant_error_{name}",
            float(error),
            f"the transplanted state's error to the {name}'s wave",
            "",
            method + name,
        )
    for name, other, mixed in (("c", "h", said(probes.x, h=own_h)), ("h", "c", said(probes.x, c=own_c))):
        yield Measured(
            f"snapshot.transplant_error_{name}",
            float(np.mean((mixed - wave[donor]) ** 2)),
            f"the error to the donor's wave with the donor's {name} alone",
            "",
            f"the same with the other sequence's {name} only, beside the host's own {other}: mean squared error to the donor's clean wave",
        )
    yield Measured(
        "snapshot.transplant_error_untouched",
        float(np.mean((untouched - wave[donor]) ** 2)),
        "the donor's own error in such a free run",
        "",
        f"the same state, one input of its own, then running freely: mean squared error over {horizon} predictions to the clean wave",
    )

    driven = forward(weights, probes.x[:, cut:], h, c).y.astype(np.float64)
    disturbance = np.mean((driven - trace.y[:, cut:]) ** 2, axis=0)
    yield Measured(
        "snapshot.disturbance",
        disturbance,
        "how far a transplant moves predictions with the host's input flowing, by timestep after it",
        "",
        "another sequence's (h, c) at the end of the warm-up, then the host's inputs: mean squared difference from the "
        "undisturbed predictions",
        axes={"step": np.arange(1, len(disturbance) + 1)},
    )
    above = np.flatnonzero(disturbance > disturbance[0] / 10)
    yield Measured(
        "snapshot.recovery",
        float(above[-1] + 2) if len(above) else 1.0,
        "how long the donor's state disturbs the host",
        "steps",
        "inputs of the host until the squared difference from the undisturbed predictions is a tenth of what it was after the first one, "
        "and stays so; one more than were followed, if it never does",
    )


def _long_run(run: Run, state: State) -> Iterator[Measured]:
    """Measure what is left of the waves when the network has run on its own output for thousands of timesteps."""
    cut, last = run.experiment.warm_up, 2 * run.experiment.timesteps
    y = free_output(state.weights, state.trace.h[:, cut - 1], state.trace.c[:, cut - 1], LONG_RUN)[:, -last:]
    swinging = (y.max(axis=1) - y.min(axis=1)) / 2 > SWING
    kept = swinging & (np.abs(periods(y) / run.probes.period - 1) < SAME)
    for name, share, label, method in (
        (
            "still_swinging",
            swinging,
            "the waves that still swing",
            f"half of highest minus lowest output above {SWING}",
        ),
        (
            "period_kept",
            kept,
            "the waves that still swing with their own period",
            "and the period within a tenth of the wave's own",
        ),
    ):
        yield Measured(
            f"snapshot.{name}",
            100 * float(np.mean(share)),
            f"{label} after a long free run",
            "%",
            f"share of held-out sequences of which, over the last {last} of {LONG_RUN} timesteps on the network's own output: {method}",
        )


LONG_RUN = 5000
"""Timesteps of free running after which it is asked what is left of a wave."""

SWING = 0.1
"""An output that moves by more than this to either side still swings."""

RIDGE = 1e-6
"""What is added to the variance of every regressor (Hoerl and Kennard, 1970)."""

SAME = 0.1
"""A period that is off by less than this share is the same; so is a loop that turns once in it, but for this share of a turn."""


def periods(y: Floats) -> Floats:
    """Return the mean time between upward crossings of the middle, (B,), in timesteps, of y: (B, T); infinite without two of them."""
    above = y > (y.max(axis=1, keepdims=True) + y.min(axis=1, keepdims=True)) / 2
    up = above[:, 1:] & ~above[:, :-1]
    count = up.sum(axis=1)
    first, last = up.argmax(axis=1), up.shape[1] - 1 - up[:, ::-1].argmax(axis=1)
    return np.where(count > 1, (last - first) / np.maximum(count - 1, 1), np.inf)


def turns_in_plane(states: Floats, phase: Floats) -> float:
    """Return how often states: (T, U) go round their mean, in the plane of their two first principal components, in one period."""
    centred = (states - states.mean(axis=0)).astype(np.float64)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    first, second = (centred @ axis for axis in axes) if len(axes) == 2 else (centred[:, 0], np.zeros(len(centred)))
    angle = np.unwrap(np.arctan2(second, first))
    return float(abs(angle[-1] - angle[0]) / (phase[-1] - phase[0]))


@dataclass(frozen=True)
class Probe:
    """What a linear probe missed in sequences that it was not fitted on: squared residual and squared spread of each, (B,)."""

    residual: Floats
    spread: Floats

    @property
    def r2(self) -> float:
        """The coefficient of determination over all of them."""
        return float(r_squared(self.residual.mean(), self.spread.mean()))

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of R², by resampling sequences (Efron, 1979), the same at every call."""
        drawn = np.random.default_rng(0).integers(0, len(self.residual), (2000, len(self.residual)))
        values = r_squared(self.residual[drawn].mean(axis=1), self.spread[drawn].mean(axis=1))
        low, high = np.quantile(values, (0.025, 0.975))
        return float(low), float(high)


def linear_probe(features: Floats, label: Floats) -> Probe:
    """Return what a linear probe misses, features: (B, T, K), label: (B, T), the last quarter of the sequences held out."""
    features = features.astype(np.float64)
    train = 3 * len(features) // 4
    mean, scale = features[:train].mean(axis=(0, 1)), features[:train].std(axis=(0, 1)) + 1e-12
    rows = np.concatenate([(features - mean) / scale, np.ones((*label.shape, 1))], axis=-1)
    fitted = rows[:train].reshape(-1, rows.shape[-1])
    # The normal equations of standardised columns; the cut-off takes out what two collinear units would blow up.
    coefficients = np.linalg.lstsq(fitted.T @ fitted, fitted.T @ label[:train].reshape(-1), rcond=1e-10)[0]
    residual = (rows[train:] @ coefficients - label[train:]) ** 2
    spread = (label[train:] - label[train:].mean()) ** 2
    return Probe(residual.mean(axis=1), spread.mean(axis=1))


def r_squared(residual: Floats, spread: Floats) -> Floats:
    """Return R²; of a label that does not vary, there is nothing to explain, and the probe explains nothing."""
    return np.where(spread > 1e-12, 1 - residual / np.maximum(spread, 1e-12), 0.0)


def variance_in_plane(states: Floats) -> float:
    """Return the share of the variance of states: (T, U) that its two first principal components hold."""
    values = np.linalg.svd(states - states.mean(axis=0), compute_uv=False).astype(np.float64) ** 2
    return float(values[:2].sum() / values.sum())
