"""Noisy sine sequences whose clean continuation, phase and period are known."""

from dataclasses import dataclass

import numpy as np

from reportgen.evidence import Floats
from reportgen.lstm.settings import Experiment


@dataclass(frozen=True)
class Sequences:
    """Sine waves as a network sees them, and what it is not told.

    x: (B, T) the noisy samples; target: (B, T) the clean next sample; phase: (B, T) of the clean wave at each input
    sample, in radians, x ≈ sin(phase); period: (B,) in timesteps.
    """

    x: Floats
    target: Floats
    phase: Floats
    period: Floats


def sine_sequences(experiment: Experiment, count: int, rng: np.random.Generator) -> Sequences:
    """Return `count` sequences with uniform period and initial phase, and Gaussian noise on the input alone."""
    timesteps = np.arange(experiment.timesteps + 1)
    period = rng.uniform(experiment.period_min, experiment.period_max, (count, 1))
    phase = rng.uniform(0, 2 * np.pi, (count, 1)) + 2 * np.pi * timesteps / period
    clean = np.sin(phase)
    x = clean[:, :-1] + rng.normal(0, experiment.noise, (count, experiment.timesteps))
    return Sequences(
        x=x.astype(np.float32),
        target=clean[:, 1:].astype(np.float32),
        phase=phase[:, :-1].astype(np.float32),
        period=period[:, 0].astype(np.float32),
    )


def probe_sequences(experiment: Experiment) -> Sequences:
    """Return the held-out sequences on which every network of a run is traced."""
    return sine_sequences(experiment, PROBES, np.random.default_rng([experiment.seed, 0]))


def training_sequences(experiment: Experiment, network: int) -> Sequences:
    """Return the training set of one network, counted from 1; no two networks share one, and none holds a probe."""
    return sine_sequences(experiment, experiment.sequences, np.random.default_rng([experiment.seed, network]))


def chrono_times(experiment: Experiment, network: int, longest: float) -> Floats:
    """Return the times u, (U,), by which the gates of a network, counted from 1, start: uniform between 1 and T − 1, the `longest` T.

    Chrono initialisation (Tallec and Ollivier, 2018): a forget gate's bias of ln u keeps content for about u timesteps.
    """
    return np.random.default_rng([experiment.seed, network, 1]).uniform(1, longest - 1, experiment.units)


def longest_recall(experiment: Experiment) -> float:
    """Return the T of chrono initialisation for recall: all timesteps of such a sequence."""
    return float(heard(experiment) + experiment.timesteps)


@dataclass(frozen=True)
class RecallSequences:
    """Noisy waves that are followed by noise alone, and the amplitude, (B,), that is to be told when it ends; x: (B, T')."""

    x: Floats
    amplitude: Floats


AMPLITUDES = 0.2, 1.0
"""The lowest and the highest amplitude that is to be recalled."""


def heard(experiment: Experiment) -> int:
    """Return for how many timesteps a wave is heard whose amplitude is to be recalled: half of the longest period, at least 8."""
    return max(8, round(experiment.period_max / 2))


def recall_sequences(experiment: Experiment, count: int, rng: np.random.Generator) -> RecallSequences:
    """Return `count` sequences: a wave of uniform amplitude, heard in noise, and then as many timesteps of noise as a sine sequence has."""
    amplitude = rng.uniform(*AMPLITUDES, count)
    waves = sine_sequences(experiment, count, rng)
    x = rng.normal(0, experiment.noise, (count, heard(experiment) + experiment.timesteps))
    timesteps = np.arange(heard(experiment))
    x[:, : len(timesteps)] += amplitude[:, None] * np.sin(
        waves.phase[:, :1] + 2 * np.pi * timesteps / waves.period[:, None]
    )
    return RecallSequences(x.astype(np.float32), amplitude.astype(np.float32))


def recall_probes(experiment: Experiment) -> RecallSequences:
    """Return the held-out sequences on which recall is measured."""
    return recall_sequences(experiment, PROBES, np.random.default_rng([experiment.seed, 0, 1]))


def recall_training(experiment: Experiment, network: int) -> RecallSequences:
    """Return the training set of recall of one network, counted from 1."""
    return recall_sequences(experiment, experiment.sequences, np.random.default_rng([experiment.seed, network, 4]))


WINDOW = 20
"""Samples that are seen by what sees a window of them and has no state."""


def windows(x: Floats) -> Floats:
    """Return the last WINDOW samples at each timestep, the newest first, (B, T, WINDOW), of x: (B, T); right from timestep WINDOW on."""
    return np.stack([np.roll(x, lag, axis=1) for lag in range(WINDOW)], axis=-1)


PROBES = 128
