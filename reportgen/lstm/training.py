"""Networks, built, trained and recorded. With `fused_lstm`, the only room that knows TensorFlow: import it in a worker alone."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from reportgen.errors import TrainingDiverged
from reportgen.evidence import Floats
from reportgen.lstm.fused_lstm import FusedLSTM, trace_gates
from reportgen.lstm.interventions import read_out
from reportgen.lstm.run import GATES, Lessons, State, Trace, Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import Sequences, training_sequences

LAGS = 41
"""Timesteps over which the cell state is differentiated: lag 0 to 40."""

RECORDED = 16
"""Probes on which the larger recordings (Jacobians, lifted gates) are taken."""

LESSON_EPOCHS, LESSON_BATCH, HIDDEN = 10, 128, 8
"""How long, and in which batches, single layers learn by themselves; and the hidden units of the one student that has two layers."""

DIVERGED = 100.0
"""A loss this many times that of predicting zero has diverged, though it may still be finite."""

OnEpoch = Callable[[int, float], None]


def initial_weights(experiment: Experiment, number: int) -> Weights:
    """Return the weights that Keras gives a network of this run, counted from 1, before training."""
    keras.utils.set_random_seed(_seed(experiment, number))
    return _weights(build_model(FusedLSTM, experiment.units))


def chrono_weights(experiment: Experiment, number: int) -> Weights:
    """Return the same weights with chrono-initialised biases.

    The forget gate's bias is ln u, with u uniform between 1 and T − 1, and the input gate's its negative, so that time constants
    start anywhere up to T, here the longest period (Tallec and Ollivier, 2018).
    """
    start = initial_weights(experiment, number)
    rng = np.random.default_rng([experiment.seed, number, 1])
    bias = np.zeros_like(start.bias).reshape(len(GATES), start.units)
    bias[GATES.index("f")] = np.log(rng.uniform(1, experiment.period_max - 1, start.units))
    bias[GATES.index("i")] = -bias[GATES.index("f")]
    return replace(start, bias=bias.reshape(-1))


def train(
    experiment: Experiment,
    number: int,
    start: Weights,
    on_epoch: Callable[[int, float], None],
    held: tuple[str, Floats] | None = None,
) -> tuple[Weights, Floats]:
    """Return the weights after training and the loss of each epoch, (epochs,).

    The optimiser is Adam with cosine decay to zero; the loss is the squared error over all timesteps. A gate i, f or o can be held at
    values (U,) in (0, 1) while all else trains: its kernels stay zero, its bias where the logistic function gives the values. The
    same arguments give the same weights to the bit on the same machine. Raises TrainingDiverged.
    """
    compiled, sequences = _compiled(experiment), training_sequences(experiment, number)
    keras.utils.set_random_seed(_seed(experiment, number))
    compiled.set_weights(start, held)
    losses: list[float] = []

    def epoch_is_over(epoch: int, logs: dict[str, float]) -> None:
        losses.append(loss := float(logs["loss"]))
        if not loss < DIVERGED * float(np.mean(sequences.target**2)):
            raise TrainingDiverged(
                f"training diverged: network {number} had a loss of {loss:.3g} in epoch {epoch + 1}; "
                f"lower experiment.learning_rate (now {experiment.learning_rate:g})"
            )
        on_epoch(epoch + 1, loss)

    compiled.model.fit(
        _epochs(sequences, experiment.batch_size),
        epochs=experiment.epochs,
        shuffle=False,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=epoch_is_over)],
        verbose=0,
    )
    return _weights(compiled.model), np.array(losses, np.float32)


class _Hold(keras.constraints.Constraint):  # type: ignore[misc]  # Keras ships no types
    """Keeps chosen columns of a weight at chosen values after every step; the choice can change without compiling anew."""

    def __init__(self, units: int) -> None:
        self.chosen = tf.Variable(tf.zeros([len(GATES) * units], tf.bool), trainable=False)
        self.values = tf.Variable(tf.zeros([len(GATES) * units]), trainable=False)

    def __call__(self, weight: tf.Tensor) -> tf.Tensor:
        return tf.where(self.chosen, self.values, weight)


@dataclass(frozen=True)
class _Compiled:
    model: keras.Sequential
    kernels: _Hold
    bias: _Hold

    def set_weights(self, start: Weights, held: tuple[str, Floats] | None) -> None:
        """Make the model one that has just been built and compiled with these weights, and with this gate held."""
        bias = start.bias.copy().reshape(len(GATES), start.units)
        chosen = np.zeros_like(bias, dtype=bool)
        if held:
            gate, values = held
            chosen[GATES.index(gate)] = True
            open_ = np.clip(values, 1e-6, 1 - 1e-6)  # what float32 rounded to zero or one has no finite bias
            bias[GATES.index(gate)] = np.log(open_) - np.log1p(-open_)
        free = ~chosen.reshape(-1)
        for hold in (self.kernels, self.bias):
            hold.chosen.assign(~free)
        self.bias.values.assign(bias.reshape(-1))
        self.model.set_weights(
            [
                start.kernel * free,
                start.recurrent_kernel * free,
                bias.reshape(-1),
                start.readout_kernel,
                start.readout_bias,
            ]
        )
        for variable in self.model.optimizer.variables:
            variable.assign(tf.zeros_like(variable))


@cache
def _compiled(experiment: Experiment) -> _Compiled:
    """Return the training step of an experiment, compiled once for all networks of a process: compiling takes as long as ten epochs."""
    kernels, bias = _Hold(experiment.units), _Hold(experiment.units)
    options = {"kernel_constraint": kernels, "recurrent_constraint": kernels, "bias_constraint": bias}
    model = _InEpochs(build_model(FusedLSTM, experiment.units, **options).layers, experiment.batch_size)
    steps = -(-experiment.sequences // experiment.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(experiment.learning_rate, steps * experiment.epochs)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    model.optimizer.build(model.trainable_variables)
    return _Compiled(model, kernels, bias)


class _InEpochs(keras.Sequential):  # type: ignore[misc]  # Keras ships no types
    """A network that `fit` gives a whole epoch at a time: all sequences, their targets, and the order of the batches.

    Each batch is trained on as Keras does, with the same bits; asking an iterator for each of them takes a tenth of an epoch.
    """

    def __init__(self, layers: list[keras.layers.Layer], batch_size: int) -> None:
        super().__init__(layers)
        self.batch_size = batch_size

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> Any:
        """Return what is tracked, after a step on every batch."""
        x, target, order = data
        step_on = super().train_step

        def step(n: tf.Tensor) -> tuple[tf.Tensor]:
            begin = order[n] * self.batch_size
            step_on((x[begin : begin + self.batch_size], target[begin : begin + self.batch_size]))
            return (n + 1,)

        tf.while_loop(lambda n: n < tf.size(order), step, [0], parallel_iterations=1)
        return self.get_metrics_result()


def _epochs(sequences: Sequences, batch_size: int) -> tf.data.Dataset:
    """Return epochs: the same batches in each, in a new order; the waves in them are independent anyway."""
    waves = tf.data.Dataset.from_tensors((sequences.x[..., None], sequences.target[..., None])).repeat()
    steps = -(-len(sequences.x) // batch_size)
    orders = tf.data.Dataset.range(steps, output_type=tf.int32).shuffle(steps, seed=1).batch(steps)
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = 1
    return tf.data.Dataset.zip(waves, orders).map(lambda wave, order: (*wave, order)).with_options(options)


def build_model(layer: type[keras.layers.LSTM], units: int, **options: Any) -> keras.Sequential:
    """Return the network of the report: one LSTM layer and a linear read-out at every timestep."""
    return keras.Sequential(
        [
            keras.Input((None, 1)),
            layer(units, return_sequences=True, name="lstm", **options),
            keras.layers.Dense(1, name="readout"),
        ]
    )


def record(weights: Weights, x: Floats, warm_up: int) -> State:
    """Return what is recorded of a network on the probes x: (B, T)."""
    trace = trace_network(weights, x)
    return State(weights, trace, _jacobian(weights, x, trace, warm_up))


def trace_network(weights: Weights, x: Floats) -> Trace:
    """Return the trace of sequences x: (B, T), taken from the kernel that trains."""
    zeros = np.zeros((len(x), weights.units), np.float32)
    values = trace_gates(x[..., None], zeros, zeros, weights.kernel, weights.recurrent_kernel, weights.bias)
    return Trace(**values, y=read_out(weights, values["h"]), h0=zeros, c0=zeros)


def _jacobian(weights: Weights, x: Floats, trace: Trace, warm_up: int) -> Floats:
    """Return ∂c_{t+lag} / ∂c_t from the end of the warm-up: single steps by automatic differentiation, multiplied by the chain rule.

    h_t = o_t·tanh(c_t) moves with c_t, and so does everything after it; o_t, which c_t has no part in, stays.
    """
    start = warm_up - 1
    lags = min(LAGS, x.shape[1] - start)
    steps = slice(start + 1, start + lags)
    units = weights.units
    cell = keras.layers.LSTMCell(units)
    cell.build((None, 1))
    cell.set_weights([weights.kernel, weights.recurrent_kernel, weights.bias])

    @tf.function  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def single_steps(x: tf.Tensor, before: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            tape.watch(before)
            _, after = cell(x, [before[:, :units], before[:, units:]])
            after = tf.concat(after, axis=-1)
        return tape.batch_jacobian(after, before)

    def of_probe(n: int) -> Floats:
        before = np.concatenate([trace.h_previous[n, steps], trace.c_previous[n, steps]], axis=-1)
        c, o = (array[n, start].astype(np.float64) for array in (trace.c, trace.o))
        product = np.concatenate([np.diag(o * (1 - np.tanh(c) ** 2)), np.eye(units)])
        products = [product]
        for step in single_steps(tf.constant(x[n, steps, None]), tf.constant(before)).numpy():
            products.append(step.astype(np.float64) @ products[-1])
        return np.stack([product[units:].astype(np.float32) for product in products])

    # Probe by probe: of all of them at once, the single steps of large layers take gigabytes.
    return np.stack([of_probe(n) for n in range(len(x[:RECORDED]))], axis=1)


def lift_gates(weights: Weights, x: Floats, trace: Trace) -> Floats:
    """Return what each gate's weights give in a Dense layer of their own on [x_t ; h_{t-1}], (4, B', T, U)."""
    inputs = gate_inputs(x[:RECORDED], trace.h_previous[:RECORDED])
    outputs = []
    for name in GATES:
        gate = weights.gate(name)
        dense = keras.layers.Dense(weights.units, activation="tanh" if name == "g" else "sigmoid")
        dense.build(inputs.shape)
        dense.set_weights([np.concatenate([gate.kernel, gate.recurrent_kernel]), gate.bias])
        outputs.append(np.array(dense(inputs)))
    return np.stack(outputs)


def gate_inputs(x: Floats, h_previous: Floats) -> Floats:
    """Return what every gate sees, [x_t ; h_{t-1}]: (B, T, 1 + U)."""
    return np.concatenate([x[..., None], h_previous], axis=-1)


def gradient(weights: Weights, probes: Sequences) -> Weights:
    """Return the gradient of the mean squared error on the probes with respect to every weight."""
    model = build_model(FusedLSTM, weights.units)
    model.set_weights([getattr(weights, field.name) for field in fields(weights)])
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(probes.x[..., None])[..., 0] - probes.target) ** 2)
    return Weights(*(np.array(part) for part in tape.gradient(loss, model.trainable_variables)))


def export(weights: Weights) -> bytes:
    """Return a network as a `.keras` file of Keras's plain LSTM layer, which opens without this package."""
    plain = build_model(keras.layers.LSTM, weights.units)
    plain.set_weights([getattr(weights, field.name) for field in fields(weights)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        plain.save(path)
        return path.read_bytes()


def learn_gates(experiment: Experiment, number: int, probes: Sequences, trace: Trace) -> Lessons:
    """Return what fresh layers of a gate's form learn, by gradient descent, from the first three quarters of the probes."""
    train = 3 * len(probes.x) // 4
    slope = np.cos(probes.phase)[..., None]
    point = np.concatenate([np.sin(probes.phase)[..., None], slope], axis=-1)
    inputs = np.concatenate([gate_inputs(probes.x, trace.h_previous), point], axis=-1)
    away = point[..., :1] * slope > 0
    targets = np.concatenate([getattr(trace, name) for name in GATES] + [slope > 0, away, away], axis=-1)

    students = _students(experiment.units)
    keras.utils.set_random_seed(_seed(experiment, number))
    moments = [
        variable for variable in students.optimizer.variables if variable is not students.optimizer.learning_rate
    ]
    for variable in (*students.trainable_variables, *moments):
        fresh = keras.initializers.GlorotUniform() if variable.path.endswith("kernel") else keras.initializers.Zeros()
        variable.assign(fresh(variable.shape, variable.dtype))
    students.fit(
        inputs[:train].reshape(-1, inputs.shape[-1]),
        targets[:train].reshape(-1, targets.shape[-1]),
        batch_size=LESSON_BATCH,
        epochs=LESSON_EPOCHS,
        verbose=0,
    )
    tested = inputs[train:]
    outputs = students(tested.reshape(-1, tested.shape[-1])).numpy().reshape(*tested.shape[:2], -1)
    gates, rising, one, two = np.split(outputs, np.cumsum([len(GATES) * experiment.units, 1, 1]), axis=-1)
    return Lessons(np.stack(np.split(gates, len(GATES), axis=-1)), rising[..., 0], one[..., 0], two[..., 0])


@cache
def _students(units: int) -> keras.Model:
    """Return one layer for each gate and three classifiers, which share nothing but the step that trains them, compiled once.

    Their inputs come side by side, [x_t ; h_{t-1} ; sin φ ; cos φ], and so do their outputs: one output compiles in half the time.
    """
    everything = keras.Input((1 + units + 2,))
    seen, point = everything[:, : 1 + units], everything[:, 1 + units :]
    gates = [keras.layers.Dense(units, "tanh" if name == "g" else "sigmoid")(seen) for name in GATES]
    rising, one = keras.layers.Dense(1, "sigmoid")(seen), keras.layers.Dense(1, "sigmoid")(point)
    two = keras.layers.Dense(1, "sigmoid")(keras.layers.Dense(HIDDEN, "tanh")(point))
    model = keras.Model(everything, keras.layers.Concatenate()([*gates, rising, one, two]))
    # The sum and not the mean over outputs, so that none learns more slowly for the company it keeps.
    model.compile(
        keras.optimizers.Adam(0.01),
        lambda target, output: tf.reduce_sum((output - target) ** 2, axis=-1),
        steps_per_execution=32,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _weights(model: keras.Sequential) -> Weights:
    return Weights(*model.get_weights())


def _seed(experiment: Experiment, number: int) -> int:
    return int(np.random.SeedSequence([experiment.seed, number]).generate_state(1)[0])
