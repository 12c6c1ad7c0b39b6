"""One network under Keras's `fit`.

Run with "default" for Keras's own LSTM layer as it comes, "jit" for the same with `jit_compile=True`, "fused" for `FusedLSTM` in its place,
under the same treatment, "floor" for a dense layer there, which leaves what `fit` costs whatever is trained, and "ours" for the network as
the report trains it: a whole epoch at a time, on one thread.
"""

import os
import sys
import time
from typing import Any

os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}

import keras
import numpy as np
import tensorflow as tf

from benchmarks.workers.serve import read_data, serve

HOW = sys.argv[1]
if HOW == "fused":
    from reportgen.lstm.fused_lstm import FusedLSTM
if HOW == "ours":
    from reportgen.lstm.kernel import LSTM
    from reportgen.lstm.run import Weights
    from reportgen.lstm.tracing import trace_gates
    from reportgen.lstm.training import _in_one, _Network

    # As in the workers of the report, each of which trains a network on a core of its own.
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)

kept: dict[Any, Any] = {}


def build(units: int, rate: Any, batch: int) -> Any:
    if HOW == "ours":
        model = _Network(LSTM, units, batch)
        model.compile(optimizer=keras.optimizers.Adam(rate))
        model.optimizer.build(model.trainable_variables)
        return model
    if HOW == "floor":
        layer = keras.layers.Dense(units)
    else:
        layer = (FusedLSTM if HOW == "fused" else keras.layers.LSTM)(units, return_sequences=True)
    model = keras.Sequential([keras.Input((None, 1)), layer, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(rate), "mse", **({"jit_compile": True} if HOW == "jit" else {}))
    return model


def prepare(data: str, epochs: int) -> list[float]:
    """Build and train for the first time, whatever is compiled on the way; return the losses of these epochs."""
    keras.backend.clear_session()
    about, [(x, target, weights)] = read_data(data)
    model = build(about["units"], about["learning_rate"], about["batch_size"])
    if HOW == "ours":
        model.begin(_in_one(Weights(**weights)), None)
        model.optimizer.learning_rate = about["learning_rate"]  # which `begin` takes for one of Adam's moments
    elif HOW != "floor":
        model.set_weights(list(weights.values()))
    kept.update(model=model, x=x, target=target, batch=about["batch_size"])
    if HOW == "ours":
        # As the report, which draws a new order for every epoch besides.
        order = np.arange(-(-len(x) // about["batch_size"]), dtype=np.int32)
        options = tf.data.Options()
        options.autotune.enabled = False
        options.threading.private_threadpool_size = 1
        kept["epoch"] = tf.data.Dataset.from_tensors((x[..., 0], target[..., 0], order)).with_options(options)
    losses: list[float] = fit(epochs)["losses"]
    return losses


def fit(epochs: int) -> Any:
    """Train on, the batches in a fixed order."""
    began = time.perf_counter()
    if HOW == "ours":
        history = kept["model"].fit(kept["epoch"], epochs=epochs, verbose=0)
        history.history["loss"] = history.history["mean_squared_error"]
    else:
        history = kept["model"].fit(
            kept["x"], kept["target"], batch_size=kept["batch"], epochs=epochs, shuffle=False, verbose=0
        )
    return {"seconds": (time.perf_counter() - began) / epochs, "losses": history.history["loss"]}


def train_all(data: str, orders: list[list[list[int]]]) -> list[float]:
    """Train every network from its own weights, its batches in the given order of each epoch; return the last losses."""
    about, networks = read_data(data)
    epochs, batch = about["epochs"], about["batch_size"]
    steps = len(orders[0][0])
    losses = []
    for (x, target, weights), order in zip(networks, orders, strict=True):
        rate = keras.optimizers.schedules.CosineDecay(about["learning_rate"], steps * epochs)
        model = build(about["units"], rate, batch)
        model.set_weights(list(weights.values()))
        batches = [
            (x[k * batch : (k + 1) * batch], target[k * batch : (k + 1) * batch]) for epoch in order for k in epoch
        ]
        waves = tf.data.Dataset.from_tensor_slices(tuple(np.stack(part) for part in zip(*batches, strict=True)))
        losses.append(model.fit(waves, epochs=epochs, steps_per_epoch=steps, verbose=0).history["loss"][-1])
    return losses


def trace(sequences: int, timesteps: int, units: int, rounds: int) -> float:
    """Return seconds of one forward pass: all six traces where it is ours, else h alone, under tf.function: eagerly it takes longer."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(sequences, timesteps, 1)).astype(np.float32)
    key = (sequences, timesteps, units)
    if key not in kept:
        kept[key] = _tracer(units)
        kept[key](x)
    began = time.perf_counter()
    for _ in range(rounds):
        kept[key](x)
    return (time.perf_counter() - began) / rounds


def _tracer(units: int) -> Any:
    if HOW == "ours":
        rng = np.random.default_rng(2)
        weights = [rng.normal(0, 0.2, shape) for shape in ((1, 4 * units), (units, 4 * units), (4 * units,))]
        return lambda x: trace_gates(x, np.zeros((len(x), units)), np.zeros((len(x), units)), *weights)
    layer = tf.function(keras.layers.LSTM(units, return_sequences=True))
    return lambda x: layer(x).numpy()


def step_cell(sequences: int, timesteps: int, units: int) -> float:
    """Return seconds of one pass of `LSTMCell` stepped in Python, which gives h and c."""
    x = np.random.default_rng(1).normal(size=(sequences, timesteps, 1)).astype(np.float32)
    cell = keras.layers.LSTMCell(units)
    cell.build((None, 1))
    h = c = tf.zeros([sequences, units])
    began = time.perf_counter()
    states = []
    for t in range(timesteps):
        h, (_, c) = cell(x[:, t], [h, c])
        states.append((h, c))
    np.stack([[part.numpy() for part in state] for state in states])
    return time.perf_counter() - began


def peak() -> float:
    """Return the most floating-point operations a second that products of square matrices reach, on as many threads as this worker has."""
    most = 0.0
    for size in (256, 512, 1024, 2048):
        a = tf.random.normal([size, size])
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(4):
                tf.matmul(a, a).numpy()
            most = max(most, 4 * 2 * size**3 / (time.perf_counter() - began))
    return most


if __name__ == "__main__":
    serve(prepare, fit, train_all, trace, step_cell, peak)
