"""Training one network: seconds for an epoch, beside Keras, PyTorch and JAX; and beside what the processor could do at most.

`FusedLSTM` and Keras's layer are given the same treatment, plain `fit`; what the report does besides has rows of its own.
"""

import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.harness import OWN, PEER, Ask, Effort, in_turn, started, write_data
from benchmarks.rows import Row
from reportgen.lstm.settings import Experiment

PEERS = {
    "Keras `LSTM`": (OWN, ("with_keras", "default")),
    "Keras `LSTM`, `jit_compile=True`": (OWN, ("with_keras", "jit")),
    "PyTorch `nn.LSTM`": (PEER, ("with_torch",)),
    "JAX `lax.scan`": (PEER, ("with_jax",)),
}
OURS, FUSED, FLOOR = "ours", "`FusedLSTM` under `fit`", "`fit` itself, a dense layer in the LSTM's place"
KERAS, OTHERS = list(PEERS)[:2], list(PEERS)[2:]
UNITS = (16, 32, 64, 128, 256)
LOSS_EPOCHS = 3
"""Epochs whose losses are compared; they are the warm-up too."""

FIT_EPOCHS = {units: 10 if units <= 64 else 3 for units in UNITS}
"""Epochs of one call of `fit`, as few as any training has, so that what a call costs counts as much as it does there; of large layers,
which take seconds for one, fewer."""

REACH = {
    **{(units, peer): 3.0 if units <= 64 else 1.2 for units in UNITS for peer in KERAS},
    **{(units, "PyTorch `nn.LSTM`"): 1.0 for units in UNITS},
}


def measure(effort: Effort) -> list[Row]:
    """Return rows for every number of units and every peer, and below them the distance to the limit."""
    rows: list[Row] = []
    limits: list[Row] = []
    own = {OURS: "ours", FUSED: "fused", FLOOR: "floor"}
    scripts = {name: (OWN, ("with_keras", how)) for name, how in own.items()} | PEERS
    with tempfile.TemporaryDirectory() as folder, started(scripts) as (workers, missing):
        for units in UNITS[:1] if effort.quick else UNITS:
            experiment = Experiment(
                networks=1,
                units=units,
                sequences=256 if effort.quick else 2048,
                timesteps=64,
                batch_size=64,
                learning_rate=1e-3,
            )
            data = write_data(Path(folder), experiment)
            losses = {name: ask("prepare", data=str(data), epochs=LOSS_EPOCHS) for name, ask in workers.items()}
            seconds = in_turn(effort.rounds, {name: partial(_epoch, ask, units) for name, ask in workers.items()})
            pairs = [
                (f"an epoch of `fit`, {units} units", FUSED, [*KERAS, OTHERS[0], FLOOR]),
                (f"an epoch as the report trains, {units} units", OURS, [FUSED, *OTHERS]),
            ]
            for work, mine, peers in pairs:
                for name in peers:
                    reach = REACH.get((units, name))
                    if name in missing:
                        rows.append(Row(work, name, seconds[mine], [], reach=reach, note=missing[name]))
                        continue
                    if name == FLOOR:
                        rows.append(Row(work, name, seconds[mine], seconds[name], note=_FLOOR))
                        continue
                    difference = float(np.max(np.abs(np.divide(losses[name], losses[mine]) - 1)))
                    note = f"Losses of {LOSS_EPOCHS} epochs from the same start differ by at most {_power(difference)}, relatively."
                    if "PyTorch" in name:
                        note += " PyTorch adds Adam's ε after correcting for the start, Keras before."
                        note += f" Of one thread and two, it takes the faster: {workers[name]('threads')}."
                    rows.append(Row(work, name, seconds[mine], seconds[name], reach=reach, note=note))
            peak = workers[OURS]("peak")
            limits.append(
                Row(
                    f"distance to the limit, {units} units",
                    "the products alone, at peak",
                    seconds[OURS],
                    [operations(experiment) / peak],
                    note="One thread's measured peak for products of square matrices: "
                    f"{peak / 1e9:.0f} × 10⁹ floating-point operations a second.",
                )
            )
    return rows + limits


_FLOOR = "What `fit`, its batches and Adam take whatever is trained: no layer can be faster."


def operations(experiment: Experiment) -> float:
    """Return the floating-point operations of the matrix products of an epoch.

    Forward, [x ; h] times (1 + U, 4U) and h times (U, 1), two operations for each multiplication and addition; backward twice that,
    for the gradients of inputs and of weights.
    """
    U = experiment.units
    return 3.0 * 2 * experiment.sequences * experiment.timesteps * ((1 + U) * 4 * U + U)


def _epoch(ask: Ask, units: int) -> float:
    return float(ask("fit", epochs=FIT_EPOCHS[units])["seconds"])


def _power(value: float) -> str:
    """Return the next power of ten, since digits of a rounding error mean nothing."""
    return "10⁻⁷" if value < 1e-7 else "10" + str(int(np.ceil(np.log10(value)))).translate(_SUPERSCRIPT)


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
