"""Keras's LSTM layer with all timesteps in one TensorFlow operation, and the gates that this operation returns."""

from typing import Any, TypeAlias

import keras
import numpy as np
import tensorflow as tf

from reportgen.evidence import Floats

Tensor: TypeAlias = Any  # TensorFlow ships no types


def trace_gates(
    x: Floats, h0: Floats, c0: Floats, kernel: Floats, recurrent_kernel: Floats, bias: Floats
) -> dict[str, Floats]:
    """Return i, f, g, o, c, h at every timestep of an LSTM with Keras's weights, each (B, T, U), computed in float32.

    x: (B, T, d), h0, c0: (B, U), kernel: (d, 4U), recurrent_kernel: (U, 4U), bias: (4U,), the columns in the order
    i, f, g, o. i, f, o lie in [0, 1] and g in [−1, 1]; c = f·c₋₁ + i·g and h = o·tanh(c). The arrays are read-only.
    """
    x, h0, c0, kernel, recurrent_kernel, bias = (
        np.asarray(array, np.float32) for array in (x, h0, c0, kernel, recurrent_kernel, bias)
    )
    weights = np.concatenate([kernel, recurrent_kernel])
    values = tf.raw_ops.BlockLSTMV2(**_arguments(x.transpose(1, 0, 2), h0, c0, weights, bias))
    by_name = {"i": values.i, "f": values.f, "g": values.ci, "o": values.o, "c": values.cs, "h": values.h}
    # A view: to copy takes as long as to compute.
    return {name: np.asarray(memoryview(value)).transpose(1, 0, 2) for name, value in by_name.items()}


@keras.saving.register_keras_serializable(package="reportgen")
class FusedLSTM(keras.layers.LSTM):  # type: ignore[misc]  # Keras ships no types
    """Keras's LSTM layer, same weights and same configuration, whose timesteps are one operation instead of a loop.

    Outputs, states and first-order gradients are Keras's up to float32 rounding. What the operation cannot do runs on
    Keras's own path: a mask, dropout while training, activations other than tanh and sigmoid, no bias, go_backwards,
    unroll, a dtype other than float32, use_cudnn=True; so does everything where there is a GPU, which cuDNN serves.
    Second-order gradients and forward-mode differentiation are not supported: TensorFlow stops with the error that the
    gradient registry has no entry for the operation's gradient. XLA cannot compile the operation, so that Keras
    refuses jit_compile for a model that holds this layer.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supports_jit = False

    def inner_loop(self, sequences: Tensor, initial_state: list[Tensor], mask: Tensor, training: bool = False) -> Any:
        """Return the last h, (B, U), every h, (B, T, U), and the state [h, c] after the last timestep."""
        if mask is not None or (training and (self.dropout or self.recurrent_dropout)) or not self._is_fusible():
            return super().inner_loop(sequences, initial_state, mask, training=training)
        x = tf.transpose(tf.cast(sequences, tf.float32), [1, 0, 2])
        weights = tf.concat([self.cell.kernel.value, self.cell.recurrent_kernel.value], axis=0)
        h, c = _fused(x, *initial_state, weights, self.cell.bias.value)
        return h[-1], tf.transpose(h, [1, 0, 2]), [h[-1], c[-1]]

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
def _fused(x: Tensor, h0: Tensor, c0: Tensor, weights: Tensor, bias: Tensor) -> Any:
    """Return h and c, each (T, B, U), from x: (T, B, d) and weights: (d + U, 4U)."""
    arguments = _arguments(x, h0, c0, weights, bias)
    values = tf.raw_ops.BlockLSTMV2(**arguments)

    # TensorFlow registers the gradient of BlockLSTM for BlockLSTMV2 too, although their gate orders differ.
    def gradient(h_grad: Tensor, c_grad: Tensor) -> tuple[Tensor, ...]:
        grads = tf.raw_ops.BlockLSTMGradV2(**arguments, **values._asdict(), cs_grad=c_grad, h_grad=h_grad)
        return grads.x_grad, grads.h_prev_grad, grads.cs_prev_grad, grads.w_grad, grads.b_grad

    return (values.h, values.cs), gradient


def _arguments(x: Tensor, h0: Tensor, c0: Tensor, weights: Tensor, bias: Tensor) -> dict[str, Any]:
    unused = tf.zeros([bias.shape[0] // 4])
    return {
        "seq_len_max": tf.shape(x, out_type=tf.int64)[0],
        "x": x,
        "h_prev": h0,
        "cs_prev": c0,
        "w": weights,
        "b": bias,
        "wci": unused,
        "wcf": unused,
        "wco": unused,
        "use_peephole": False,
    }
