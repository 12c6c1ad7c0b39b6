"""The oracles of a trace never see the layer's h: NumPy's from the equations, Keras's cell stepped by hand.

That of a training is Adam written from its equations, on gradients of Keras's own LSTM layer.
"""

import dataclasses
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose, assert_array_equal

from reportgen.errors import TrainingDiverged
from reportgen.lstm import training
from reportgen.lstm.run import Lessons, RecurrentWeights, Run, State, Trace, Weights, to_arrays
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import probe_sequences, recall_probes, recall_training, training_sequences
from reportgen.lstm.tracing import trace_network
from reportgen.lstm.training import (
    LAGS,
    RECORDED,
    chrono_weights,
    gate_means,
    initial_weights,
    learn_away,
    plain_units,
    reseeded_weights,
    train,
    train_plain,
    train_plain_to_recall,
    train_to_recall,
)
from tests.lstm.test_interventions import Array, assert_is_trace, numpy_lstm, random_state, random_weights

SWAPS = ["".join({a: b, b: a}.get(name, name) for name in "ifgo") for a, b in combinations("ifgo", 2)]


def states(run: Run) -> list[State]:
    return [state for network in run.networks for state in (network.untrained, network.trained, network.chrono)]


def cases(run: Run) -> list[tuple[Weights, Array]]:
    """Return random weights of three sizes, and all that the run recorded, each with sequences x: (B, T)."""
    random = [(random_weights(units, np.float32), random_state(units, 7)[0].astype(np.float32)) for units in (1, 5, 16)]
    return random + [(state.weights, run.probes.x) for state in states(run)]


def assert_is_float32_trace(trace: Trace, expected: dict[str, Array]) -> None:
    # A cell state that has been filled for a hundred steps has been rounded at its own size.
    assert_is_trace(trace, expected, 1e-5 * max(1, np.max(np.abs(expected["c"])) / 5))


def keras_cell(weights: Weights, x: Array) -> dict[str, Array]:
    """Return c, h, (B, T, U), and y, (B, T), of a keras.layers.LSTMCell that is called once a timestep."""
    cell, readout = keras.layers.LSTMCell(weights.units), keras.layers.Dense(1)
    cell.build((None, 1))
    cell.set_weights([weights.kernel, weights.recurrent_kernel, weights.bias])
    readout.build((None, weights.units))
    readout.set_weights([weights.readout_kernel, weights.readout_bias])
    state = [np.zeros((len(x), weights.units), np.float32)] * 2
    steps = []
    for sample in x.T:
        h, state = cell(sample[:, None], state)
        steps.append([np.array(state[1]), np.array(h), np.array(readout(h))[:, 0]])
    return {name: np.stack(values, axis=1) for name, values in zip("chy", zip(*steps, strict=True), strict=True)}


def test_trace_is_that_of_the_equations(small_run: Run) -> None:
    for weights, x in cases(small_run):
        assert_is_float32_trace(trace_network(weights, x), numpy_lstm(weights, x))


def test_trace_is_that_of_keras_cell(small_run: Run) -> None:
    for weights, x in cases(small_run)[:5]:  # three random, one untrained, one trained
        trace = trace_network(weights, x)
        for name, values in keras_cell(weights, x).items():
            assert_allclose(getattr(trace, name), values, atol=1e-5, rtol=0, err_msg=name)


@pytest.mark.parametrize("order", SWAPS)
def test_two_gates_swapped_are_noticed(small_run: Run, order: str) -> None:
    assert len(SWAPS) == len(set(SWAPS)) == 6
    for weights, x in cases(small_run):
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            assert_is_trace(trace_network(weights, x), numpy_lstm(weights, x, order=order), 0.01)


def test_recorded_trace_is_that_of_the_recorded_weights(small_run: Run) -> None:
    for state in states(small_run):
        assert_is_float32_trace(state.trace, numpy_lstm(state.weights, small_run.probes.x))


def test_lifted_gates_are_the_gates_of_the_equations(small_run: Run) -> None:
    for network in small_run.networks:
        expected = numpy_lstm(network.trained.weights, small_run.probes.x[:RECORDED])
        for name, lifted in zip("ifgo", network.lifted, strict=True):
            assert_allclose(lifted, expected[name], atol=1e-5, rtol=0, err_msg=name)


def test_gradient_is_central_differences_of_the_loss(small_run: Run) -> None:
    probes, step = small_run.probes, 1e-5
    network = small_run.networks[0]
    start = network.untrained.weights

    def loss(weights: Weights) -> float:
        return float(np.mean((numpy_lstm(weights, probes.x)["y"] - probes.target) ** 2))

    for name in (field.name for field in dataclasses.fields(Weights)):
        gradient: Array = getattr(network.gradient, name)
        # The steepest in each gate's columns, so that no gate's gradient can be missing or another's.
        parts = [gradient] if name.startswith("readout") else np.split(gradient, 4, axis=-1)
        for gate, part in enumerate(parts):
            place = list(np.unravel_index(np.argmax(np.abs(part)), part.shape))
            place[-1] += gate * part.shape[-1]
            losses = []
            for sign in (1, -1):
                moved = getattr(start, name).astype(np.float64)
                moved[tuple(place)] += sign * step
                losses.append(loss(dataclasses.replace(start, **{name: moved})))
            slope = (losses[0] - losses[1]) / (2 * step)
            assert gradient[tuple(place)] == pytest.approx(slope, rel=1e-3), (name, gate)


def test_the_run_is_complete(small_run: Run) -> None:
    experiment = small_run.experiment
    B, T, U = len(small_run.probes.x), experiment.timesteps, experiment.units
    assert (B, T, U) == (128, 100, 8)
    assert len(small_run.networks) == experiment.networks
    weights: dict[str, Any] = {
        "kernel": (1, 4 * U),
        "recurrent_kernel": (U, 4 * U),
        "bias": (4 * U,),
        "readout_kernel": (U, 1),
        "readout_bias": (1,),
    }
    state: dict[str, Any] = {f"weights.{name}": shape for name, shape in weights.items()}
    state |= {f"trace.{name}": (B, T, U) for name in "ifgoch"}
    state |= {"trace.y": (B, T), "trace.h0": (B, U), "trace.c0": (B, U), "jacobian": (LAGS, RECORDED, U, U)}
    expected: dict[str, Any] = {"lifted": (4, RECORDED, T, U), "resumed": (B, T - 50)}
    expected |= {f"{name}loss": (experiment.epochs,) for name in ("", "chrono_")}
    expected |= {f"gradient.{name}": shape for name, shape in weights.items()}
    for kind in ("untrained", "trained", "chrono"):
        expected |= {f"{kind}.{name}": shape for name, shape in state.items()}
    V = plain_units(U)
    plain = dict(zip(weights, ((1, V), (V, V), (V,), (V, 1), (1,)), strict=True))
    others = {f"held.{gate}" for gate in "ifgo"} | {"reseeded", "recall.default", "recall.chrono"}
    expected |= {f"{other}.{name}": shape for other in others for name, shape in weights.items()}
    expected |= {f"{other}.{name}": shape for other in ("plain", "recall.plain") for name, shape in plain.items()}
    expected |= {f"means.{gate}": (U,) for gate in "ifgo"}
    expected |= {f"lessons.away_{name}": (B // 4, T - 50) for name in ("point", "window", "untrained", "state")}
    for network in small_run.networks:
        arrays = to_arrays(network, "network")
        assert {name.removeprefix("network."): array.shape for name, array in arrays.items()} == expected
        for name, array in arrays.items():
            assert array.dtype == np.float32, name
            assert np.all(np.isfinite(array)), name
        assert network.loss[-1] < network.loss[0] / 2
        assert network.chrono_loss[-1] < network.chrono_loss[0] / 2
    for array, again in zip(vars(small_run.probes).values(), vars(probe_sequences(experiment)).values(), strict=True):
        assert_array_equal(array, again)


def test_networks_begin_as_keras_does_and_each_elsewhere(small_run: Run) -> None:
    one, other = (network.untrained.weights for network in small_run.networks)
    for weights in (one, other):
        for name, bias in (("i", 0), ("f", 1), ("g", 0), ("o", 0)):
            assert_array_equal(weights.gate(name).bias, np.full(8, bias))
        assert_allclose(weights.recurrent_kernel @ weights.recurrent_kernel.T, np.eye(8), atol=1e-5)
    assert not np.any(one.kernel == other.kernel)
    assert not np.any(one.readout_kernel == other.readout_kernel)


def test_another_seed_gives_other_weights_and_another_network_another_training(small_run: Run) -> None:
    other = dataclasses.replace(SMALL, seed=2)
    starts = [initial_weights(SMALL, 1), initial_weights(SMALL, 2), initial_weights(other, 1)]
    for one, another in combinations(starts, 2):
        assert not np.any(one.kernel == another.kernel)
        assert not np.any(one.recurrent_kernel == another.recurrent_kernel)
    # From the same start: the training sets differ.
    ends = [trained(1, starts[0])[0], trained(2, starts[0])[0]]
    assert not np.any(ends[0].kernel == ends[1].kernel)
    for network, start in enumerate(small_run.networks, 1):
        assert_same_bits(initial_weights(small_run.experiment, network), start.untrained.weights)


SMALL = Experiment(units=4, epochs=3, sequences=72, timesteps=60, batch_size=16)
"""Trained in a second; the last of its five batches is half full."""


def trained(number: int, start: Weights, held: tuple[str, Array] | None = None) -> tuple[Weights, Array]:
    """Return what `train` gives for the small experiment; that it tells every epoch is checked each time."""
    told: list[tuple[int, float]] = []
    weights, losses = train(SMALL, number, start, lambda epoch, loss: told.append((epoch, loss)), held)
    assert [epoch for epoch, _ in told] == [1, 2, 3]
    assert_array_equal(np.array([loss for _, loss in told], np.float32), losses)
    return weights, losses


def assert_same_bits(one: RecurrentWeights, other: RecurrentWeights) -> None:
    for name, array in vars(one).items():
        assert array.tobytes() == getattr(other, name).tobytes(), name


class Onlooker(keras.Model):  # type: ignore[misc]  # Keras ships no types
    """Learns nothing and keeps the batches of each epoch: `fit` alone knows their order."""

    def train_step(self, data: Any) -> dict[str, float]:
        x, target, order = (part.numpy()[..., None] for part in data)
        begins = order[:, 0] * SMALL.batch_size
        epoch = [[part[begin : begin + SMALL.batch_size] for part in (x, target)] for begin in begins]
        self.shown = [*getattr(self, "shown", []), epoch]
        return {"loss": 0.0}


def batches(number: int) -> list[list[list[Array]]]:
    """Return the batches x and target, (B, T, 1), of each epoch, in the order in which the network sees them."""
    onlooker = Onlooker()
    onlooker.compile(run_eagerly=True)
    sequences = training_sequences(SMALL, number)
    epochs = training._epochs(sequences.x, sequences.target, training.batch_orders(SMALL, number))
    onlooker.fit(epochs, epochs=SMALL.epochs, steps_per_epoch=1, shuffle=False, verbose=0)
    assert len(onlooker.shown) == SMALL.epochs
    return onlooker.shown


def test_every_epoch_shows_every_sequence_once_and_in_another_order() -> None:
    orders = []
    for epoch in batches(1):
        x = np.concatenate([x for x, _ in epoch])[..., 0]
        places = [int(np.flatnonzero((training_sequences(SMALL, 1).x == wave).all(axis=1))[0]) for wave in x]
        assert sorted(places) == list(range(72))
        assert_array_equal(np.concatenate([y for _, y in epoch])[..., 0], training_sequences(SMALL, 1).target[places])
        orders.append(tuple(places))
    assert len(set(orders)) == SMALL.epochs


def batches_of(experiment: Experiment, data: tuple[Array, Array]) -> list[tuple[Array, Array]]:
    """Return the batches of all epochs of network 1, in the order in which it sees them; inputs and targets have an axis of features."""
    shown: list[tuple[Array, Array]] = []

    class Bystander(keras.Model):  # type: ignore[misc]  # Keras ships no types
        def train_step(self, data: Any) -> dict[str, float]:
            x, target, order = (part.numpy()[..., None] for part in data)
            begins = order[:, 0] * experiment.batch_size
            shown.extend((x[n : n + experiment.batch_size], target[n : n + experiment.batch_size]) for n in begins)
            return {"loss": 0.0}

    bystander = Bystander()
    bystander.compile(run_eagerly=True)
    epochs = training._epochs(*data, training.batch_orders(experiment, 1))
    bystander.fit(epochs, epochs=experiment.epochs, steps_per_epoch=1, shuffle=False, verbose=0)
    return shown


def trained_by_keras(model: Any, experiment: Experiment, data: tuple[Array, Array]) -> list[Array]:
    """Return the weights of a model of Keras's own layers after training, with Keras's gradients and its Adam."""
    shown = batches_of(experiment, data)
    rate = keras.optimizers.schedules.CosineDecay(experiment.learning_rate, len(shown))
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    for x, target in shown:
        model.train_on_batch(x, target)
    weights: list[Array] = model.get_weights()
    return weights


@cache
def keras_gradient() -> Callable[[list[Array], Array, Array], tuple[float, list[Array]]]:
    """Return a function of weights, x and target that gives the squared error of Keras's own layers, and its gradient."""
    model = keras.Sequential(
        [keras.Input((None, 1)), keras.layers.LSTM(SMALL.units, return_sequences=True), keras.layers.Dense(1)]
    )

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # TensorFlow ships no types
    def compiled(x: Any, target: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((model(x) - target) ** 2)
        return loss, tape.gradient(loss, model.trainable_variables)

    def call(weights: list[Array], x: Array, target: Array) -> tuple[float, list[Array]]:
        model.set_weights(weights)
        loss, gradient = compiled(tf.constant(x), tf.constant(target))
        return float(loss), [part.numpy().astype(np.float64) for part in gradient]

    return call


def adam(number: int, start: Weights, held: tuple[str, Array] | None = None) -> tuple[list[Array], list[float]]:
    """Return weights and the loss of each epoch by the equations of Kingma and Ba (2015), the rate decaying by a half cosine."""
    weights = [array.astype(np.float64) for array in vars(start).values()]
    moving = [np.ones(array.shape, bool) for array in weights]
    if held:
        own = slice("ifgo".index(held[0]) * SMALL.units, ("ifgo".index(held[0]) + 1) * SMALL.units)
        for array, free in zip(weights[:3], moving[:3], strict=True):
            array[..., own], free[..., own] = 0, False
        weights[2][own] = -np.log(1 / held[1].astype(np.float64) - 1)
    m, v = ([np.zeros_like(array) for array in weights] for _ in range(2))
    losses, step, steps = [], 0, 5 * SMALL.epochs
    for epoch in batches(number):
        seen = []
        for x, target in epoch:
            rate = SMALL.learning_rate * (1 + np.cos(np.pi * step / steps)) / 2
            step += 1
            loss, gradient = keras_gradient()(weights, x, target)
            seen.append((loss, len(x)))
            for n, part in enumerate(gradient):
                m[n] = 0.9 * m[n] + 0.1 * part
                v[n] = 0.999 * v[n] + 0.001 * part**2
                change = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * m[n] / (np.sqrt(v[n]) + 1e-7)
                weights[n] -= np.where(moving[n], change, 0)
        losses.append(float(np.average([loss for loss, _ in seen], weights=[size for _, size in seen])))
    return weights, losses


HOLDS = [None, *((gate, np.array([0.02, 0.3, 0.5, 0.97], np.float32)) for gate in "ifo")]


@pytest.mark.parametrize("held", HOLDS, ids=lambda held: held[0] if held else "none")
def test_training_is_adam_on_the_gradients_of_keras(held: tuple[str, Array] | None) -> None:
    start = initial_weights(SMALL, 1)
    weights, losses = trained(1, start, held)
    expected, expected_losses = adam(1, start, held)
    for (name, array), wanted in zip(vars(weights).items(), expected, strict=True):
        assert_allclose(array, wanted, atol=2e-4, rtol=0, err_msg=name)
    assert_allclose(losses, expected_losses, rtol=1e-4)
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize("held", HOLDS[1:], ids=lambda held: held[0])
def test_a_gate_that_is_held_has_its_values_and_all_else_moves(held: tuple[str, Array]) -> None:
    gate, values = held
    start = initial_weights(SMALL, 2)
    weights, _ = trained(2, start, held)
    assert not weights.gate(gate).kernel.any()
    assert not weights.gate(gate).recurrent_kernel.any()
    x = probe_sequences(SMALL).x
    for trace in (trace_network(weights, x), Trace(**numpy_lstm(weights, x), h0=x[:, :1], c0=x[:, :1])):
        assert_allclose(getattr(trace, gate), np.broadcast_to(values, (len(x), 60, 4)), atol=1e-6, rtol=0)
    for name in set("ifgo") - {gate}:
        for part, array in vars(weights.gate(name)).items():
            assert np.all(array != getattr(start.gate(name), part)), (name, part)
    assert np.all(weights.readout_kernel != start.readout_kernel)
    assert np.all(weights.readout_bias != start.readout_bias)


def test_the_order_of_trainings_in_a_process_does_not_matter() -> None:
    trainings = [
        (1, initial_weights(SMALL, 1), None),
        (1, initial_weights(SMALL, 1), HOLDS[2]),
        (2, chrono_weights(SMALL, 2, SMALL.period_max), None),
    ]
    training._compiled.cache_clear()
    one = [trained(*each) for each in trainings]
    training._compiled.cache_clear()
    other = [trained(*each) for each in trainings[::-1]][::-1]
    for (weights, losses), (again, losses_again) in zip(one, other, strict=True):
        assert_same_bits(weights, again)
        assert losses.tobytes() == losses_again.tobytes()
    assert np.all(one[0][0].kernel[:, 8:12] != one[1][0].kernel[:, 8:12])


def test_no_bit_depends_on_what_other_threads_draw() -> None:
    """Those of a cluster's worker draw from the global generators, as Keras does where it is given no seed."""
    calm = initial_weights(SMALL, 1), trained(1, initial_weights(SMALL, 1))[0]
    over = threading.Event()

    def draw() -> None:
        while not over.is_set():
            random.random()
            np.random.random()

    other = threading.Thread(target=draw)
    other.start()
    try:
        tf.random.set_seed(random.randrange(1000))
        disturbed = initial_weights(SMALL, 1), trained(1, initial_weights(SMALL, 1))[0]
        plain, gru = (make(SMALL, 1) for make in (training.plain_weights, lambda *of: training.gru_weights(*of)[0]))
    finally:
        over.set()
        other.join()
    for one, another in zip(calm, disturbed, strict=True):
        assert_same_bits(one, another)
    assert_same_bits(plain, training.plain_weights(SMALL, 1))
    assert_same_bits(gru, training.gru_weights(SMALL, 1)[0])


def test_chrono_biases_are_the_logarithm_of_uniform_times() -> None:
    experiment = Experiment(units=256)
    times = []
    for number in (1, 2):
        start, chrono = initial_weights(experiment, number), chrono_weights(experiment, number, 41.0)
        times.append(np.exp(chrono.gate("f").bias.astype(np.float64)))
        assert_array_equal(chrono.gate("i").bias, -chrono.gate("f").bias)
        for gate in "go":
            assert_array_equal(chrono.gate(gate).bias, start.gate(gate).bias)
        assert_same_bits(dataclasses.replace(chrono, bias=start.bias), start)
        assert chrono.bias.dtype == np.float32
    assert not np.any(times[0] == times[1])
    assert 1 <= np.min(times) <= np.max(times) <= 40
    assert_allclose(np.quantile(times, [0, 0.25, 0.5, 0.75, 1]), [1, 10.75, 20.5, 30.25, 40], atol=2.5)


def test_networks_that_were_trained_with_a_gate_held_hold_its_mean(small_run: Run) -> None:
    x = small_run.probes.x
    for network in small_run.networks:
        for gate in "ifgo":
            held = numpy_lstm(getattr(network.held, gate), x)
            mean = getattr(network.means, gate)
            assert_allclose(held[gate], np.broadcast_to(mean, held[gate].shape), atol=1e-5, rtol=0)
            for name in set("ifgo") - {gate}:
                assert np.ptp(held[name]) > 0.1


def test_gates_are_held_at_what_they_were_on_training_waves(small_run: Run) -> None:
    for number, network in enumerate(small_run.networks, 1):
        seen = training_sequences(small_run.experiment, number).x[:128]
        values = numpy_lstm(network.trained.weights, seen)
        again = gate_means(small_run.experiment, number, network.trained.weights)
        for gate in "ifgo":
            mean = values[gate][:, 50:].reshape(-1, 8).mean(axis=0)
            assert_allclose(getattr(network.means, gate), mean, atol=1e-5)
            assert_array_equal(getattr(again, gate), getattr(network.means, gate))


def test_another_start_is_another_draw_of_the_same_initialisation() -> None:
    start, other = initial_weights(SMALL, 1), reseeded_weights(SMALL, 1)
    assert_array_equal(other.bias, start.bias)
    assert np.all(other.kernel != start.kernel)
    assert np.all(other.readout_kernel != start.readout_kernel)
    assert other.recurrent_kernel @ other.recurrent_kernel.T == pytest.approx(
        start.recurrent_kernel @ start.recurrent_kernel.T, abs=1e-5
    )  # both orthogonal
    assert_same_bits(other, reseeded_weights(SMALL, 1))


PLAIN = Experiment(units=6, epochs=8, sequences=256, timesteps=60, batch_size=16)


def test_the_plain_network_is_trained_as_keras_trains_its_own() -> None:
    """Keras's SimpleRNN, its loop and its gradient, on the same batches, in the order in which ours saw them."""
    layers = [keras.layers.SimpleRNN(plain_units(6), return_sequences=True), keras.layers.Dense(1)]
    model = keras.Sequential([keras.Input((60, 1)), *layers])
    model.set_weights(list(vars(training.plain_weights(PLAIN, 1)).values()))
    sequences = training_sequences(PLAIN, 1)
    theirs = trained_by_keras(model, PLAIN, (sequences.x, sequences.target))
    ours = train_plain(PLAIN, 1, lambda *_: None)
    for mine, their in zip(vars(ours).values(), theirs, strict=True):
        assert_allclose(mine, their, atol=2e-3, rtol=0)


def test_a_plain_network_has_the_parameters_of_an_lstm_as_nearly_as_can_be() -> None:
    for units in (1, 4, 16, 256):
        lstm, v = 4 * units**2 + 9 * units + 1, plain_units(units)
        assert min((1, 2 * units, 2 * units + 1, v), key=lambda n: abs(n * n + 3 * n + 1 - lstm)) == v
        assert all(abs(v * v + 3 * v + 1 - lstm) <= abs(n * n + 3 * n + 1 - lstm) for n in (max(v - 1, 1), v + 1))


RECALL = Experiment(units=8, epochs=30, sequences=1024, timesteps=60, period_max=20.0, batch_size=16)


def test_recall_is_learned_where_the_channel_starts_open() -> None:
    """The amplitude that each sequence began with: told at its end, of sequences that were not trained on."""
    probes, said = recall_probes(RECALL), {}
    start = chrono_weights(RECALL, 1, float(probes.x.shape[1]))
    weights = train_to_recall(RECALL, 1, start, lambda *_: None)
    said["chrono"] = numpy_lstm(weights, probes.x)["y"][:, -1]
    assert np.corrcoef(said["chrono"], probes.amplitude)[0, 1] > 0.9
    assert_same_bits(weights, train_to_recall(RECALL, 1, start, lambda *_: None))


def test_recall_is_judged_by_the_last_timestep_alone() -> None:
    """As Keras trains a layer that returns nothing else."""
    short = dataclasses.replace(RECALL, epochs=3, sequences=256)
    start = initial_weights(short, 1)
    model = keras.Sequential([keras.Input((None, 1)), keras.layers.LSTM(8), keras.layers.Dense(1)])
    model.set_weights(list(vars(start).values()))
    sequences = recall_training(short, 1)
    theirs = trained_by_keras(model, short, (sequences.x, sequences.amplitude[:, None]))
    ours = train_to_recall(short, 1, start, lambda *_: None)
    for mine, their in zip(vars(ours).values(), theirs, strict=True):
        assert_allclose(mine, their, atol=2e-4, rtol=0)


def test_a_plain_network_is_trained_to_recall_with_the_same_bits_twice() -> None:
    short = dataclasses.replace(RECALL, epochs=6)
    weights = train_plain_to_recall(short, 1, lambda *_: None)
    assert weights.units == plain_units(8)
    assert_same_bits(weights, train_plain_to_recall(short, 1, lambda *_: None))


def test_diverging_training_names_network_epoch_loss_and_rate() -> None:
    told: list[int] = []
    # 40 sequences in batches of 16: the last batch is not full.
    experiment = Experiment(units=3, epochs=2, sequences=40, timesteps=60, batch_size=16, learning_rate=1e4)
    with pytest.raises(
        TrainingDiverged,
        match=r"network 2 had a loss of \S+ in epoch 1; lower experiment\.learning_rate \(now 10000\)$",
    ):
        train(experiment, 2, initial_weights(experiment, 2), lambda epoch, loss: told.append(epoch))
    assert told == []


UNITS = 3
PUPIL = Experiment(units=UNITS, timesteps=60)


@pytest.fixture(scope="module")
def lessons() -> Lessons:
    return learn_away(PUPIL, 1, probe_sequences(PUPIL), *pupils())


def pupils() -> tuple[Weights, Weights]:
    """Return two networks: one whose h is noise, one with a unit that is large while the wave moves away from zero."""
    return random_weights(UNITS, np.float32), random_weights(UNITS, np.float32)


def test_one_neuron_cannot_tell_from_value_and_slope(lessons: Lessons) -> None:
    phase = probe_sequences(PUPIL).phase[96:, 30:].astype(np.float64)
    away = np.abs(np.sin(phase + 1e-4)) > np.abs(np.sin(phase))
    for name, answers in vars(lessons).items():
        assert answers.shape == (32, 30), name
        assert 0 <= answers.min() <= answers.max() <= 1
    assert np.mean((lessons.away_point > 0.5) == away) < 0.76  # three of four cases, and what chance adds
    assert np.mean((lessons.away_window > 0.5) == away) < 0.76


def test_one_neuron_tells_what_one_hidden_state_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a hidden state that is one while the wave moves away from zero, and noise before training."""
    probes, rng = probe_sequences(PUPIL), np.random.default_rng(2)
    away = np.sin(probes.phase) * np.cos(probes.phase) > 0
    untrained, trained = pupils()

    def trace(weights: Weights, x: Array) -> Any:
        h = rng.uniform(-1, 1, (*x.shape, UNITS)).astype(np.float32)
        if weights is trained:
            h[..., 1] = away
        return dataclasses.make_dataclass("Shown", ["h_previous"])(h)

    monkeypatch.setattr(training, "trace_network", trace)
    found = learn_away(PUPIL, 1, probes, untrained, trained)
    tested = away[96:, 30:]
    assert np.mean((found.away_state > 0.5) == tested) > 0.98
    assert np.mean((found.away_untrained > 0.5) == tested) < 0.7


def test_what_is_tested_was_not_taught(lessons: Lessons) -> None:
    probes, phase = probe_sequences(PUPIL), probe_sequences(PUPIL).phase.copy()
    phase[96:] += np.pi / 2  # where they moved away from zero they now move towards it
    other = learn_away(PUPIL, 1, dataclasses.replace(probes, phase=phase), *pupils())
    for name in ("away_window", "away_untrained", "away_state"):
        assert getattr(other, name).tobytes() == getattr(lessons, name).tobytes(), name


FRESH = """
import sys
sys.modules["reportgen"] = None  # an import of it is now an error
import keras, numpy
model = keras.saving.load_model("model.keras")
assert type(model.layers[0]) is keras.layers.LSTM, type(model.layers[0])
numpy.save("y.npy", model(numpy.load("x.npy")[..., None])[..., 0])
"""


def test_the_exported_model_opens_without_this_program(small_run: Run, tmp_path: Path) -> None:
    (tmp_path / "model.keras").write_bytes(small_run.exported)
    np.save(tmp_path / "x.npy", small_run.probes.x)
    done = subprocess.run([sys.executable, "-c", FRESH], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    y = np.load(tmp_path / "y.npy")
    one, other = (network.trained.trace.y for network in small_run.networks)
    assert_allclose(y, one, atol=1e-5, rtol=0)
    assert np.max(np.abs(y - other)) > 0.01
