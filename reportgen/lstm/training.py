"""Networks, built, trained and recorded. With `fused_lstm`, the only room that knows TensorFlow: import it in a worker alone."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from reportgen.errors import TrainingDiverged
from reportgen.evidence import Floats
from reportgen.lstm import kernel
from reportgen.lstm.fused_lstm import FusedLSTM
from reportgen.lstm.kernel import GRU, LSTM, PLAIN, Cell, lstm_cell
from reportgen.lstm.run import GATES, Gate, Lessons, Means, PlainWeights, RecurrentWeights, State, Trace, Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import PROBES, WINDOW, Sequences, chrono_times, recall_training, training_sequences, windows
from reportgen.lstm.tracing import trace_network

LAGS = 41
"""Timesteps over which the cell state is differentiated: lag 0 to 40."""

RECORDED = 16
"""Probes on which the larger recordings (Jacobians, lifted gates) are taken."""

LESSON_EPOCHS, LESSON_BATCH = 10, 128
"""How long, and in which batches, single neurons learn by themselves."""

DIVERGED = 100.0
"""A loss this many times that of predicting zero has diverged, though it may still be finite."""

OnEpoch = Callable[[int, float], None]
W = TypeVar("W", bound=RecurrentWeights)


def initial_weights(experiment: Experiment, number: int) -> Weights:
    """Return the weights that Keras gives a network of this run, counted from 1, before training."""
    return _drawn(keras.layers.LSTM, experiment.units, _seeds(experiment, number))


def reseeded_weights(experiment: Experiment, number: int) -> Weights:
    """Return other weights that Keras could have given the same network."""
    return _drawn(keras.layers.LSTM, experiment.units, _seeds(experiment, number, 3))


def _drawn(layer: type[keras.layers.RNN], units: int, seeds: Sequence[int]) -> Weights:
    """Return the weights of a layer and its read-out as Keras initialises them, each from a seed of its own.

    Without, Keras draws seeds from Python's global generator, which any other thread may use as well.
    """
    return Weights(*_model_drawn(layer, units, seeds).get_weights())


def _model_drawn(layer: type[keras.layers.RNN], units: int, seeds: Sequence[int]) -> keras.Sequential:
    kernel, recurrent, readout = seeds
    options = {
        "kernel_initializer": keras.initializers.GlorotUniform(kernel),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=recurrent),
    }
    dense = keras.layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(readout))
    return keras.Sequential([keras.Input((None, 1)), layer(units, return_sequences=True, **options), dense])


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
    on_epoch: OnEpoch,
    held: tuple[str, Floats] | None = None,
) -> tuple[Weights, Floats]:
    """Return the weights after training and the loss of each epoch, (epochs,).

    The optimiser is Adam with cosine decay to zero; the loss is the squared error over all timesteps. One of i, f, g, o can be held at
    values (U,) while all else trains: its kernels stay zero, its bias where its activation gives the values. The same arguments
    give the same weights to the bit on the same machine. Raises TrainingDiverged.
    """
    sequences = training_sequences(experiment, number)
    free = None
    if held:
        start, free = _holding(start, held)
    return _fit(LSTM, experiment, number, start, (sequences.x, sequences.target), on_epoch, free)


def train_to_recall(experiment: Experiment, number: int, start: Weights, on_epoch: OnEpoch) -> Weights:
    """Return the weights of the same network after training on the recall of an amplitude, told at the last timestep alone."""
    sequences = recall_training(experiment, number)
    return _fit(LSTM, experiment, number, start, (sequences.x, sequences.amplitude[:, None]), on_epoch)[0]


def train_plain(experiment: Experiment, number: int, on_epoch: OnEpoch) -> PlainWeights:
    """Return a plain recurrent network with about as many parameters, trained as the LSTM is, on the same sequences."""
    sequences, start = training_sequences(experiment, number), plain_weights(experiment, number)
    return _fit(PLAIN, experiment, number, start, (sequences.x, sequences.target), on_epoch)[0]


def train_plain_to_recall(experiment: Experiment, number: int, on_epoch: OnEpoch) -> PlainWeights:
    """Return such a network trained on the recall of an amplitude, told at the last timestep alone."""
    sequences, start = recall_training(experiment, number), plain_weights(experiment, number)
    return _fit(PLAIN, experiment, number, start, (sequences.x, sequences.amplitude[:, None]), on_epoch)[0]


def plain_units(units: int) -> int:
    """Return how many units give a plain recurrent network, V² + 3V + 1, the parameters nearest to an LSTM's, 4U² + 9U + 1."""
    return int((-2 + (9 + 4 * (4 * units**2 + 9 * units)) ** 0.5) / 2)


def plain_weights(experiment: Experiment, number: int) -> PlainWeights:
    """Return the weights that Keras gives such a network of this run, counted from 1, before training."""
    V = plain_units(experiment.units)
    return PlainWeights(*_model_drawn(keras.layers.SimpleRNN, V, _seeds(experiment, number)).get_weights())


def variant_predictions(experiment: Experiment, number: int, variant: str, x: Floats) -> Floats:
    """Return what a network of one of VARIANTS predicts on sequences x: (B, T), trained as the LSTM is, (B, T)."""
    sequences, still = training_sequences(experiment, number), lambda *_: None
    free: RecurrentWeights | None = None
    start: RecurrentWeights = initial_weights(experiment, number)
    cell = LSTM
    if variant == "reseeded":
        start = reseeded_weights(experiment, number)
    elif variant == "plain":
        cell, start = PLAIN, plain_weights(experiment, number)
    elif variant == "gru":
        cell, (start, free) = GRU, gru_weights(experiment, number)
    elif variant.startswith("held_"):
        trained, _ = train(experiment, number, initial_weights(experiment, number), still)
        gate = variant[-1]
        held = getattr(gate_means(experiment, number, trained), gate)
        start, free = _holding(initial_weights(experiment, number), (gate, held))
    elif variant:
        gates = GATES_OF[variant]
        cell, start = lstm_cell(gates, coupled=variant == "coupled"), _with_gates(start, gates)
        if variant == "coupled":
            start.bias[: start.units] = -1  # so that f = 1 − i starts where Keras starts it
    weights, _ = _fit(cell, experiment, number, start, (sequences.x, sequences.target), still, free)
    matrix, readout = _kernels(_in_one(weights), weights.recurrent_kernel.shape[1], weights.units)
    return kernel.forward(cell, x[..., None], matrix, readout).y[:, : len(x)].T


GATES_OF = {"no_input": "fgo", "no_forget": "igo", "no_output": "ifg", "coupled": "igo"}
"""The variants of Greff et al. (2017) that lack a gate, by the gates that are left."""


def _with_gates(weights: RecurrentWeights, gates: str) -> RecurrentWeights:
    columns = np.concatenate([np.arange(weights.units) + GATES.index(gate) * weights.units for gate in gates])
    return RecurrentWeights(
        weights.kernel[:, columns],
        weights.recurrent_kernel[:, columns],
        weights.bias[columns],
        weights.readout_kernel,
        weights.readout_bias,
    )


def gru_units(units: int) -> int:
    """Return how many units give a GRU, 3V² + 8V + 1, the parameters nearest to an LSTM's, 4U² + 9U + 1, or a few less."""
    return int((-8 + (64 + 12 * (4 * units**2 + 9 * units)) ** 0.5) / 6)


def gru_weights(experiment: Experiment, number: int) -> tuple[RecurrentWeights, RecurrentWeights]:
    """Return the weights that Keras gives a GRU of this run, as the kernel has them, and, as ones, which of them there are."""
    V = gru_units(experiment.units)
    x, h, _, *readout = _model_drawn(keras.layers.GRU, V, _seeds(experiment, number)).get_weights()
    parts = []
    for of_x, of_h in ((x, h), (np.ones_like(x), np.ones_like(h))):
        (xz, xr, xn), (hz, hr, hn) = np.split(of_x, 3, axis=1), np.split(of_h, 3, axis=1)
        parts.append(
            (
                np.concatenate([xz, xr, xn, np.zeros_like(xn)], axis=1),
                np.concatenate([hz, hr, np.zeros_like(hn), hn], axis=1),
            )
        )
    (own, there), zeros = parts, np.zeros(4 * V, np.float32)
    return (
        RecurrentWeights(*own, zeros, *readout),
        RecurrentWeights(*there, np.ones_like(zeros), *(np.ones_like(part) for part in readout)),
    )


def _holding(start: Weights, held: tuple[str, Floats]) -> tuple[Weights, Weights]:
    """Return a start with a gate held at values (U,), and, as ones, what of the weights is free to move."""
    gate, values = held
    # What float32 rounded to an end of the range has no finite bias.
    inner = np.clip(values, -1 + 1e-6 if gate == "g" else 1e-6, 1 - 1e-6)
    own = start.gate(gate)
    bias = np.arctanh(inner) if gate == "g" else np.log(inner) - np.log1p(-inner)
    still = Gate(np.zeros_like(own.kernel), np.zeros_like(own.recurrent_kernel), bias)
    free = Weights(*(np.ones_like(array) for array in vars(start).values()))
    return start.with_gate(gate, still), free.with_gate(
        gate, Gate(*(np.zeros_like(part) for part in vars(own).values()))
    )


def _fit(
    cell: Cell,
    experiment: Experiment,
    number: int,
    start: W,
    data: tuple[Floats, Floats],
    on_epoch: OnEpoch,
    free: W | None = None,
) -> tuple[W, Floats]:
    """Fit a network to inputs (B, T) and the targets of the last timesteps, (B, K); return its weights and the loss of each epoch."""
    losses: list[float] = []

    def epoch_is_over(epoch: int, logs: dict[str, float]) -> None:
        losses.append(loss := float(logs["mean_squared_error"]))
        if not loss < DIVERGED * float(np.mean(data[1] ** 2)):
            raise TrainingDiverged(
                f"training diverged: network {number} had a loss of {loss:.3g} in epoch {epoch + 1}; "
                f"lower experiment.learning_rate (now {experiment.learning_rate:g})"
            )
        on_epoch(epoch + 1, loss)

    steps = -(-experiment.sequences // experiment.batch_size)
    model = _compiled(cell, start.units, experiment.batch_size, experiment.learning_rate, steps * experiment.epochs)
    model.begin(_in_one(start), _in_one(free) if free else None)
    model.fit(
        _epochs(*data, batch_orders(experiment, number)),
        epochs=experiment.epochs,
        steps_per_epoch=1,
        shuffle=False,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=epoch_is_over)],
        verbose=0,
    )
    return _taken_apart(model.parameters.numpy(), start), np.array(losses, np.float32)


def _in_one(weights: RecurrentWeights) -> Floats:
    """Return all weights as one vector: the kernel's matrix, the rows of [h ; x ; 1], and the read-out of [h ; 1]."""
    parts = (
        weights.recurrent_kernel,
        weights.kernel,
        weights.bias,
        weights.readout_kernel,
        weights.readout_bias,
    )
    return np.concatenate([part.reshape(-1) for part in parts])


def _taken_apart(vector: Floats, like: W) -> W:
    """Return the weights that a vector holds, with the shapes of others."""
    U, columns = like.recurrent_kernel.shape
    matrix, readout = _kernels(vector, columns, U)
    return type(like)(matrix[U : U + 1], matrix[:U], matrix[U + 1], readout[:U, None], readout[U:])


def _kernels(vector: Floats, columns: int, units: int) -> tuple[Floats, Floats]:
    """Return the kernel's matrix and the read-out that a vector holds."""
    return vector[: -units - 1].reshape(-1, columns), vector[-units - 1 :]


@cache
def _compiled(cell: Cell, units: int, batch_size: int, learning_rate: float, steps: int) -> "_Network":
    """Return a network whose training step is compiled once for all networks of a process: compiling takes as long as ten epochs."""
    model = _Network(cell, units, batch_size)
    model.compile(optimizer=keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps)))
    model.optimizer.build(model.trainable_variables)
    return model


class _Network(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """A recurrent layer and its read-out, all weights in one variable, which `fit` gives a whole epoch at a time.

    An epoch is all sequences, their targets, and the order of the batches. Error and gradient of a batch come from the kernel in one
    call: to ask an iterator for each batch, to differentiate operation by operation, and to let Adam go over each weight by itself
    takes longer than the kernel does.
    """

    def __init__(self, cell: Cell, units: int, batch_size: int) -> None:
        super().__init__()
        self.cell, self.batch_size, self.columns = cell, batch_size, cell.gates * units
        size = (units + 2) * self.columns + units + 1
        self.parameters = self.add_weight(shape=(size,), name="parameters")
        self.free = self.add_weight(shape=(size,), name="free", trainable=False)
        self.room: kernel.Room = {}

    def begin(self, parameters: Floats, free: Floats | None) -> None:
        """Make it a network that has just been compiled with these weights; only what is free, by ones and zeros, will move."""
        self.parameters.assign(parameters)
        self.free.assign(np.ones_like(parameters) if free is None else free)
        for variable in self.optimizer.variables:
            variable.assign(tf.zeros_like(variable))

    def train_step(self, data: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> dict[str, tf.Tensor]:
        """Return the mean loss of an epoch, after a step on every batch."""
        x, target, order = data

        def step(n: tf.Tensor, total: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            begin = order[n] * self.batch_size
            batch = x[begin : begin + self.batch_size], target[begin : begin + self.batch_size]
            error, gradient = tf.numpy_function(self._descend, [*batch, self.parameters.value], [tf.float32] * 2)
            gradient = tf.ensure_shape(gradient, self.parameters.shape)
            self.optimizer.apply([gradient * self.free.value], [self.parameters])
            return n + 1, total + tf.ensure_shape(error, [])

        whole = [0, tf.zeros([])]
        _, total = tf.while_loop(lambda n, _: n < tf.size(order), step, whole, parallel_iterations=1)
        return {
            "mean_squared_error": total / tf.cast(tf.size(target), tf.float32)
        }  # "loss" is what Keras computed itself

    def _descend(self, x: Floats, target: Floats, parameters: Floats) -> tuple[Any, Floats]:
        """Return the sum of the squared errors on x: (B, T), target: (B, K), and the gradient of their mean."""
        weights, readout = _kernels(parameters, self.columns, self.columns // self.cell.gates)
        passed = kernel.forward(self.cell, x[..., None], weights, readout, room=self.room)
        error = passed.y[-target.shape[1] :, : len(x)] - target.T
        y_grad = np.zeros((x.shape[1], len(x)), np.float32)
        y_grad[-target.shape[1] :] = error * np.float32(2 / error.size)
        grads = kernel.backward(self.cell, passed, weights, readout, y_grad=y_grad, room=self.room)
        return np.sum(error * error), np.concatenate([grads.weights.reshape(-1), grads.readout])


def batch_orders(experiment: Experiment, number: int) -> NDArray[np.int32]:
    """Return in which order a network sees its batches, (epochs, batches): the same batches in each epoch, for waves are independent."""
    rng = np.random.default_rng([experiment.seed, number, 5])
    steps = -(-experiment.sequences // experiment.batch_size)
    return np.stack([rng.permutation(steps) for _ in range(experiment.epochs)]).astype(np.int32)


def _epochs(x: Floats, target: Floats, orders: NDArray[np.int32]) -> tf.data.Dataset:
    """Return epochs: all sequences, their targets, and the order of the batches."""
    options = tf.data.Options()
    options.autotune.enabled = False
    options.threading.private_threadpool_size = 1
    waves = tf.data.Dataset.from_tensors((x, target)).repeat()
    epochs = tf.data.Dataset.zip(waves, tf.data.Dataset.from_tensor_slices(orders))
    return epochs.map(lambda wave, order: (*wave, order)).with_options(options)


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
    rng = np.random.default_rng([experiment.seed, number, 6])
    moments = [
        variable for variable in students.optimizer.variables if variable is not students.optimizer.learning_rate
    ]
    for variable in (*students.trainable_variables, *moments):
        seed = int(rng.integers(2**31))
        kernel = variable.path.endswith("kernel")
        fresh = keras.initializers.GlorotUniform(seed) if kernel else keras.initializers.Zeros()
        variable.assign(fresh(variable.shape, variable.dtype))
    shown = rng.permutation(inputs[:train].size // inputs.shape[-1])
    students.fit(
        inputs[:train].reshape(-1, inputs.shape[-1])[shown],
        targets[:train].reshape(-1, targets.shape[-1])[shown],
        batch_size=LESSON_BATCH,
        epochs=LESSON_EPOCHS,
        shuffle=False,
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


def _seeds(experiment: Experiment, *numbers: int) -> list[int]:
    """Return seeds of the kernel, the recurrent kernel, and the read-out."""
    return [int(seed) for seed in np.random.SeedSequence([experiment.seed, *numbers]).generate_state(3)]
