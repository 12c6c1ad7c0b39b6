"""What an experiment costs, before it begins: from its settings, and from how long a step of the same size takes NumPy here."""

import math
import time
from collections.abc import Callable

import numpy as np

from reportgen.lstm import kernel
from reportgen.lstm.experiment import TRAININGS
from reportgen.lstm.interventions import forward
from reportgen.lstm.run import Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import PROBES
from reportgen.pool import cores
from reportgen.study import Cost

# How the constants below were found: 13 experiments (1 to 10 networks, 4 to 160 units, 60 to 1,000 timesteps, batches of 4 to 2,048, 2,048
# and 8,192 sequences) were timed on two cores, and their memory added up over all processes; the terms are those that the work has.
_EMPTY_STEP = 21e-6
"""Seconds that one timestep of one unit, which is nothing but calls, took NumPy where the constants were measured."""

_WORKER, _MAIN = 0.36 * 2**30, 0.25 * 2**30
"""Bytes of a process that trains, TensorFlow above all, and of the one that waits for them."""


def cost(experiment: Experiment) -> Cost:
    """Return what carrying out and measuring an experiment takes on this machine, to within a factor of two.

    It takes a second to tell: a batch of the experiment is trained on, a few timesteps of it, and a forward pass at one unit, where only
    calls take time, is timed in NumPy.
    """
    units, timesteps, batch, networks = (
        experiment.units,
        experiment.timesteps,
        experiment.batch_size,
        experiment.networks,
    )
    slower = _calls() / _EMPTY_STEP
    processes = min(2 * networks, cores())
    training, measuring = _seconds(experiment, slower)
    # Two networks at a time, on processors that share what is close to them, take longer than one after the other would on one.
    together = 1.0 if processes == 1 else 1.3
    measurers = max(1, min(networks // 2, cores()))
    seconds = 4.0 * slower + networks * (training / processes * together + measuring / measurers)
    worker = _WORKER + 48 * batch * timesteps * units + 0.45e6 * timesteps + 16 * experiment.sequences * timesteps
    traces = networks * 100 * PROBES * timesteps * units
    derivatives = 320 * timesteps * units**2
    return Cost(seconds, _MAIN + processes * worker + traces + derivatives)


def cost_of_network(experiment: Experiment) -> float:
    """Return the seconds that one network takes where this machine carries out many."""
    return sum(_seconds(experiment, _calls() / _EMPTY_STEP)) / cores() * (1.0 if cores() == 1 else 1.3)


def _seconds(experiment: Experiment, slower: float) -> tuple[float, float]:
    """Return how long a network takes one process by itself to train, in all its trainings, and to measure."""
    timesteps, window = experiment.timesteps, experiment.timesteps - experiment.warm_up
    batches = experiment.epochs * math.ceil(experiment.sequences / experiment.batch_size)
    # A batch of a plain network takes as long as one of an LSTM; recall, three of the trainings, has a longer sequence.
    batch = 0.35e-3 * slower + _timestep(experiment.batch_size, experiment.units) * 1.1 * timesteps
    training = TRAININGS * batches * batch + slower * (1.5 + 1e-3 * timesteps)
    measuring = slower * (1.7 + 7e-6 * timesteps * experiment.units**2 + 1e-10 * experiment.sequences * window**3)
    return training, measuring


def _timestep(batch: int, units: int) -> float:
    """Return how many seconds the kernel takes for a timestep, forward and back."""
    timesteps = max(2, min(50, 2_000_000 // (batch * units)))
    x = np.ones((batch, timesteps, 1), np.float32)
    weights, readout = np.full((units + 2, 4 * units), 0.1 / units, np.float32), np.ones(units + 1, np.float32)
    y_grad = np.ones((timesteps, batch), np.float32)

    def step() -> None:
        kernel.backward(kernel.LSTM, kernel.forward(kernel.LSTM, x, weights, readout), weights, readout, y_grad=y_grad)

    step()  # which compiles it
    return _least(step) / timesteps


def _calls() -> float:
    """Return how many seconds a timestep takes NumPy in which nothing is done but calls."""
    weights = Weights(*(np.full(shape, 0.1, np.float32) for shape in ((1, 4), (1, 4), (4,), (1, 1), (1,))))
    x = np.ones((1, 4), np.float32)
    return _least(lambda: forward(weights, x)) / x.shape[1]


def _least(function: Callable[[], object]) -> float:
    """Return how many seconds something takes, the least of several tries."""
    best, end = math.inf, time.perf_counter() + 0.2
    while True:
        begin = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - begin)
        if time.perf_counter() > end:
            return best
