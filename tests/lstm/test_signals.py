"""The oracle is the definition of a sine wave, and the statistics of uniform and normal numbers."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import PROBES, Sequences, probe_sequences, sine_sequences, training_sequences


def draw(count: int = 2000, **settings: Any) -> Sequences:
    return sine_sequences(Experiment(**settings), count, np.random.default_rng(0))


def test_without_noise_the_input_is_the_sine_of_the_phase() -> None:
    waves = draw(noise=0.0)
    assert_allclose(waves.x, np.sin(waves.phase.astype(np.float64)), atol=1e-5)


def test_phase_advances_by_one_period_in_one_period() -> None:
    waves = draw()
    expected = waves.phase[:, :1] + 2 * np.pi * np.arange(100) / waves.period[:, None].astype(np.float64)
    assert_allclose(waves.phase, expected, atol=2e-5)


def test_target_is_the_clean_next_sample() -> None:
    clean, noisy = draw(noise=0.0), draw(noise=0.1)
    assert_array_equal(clean.target[:, :-1], clean.x[:, 1:])
    after_the_end = noisy.phase[:, -1] + 2 * np.pi / noisy.period
    assert_allclose(noisy.target[:, -1], np.sin(after_the_end), atol=2e-5)
    assert_array_equal(noisy.target, clean.target)


def test_noise_is_white_and_has_the_standard_deviation_asked_for() -> None:
    waves = draw(noise=0.25)
    noise = (waves.x - np.sin(waves.phase)).astype(np.float64)
    assert abs(noise.mean()) < 0.005
    assert noise.std() == pytest.approx(0.25, rel=0.01)
    assert np.mean(noise**4) / noise.var() ** 2 == pytest.approx(3, rel=0.05)
    assert abs(np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]) < 0.01
    assert abs(np.corrcoef(noise[1:].ravel(), noise[:-1].ravel())[0, 1]) < 0.01


def test_periods_and_initial_phases_are_uniform() -> None:
    waves = draw(period_min=20.0, period_max=60.0)
    assert_allclose(np.quantile(waves.period, [0, 0.25, 0.5, 0.75, 1]), [20, 30, 40, 50, 60], atol=2)
    assert waves.period.min() >= 20
    assert waves.period.max() <= 60
    assert_allclose(np.quantile(waves.phase[:, 0], [0, 0.25, 0.5, 0.75, 1]), np.pi * np.arange(0, 2.5, 0.5), atol=0.25)
    assert abs(np.corrcoef(waves.period, waves.phase[:, 0])[0, 1]) < 0.05


def test_shapes_and_dtypes() -> None:
    waves = draw(7, timesteps=63)
    assert waves.x.shape == waves.target.shape == waves.phase.shape == (7, 63)
    assert waves.period.shape == (7,)
    assert {array.dtype for array in vars(waves).values()} == {np.dtype(np.float32)}


def test_sets_are_reproducible_and_no_two_share_a_wave() -> None:
    one, other = Experiment(seed=1, sequences=64), Experiment(seed=2, sequences=64)
    makers = [probe_sequences, *(lambda e, n=n: training_sequences(e, n) for n in (1, 2, 3))]
    sets = [make(experiment) for experiment in (one, other) for make in makers]
    assert [len(drawn.x) for drawn in sets] == [PROBES, 64, 64, 64] * 2
    periods = np.concatenate([drawn.period for drawn in sets])
    assert len(np.unique(periods)) > len(periods) - 3  # float32 may repeat a number by chance
    for drawn, make in zip(sets, makers, strict=False):
        for array, again in zip(vars(drawn).values(), vars(make(one)).values(), strict=True):
            assert_array_equal(array, again)
