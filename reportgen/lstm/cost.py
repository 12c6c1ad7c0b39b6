"""What an experiment costs, before it begins: from its settings, and from how long a step of the same size takes NumPy here."""

import math
import time

import numpy as np

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

    It takes a second to tell: a forward pass in NumPy is timed at the batch and the units of the experiment, and at one unit, where only
    the calls take time. Training takes a quarter of the calls, for TensorFlow needs fewer; of the rest, the products go back as well.
    """
    units, timesteps, batch = experiment.units, experiment.timesteps, experiment.batch_size
    networks, sequences = experiment.networks, experiment.sequences
    processes = min(2 * networks, cores())
    calls, step = _step(1, 1), _step(batch, units)
    slower = calls / _EMPTY_STEP
    trained = 0.25 * calls + (0.6 + units / 200) * max(step - calls, 0.0)
    steps = TRAININGS * experiment.epochs * math.ceil(sequences / batch) * timesteps
    tracing = slower * (3 + timesteps / 150)  # the graphs of unrolled layers
    window = timesteps - experiment.warm_up
    measuring = slower * (0.85 + 7e-6 * timesteps * units**2 + 1e-10 * sequences * window**3)
    seconds = 3.5 * slower + networks / processes * (tracing + steps * trained) + networks * measuring
    worker = _WORKER + 48 * batch * timesteps * units + 0.45e6 * timesteps + 16 * sequences * timesteps
    traces = networks * 100 * PROBES * timesteps * units
    derivatives = 320 * timesteps * units**2
    return Cost(seconds, _MAIN + processes * worker + traces + derivatives)


def _step(batch: int, units: int) -> float:
    """Return how many seconds a timestep takes NumPy, the least of several tries."""
    weights = Weights(
        np.full((1, 4 * units), 0.1, np.float32),
        np.full((units, 4 * units), 0.1 / units, np.float32),
        np.zeros(4 * units, np.float32),
        np.ones((units, 1), np.float32),
        np.zeros(1, np.float32),
    )
    x = np.ones((batch, 4), np.float32)
    best, end = math.inf, time.perf_counter() + 0.2
    while True:
        begin = time.perf_counter()
        forward(weights, x)
        best = min(best, (time.perf_counter() - begin) / x.shape[1])
        if time.perf_counter() > end:
            return best
