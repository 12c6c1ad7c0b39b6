"""Training the five networks of the default job: wall time from the start of the process, imports and compilation too."""

import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import OWN, PEER, Effort, Missing, in_turn, worker, write_data
from benchmarks.rows import Row
from benchmarks.training import PEERS as ONE_BY_ONE
from reportgen.lstm.settings import Experiment

OURS = (OWN, ("with_reportgen",))
PEERS = {**ONE_BY_ONE, "JAX `vmap` over the networks": (PEER, ("with_jax", "vmap"))}


def measure(effort: Effort) -> list[Row]:
    """Return a row for every peer."""
    experiment = Experiment(networks=2, sequences=256, epochs=2) if effort.quick else Experiment()
    work = f"training {experiment.networks} networks as the default job does"
    missing: dict[str, str] = {}
    losses: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = str(write_data(Path(folder), experiment))
        with worker(OWN, "with_reportgen") as ask:
            orders = ask("orders", data=data)

        def train(name: str, python: Path, script: Sequence[str]) -> float:
            began = time.perf_counter()
            try:
                with worker(python, *script) as ask:
                    losses[name] = ask("train_all", data=data, orders=orders)
                    return time.perf_counter() - began
            except Missing as why:
                missing[name] = f"missing: {why}"
                return float("nan")

        everyone: dict[str, Any] = {"ours": OURS, **PEERS}
        seconds = in_turn(effort.long_rounds, {name: partial(train, name, *how) for name, how in everyone.items()})
    rows = []
    for name in PEERS:
        reach = 5.0 if "Keras" in name else 1.7
        if name in missing:
            rows.append(Row(work, name, seconds["ours"], [], reach=reach, note=missing[name]))
            continue
        final = f"{np.median(losses['ours']):.5f} here, {np.median(losses[name]):.5f} there"
        note = f"The same start weights, order of batches and learning rates; median of the last losses: {final}."
        rows.append(Row(work, name, seconds["ours"], seconds[name], reach=reach, note=note))
    return rows
