"""The cell state as a snapshot: whether it is enough to go on from, and what can be read in it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.task import WINDOW_SHORT
from reportgen.lstm.interventions import forward, free_output, run_freely
from reportgen.lstm.run import Network, Run, State

FLOAT_BYTES = 4

HORIZON = 25
"""Timesteps of free running over which a transplanted state is judged."""


SETTINGS = ("units", "epochs", "period_min", "period_max", "noise")
"""The settings on which these measurements depend most directly."""


def measure_state(run: Run, number: int, state: State) -> Iterator[Measured]:
    """Measure the snapshots of one network in one world."""
    yield from _content(run, number, state)
    yield from _transplant(run, state)
    yield from _orbit(run, number, state)
    yield from _long_run(run, state)
    cut = run.experiment.warm_up
    whole = forward(state.weights, run.probes.x)
    without_h = forward(state.weights, run.probes.x[:, cut:], np.zeros_like(whole.h[:, cut - 1]), whole.c[:, cut - 1])
    yield Measured(
        "snapshot.resume_error_c_only",
        float(np.max(np.abs(without_h.y - whole.y[:, cut:]))),
        "the largest error after resuming from c alone",
        "",
        "c kept and h set to zero: largest difference of any later prediction from the uninterrupted run",
    )
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
    for name, label, floats in (
        ("cell_bytes", "bytes in a snapshot of the cell state", weights.units),
        ("state_bytes", "bytes in a snapshot of (h, c)", 2 * weights.units),
        ("window_bytes", "bytes of input that the warm-up read", cut),
    ):
        yield Measured(
            f"snapshot.{name}", FLOAT_BYTES * floats, label, "bytes", "four bytes for each float32 number", given=True
        )
    for name, label, value, unit in (
        (
            "recovery_longest",
            "inputs of the host that the transplant was followed for",
            probes.x.shape[1] - cut,
            "steps",
        ),
        ("free_steps", "timesteps of free running before the orbit is looked at", free_steps(run), "steps"),
        ("long_run", "timesteps of free running after which it is asked what is left of a wave", LONG_RUN, "steps"),
    ):
        yield Measured(f"snapshot.{name}", value, label, unit, "a choice of this report", given=True)
    window = np.stack([np.roll(probes.x, lag, axis=1) for lag in range(WINDOW_SHORT)], axis=-1)
    for name, (words, target) in labels(run).items():
        yield Measured(
            f"snapshot.{name}_r2_window",
            linear_probe(window[:, cut:], target[:, cut:]).pooled,
            f"R² of {words} read from the last {WINDOW_SHORT} inputs",
            "",
            f"{_probe_method(words)}; read from the last {WINDOW_SHORT} inputs",
            everywhere=True,
        )
        before, after = (
            1 - linear_probe(state.trace.c[:, cut:], target[:, cut:]).pooled
            for state in (network.untrained, network.trained)
        )
        yield Measured(
            f"snapshot.{name}_unexplained_ratio",
            before / after,
            f"the unexplained variance of {words} before training over that after",
            "×",
            "(1 − R²) before training divided by (1 − R²) after",
        )


def labels(run: Run) -> dict[str, tuple[str, Floats]]:
    """Return what probes look for, by name: in words, and its value at every timestep of every held-out sequence, (B, T)."""
    probes = run.probes
    return {
        "phase": ("cos φ", np.cos(probes.phase)),
        "frequency": ("the frequency", np.broadcast_to(1 / probes.period[:, None], probes.phase.shape)),
    }


def _probe_method(words: str) -> str:
    return f"linear probe for {words}, fitted on three quarters of the held-out sequences, R² on the others, after the warm-up"


def _content(run: Run, number: int, state: State) -> Iterator[Measured]:
    timesteps = slice(run.experiment.warm_up, None)
    trace = state.trace
    order = np.random.default_rng([run.experiment.seed, number]).permutation(len(run.probes.x))
    for name, (words, label) in labels(run).items():
        for variant, read_from, features, target in (
            ("", "the cell state", trace.c, label),
            ("_hidden", "the hidden state", trace.h, label),
            ("_shuffled", "the cell state, with the sequences' labels shuffled", trace.c, label[order]),
        ):
            yield Measured(
                f"snapshot.{name}_r2{variant}",
                linear_probe(features[:, timesteps], target[:, timesteps]).pooled,
                f"R² of {words} read from {read_from}",
                "",
                f"{_probe_method(words)}; read from {read_from}",
            )
        singles = [
            linear_probe(trace.c[:, timesteps, [unit]], label[:, timesteps]).pooled for unit in range(trace.c.shape[2])
        ]
        yield Measured(
            f"snapshot.{name}_r2_best_unit",
            max(singles),
            f"R² of {words} read from the best single unit",
            "",
            f"{_probe_method(words)}; read from each unit alone, the best of them",
        )
        yield Measured(
            f"snapshot.{name}_r2_by_timestep",
            linear_probe(trace.c, label).by_timestep,
            f"R² of {words} by timestep",
            "",
            f"linear probe for {words} from c, fitted on all timesteps of three quarters of the sequences, R² on the others at each",
            axes={"timestep": np.arange(1, run.experiment.timesteps + 1)},
        )


def _transplant(run: Run, state: State) -> Iterator[Measured]:
    weights, trace = state.weights, state.trace
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


def free_steps(run: Run) -> int:
    """Return how many timesteps a network runs freely before its orbit is looked at."""
    return 4 * run.experiment.timesteps


def _orbit(run: Run, number: int, state: State) -> Iterator[Measured]:
    """Measure whether the free-running network keeps to a closed orbit, and returns to it when pushed off."""
    weights, trace, cut = state.weights, state.trace, run.experiment.warm_up
    settle, turn = free_steps(run), 2 * run.experiment.timesteps
    free = run_freely(weights, trace.h[:, cut - 1], trace.c[:, cut - 1], settle + turn)
    h, c = free.h[:, settle - 1], free.c[:, settle - 1]
    push = np.random.default_rng([run.experiment.seed, number, 2]).normal(size=c.shape)
    push *= PUSH * np.linalg.norm(c, axis=1, keepdims=True) / np.linalg.norm(push, axis=1, keepdims=True)
    pushed = run_freely(weights, h, (c + push).astype(c.dtype), run.experiment.timesteps)
    orbit = free.c[:, settle:].astype(np.float64)
    # Distance to the orbit as a line through its snapshots, so that the gap between two of them is no distance.
    first, last = (distance_to_path(state, orbit) for state in (c + push, pushed.c[:, -1]))
    yield Measured(
        "snapshot.attracted",
        100 * float(np.mean(last < first / 2)),
        "the waves whose orbit attracts",
        "%",
        f"c pushed by {PUSH:.0%} of its size in a random direction after {settle} timesteps of free running: share of waves of which "
        f"{run.experiment.timesteps} timesteps later the distance to the orbit is less than half of what it was",
        source="Sussillo and Barak (2013)",
    )


def _long_run(run: Run, state: State) -> Iterator[Measured]:
    """Measure what is left of the waves when the network has run on its own output for thousands of timesteps."""
    cut, last = run.experiment.warm_up, 2 * run.experiment.timesteps
    y = free_output(state.weights, state.trace.h[:, cut - 1], state.trace.c[:, cut - 1], LONG_RUN)[:, -last:]
    swinging = (y.max(axis=1) - y.min(axis=1)) / 2 > SWING
    kept = swinging & (np.abs(periods(y) / run.probes.period - 1) < 0.1)
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


def periods(y: Floats) -> Floats:
    """Return the mean time between upward crossings of the middle, (B,), in timesteps, of y: (B, T); infinite without two of them."""
    above = y > (y.max(axis=1, keepdims=True) + y.min(axis=1, keepdims=True)) / 2
    up = above[:, 1:] & ~above[:, :-1]
    count = up.sum(axis=1)
    first, last = up.argmax(axis=1), up.shape[1] - 1 - up[:, ::-1].argmax(axis=1)
    return np.where(count > 1, (last - first) / np.maximum(count - 1, 1), np.inf)


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
