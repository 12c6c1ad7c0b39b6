"""The oracles: the NumPy LSTM, states put in by hand, derivatives by differences, and a network made by hand that recalls."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reportgen.evidence import Evidence
from reportgen.lstm.evidence import recall
from reportgen.lstm.interventions import forward, step_jacobian
from reportgen.lstm.run import Run, Weights
from reportgen.lstm.signals import RecallSequences, heard, recall_probes
from tests.lstm.test_interventions import numpy_lstm, random_state, random_weights


def r2(said: Any, truth: Any) -> float:
    return float(1 - np.mean((said - truth) ** 2) / np.var(truth.astype(np.float64)))


def test_what_is_recalled_and_what_carries_it(small_run: Run, small_evidence: Evidence) -> None:
    probes, hearing = recall_probes(small_run.experiment), heard(small_run.experiment)
    assert (hearing, probes.x.shape) == (25, (128, 125))
    donors = [(wave - 1) % 128 for wave in range(128)]
    for number, network in enumerate(small_run.networks):
        for start in ("default", "chrono"):
            weights = getattr(network.recall, start)
            whole = numpy_lstm(weights, probes.x)
            measured = {
                name: small_evidence[f"recall.{name}_{start}"].values[number]
                for name in ("r2", "c_decides", "h_decides")
            }
            assert measured["r2"] == pytest.approx(r2(whole["y"][:, -1], probes.amplitude), abs=1e-3)
            h, c = whole["h"][:, 24], whole["c"][:, 24]
            for name, state in (("c_decides", (h, c[donors])), ("h_decides", (h[donors], c))):
                said = numpy_lstm(weights, probes.x[:, 25:], *state)["y"][:, -1]
                assert measured[name] == pytest.approx(r2(said, probes.amplitude[donors]), abs=1e-3), name


def test_one_step_moves_the_next_as_central_differences_say() -> None:
    weights, (x, h, c), step = random_weights(3), random_state(3, 4), 1e-6
    trace = forward(weights, x, h, c)
    found = step_jacobian(weights, trace, 5)
    h5, c5 = trace.h[:, 4], trace.c[:, 4]
    for column in range(6):
        nudge = step * np.eye(6)[column]
        up, down = (numpy_lstm(weights, x[:, 5:6], h5 + sign * nudge[3:], c5 + sign * nudge[:3]) for sign in (1, -1))
        for rows, name in ((slice(0, 3), "c"), (slice(3, 6), "h")):
            assert_allclose(found[:, rows, column], (up[name] - down[name])[:, 0] / (2 * step), atol=1e-8)


def test_the_derivative_over_the_noise_is_that_of_central_differences() -> None:
    # From c to c, with the h of the same timestep moving as Eq. 2 has it.
    weights, (x, _, _), step, hearing = random_weights(3), random_state(3, 4), 1e-6, 5
    direct, full = recall._over_noise(weights, x, hearing)
    whole = numpy_lstm(weights, x)
    c, o = whole["c"][:, hearing - 1], whole["o"][:, hearing - 1]
    for unit in range(3):
        nudge = step * np.eye(3)[unit]
        up, down = (
            numpy_lstm(weights, x[:, hearing:], o * np.tanh(c + sign * nudge), c + sign * nudge)["c"][:, -1]
            for sign in (1, -1)
        )
        assert_allclose(full[:, :, unit], (up - down) / (2 * step), atol=1e-8)
    assert_allclose(direct, np.prod(whole["f"][:, hearing:], axis=1)[..., None] * np.eye(3), rtol=1e-9)


def test_without_feedback_gates_hear_the_mean_of_all_waves(small_run: Run, small_evidence: Evidence) -> None:
    probes = recall_probes(small_run.experiment)
    hearing = heard(small_run.experiment)
    for number, network in enumerate(small_run.networks):
        weights = network.recall.chrono
        whole = numpy_lstm(weights, probes.x)
        h, c = whole["h"][:, hearing - 1], whole["c"][:, hearing - 1]
        for t in range(hearing, probes.x.shape[1]):
            alike = np.tile(whole["h"][:, t - 1].mean(axis=0), (len(h), 1))
            step = numpy_lstm(weights, probes.x[:, t : t + 1], alike, c)
            h, c, y = step["h"][:, 0], step["c"][:, 0], step["y"][:, 0]
        expected = 1 - np.mean((y - probes.amplitude) ** 2) / np.var(probes.amplitude)
        measured = small_evidence["recall.r2_without_feedback_chrono"].values[number]
        assert measured == pytest.approx(expected, abs=2e-3)


def remembering() -> Weights:
    """Return one unit that takes in tanh of an input above one, keeps it for good, and shows it."""
    bias = np.array([-12.0, 40.0, 0.0, 40.0])  # i, f, g, o: the input gate opens for a large input
    kernel = np.array([[40.0, 0.0, 1.0, 0.0]])
    return Weights(*(a.astype(np.float32) for a in (kernel, np.zeros((1, 4)), bias, np.ones((1, 1)), np.zeros(1))))


def test_a_channel_that_keeps_is_found_to_decide() -> None:
    amplitude = np.linspace(0.6, 1.0, 9).astype(np.float32)
    x = np.zeros((9, 30), np.float32)
    x[:, 3] = amplitude
    truth = np.tanh(np.tanh(amplitude))
    probes = RecallSequences(x, truth)
    found = {m.name: m.value for m in recall._recall(remembering(), probes, 10, "default", "by hand")}
    assert found["recall.r2_default"] == pytest.approx(1, abs=1e-4)
    assert found["recall.c_decides_default"] == pytest.approx(1, abs=1e-4)
    assert found["recall.h_decides_default"] < 0.6
    assert found["recall.direct_default"] == pytest.approx(1, abs=1e-4)
    assert found["recall.r2_without_feedback_default"] == pytest.approx(1, abs=1e-4)
    assert found["recall.detour_default"] == pytest.approx(0, abs=1e-4)
    assert dataclasses.is_dataclass(probes)
