"""Two oracles, neither of which shares code with the kernel: Keras's LSTM layer, and NumPy's from the equations."""

from collections.abc import Callable
from itertools import permutations
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from reportgen.lstm.fused_lstm import FusedLSTM
from reportgen.lstm.tracing import trace_gates

Array = NDArray[Any]

KERAS_ORDER = ("i", "f", "g", "o")
WRONG_ORDERS = [order for order in permutations(KERAS_ORDER) if order != KERAS_ORDER]


def numpy_lstm(case: list[Array], order: tuple[str, ...] = KERAS_ORDER) -> dict[str, Array]:
    x, h, c, kernel, recurrent_kernel, bias = case
    units = h.shape[1]
    trace: dict[str, list[Array]] = {name: [] for name in "ifgoch"}
    for t in range(x.shape[1]):
        now = {}
        for position, name in enumerate(order):
            columns = slice(position * units, (position + 1) * units)
            z = x[:, t] @ kernel[:, columns] + h @ recurrent_kernel[:, columns] + bias[columns]
            now[name] = np.tanh(z) if name == "g" else 1 / (1 + np.exp(-z))
        c = now["f"] * c + now["i"] * now["g"]
        h = now["o"] * np.tanh(c)
        for name, value in (now | {"c": c, "h": h}).items():
            trace[name].append(value)
    return {name: np.stack(values, axis=1) for name, values in trace.items()}


def random_case(B: int, T: int, d: int, U: int) -> list[Array]:
    """Return x, h0, c0, kernel, recurrent_kernel, bias in float64; no two gates have like weights."""
    rng = np.random.default_rng([B, T, d, U])
    shapes = [(B, T, d), (B, U), (B, U), (d, 4 * U), (U, 4 * U), (4 * U,)]
    return [rng.normal(0, 0.7, shape) for shape in shapes]


def float32(arrays: list[Array]) -> list[Array]:
    return [array.astype(np.float32) for array in arrays]


def pair(units: int, features: int, **options: Any) -> tuple[Any, Any]:
    """Return a FusedLSTM and a keras.layers.LSTM with the same options and the same random weights."""
    rng = np.random.default_rng(units)
    fused, plain = FusedLSTM(units, **options), keras.layers.LSTM(units, **options)
    for layer in (fused, plain):
        layer.build((3, None, features))
    weights = [rng.normal(0, 0.5, weight.shape) for weight in plain.get_weights()]
    fused.set_weights(weights)
    plain.set_weights(weights)
    return fused, plain


def operations(call: Callable[[Any], Any], x: Array) -> set[str]:
    """Return the types of all operations, in functions too, of the graph that TensorFlow makes of a call."""
    graph = tf.function(call).get_concrete_function(tf.constant(x)).graph.as_graph_def()
    bodies = [graph.node, *(function.node_def for function in graph.library.function)]
    return {node.op for body in bodies for node in body}


def takes_kernel(call: Callable[[Any], Any], x: Array) -> bool:
    return "PyFunc" in operations(call, x)


def waves(B: int, T: int, d: int = 1) -> Array:
    rng = np.random.default_rng(5)
    phase = rng.uniform(0, 6, (B, 1, d)) + 0.3 * np.arange(T)[:, None]
    return (np.sin(phase) + rng.normal(0, 0.1, (B, T, d))).astype(np.float32)


def flat(outputs: Any) -> list[Array]:
    return [np.asarray(output) for output in keras.tree.flatten(outputs)]


def assert_same(got: Any, expected: Any, tolerance: float = 2e-6) -> None:
    got, expected = flat(got), flat(expected)
    assert len(got) == len(expected)
    for one, other in zip(got, expected, strict=True):
        assert one.dtype == other.dtype
        assert_allclose(one, other, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (3, 9, 2, 5), (2, 60, 1, 16), (17, 4, 6, 3)])
def test_trace_is_that_of_the_equations(sizes: tuple[int, int, int, int]) -> None:
    case = random_case(*sizes)
    B, T, _, U = sizes
    trace, expected = trace_gates(*float32(case)), numpy_lstm(case)
    assert trace.keys() == expected.keys()
    for name, value in trace.items():
        assert value.shape == (B, T, U)
        assert value.dtype == np.float32
        assert_allclose(value, expected[name], atol=3e-6, err_msg=name)


@pytest.mark.parametrize("order", WRONG_ORDERS, ids="".join)
def test_each_wrong_gate_order_is_seen(order: tuple[str, ...]) -> None:
    case = random_case(2, 6, 1, 4)
    trace, wrong = trace_gates(*float32(case)), numpy_lstm(case, order=order)
    misplaced = [name for place, name in zip(KERAS_ORDER, order, strict=True) if place != name]
    for name in [*misplaced, "h"]:
        assert np.max(np.abs(trace[name] - wrong[name])) > 0.05, name


def test_trace_holds_what_the_layer_returns() -> None:
    layer, _ = pair(4, 2, return_sequences=True, return_state=True)
    x, zeros = waves(3, 8, 2), np.zeros((3, 4), np.float32)
    trace = trace_gates(x, zeros, zeros, *layer.get_weights())
    assert_same([trace["h"], trace["h"][:, -1], trace["c"][:, -1]], layer(x), tolerance=0)


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("return_state", [False, True])
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (5, 30, 1, 16), (32, 7, 3, 5)])
def test_outputs_and_states(return_sequences: bool, return_state: bool, sizes: tuple[int, int, int, int]) -> None:
    B, T, d, U = sizes
    fused, plain = pair(U, d, return_sequences=return_sequences, return_state=return_state)
    x = waves(B, T, d)
    assert_same(fused(x), plain(x))
    assert takes_kernel(fused, x)
    assert not takes_kernel(plain, x)


def test_initial_state() -> None:
    x, h0, c0, *_ = float32(random_case(3, 6, 2, 5))
    fused, plain = pair(5, 2, return_sequences=True, return_state=True)
    assert_same(fused(x, initial_state=[h0, c0]), plain(x, initial_state=[h0, c0]))
    assert takes_kernel(lambda x: fused(x, initial_state=[tf.constant(h0), tf.constant(c0)]), x)


def test_whole_numbers_as_input() -> None:
    fused, plain = pair(4, 2)
    x = np.arange(12).reshape(2, 3, 2)
    assert_same(fused(x), plain(x))


def gradients(layer: Any, x: Array, h0: Array, c0: Array, seen: list[Array]) -> list[Array]:
    """Return the gradients of the sum of outputs and states, weighted by `seen`, for x, h0, c0 and the weights."""
    watched = [tf.constant(x), tf.constant(h0), tf.constant(c0)]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        outputs = layer(watched[0], initial_state=watched[1:])
        loss = sum(tf.reduce_sum(output * weight) for output, weight in zip(outputs, seen, strict=True))
    return flat(tape.gradient(loss, [*watched, *(weight.value for weight in layer.trainable_weights)]))


@pytest.mark.parametrize("return_sequences", [False, True])
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (4, 25, 1, 16), (9, 6, 3, 5)])
def test_every_gradient(return_sequences: bool, sizes: tuple[int, int, int, int]) -> None:
    _, _, d, U = sizes
    x, h0, c0, *_ = float32(random_case(*sizes))
    fused, plain = pair(U, d, return_sequences=return_sequences, return_state=True)
    rng = np.random.default_rng(2)
    seen = [rng.normal(size=output.shape).astype("f4") for output in flat(plain(x))]
    got, expected = gradients(fused, x, h0, c0, seen), gradients(plain, x, h0, c0, seen)
    assert len(got) == 6
    for one, other in zip(got, expected, strict=True):
        assert np.max(np.abs(one - other)) < 1e-5 * np.max(np.abs(other))


def test_gradients_are_central_differences_of_the_equations() -> None:
    case = random_case(2, 5, 2, 3)
    rng = np.random.default_rng(3)
    for_h, for_last_c = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 3))

    def loss() -> float:
        trace = numpy_lstm(case)
        return float(np.sum(trace["h"] * for_h) + np.sum(trace["c"][:, -1] * for_last_c))

    expected, step = [], 1e-5
    for array in case:
        slopes = np.empty_like(array)
        for place in np.ndindex(array.shape):
            value = array[place]
            array[place] = value + step
            above = loss()
            array[place] = value - step
            slopes[place] = (above - loss()) / (2 * step)
            array[place] = value
        expected.append(slopes)

    layer = FusedLSTM(3, return_sequences=True, return_state=True)
    layer.build((2, 5, 2))
    x, h0, c0, *weights = float32(case)
    layer.set_weights(weights)
    seen = float32([for_h, np.zeros((2, 3)), for_last_c])
    for got, slopes in zip(gradients(layer, x, h0, c0, seen), expected, strict=True):
        assert_allclose(got, slopes, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("eager", [True, False])
def test_second_derivatives_are_refused(eager: bool) -> None:
    layer, _ = pair(3, 1)

    def second(x: Any) -> Any:
        with tf.GradientTape() as outer:
            outer.watch(x)
            with tf.GradientTape() as inner:
                inner.watch(x)
                y = tf.reduce_sum(layer(x))
            slope = inner.gradient(y, x)
        return outer.gradient(slope, x)

    # In a graph AutoGraph wraps the LookupError, keeping its text.
    with pytest.raises(Exception, match="first derivatives alone"):
        (second if eager else tf.function(second))(tf.constant(waves(2, 4)))


def test_forward_mode_is_refused() -> None:
    layer, _ = pair(3, 1)
    x = tf.constant(waves(2, 4))
    with (
        pytest.raises(LookupError, match="first derivatives alone"),
        tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)),
    ):
        layer(x)


def test_jacobian() -> None:
    x = tf.constant(waves(2, 4))

    def jacobian(layer: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            h = layer(x)
        return tape.jacobian(h, x)

    fused, plain = pair(3, 1)
    assert_same(jacobian(fused), jacobian(plain))


def like(model: Any) -> Any:
    """Return the model with Keras's LSTM in the place of FusedLSTM, with the same weights."""

    def clone(layer: Any) -> Any:
        kind = keras.layers.LSTM if isinstance(layer, FusedLSTM) else type(layer)
        return kind.from_config(layer.get_config())

    plain = keras.models.clone_model(model, clone_function=clone)
    plain.set_weights(model.get_weights())
    return plain


def test_configuration_is_keras_own() -> None:
    options = {"return_sequences": True, "stateful": True, "seed": 3, "kernel_regularizer": "l2", "name": "lstm"}
    assert FusedLSTM(4, **options).get_config() == keras.layers.LSTM(4, **options).get_config()


def test_stacked_with_unknown_timesteps() -> None:
    model = keras.Sequential(
        [keras.Input((None, 2)), FusedLSTM(5, return_sequences=True), FusedLSTM(3), keras.layers.Dense(1)]
    )
    plain = like(model)
    assert not any(isinstance(layer, FusedLSTM) for layer in plain.layers)
    assert takes_kernel(model, waves(4, 6, 2))
    for timesteps in (6, 11):
        x = waves(4, timesteps, 2)
        assert_same(model.predict(x, verbose=0), plain.predict(x, verbose=0))


def test_stateful_over_calls_and_reset() -> None:
    models = []
    for kind in (FusedLSTM, keras.layers.LSTM):
        keras.utils.set_random_seed(4)
        models.append(keras.Sequential([keras.Input(batch_shape=(3, 5, 1)), kind(4, stateful=True)]))
    x = waves(3, 15)
    whole = keras.Sequential([keras.Input((15, 1)), FusedLSTM(4)])
    whole.set_weights(models[0].get_weights())
    outputs: list[list[Array]] = []
    for model in models:
        parts = [model.predict(part, verbose=0) for part in np.split(x, 3, axis=1)]
        model.layers[0].reset_state()
        outputs.append([*parts, model.predict(x[:, :5], verbose=0)])
    fused, plain = outputs
    assert_same(fused, plain)
    assert_same(fused[2], whole(x))
    assert_same(fused[3], fused[0], tolerance=0)


def test_bidirectional() -> None:
    inputs = keras.Input((7, 2))
    keras.utils.set_random_seed(6)
    model = keras.Model(inputs, keras.layers.Bidirectional(FusedLSTM(4, return_sequences=True))(inputs))
    plain = keras.Model(inputs, keras.layers.Bidirectional(keras.layers.LSTM(4, return_sequences=True))(inputs))
    plain.set_weights(model.get_weights())
    x = waves(3, 7, 2)
    assert_same(model(x), plain(x))
    assert takes_kernel(model, x)


def test_save_and_load(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((None, 1)), FusedLSTM(6, return_sequences=True), keras.layers.Dense(1)])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[0]) is FusedLSTM
    x = waves(2, 9)
    assert_same(loaded(x), model(x), tolerance=0)


REGULARISED = {"kernel_regularizer": "l2", "recurrent_regularizer": "l1", "bias_regularizer": "l2"}


@pytest.mark.parametrize("options", [{}, REGULARISED], ids=["plain", "regularised"])
def test_fit_gives_the_losses_of_keras(options: dict[str, str]) -> None:
    x = waves(96, 20)
    keras.utils.set_random_seed(7)
    lstm = FusedLSTM(8, return_sequences=True, **options)
    model = keras.Sequential([keras.Input((19, 1)), lstm, keras.layers.Dense(1)])
    losses = []
    for one in (model, like(model)):
        one.compile(keras.optimizers.Adam(1e-3), "mse", steps_per_execution=6)
        history = one.fit(x[:, :-1], x[:, 1:], batch_size=16, epochs=4, shuffle=False, verbose=0)
        losses.append(history.history["loss"])
    assert losses[0][-1] < 0.98 * losses[0][0]
    assert_allclose(losses[0], losses[1], rtol=1e-4)


def test_xla_is_refused() -> None:
    model = keras.Sequential([keras.Input((4, 1)), FusedLSTM(2)])
    with pytest.warns(UserWarning, match="jit_compile"):
        model.compile(loss="mse", jit_compile=True)
    assert not model.jit_compile


@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"go_backwards": True},
        {"unroll": True},
        {"dtype": "float64"},
        {"dtype": "mixed_float16"},
    ],
    ids=lambda options: "-".join(map(str, *options.items())),
)
def test_options_left_to_keras(options: dict[str, Any]) -> None:
    fused, plain = pair(4, 2, return_sequences=True, return_state=True, **options)
    x = waves(3, 6, 2)
    assert_same(fused(x), plain(x))
    assert not takes_kernel(fused, x)


@pytest.mark.parametrize("zero_output", [False, True])
def test_mask_left_to_keras(zero_output: bool) -> None:
    fused, plain = pair(4, 2, return_sequences=True, zero_output_for_mask=zero_output)
    x, mask = waves(3, 6, 2), np.arange(6) < np.array([[6], [2], [4]])
    assert_same(fused(x, mask=mask), plain(x, mask=mask))
    assert not takes_kernel(lambda x: fused(x, mask=tf.constant(mask)), x)


def test_mask_of_a_masking_layer_left_to_keras() -> None:
    model = keras.Sequential([keras.Input((6, 2)), keras.layers.Masking(), FusedLSTM(4)])
    x = waves(3, 6, 2)
    x[1, 2:] = 0
    assert_same(model(x), like(model)(x))
    assert not takes_kernel(model, x)


@pytest.mark.parametrize("option", ["dropout", "recurrent_dropout"])
def test_dropout_left_to_keras_in_training_alone(option: str) -> None:
    fused, plain = pair(4, 2, seed=8, **{option: 0.5})
    x = waves(3, 6, 2)
    assert_same(fused(x, training=True), plain(x, training=True))
    assert not takes_kernel(lambda x: fused(x, training=True), x)
    assert_same(fused(x, training=False), plain(x, training=False))
    assert takes_kernel(lambda x: fused(x, training=False), x)


def test_use_cudnn_left_to_keras() -> None:
    fused, plain = pair(4, 2, use_cudnn=True)
    for layer in (fused, plain):
        with pytest.raises(ValueError, match="cuDNN is not supported"):
            layer(waves(3, 6, 2))


def test_gpu_left_to_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    # Told of a GPU, Keras builds its graph for cuDNN; where it finds none when it runs, it goes back to its loop.
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: [f"/device:{kind}:0"])
    fused, plain = pair(4, 2, return_sequences=True)
    x = waves(3, 6, 2)
    assert_same(fused(x), plain(x))
    assert operations(fused, x) == operations(plain, x)
    assert "CudnnRNNV3" in operations(fused, x)
