"""The cell state as a snapshot: whether it is enough to go on from, and what can be read in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reportgen.evidence import Measured
from reportgen.lstm.evidence.task import WINDOW_SHORT
from reportgen.lstm.interventions import forward, run_freely
from reportgen.lstm.run import Network, Run
from reportgen.lstm.signals import Floats

FLOAT_BYTES = 4

HORIZON = 25
"""Timesteps of free running over which a transplanted state is judged."""


def measure(run: Run, number: int, network: Network) -> Iterator[Measured]:
    """Measure the snapshots of one network."""
    yield from _sufficiency(run, network)
    yield from _content(run, number, network)
    yield from _transplant(run, network)
    yield from _orbit(run, number, network)
    c = network.trained.trace.c[:, run.experiment.warm_up :]
    yield Measured(
        "snapshot.plane_share",
        100 * float(np.mean([variance_in_plane(wave) for wave in c])),
        "the share of a wave's snapshots that lies in one plane",
        "%",
        "variance of c over the timesteps after the warm-up in its two principal components, mean over held-out sequences",
    )
    phases = run.probes.phase[:, run.experiment.warm_up :]
    yield Measured(
        "snapshot.turns",
        float(np.median([turns_in_plane(wave, phase) for wave, phase in zip(c, phases, strict=True)])),
        "the turns that snapshots make in their plane in one period",
        "",
        "angle that c turns by about its mean in its two principal components after the warm-up, over the wave's phase; median over waves",
    )


def _sufficiency(run: Run, network: Network) -> Iterator[Measured]:
    weights, x, cut = network.trained.weights, run.probes.x, run.experiment.warm_up
    whole = forward(weights, x)
    h, c = whole.h[:, cut - 1], whole.c[:, cut - 1]
    yield Measured(
        "snapshot.resume_error",
        float(np.max(np.abs(network.resumed - whole.y[:, cut:]))),
        "the largest error after resuming from (h, c)",
        "",
        "(h, c) saved to a file at the end of the warm-up and loaded by a new process: largest difference of any later prediction "
        "from the uninterrupted run",
    )
    without_h = forward(weights, x[:, cut:], np.zeros_like(h), c)
    yield Measured(
        "snapshot.resume_error_c_only",
        float(np.max(np.abs(without_h.y - whole.y[:, cut:]))),
        "the largest error after resuming from c alone",
        "",
        "c kept and h set to zero: largest difference of any later prediction from the uninterrupted run",
    )
    for name, label, floats in (
        ("cell_bytes", "bytes in a snapshot of the cell state", weights.units),
        ("state_bytes", "bytes in a snapshot of (h, c)", 2 * weights.units),
        ("window_bytes", "bytes of input that the warm-up read", cut),
    ):
        yield Measured(f"snapshot.{name}", FLOAT_BYTES * floats, label, "bytes", "four bytes for each float32 number")


def _content(run: Run, number: int, network: Network) -> Iterator[Measured]:
    probes, warm_up = run.probes, run.experiment.warm_up
    trained, untrained = network.trained.trace, network.untrained.trace
    timesteps = slice(warm_up, None)
    window = np.stack([np.roll(probes.x, lag, axis=1) for lag in range(WINDOW_SHORT)], axis=-1)
    labels = {
        "phase": ("cos φ", np.cos(probes.phase)),
        "frequency": ("the frequency", np.broadcast_to(1 / probes.period[:, None], probes.phase.shape)),
    }
    order = np.random.default_rng([run.experiment.seed, number]).permutation(len(probes.x))
    for name, (words, label) in labels.items():
        method = f"linear probe for {words}, fitted on three quarters of the held-out sequences, R² on the others, after the warm-up"
        scores = {
            "": linear_probe(trained.c[:, timesteps], label[:, timesteps]),
            "_untrained": linear_probe(untrained.c[:, timesteps], label[:, timesteps]),
            "_hidden": linear_probe(trained.h[:, timesteps], label[:, timesteps]),
            "_window": linear_probe(window[:, timesteps], label[:, timesteps]),
            "_shuffled": linear_probe(trained.c[:, timesteps], label[order][:, timesteps]),
        }
        read_from = {
            "": "the cell state",
            "_untrained": "the cell state before training",
            "_hidden": "the hidden state",
            "_window": f"the last {WINDOW_SHORT} inputs",
            "_shuffled": "the cell state, with the sequences' labels shuffled",
        }
        for variant, by_step in scores.items():
            yield Measured(
                f"snapshot.{name}_r2{variant}",
                by_step.pooled,
                f"R² of {words} read from {read_from[variant]}",
                "",
                f"{method}; read from {read_from[variant]}",
            )
        yield Measured(
            f"snapshot.{name}_unexplained_ratio",
            (1 - scores["_untrained"].pooled) / (1 - scores[""].pooled),
            f"the unexplained variance of {words} before training over that after",
            "×",
            "(1 − R²) before training divided by (1 − R²) after",
        )
        singles = [
            linear_probe(trained.c[:, timesteps, [unit]], label[:, timesteps]).pooled
            for unit in range(trained.c.shape[2])
        ]
        yield Measured(
            f"snapshot.{name}_r2_best_unit",
            max(singles),
            f"R² of {words} read from the best single unit",
            "",
            f"{method}; read from each unit alone, the best of them",
        )
        for variant, trace in (("", trained), ("_untrained", untrained)):
            yield Measured(
                f"snapshot.{name}_r2_by_timestep{variant}",
                linear_probe(trace.c, label).by_timestep,
                f"R² of {words} by timestep" + (" before training" if variant else ""),
                "",
                f"linear probe for {words} from c, fitted on all timesteps of three quarters of the sequences, R² on the others at each",
                axes={"timestep": np.arange(1, run.experiment.timesteps + 1)},
            )


def _transplant(run: Run, network: Network) -> Iterator[Measured]:
    weights, trace = network.trained.weights, network.trained.trace
    probes, cut = run.probes, run.experiment.warm_up
    horizon = min(HORIZON, run.experiment.timesteps - cut)
    donor = np.roll(np.arange(len(probes.x)), 1)
    h, c = trace.h[donor, cut - 1], trace.c[donor, cut - 1]

    first = forward(weights, probes.x[:, cut : cut + 1], h, c)
    free = run_freely(weights, first.h[:, 0], first.c[:, 0], horizon - 1)
    predicted = np.concatenate([first.y, free.y], axis=1).astype(np.float64)
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

    driven = forward(weights, probes.x[:, cut:], h, c).y.astype(np.float64)
    errors = np.mean((driven - probes.target[:, cut:]) ** 2, axis=0)
    yield Measured(
        "snapshot.recovery_errors",
        errors,
        "error to the host's wave with its input flowing, by timestep after the transplant",
        "",
        "another sequence's (h, c) at the end of the warm-up, then the host's inputs: mean squared error to the host's clean wave",
        axes={"step": np.arange(1, len(errors) + 1)},
    )
    above = np.flatnonzero(errors > errors[0] / 10)
    yield Measured(
        "snapshot.recovery_longest",
        len(errors),
        "inputs of the host that the transplant was followed for",
        "steps",
        "a choice of this report",
    )
    yield Measured(
        "snapshot.recovery",
        float(above[-1] + 2),
        "how long the donor's state disturbs the host",
        "steps",
        "inputs of the host until its error has fallen below a tenth of what the first one left, and stays there; "
        "one more than were followed, if it never does",
    )


def _orbit(run: Run, number: int, network: Network) -> Iterator[Measured]:
    """Measure whether the free-running network keeps to a closed orbit, and returns to it when pushed off."""
    weights, trace, cut = network.trained.weights, network.trained.trace, run.experiment.warm_up
    settle, turn = 4 * run.experiment.timesteps, 2 * run.experiment.timesteps
    free = run_freely(weights, trace.h[:, cut - 1], trace.c[:, cut - 1], settle + turn)
    late = free.y[:, settle:]
    yield Measured(
        "snapshot.free_amplitude",
        float(np.median((late.max(axis=1) - late.min(axis=1)) / 2)),
        "the amplitude of the wave after a long free run",
        "",
        f"half of highest minus lowest output over {turn} timesteps of free running, {settle} timesteps after it began; median over waves",
    )
    yield Measured(
        "snapshot.free_steps",
        settle,
        "timesteps of free running before the orbit is looked at",
        "steps",
        "a choice of this report",
    )
    h, c = free.h[:, settle - 1], free.c[:, settle - 1]
    push = np.random.default_rng([run.experiment.seed, number, 2]).normal(size=c.shape)
    push *= PUSH * np.linalg.norm(c, axis=1, keepdims=True) / np.linalg.norm(push, axis=1, keepdims=True)
    pushed = run_freely(weights, h, (c + push).astype(c.dtype), run.experiment.timesteps)
    orbit = free.c[:, settle:].astype(np.float64)
    # Distance to the orbit as a line through its snapshots, so that the gap between two of them is no distance.
    first, last = (distance_to_path(state, orbit) for state in (c + push, pushed.c[:, -1]))
    yield Measured(
        "snapshot.push_left",
        100 * float(np.median(last / np.maximum(first, 1e-12))),
        "what is left of a push off the orbit",
        "%",
        f"c pushed by {PUSH:.0%} of its size in a random direction after a long free run: distance to the orbit "
        f"{run.experiment.timesteps} timesteps later over that at first; median over waves",
        source="Sussillo and Barak (2013)",
    )


PUSH = 0.1
"""The size of a push off the orbit, relative to that of the cell state."""


def distance_to_path(points: Floats, paths: Floats) -> Floats:
    """Return the distance of each point, (B, U), to the line through the states of its path, (B, T, U)."""
    start, along = paths[:, :-1], np.diff(paths, axis=1)
    offset = points[:, None].astype(np.float64) - start
    length = np.maximum(np.sum(along**2, axis=-1), 1e-30)
    share = np.clip(np.sum(offset * along, axis=-1) / length, 0, 1)
    return np.asarray(np.min(np.linalg.norm(offset - share[..., None] * along, axis=-1), axis=1))


def turns_in_plane(states: Floats, phase: Floats) -> float:
    """Return how often states: (T, U) go round their mean, in the plane of their two first principal components, in one period."""
    centred = (states - states.mean(axis=0)).astype(np.float64)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    first, second = (centred @ axis for axis in axes) if len(axes) == 2 else (centred[:, 0], np.zeros(len(centred)))
    angle = np.unwrap(np.arctan2(second, first))
    return float(abs(angle[-1] - angle[0]) / (phase[-1] - phase[0]))


@dataclass(frozen=True)
class Reading:
    """How well a linear probe reads a label from whole sequences that it was not fitted on: R² of all, and at each timestep."""

    pooled: float
    by_timestep: Floats


def linear_probe(features: Floats, label: Floats) -> Reading:
    """Return the R² of a linear probe, features: (B, T, K), label: (B, T), the last quarter of the sequences held out.

    The variance that R² is measured against is that of the held-out labels, at each timestep or over all of them.
    """
    features = features.astype(np.float64)
    train = 3 * len(features) // 4
    mean, scale = features[:train].mean(axis=(0, 1)), features[:train].std(axis=(0, 1)) + 1e-12
    rows = np.concatenate([(features - mean) / scale, np.ones((*label.shape, 1))], axis=-1)
    fitted = rows[:train].reshape(-1, rows.shape[-1])
    # The normal equations of standardised columns; the cut-off takes out what two collinear units would blow up.
    coefficients = np.linalg.lstsq(fitted.T @ fitted, fitted.T @ label[:train].reshape(-1), rcond=1e-10)[0]
    residual = (rows[train:] @ coefficients - label[train:]) ** 2
    spread = (label[train:] - label[train:].mean()) ** 2
    spread_by_timestep = (label[train:] - label[train:].mean(axis=0)) ** 2
    return Reading(
        float(r_squared(residual.mean(), spread.mean())),
        r_squared(residual.mean(axis=0), spread_by_timestep.mean(axis=0)),
    )


def r_squared(residual: Floats, spread: Floats) -> Floats:
    """Return R²; of a label that does not vary, there is nothing to explain, and the probe explains nothing."""
    return np.where(spread > 1e-12, 1 - residual / np.maximum(spread, 1e-12), 0.0)


def variance_in_plane(states: Floats) -> float:
    """Return the share of the variance of states: (T, U) that its two first principal components hold."""
    values = np.linalg.svd(states - states.mean(axis=0), compute_uv=False).astype(np.float64) ** 2
    return float(values[:2].sum() / values.sum())
