"""One real training in another process; what goes wrong in a pool is tried on workers that train nothing."""

import dataclasses
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from reportgen.errors import ReportgenError, TrainingDiverged
from reportgen.lstm import experiment as processes
from reportgen.lstm import interventions
from reportgen.lstm.experiment import TRAININGS, _Epoch, carry_out
from reportgen.lstm.interventions import forward, resume_in_new_process
from reportgen.lstm.run import Lessons, Means, PlainWeights, Recall, Run, State, Trace, Weights, to_arrays
from reportgen.lstm.settings import Experiment
from reportgen.pool import Task, carry_out_tasks, tell
from reportgen.study import Notice, Stage, Step
from tests.lstm.test_interventions import Array, numpy_lstm, random_state, random_weights

Told = Stage | Step | Notice


def start_light() -> None:
    """Start a worker that needs nothing."""


KINDS = ("default", "chrono", "reseeded", "plain", "i", "f", "g", "o")


def train_light(experiment: Experiment, number: int, kind: str) -> None:
    """Stand in for a training: the first network takes longest, the seed says which goes wrong."""
    for epoch in range(1, experiment.epochs + 1):
        tell(_Epoch(number, epoch, number / epoch))
        if experiment.seed == fault(number, kind):
            raise TrainingDiverged(f"network {number} diverged")
        time.sleep(0.05 if number == 1 else 0.01)


def fault(number: int, kind: str) -> int:
    return 10 * number + KINDS.index(kind)


def full(value: float) -> Weights:
    return Weights(*(np.full(shape, value) for shape in ((1, 4), (1, 4), (4,), (1, 1), (1,))))


def state(number: int) -> State:
    """Return a state of one unit and sixty timesteps, whose gates i, f, o have other means before and after the warm-up."""
    gates = {
        name: np.repeat([9, 0, 0.2 * n], (30, 15, 15)).reshape(1, 60, 1) * number for n, name in enumerate("ifogch", 1)
    }
    return State(
        full(number), Trace(**gates, y=np.zeros((1, 60)), h0=np.zeros((1, 1)), c0=np.zeros((1, 1))), np.zeros(1)
    )


def default_light(experiment: Experiment, number: int) -> dict[str, Any]:
    train_light(experiment, number, "default")
    means = Means(*(np.full(1, 0.1 * n * number) for n in range(1, 5)))
    return {"trained": state(number), "means": means, "loss": np.full(1, number)}


def examined_light(experiment: Experiment, number: int, trained: State) -> dict[str, Any]:
    assert trained.weights.bias[0] == number
    arrays = {name: np.full(1, number) for name in ("lifted", "resumed")}
    return arrays | {"untrained": state(number), "gradient": full(number)}


def lessons_light(experiment: Experiment, number: int, trained: Weights) -> Lessons:
    assert trained.bias[0] == number
    return Lessons(*(np.full(1, number) for _ in range(4)))


def chrono_light(experiment: Experiment, number: int) -> dict[str, Any]:
    train_light(experiment, number, "chrono")
    return {"chrono": state(-number), "chrono_loss": np.full(1, -number)}


def held_light(experiment: Experiment, number: int, gate: str, values: Array) -> Weights:
    train_light(experiment, number, gate)
    (value,) = values
    return full(value)


def reseeded_light(experiment: Experiment, number: int) -> Weights:
    train_light(experiment, number, "reseeded")
    return full(100 + number)


def plain_light(experiment: Experiment, number: int) -> PlainWeights:
    train_light(experiment, number, "plain")
    return PlainWeights(*(np.full(1, 200 + number) for _ in range(5)))


def recall_light(experiment: Experiment, number: int) -> Recall:
    for _ in range(3):
        train_light(dataclasses.replace(experiment, seed=0), number, "plain")
    return Recall(full(300 + number), full(400 + number), PlainWeights(*(np.full(1, 500 + number) for _ in range(5))))


def export_light(weights: Weights) -> bytes:
    return b"model %d" % weights.bias[0]


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "start_worker", start_light)
    stand_ins = {
        "default": default_light,
        "examined": examined_light,
        "lessons": lessons_light,
        "chrono": chrono_light,
        "held": held_light,
        "reseeded": reseeded_light,
        "plain": plain_light,
        "recall": recall_light,
    }
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(processes, f"_{name}", stand_in)
    monkeypatch.setattr(processes, "_export", export_light)


def light_experiment(**settings: int) -> Experiment:
    return Experiment(**({"seed": 0, "networks": 3, "epochs": 4, "timesteps": 60} | settings))


def test_another_process_gives_the_same_bits_and_is_silent(small_run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    experiment, network = small_run.experiment, small_run.networks[1]
    told: list[_Epoch] = []
    tasks: dict[str, Task] = {
        "network": (processes._chrono, (experiment, 2)),
        "noise": (os.write, (2, b"what TensorFlow and the libraries under it say when memory ends")),
    }
    again = carry_out_tasks(tasks, lambda key, returned: {}, told.append, processes=1, start=processes.start_worker)[
        "network"
    ]
    assert capfd.readouterr().err == ""
    expected = to_arrays(network.chrono, "chrono")
    for name, array in to_arrays(again["chrono"], "chrono").items():
        assert array.tobytes() == expected[name].tobytes(), name
    assert again["chrono_loss"].tobytes() == network.chrono_loss.tobytes()
    assert [(epoch.network, epoch.epoch) for epoch in told] == [(2, n) for n in range(1, experiment.epochs + 1)]
    assert [epoch.loss for epoch in told] == pytest.approx(network.chrono_loss.tolist(), rel=1e-6)


@pytest.mark.slow
def test_another_run_gives_the_same_bits(small_run: Run) -> None:
    told: list[Told] = []
    experiment = dataclasses.replace(small_run.experiment, networks=1)
    again = carry_out(experiment, told.append)
    expected = to_arrays(small_run.networks[0], "network")
    for name, array in to_arrays(again.networks[0], "network").items():
        assert array.tobytes() == expected[name].tobytes(), name
    epochs = experiment.epochs
    steps = steps_of(told, TRAININGS * epochs)
    expected_epochs = Counter({f"network 1/1 epoch {n}/{epochs}": TRAININGS for n in range(1, epochs + 1)})
    assert Counter(step.detail.partition(" loss ")[0] for step in steps) == expected_epochs
    network = again.networks[0]
    for losses in (network.loss, network.chrono_loss):
        for n, loss in enumerate(losses.tolist(), 1):
            assert f"network 1/1 epoch {n}/{epochs} loss {loss:.4f}" in [step.detail for step in steps]


def test_resuming_in_a_new_process_gives_the_same_bits(small_run: Run) -> None:
    x, cut = small_run.probes.x, small_run.experiment.warm_up
    for network in small_run.networks:
        assert network.resumed.tobytes() == forward(network.trained.weights, x).y[:, cut:].tobytes()
    weights, (x, _, _) = random_weights(5), random_state(5, 3)
    resumed = resume_in_new_process(weights, x, 4)
    assert resumed.tobytes() == forward(weights, x).y[:, 4:].tobytes()
    assert_allclose(resumed, numpy_lstm(weights, x)["y"][:, 4:], atol=1e-13)


def test_resuming_really_leaves_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, (x, _, _) = random_weights(5), random_state(5, 3)
    expected = forward(weights, x).y[:, 4:]
    # What is broken here alone has no part in what comes from there.
    monkeypatch.setattr(interventions, "read_out", lambda weights, h: np.zeros(len(h)))
    assert not forward(weights, x).y.any()
    assert resume_in_new_process(weights, x, 4).tobytes() == expected.tobytes()


def test_a_resumed_process_that_fails_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interventions, "_RESUME", "raise SystemExit(3)")
    with pytest.raises(subprocess.CalledProcessError, match="exit status 3"):
        resume_in_new_process(random_weights(2), random_state(2, 1)[0], 4)


def steps_of(told: list[Told], ahead: int) -> list[Step]:
    """Return the steps of the one stage that was told of; there are as many as it said."""
    stage, *rest = told
    steps = [step for step in rest if isinstance(step, Step)]
    assert isinstance(stage, Stage)
    assert (stage.name, stage.steps, len(steps), len(rest)) == ("training", ahead, ahead, ahead)
    return steps


def test_the_stage_says_what_is_ahead_in_words(light: None) -> None:
    told: list[Told] = []
    carry_out(light_experiment(networks=1, epochs=1), told.append)
    assert isinstance(told[0], Stage)
    assert told[0].note.startswith(
        "1 network, each 11 times (as usual, from other starts, as a plain network, with each gate held, to recall), 1 epoch;"
    )


def test_networks_come_in_their_order_and_every_epoch_is_told(light: None) -> None:
    told: list[Told] = []
    run = carry_out(light_experiment(), told.append)
    assert run.exported == b"model 1"
    assert len(run.networks) == 3
    for number, network in enumerate(run.networks, 1):
        assert network.trained.weights.bias[0] == network.loss[0] == network.gradient.bias[0] == number
        assert network.lessons.away_state[0] == number
        assert network.reseeded.bias[0] == 100 + number
        assert network.plain.bias[0] == 200 + number
        told_of = (network.recall.default, network.recall.chrono, network.recall.plain)
        assert [float(weights.bias[0]) for weights in told_of] == [300 + number, 400 + number, 500 + number]
        assert network.chrono.weights.bias[0] == network.chrono_loss[0] == -number
        for n, gate in enumerate("ifgo", 1):
            # The mean of what the gate was on training waves in the network that was trained by default.
            assert getattr(network.held, gate).bias[0] == pytest.approx(0.1 * n * number)
    steps = steps_of(told, 3 * TRAININGS * 4)
    assert Counter(step.detail for step in steps) == {
        f"network {number}/3 epoch {epoch}/4 loss {number / epoch:.4f}": TRAININGS
        for number in (1, 2, 3)
        for epoch in (1, 2, 3, 4)
    }
    lines = [step.line for step in steps if step.line]
    assert [line.partition(":")[0] for line in lines] == [f"  {n} of {3 * TRAININGS}" for n in range(1, 34)]
    assert all(bool(step.line) == (" epoch 4/4 " in step.detail) for step in steps)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(
    ("kind", "epochs"), [("default", 1000), ("chrono", 4), ("plain", 4), ("reseeded", 4), ("i", 4), ("g", 4)]
)
def test_divergence_crosses_the_process_boundary_and_ends_the_others(light: None, kind: str, epochs: int) -> None:
    with pytest.raises(TrainingDiverged, match=r"^network 2 diverged$"):
        carry_out(light_experiment(seed=fault(2, kind), epochs=epochs, networks=2), lambda epoch: None)
    assert multiprocessing.active_children() == []


def test_a_killed_worker_is_one_line(light: None) -> None:
    def kill(told: Told) -> None:
        if isinstance(told, Stage):
            return  # no worker has started yet
        for process in multiprocessing.active_children():
            process.kill()

    with pytest.raises(ReportgenError, match="a process of this program was killed, probably for want of memory"):
        carry_out(light_experiment(epochs=1000), kill)
    assert multiprocessing.active_children() == []


def test_an_interrupt_ends_the_workers(light: None) -> None:
    def interrupt(told: Told) -> None:
        if isinstance(told, Step):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out(light_experiment(epochs=1000, networks=1), interrupt)
    assert multiprocessing.active_children() == []


def test_the_process_that_waits_and_measures_imports_no_tensorflow() -> None:
    code = """
import sys
import reportgen.lstm.evidence, reportgen.lstm.experiment
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
