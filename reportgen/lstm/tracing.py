"""What a network computed at every timestep, by the kernel that trains it; no TensorFlow."""

import numpy as np

from reportgen.evidence import Floats
from reportgen.lstm import kernel
from reportgen.lstm.interventions import read_out
from reportgen.lstm.run import GATES, Trace, Weights


def trace_network(weights: Weights, x: Floats) -> Trace:
    """Return the trace of sequences x: (B, T), from a state of zeros."""
    zeros = np.zeros((len(x), weights.units), np.float32)
    values = trace_gates(x[..., None], zeros, zeros, weights.kernel, weights.recurrent_kernel, weights.bias)
    # In one order, wherever it is made: that in which numbers are added depends on it.
    whole = {name: np.ascontiguousarray(array) for name, array in values.items()}
    return Trace(**whole, y=read_out(weights, whole["h"]), h0=zeros, c0=zeros)


def trace_gates(
    x: Floats, h0: Floats, c0: Floats, kernel_: Floats, recurrent_kernel: Floats, bias: Floats
) -> dict[str, Floats]:
    """Return i, f, g, o, c, h at every timestep of an LSTM with Keras's weights, each (B, T, U), computed in float32.

    x: (B, T, d), h0, c0: (B, U), kernel_: (d, 4U), recurrent_kernel: (U, 4U), bias: (4U,), the columns in the order
    i, f, g, o. i, f, o lie in [0, 1] and g in [−1, 1]; c = f·c₋₁ + i·g and h = o·tanh(c). The arrays are read-only.
    """
    x, h0, c0, weights = (
        np.asarray(array, np.float32) for array in (x, h0, c0, np.concatenate([recurrent_kernel, kernel_, bias[None]]))
    )
    B, U = h0.shape
    passed = kernel.forward(kernel.LSTM, x, weights, np.zeros(U + 1, np.float32), h0, c0)
    values = {name: passed.kept[:, :, place] for place, name in enumerate(GATES)}
    values |= {"c": passed.c[1:], "h": passed.inputs[1:, :U]}
    # Views: to copy takes as long as to compute.
    trace = {name: array[..., :B].transpose(2, 0, 1) for name, array in values.items()}
    for array in trace.values():
        array.flags.writeable = False
    return trace
