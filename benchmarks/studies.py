"""Studies: networks a minute of a core beside peers, what two workers reach of two processes, and how a client grows with its rows."""

import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.harness import OWN, PEER, Ask, Effort, Missing, in_turn, worker, write_data
from benchmarks.rows import Row
from reportgen.lstm.settings import Experiment

PEERS = {
    "PyTorch `nn.LSTM`": (PEER, ("with_torch",)),
    "JAX `vmap` over the networks": (PEER, ("with_jax", "vmap")),
}


def measure(effort: Effort) -> list[Row]:
    """Return the rows of all four."""
    return [*_throughput(effort), *_scaling(effort), *_growth(effort)]


def _throughput(effort: Effort) -> list[Row]:
    experiment = Experiment(networks=2, sequences=256, epochs=2) if effort.quick else Experiment(networks=8)
    work = f"training {experiment.networks} networks on one core, all else running"
    missing: dict[str, str] = {}
    losses: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = str(write_data(Path(folder), experiment))
        with worker(OWN, "with_reportgen") as ask:
            orders = ask("orders", data=data)

        def train(name: str, python: Path, script: tuple[str, ...], do: str) -> float:
            try:
                with worker(python, *script) as ask:
                    ask("pin")
                    ask(do, data=data, orders=orders)  # imports and compiles
                    began = time.perf_counter()
                    losses[name] = ask(do, data=data, orders=orders)
                    return time.perf_counter() - began
            except Missing as why:
                missing[name] = f"missing: {why}"
                return float("nan")

        everyone: dict[str, Any] = {"ours": (OWN, ("with_reportgen",), "train_here")}
        everyone |= {name: (*how, "train_all") for name, how in PEERS.items()}
        seconds = in_turn(effort.long_rounds, {name: partial(train, name, *how) for name, how in everyone.items()})
    rows = []
    for name in PEERS:
        if name in missing:
            rows.append(Row(work, name, seconds["ours"], [], reach=2.0, note=missing[name]))
            continue
        sums = f"{sum(losses['ours']):.5f} here, {sum(losses[name]):.5f} there"
        minute = f"{60 * experiment.networks / min(seconds['ours']):.0f} here, {60 * experiment.networks / min(seconds[name]):.0f} there"
        note = f"Networks a minute of a core: {minute}. Sum of the last losses: {sums}."
        rows.append(Row(work, name, seconds["ours"], seconds[name], reach=2.0, note=note))
    return rows


def _scaling(effort: Effort) -> list[Row]:
    if effort.quick:
        return []
    each = 4
    ours, alone, shares = [], [], []
    for _ in range(effort.long_rounds):
        with worker(OWN, "with_reportgen") as ask:
            found = ask("study", networks=2 * each + 2, processes=2)
        ours.append(found["seconds"] / found["rows"])
        shares.append(1 - found["inside"] / (2 * found["seconds"]))
        alone.append(_two_processes(each) / (2 * each))
    note = "Seconds for a network where two are carried out at a time; what starting takes is left out on both sides."
    overhead = (
        f"Of the workers' time, {100 * min(shares):.1f} to {100 * max(shares):.1f} % were not within a task: what scheduling and "
        "the client cost, and what was left of a worker's last wait."
    )
    return [
        Row(
            "a network of a study, two workers",
            "two processes without a cluster",
            ours,
            alone,
            reach=0.95,
            note=f"{note} {overhead}",
        )
    ]


def _two_processes(each: int) -> float:
    """Return the seconds that two processes take for so many networks each, after a first one."""
    with worker(OWN, "with_reportgen") as one, worker(OWN, "with_reportgen") as other:
        seconds: list[float] = []

        def run(ask: Ask, first: int) -> None:
            seconds.append(ask("by_itself", networks=list(range(first, first + each + 1))))

        threads = [threading.Thread(target=run, args=(ask, first)) for ask, first in ((one, 1), (other, 100))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return max(seconds)


def _growth(effort: Effort) -> list[Row]:
    *fewer, many = (100, 300) if effort.quick else (100, 2_000, 10_000)
    found = {}
    for rows in (*fewer, many):
        with worker(OWN, "with_reportgen") as ask:
            found[rows] = ask("instant", rows=rows)
    rate = found[many]["rows"] / found[many]["seconds"] * 60
    work = f"{many:,} rows of tasks that do nothing"
    return [
        Row(
            work,
            "10,000 rows a minute",
            [found[many]["seconds"]],
            [many / 10_000 * 60],
            reach=1.0,
            note=f"{rate:,.0f} rows a minute through one client.",
        ),
        *(
            Row(
                f"memory of the client, {many:,} rows",
                f"{few:,} rows",
                [found[many]["grown"]],
                [found[few]["grown"]],
                unit="MB",
                note="By how much the client grew while it collected them, importing and the cluster in it included.",
            )
            for few in fewer
        ),
    ]
