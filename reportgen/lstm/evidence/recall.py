"""The contrast: a task that needs memory over a hundred steps of noise, and where it is kept."""

from collections.abc import Iterator

import numpy as np

from reportgen.evidence import Floats, Measured
from reportgen.lstm.evidence.flow import CHRONO_METHOD, TAU_SOURCE, chrono_constants, time_constants
from reportgen.lstm.interventions import forward, lstm_step, plain_forward, read_out, step_jacobian
from reportgen.lstm.run import Network, Run, Weights
from reportgen.lstm.signals import RecallSequences, heard, longest_recall, recall_probes

STARTS = {"default": "from Keras's start", "chrono": "from chrono initialisation"}
"""The networks that were trained to recall, and the words that set their measurements apart."""

SETTINGS = ("units", "epochs", "timesteps", "noise")
"""The settings on which these measurements depend most directly."""

FOLLOWED = 16
"""Sequences on which derivatives are computed."""


def measure_network(run: Run, number: int, network: Network) -> Iterator[Measured]:
    """Measure how well an amplitude is recalled, and which part of the state and which path carries it."""
    probes = recall_probes(run.experiment)
    hearing = heard(run.experiment)
    for name, value, label in (
        ("heard", hearing, "timesteps in which the amplitude is heard"),
        ("noise", probes.x.shape[1] - hearing, "timesteps of noise before it is to be told"),
    ):
        yield Measured(f"recall.{name}", value, label, "steps", "a choice of this report", given=True)
    _, y = plain_forward(network.recall.plain, probes.x)
    yield Measured(
        "recall.r2_plain",
        _r2(y[:, -1], probes.amplitude),
        "R² of the recalled amplitude, from a plain network",
        "",
        "R² of what the network says at the last timestep, on held-out sequences",
    )
    yield Measured(
        "recall.time_constant_max_start",
        float(np.max(chrono_constants(run.experiment, number, longest_recall(run.experiment)))),
        "the longest time constant with which chrono initialisation starts, to recall",
        "steps",
        CHRONO_METHOD,
        source=TAU_SOURCE,
    )
    for start, words in STARTS.items():
        yield from _recall(getattr(network.recall, start), probes, hearing, start, words)


def _recall(weights: Weights, probes: RecallSequences, hearing: int, start: str, words: str) -> Iterator[Measured]:
    trace = forward(weights, probes.x)
    yield Measured(
        f"recall.r2_{start}",
        _r2(trace.y[:, -1], probes.amplitude),
        f"R² of the recalled amplitude, {words}",
        "",
        "R² of what the network says at the last timestep, on held-out sequences",
    )
    h, c, noise = trace.h[:, hearing - 1], trace.c[:, hearing - 1], probes.x[:, hearing:]
    donor = np.roll(np.arange(len(h)), 1)
    for part, told in (
        ("c", forward(weights, noise, h, c[donor])),
        ("h", forward(weights, noise, h[donor], c)),
    ):
        yield Measured(
            f"recall.{part}_decides_{start}",
            _r2(told.y[:, -1], probes.amplitude[donor]),
            f"R² of the amplitude of another wave, whose {part} was put in when it had been heard, {words}",
            "",
            f"{part} of another sequence in place of the own at the end of hearing: R² of the other sequence's amplitude in what is said "
            "at the last timestep; below zero, worse than saying the mean",
        )
    taus = time_constants(trace.f[:, hearing:])
    yield Measured(
        f"recall.time_constant_max_{start}",
        float(np.max(taus)),
        f"the longest time constant in the noise, {words}",
        "steps",
        "−1 / mean(ln f) over held-out sequences and the timesteps of noise; longest of the units",
        source=TAU_SOURCE,
    )
    yield Measured(
        f"recall.r2_without_feedback_{start}",
        _r2(_told_without_feedback(weights, probes.x, hearing), probes.amplitude),
        f"R² of the recalled amplitude where, in the noise, gates hear no h of their own wave, {words}",
        "",
        "in the noise, the h that is fed back is at each timestep its mean over held-out sequences: R² of what is said at the end",
    )
    direct, full = _over_noise(weights, probes.x[:FOLLOWED], hearing)
    for name, derivative, by in (
        ("direct", direct, "along the channel"),
        ("detour", full - direct, "by all other paths"),
        ("full", full, "by all paths"),
    ):
        yield Measured(
            f"recall.{name}_{start}",
            float(np.mean(np.linalg.norm(derivative, ord=2, axis=(1, 2)))),
            f"what is left of old content after the noise {by}, {words}",
            "",
            f"spectral norm of ∂c(end)/∂c(end of hearing) {by}, mean over {len(full)} sequences",
        )


def _told_without_feedback(weights: Weights, x: Floats, hearing: int) -> Floats:
    """Return what is told at the end, (B,), if after hearing every gate gets the mean h of all sequences and not its own."""
    trace = forward(weights, x)
    h, c = trace.h[:, hearing - 1], trace.c[:, hearing - 1]
    for t in range(hearing, x.shape[1]):
        alike = np.broadcast_to(trace.h[:, t - 1].mean(axis=0), h.shape)
        step = lstm_step(weights, x[:, t], alike, c)
        h, c = step["h"], step["c"]
    return read_out(weights, h)


def _over_noise(weights: Weights, x: Floats, hearing: int) -> tuple[Floats, Floats]:
    """Return ∂c(end)/∂c(end of hearing) along the channel and by all paths that begin in c and lead through h too, (B, U, U) each."""
    trace = forward(weights, x)
    units = weights.units
    direct = np.prod(trace.f[:, hearing:].astype(np.float64), axis=1)[..., None] * np.eye(units)
    # Columns: what c at the end of hearing moves, itself and, by Eq. 2, the h of the same timestep.
    window = trace.o[:, hearing - 1] * (1 - np.tanh(trace.c[:, hearing - 1]) ** 2)
    moved = np.concatenate([np.broadcast_to(np.eye(units), direct.shape), window[..., None] * np.eye(units)], axis=1)
    for t in range(hearing, x.shape[1]):
        moved = step_jacobian(weights, trace, t) @ moved
    return direct, np.asarray(moved[:, :units])


def _r2(said: Floats, truth: Floats) -> float:
    return float(1 - np.mean((said.astype(np.float64) - truth) ** 2) / np.var(truth.astype(np.float64)))
