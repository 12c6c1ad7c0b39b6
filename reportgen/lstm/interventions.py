"""What is done *to* a trained network: hold a gate, cut the input, resume, transplant, run freely. Gives arrays.

All of it is a hook on one step of a plain NumPy LSTM; see `lstm_step`.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from reportgen.evidence import Floats
from reportgen.lstm.run import GATES, PlainWeights, RecurrentWeights, Trace, Weights, to_arrays

Held = Mapping[str, float | Floats]
"""Gates that are not computed but held: by name, a number or one value per unit."""


def lstm_step(weights: Weights, x: Floats, h: Floats, c: Floats, hold: Held | None = None) -> dict[str, Floats]:
    """Return i, f, g, o, c, h one timestep on.

    x: (B,), h, c: (B, U) of the timestep before. Hochreiter and Schmidhuber (1997) with the forget gate of Gers et al. (2000):
    c = f·c₋₁ + i·g and h = o·tanh(c).
    """
    U = weights.units
    z = x[:, None] * weights.kernel + h @ weights.recurrent_kernel + weights.bias
    # One call for all four: σ(z) = ½ (1 + tanh ½z), which does not overflow.
    half = np.array((0.5, 0.5, 1, 0.5), z.dtype).repeat(U)
    tanh = np.tanh(z * half)
    values: dict[str, Floats] = {name: tanh[:, n * U : (n + 1) * U] for n, name in enumerate(GATES)}
    for name in ("i", "f", "o"):
        values[name] = (values[name] + 1) * z.dtype.type(0.5)
    for name, held in (hold or {}).items():
        values[name] = np.broadcast_to(np.asarray(held, h.dtype), h.shape)
    values["c"] = values["f"] * c + values["i"] * values["g"]
    values["h"] = values["o"] * np.tanh(values["c"])
    return values


def sigmoid(z: Floats) -> Floats:
    """Return the logistic function, without overflow for large negative z."""
    half = z.dtype.type(0.5)
    return np.asarray(half * (1 + np.tanh(half * z)))


def read_out(weights: RecurrentWeights, h: Floats) -> Floats:
    """Return the prediction of the next sample, (..., ) from h: (..., U)."""
    return np.asarray((h @ weights.readout_kernel)[..., 0] + weights.readout_bias[0])


def forward(
    weights: Weights, x: Floats, h0: Floats | None = None, c0: Floats | None = None, hold: Held | None = None
) -> Trace:
    """Return the trace of sequences x: (B, T), from a given state (zeros unless told), with gates held where told.

    Every timestep is computed by itself, by products of the same shapes: a sequence that is cut in two and resumed gives the same bits.
    """
    zeros = np.zeros((len(x), weights.units), x.dtype)
    h0, c0 = zeros if h0 is None else h0, zeros if c0 is None else c0
    h, c, steps = h0, c0, []
    for sample in x.T:
        step = lstm_step(weights, sample, h, c, hold)
        h, c = step["h"], step["c"]
        steps.append(step | {"y": read_out(weights, h)})
    return _trace(steps, h0, c0)


def run_freely(weights: Weights, h: Floats, c: Floats, steps: int) -> Trace:
    """Return `steps` timesteps in which the network's own output is its next input.

    h, c: (B, U), the state after the last real input. The trace's y[:, n] is the prediction n + 1 steps after the first one,
    which is read from h itself and is not in the trace.
    """
    h0, c0, x, taken = h, c, read_out(weights, h), []
    for _ in range(steps):
        step = lstm_step(weights, x, h, c)
        h, c, x = step["h"], step["c"], read_out(weights, step["h"])
        taken.append(step | {"y": x})
    return _trace(taken, h0, c0)


def free_output(weights: Weights, h: Floats, c: Floats, steps: int) -> Floats:
    """Return the outputs alone, (B, steps), of a free run so long that its gates would fill the memory; as in `run_freely`."""
    x, outputs = read_out(weights, h), np.empty((len(h), steps), h.dtype)
    for n in range(steps):
        step = lstm_step(weights, x, h, c)
        h, c, x = step["h"], step["c"], read_out(weights, step["h"])
        outputs[:, n] = x
    return outputs


def plain_forward(weights: PlainWeights, x: Floats, h0: Floats | None = None) -> tuple[Floats, Floats]:
    """Return h: (B, T, V) and the predictions y: (B, T) of a plain recurrent network on sequences x: (B, T), from h0 (zeros unless told).

    h = tanh(x·W + h₋₁·U + b) (Elman, 1990).
    """
    h = np.zeros((len(x), weights.units), x.dtype) if h0 is None else h0
    states = []
    for sample in x.T:
        h = np.tanh(sample[:, None] * weights.kernel + h @ weights.recurrent_kernel + weights.bias)
        states.append(h)
    every = np.stack(states, axis=1)
    return every, read_out(weights, every)


def step_jacobian(weights: Weights, trace: Trace, t: int) -> Floats:
    """Return ∂(c_t, h_t) / ∂(c_{t-1}, h_{t-1}) along a trace, (B, 2U, 2U), in float64: the derivative of the two equations."""
    i, f, g, o, c = (getattr(trace, name)[:, t].astype(np.float64) for name in "ifgoc")
    before = trace.c_previous[:, t].astype(np.float64)
    slopes = {"i": i * (1 - i), "f": f * (1 - f), "g": 1 - g**2, "o": o * (1 - o)}

    def by_h(name: str) -> Floats:  # (B, U, U), rows the gate's units, columns the hidden states
        return np.asarray(slopes[name][..., None] * weights.gate(name).recurrent_kernel.T.astype(np.float64))

    c_by_c = f[..., None] * np.eye(weights.units)
    c_by_h = before[..., None] * by_h("f") + g[..., None] * by_h("i") + i[..., None] * by_h("g")
    level = np.tanh(c)
    shown = (o * (1 - level**2))[..., None]
    return np.block([[c_by_c, c_by_h], [shown * c_by_c, shown * c_by_h + level[..., None] * by_h("o")]])


def resume_in_new_process(weights: Weights, x: Floats, cut: int) -> Floats:
    """Return the predictions after timestep `cut`, (B, T − cut), of a new process that reads weights, (h, c) and inputs from a file."""
    before = forward(weights, x[:, :cut])
    with tempfile.TemporaryDirectory() as folder:
        snapshot, predictions = Path(folder) / "snapshot.npz", Path(folder) / "predictions.npy"
        np.savez(
            snapshot,
            allow_pickle=False,
            x=x[:, cut:],
            h=before.h[:, -1],
            c=before.c[:, -1],
            **to_arrays(weights, "weights"),
        )
        subprocess.run([sys.executable, "-c", _RESUME, str(snapshot), str(predictions)], check=True)
        return np.asarray(np.load(predictions, allow_pickle=False))


_RESUME = """
import sys
import numpy as np
from reportgen.lstm.interventions import forward
from reportgen.lstm.run import Weights, from_arrays
with np.load(sys.argv[1], allow_pickle=False) as saved:
    np.save(sys.argv[2], forward(from_arrays(Weights, saved, "weights"), saved["x"], saved["h"], saved["c"]).y)
"""


def _trace(steps: list[dict[str, Floats]], h0: Floats, c0: Floats) -> Trace:
    return Trace(**{name: np.stack([step[name] for step in steps], axis=1) for name in steps[0]}, h0=h0, c0=c0)
