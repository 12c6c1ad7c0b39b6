"""What an experiment leaves behind: plain arrays, no TensorFlow."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from reportgen.evidence import Floats
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import Sequences

GATES = ("i", "f", "g", "o")
"""In the order in which Keras stores their kernels: input gate, forget gate, candidate, output gate."""


WORLDS = {"trained": "", "untrained": "before training", "chrono": "from chrono initialisation"}
"""The conditions under which the same networks are measured, and the words that set their measurements apart."""


def in_world(world: str, name: str) -> str:
    """Return a measurement's name as it is in one of WORLDS."""
    return f"{world}.{name}" if WORLDS[world] else name


@dataclass(frozen=True)
class Gate:
    """One gate's own layer: inputs (1, U) and (U, U), bias (U,)."""

    kernel: Floats
    recurrent_kernel: Floats
    bias: Floats


@dataclass(frozen=True)
class RecurrentWeights:
    """A recurrent layer and its read-out, as Keras stores them; N columns, one or several to each of U units.

    kernel: (1, N), recurrent_kernel: (U, N), bias: (N,), readout_kernel: (U, 1), readout_bias: (1,).
    """

    kernel: Floats
    recurrent_kernel: Floats
    bias: Floats
    readout_kernel: Floats
    readout_bias: Floats

    @property
    def units(self) -> int:
        """The number of units U."""
        return len(self.recurrent_kernel)


class PlainWeights(RecurrentWeights):
    """Those of a plain recurrent layer, with one column to a unit."""


class Weights(RecurrentWeights):
    """Those of an LSTM layer, with four columns to a unit, in the order of GATES."""

    def gate(self, name: str) -> Gate:
        """Return the slice that belongs to one of i, f, g, o."""
        columns = slice(GATES.index(name) * self.units, (GATES.index(name) + 1) * self.units)
        return Gate(self.kernel[:, columns], self.recurrent_kernel[:, columns], self.bias[columns])

    def with_gate(self, name: str, gate: Gate) -> "Weights":
        """Return the same network with another layer in place of one of i, f, g, o."""
        columns = slice(GATES.index(name) * self.units, (GATES.index(name) + 1) * self.units)
        kernel, recurrent_kernel, bias = self.kernel.copy(), self.recurrent_kernel.copy(), self.bias.copy()
        kernel[:, columns], recurrent_kernel[:, columns], bias[columns] = gate.kernel, gate.recurrent_kernel, gate.bias
        return dataclasses.replace(self, kernel=kernel, recurrent_kernel=recurrent_kernel, bias=bias)


@dataclass(frozen=True)
class Trace:
    """Everything that one network computed on a batch of sequences.

    i, f, g, o, c, h: (B, T, U); y: (B, T) the read-out's prediction of the next sample; h0, c0: (B, U) the state before the
    first timestep.
    """

    i: Floats
    f: Floats
    g: Floats
    o: Floats
    c: Floats
    h: Floats
    y: Floats
    h0: Floats
    c0: Floats

    @property
    def c_previous(self) -> Floats:
        """The cell state one timestep earlier, (B, T, U)."""
        return np.concatenate([self.c0[:, None], self.c[:, :-1]], axis=1)

    @property
    def h_previous(self) -> Floats:
        """The hidden state one timestep earlier, (B, T, U)."""
        return np.concatenate([self.h0[:, None], self.h[:, :-1]], axis=1)


@dataclass(frozen=True)
class State:
    """A network at one time, and what was recorded of it with TensorFlow.

    jacobian: (lags, B', U, U) = ∂c_{t+lag} / ∂c_t with h moving too, h_t included, from the end of the warm-up, lag = 0, 1, …, on the
    first B' probes.
    """

    weights: Weights
    trace: Trace
    jacobian: Floats


@dataclass(frozen=True)
class Means:
    """The mean of each of the four over training sequences, after the warm-up, in every unit of the trained network, (U,) each."""

    i: Floats
    f: Floats
    g: Floats
    o: Floats


@dataclass(frozen=True)
class TrainedHeld:
    """Networks trained from the same start with one of the four held, while training too, at its mean in the trained network."""

    i: Weights
    f: Weights
    g: Weights
    o: Weights


@dataclass(frozen=True)
class Recall:
    """Networks trained to tell an amplitude heard long before: from Keras's start, from chrono-initialised biases, and a plain one."""

    default: Weights
    chrono: Weights
    plain: PlainWeights


@dataclass(frozen=True)
class Lessons:
    """What single neurons of a gate's form learned by themselves; tested on the last quarter B'' of the probes, after the warm-up.

    Each is the probability, (B'', T − warm-up), that the clean wave is moving away from zero, given: point, its value and its slope;
    window, the last noisy samples; untrained and state, what a gate sees in the network before training and after, [x_t ; h_{t-1}].
    """

    away_point: Floats
    away_window: Floats
    away_untrained: Floats
    away_state: Floats


@dataclass(frozen=True)
class Network:
    """One independently seeded network: as initialised, as trained, and what else was made of the same start on the same data.

    chrono: trained from chrono-initialised biases; held: trained with one of the four held at its mean, `means`; reseeded: trained
    from another initialisation; plain: a plain recurrent network; recall: trained on another task; loss, chrono_loss: (epochs,);
    lifted: (4, B', T, U) what a standalone Dense layer with each trained gate's weights gives, in the order of GATES; gradient: of
    the error on the probes with respect to the weights, before training; resumed: (B, T − warm-up) the predictions of a new process
    that was given weights, (h, c) at the end of the warm-up, and the inputs after it, in a file.
    """

    untrained: State
    trained: State
    chrono: State
    means: Means
    held: TrainedHeld
    reseeded: Weights
    plain: PlainWeights
    recall: Recall
    loss: Floats
    chrono_loss: Floats
    lifted: Floats
    gradient: Weights
    resumed: Floats
    lessons: Lessons

    @property
    def states(self) -> dict[str, State]:
        """The network in each of WORLDS."""
        return {world: getattr(self, world) for world in WORLDS}


@dataclass(frozen=True)
class Run:
    """An experiment that was carried out; `exported` is network 1 as a `.keras` file that plain Keras opens."""

    experiment: Experiment
    probes: Sequences
    networks: tuple[Network, ...]
    exported: bytes

    def __post_init__(self) -> None:
        """Make every array read-only: a run is what was recorded."""
        for part in (self.probes, *self.networks):
            for array in to_arrays(part, "").values():
                array.flags.writeable = False


T = TypeVar("T")


def to_arrays(value: Any, prefix: str) -> dict[str, Floats]:
    """Return the arrays of a dataclass of arrays and dataclasses, by dotted name."""
    arrays: dict[str, Floats] = {}
    for field in dataclasses.fields(value):
        inner, name = getattr(value, field.name), f"{prefix}.{field.name}"
        arrays |= to_arrays(inner, name) if dataclasses.is_dataclass(inner) else {name: inner}
    return arrays


def from_arrays(kind: type[T], arrays: Mapping[str, Floats], prefix: str) -> T:
    """Return the dataclass that `to_arrays` took apart."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # a dataclass, as its callers know
        name = f"{prefix}.{field.name}"
        if dataclasses.is_dataclass(field.type):
            values[field.name] = from_arrays(field.type, arrays, name)  # type: ignore[arg-type]  # a class, not an instance
        else:
            values[field.name] = arrays[name]
    return kind(**values)
