"""Keras's LSTM layer with all timesteps in one call of the kernel."""

from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from reportgen.evidence import Floats
from reportgen.lstm import kernel
from reportgen.lstm.kernel import LSTM, Passed

Tensor: TypeAlias = Any  # TensorFlow ships no types


@keras.saving.register_keras_serializable(package="reportgen")
class FusedLSTM(keras.layers.LSTM):  # type: ignore[misc]  # Keras ships no types
    """Keras's LSTM layer, same weights and same configuration, whose timesteps are one operation instead of a loop.

    Outputs, states and first-order gradients are Keras's up to float32 rounding. What the operation cannot do runs on
    Keras's own path: a mask, dropout while training, activations other than tanh and sigmoid, no bias, go_backwards,
    unroll, a dtype other than float32, use_cudnn=True; so does everything where there is a GPU, which cuDNN serves.
    Second-order gradients and forward-mode differentiation are not supported: TensorFlow stops with a LookupError. The
    operation calls back into Python: XLA cannot compile it, so that Keras refuses jit_compile for a model that holds this
    layer, and a SavedModel cannot hold it; a `.keras` file can.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supports_jit = False

    def inner_loop(self, sequences: Tensor, initial_state: list[Tensor], mask: Tensor, training: bool = False) -> Any:
        """Return the last h, (B, U), every h, (B, T, U), and the state [h, c] after the last timestep."""
        if mask is not None or (training and (self.dropout or self.recurrent_dropout)) or not self._is_fusible():
            return super().inner_loop(sequences, initial_state, mask, training=training)
        x, h0, c0 = (tf.cast(each, tf.float32) for each in (sequences, *initial_state))
        cell = self.cell
        weights = tf.concat([cell.recurrent_kernel.value, cell.kernel.value, cell.bias.value[None]], axis=0)
        h, c = _fused(x, h0, c0, weights)
        every = tf.transpose(h, [2, 0, 1])
        return every[:, -1], every, [every[:, -1], tf.transpose(c)]

    def _is_fusible(self) -> bool:
        return (
            self.activation is keras.activations.tanh
            and self.recurrent_activation is keras.activations.sigmoid
            and self.use_bias
            and not self.go_backwards
            and not self.unroll
            and self.use_cudnn is not True
            and self.compute_dtype == "float32"
            and not tf.config.list_logical_devices("GPU")
        )


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow ships no types
def _fused(x: Tensor, h0: Tensor, c0: Tensor, weights: Tensor) -> Any:
    """Return every h, (T, U, B), and the last c, (U, B), from x: (B, T, d) and the state; weights: (U + d + 1, 4U), as the kernel's."""
    passed = tf.numpy_function(_forward, [x, h0, c0, weights], [tf.float32] * 3)
    (B, U), T = h0.shape, x.shape[1]
    h = tf.ensure_shape(passed[0][1:, :U, : tf.shape(x)[0]], [T, U, B])
    c = tf.ensure_shape(passed[1][-1, :, : tf.shape(x)[0]], [U, B])

    def gradient(h_grad: Tensor, c_grad: Tensor) -> tuple[Tensor, ...]:
        grads = _gradient(*passed, weights, h_grad, c_grad)
        return tuple(tf.ensure_shape(grad, of.shape) for grad, of in zip(grads, (x, h0, c0, weights), strict=True))

    return (h, c), gradient


@tf.custom_gradient  # type: ignore[untyped-decorator]  # as above
def _gradient(*tensors: Tensor) -> Any:
    def second(*_: Tensor) -> Any:
        raise LookupError(
            "FusedLSTM has first derivatives alone, and those backward; take keras.layers.LSTM for others"
        )

    return tuple(tf.numpy_function(_backward, tensors, [tf.float32] * 4)), second


def _forward(x: Floats, h0: Floats, c0: Floats, weights: Floats) -> list[Floats]:
    passed = kernel.forward(LSTM, x, weights, _none(weights), h0, c0)
    return [passed.inputs, passed.c, passed.kept]


def _backward(inputs: Floats, c: Floats, kept: Floats, weights: Floats, h_grad: Floats, c_grad: Floats) -> list[Floats]:
    passed = Passed(inputs, c, kept, _none(weights))
    grads = kernel.backward(LSTM, passed, weights, _none(weights), h_grad=h_grad, c_grad=c_grad)
    U, B = c_grad.shape
    of_x = grads.inputs[:-1, U : len(weights) - 1, :B].transpose(2, 0, 1)
    return [of_x, grads.inputs[0, :U, :B].T, grads.c0[:, :B].T, grads.weights]


def _none(weights: Floats) -> Floats:
    """Return a read-out of nothing: a layer of Keras's has its own, or none."""
    return np.zeros(weights.shape[1] // LSTM.gates + 1, np.float32)
