"""Networks, built, trained and recorded. With `fused_lstm`, the only room that knows TensorFlow: import it in a worker alone."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from reportgen.errors import TrainingDiverged
from reportgen.evidence import Floats
from reportgen.lstm.fused_lstm import FusedLSTM, trace_gates
from reportgen.lstm.interventions import read_out
from reportgen.lstm.run import GATES, Lessons, Means, PlainWeights, State, Trace, Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import PROBES, WINDOW, Sequences, chrono_times, recall_training, training_sequences, windows
from reportgen.lstm.unrolled_rnn import UnrolledRNN

LAGS = 41
"""Timesteps over which the cell state is differentiated: lag 0 to 40."""

RECORDED = 16
"""Probes on which the larger recordings (Jacobians, lifted gates) are taken."""

LESSON_EPOCHS, LESSON_BATCH = 10, 128
"""How long, and in which batches, single neurons learn by themselves."""

DIVERGED = 100.0
"""A loss this many times that of predicting zero has diverged, though it may still be finite."""

OnEpoch = Callable[[int, float], None]
_Loss = str | Callable[[Any, Any], Any]


def initial_weights(experiment: Experiment, number: int) -> Weights:
    """Return the weights that Keras gives a network of this run, counted from 1, before training."""
    keras.utils.set_random_seed(_seed(experiment, number))
    return _weights(build_model(FusedLSTM, experiment.units))


def reseeded_weights(experiment: Experiment, number: int) -> Weights:
    """Return other weights that Keras could have given the same network."""
    keras.utils.set_random_seed(_seed(experiment, number, 3))
    return _weights(build_model(FusedLSTM, experiment.units))


def chrono_weights(experiment: Experiment, number: int, longest: float) -> Weights:
    """Return the same weights with chrono-initialised biases.

    The forget gate's bias is ln u, with u uniform between 1 and T − 1, and the input gate's its negative, so that time constants
    start anywhere up to T, the `longest` (Tallec and Ollivier, 2018).
    """
    start = initial_weights(experiment, number)
    bias = np.zeros_like(start.bias).reshape(len(GATES), start.units)
    bias[GATES.index("f")] = np.log(chrono_times(experiment, number, longest))
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

    The optimiser is Adam with cosine decay to zero; the loss is the squared error over all timesteps. One of i, f, g, o can be held at
    values (U,) while all else trains: its kernels stay zero, its bias where its activation gives the values. The same arguments
    give the same weights to the bit on the same machine. Raises TrainingDiverged.
    """
    sequences, compiled = training_sequences(experiment, number), _compiled(experiment, "mse")
    compiled.set_weights(start, held)
    losses = _fit(compiled.model, experiment, number, (sequences.x, sequences.target[..., None]), on_epoch)
    return _weights(compiled.model), losses


def train_to_recall(experiment: Experiment, number: int, start: Weights, on_epoch: OnEpoch) -> Weights:
    """Return the weights of the same network after training on the recall of an amplitude, told at the last timestep alone."""
    sequences, compiled = recall_training(experiment, number), _compiled(experiment, _at_the_end)
    compiled.set_weights(start, None)
    _fit(compiled.model, experiment, number, (sequences.x, sequences.amplitude[:, None, None]), on_epoch)
    return _weights(compiled.model)


def _at_the_end(target: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    return (output[:, -1:] - target) ** 2


def train_plain(experiment: Experiment, number: int, on_epoch: OnEpoch) -> PlainWeights:
    """Return a plain recurrent network with about as many parameters, trained as the LSTM is, on the same sequences."""
    sequences = training_sequences(experiment, number)
    return _train_plain(experiment, number, "mse", (sequences.x, sequences.target[..., None]), on_epoch)


def train_plain_to_recall(experiment: Experiment, number: int, on_epoch: OnEpoch) -> PlainWeights:
    """Return such a network trained on the recall of an amplitude, told at the last timestep alone."""
    sequences = recall_training(experiment, number)
    return _train_plain(experiment, number, _at_the_end, (sequences.x, sequences.amplitude[:, None, None]), on_epoch)


def _train_plain(
    experiment: Experiment, number: int, loss: _Loss, data: tuple[Floats, Floats], on_epoch: OnEpoch
) -> PlainWeights:
    timesteps = data[0].shape[1]
    model = _compiled_plain(experiment, loss, timesteps)
    keras.utils.set_random_seed(_seed(experiment, number))
    model.set_weights(_plain_model(experiment, timesteps).get_weights())
    for variable in model.optimizer.variables:
        variable.assign(tf.zeros_like(variable))
    _fit(model, experiment, number, data, on_epoch)
    return PlainWeights(*model.get_weights())


def plain_units(units: int) -> int:
    """Return how many units give a plain recurrent network, V² + 3V + 1, the parameters nearest to an LSTM's, 4U² + 9U + 1."""
    return int((-2 + (9 + 4 * (4 * units**2 + 9 * units)) ** 0.5) / 2)


def _plain_model(experiment: Experiment, timesteps: int) -> keras.Sequential:
    return keras.Sequential(
        [
            keras.Input((timesteps, 1)),
            UnrolledRNN(plain_units(experiment.units), return_sequences=True),
            keras.layers.Dense(1),
        ]
    )


@cache
def _compiled_plain(experiment: Experiment, loss: _Loss, timesteps: int) -> "_InEpochs":
    model = _InEpochs(_plain_model(experiment, timesteps).layers, experiment.batch_size)
    _compile(model, experiment, loss)
    return model


def _fit(
    model: keras.Model, experiment: Experiment, number: int, data: tuple[Floats, Floats], on_epoch: OnEpoch
) -> Floats:
    """Fit a model to inputs (B, T) and targets, and return the loss of each epoch."""
    keras.utils.set_random_seed(_seed(experiment, number))
    losses: list[float] = []

    def epoch_is_over(epoch: int, logs: dict[str, float]) -> None:
        losses.append(loss := float(logs["loss"]))
        if not loss < DIVERGED * float(np.mean(data[1] ** 2)):
            raise TrainingDiverged(
                f"training diverged: network {number} had a loss of {loss:.3g} in epoch {epoch + 1}; "
                f"lower experiment.learning_rate (now {experiment.learning_rate:g})"
            )
        on_epoch(epoch + 1, loss)

    model.fit(
        _epochs(*data, experiment.batch_size),
        epochs=experiment.epochs,
        shuffle=False,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=epoch_is_over)],
        verbose=0,
    )
    return np.array(losses, np.float32)


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
            # What float32 rounded to an end of the range has no finite bias.
            inner = np.clip(values, -1 + 1e-6 if gate == "g" else 1e-6, 1 - 1e-6)
            bias[GATES.index(gate)] = np.arctanh(inner) if gate == "g" else np.log(inner) - np.log1p(-inner)
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
def _compiled(experiment: Experiment, loss: _Loss) -> _Compiled:
    """Return the training step of an experiment, compiled once for all networks of a process: compiling takes as long as ten epochs."""
    kernels, bias = _Hold(experiment.units), _Hold(experiment.units)
    options = {"kernel_constraint": kernels, "recurrent_constraint": kernels, "bias_constraint": bias}
    model = _InEpochs(build_model(FusedLSTM, experiment.units, **options).layers, experiment.batch_size)
    _compile(model, experiment, loss)
    return _Compiled(model, kernels, bias)


def _compile(model: keras.Model, experiment: Experiment, loss: _Loss) -> None:
    steps = -(-experiment.sequences // experiment.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(experiment.learning_rate, steps * experiment.epochs)
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss)
    model.optimizer.build(model.trainable_variables)


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


def _epochs(x: Floats, target: Floats, batch_size: int) -> tf.data.Dataset:
    """Return epochs: the same batches in each, in a new order; the waves in them are independent anyway."""
    waves = tf.data.Dataset.from_tensors((x[..., None], target)).repeat()
    steps = -(-len(x) // batch_size)
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


def gate_means(experiment: Experiment, number: int, weights: Weights) -> Means:
    """Return the mean of each of the four in every unit on training sequences, after the warm-up; of so many as there are probes."""
    trace = trace_network(weights, training_sequences(experiment, number).x[:PROBES])
    return Means(**{gate: getattr(trace, gate)[:, experiment.warm_up :].mean(axis=(0, 1)) for gate in GATES})


def learn_away(experiment: Experiment, number: int, probes: Sequences, untrained: Weights, trained: Weights) -> Lessons:
    """Return what single neurons learn, by gradient descent, on the first three quarters of the probes; see `Lessons`."""
    train, after = 3 * len(probes.x) // 4, slice(experiment.warm_up, None)
    point = np.stack([np.sin(probes.phase), np.cos(probes.phase)], axis=-1)
    states = (gate_inputs(probes.x, trace_network(weights, probes.x).h_previous) for weights in (untrained, trained))
    inputs = np.concatenate([point, windows(probes.x), *states], axis=-1)[:, after].astype(np.float32)
    away = point[:, after, :1] * point[:, after, 1:] > 0
    targets = np.repeat(away, 4, axis=-1).astype(np.float32)

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
    return Lessons(*(np.ascontiguousarray(outputs[..., n]) for n in range(4)))


@cache
def _students(units: int) -> keras.Model:
    """Return four neurons, which share nothing but the step that trains them, compiled once.

    Their inputs come side by side, [sin φ ; cos φ ; window ; before training ; after it], and so do their outputs: one output compiles
    in half the time.
    """
    widths = (2, WINDOW, 1 + units, 1 + units)
    everything = keras.Input((sum(widths),))
    ends = np.cumsum((0, *widths))
    seen = [everything[:, begin:end] for begin, end in pairwise(ends.tolist())]
    model = keras.Model(
        everything, keras.layers.Concatenate()([keras.layers.Dense(1, "sigmoid")(part) for part in seen])
    )
    # The sum and not the mean over outputs, so that none learns more slowly for the company it keeps.
    model.compile(
        keras.optimizers.Adam(0.01),
        lambda target, output: tf.reduce_sum(
            keras.losses.binary_crossentropy(target[..., None], output[..., None]), axis=-1
        ),
        steps_per_execution=32,
    )
    model.optimizer.build(model.trainable_variables)
    return model


def _weights(model: keras.Sequential) -> Weights:
    return Weights(*model.get_weights())


def _seed(experiment: Experiment, *numbers: int) -> int:
    return int(np.random.SeedSequence([experiment.seed, *numbers]).generate_state(1)[0])
