"""The networks of an experiment as the report trains them: one process to a core, each network on one thread."""

import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.workers.serve import read_data, serve
from reportgen.lstm.experiment import start_worker
from reportgen.lstm.run import Weights
from reportgen.lstm.settings import Experiment
from reportgen.pool import Task, carry_out_tasks, cores
from reportgen.results import source_fingerprint
from reportgen.study import find_study
from reportgen.sweep import cluster, work
from reportgen.sweep.plan import Job, read_plan
from reportgen.sweep.store import open_store


def train_all(data: str, orders: list[list[list[int]]]) -> list[float]:
    """Train every network from its own weights; `orders` are those that the training draws anyway."""
    del orders
    about, networks = read_data(data)
    experiment = Experiment(**about)
    tasks = {n: (_train, (experiment, n, Weights(**weights))) for n, (_, _, weights) in enumerate(networks, 1)}
    return _carry_out(tasks)


def train_here(data: str, orders: list[list[list[int]]]) -> list[float]:
    """Train every network in this process, one after the other, as a worker of a study does; return the last losses."""
    del orders
    start_worker()
    about, networks = read_data(data)
    return [_train(Experiment(**about), n, Weights(**weights)) for n, (_, _, weights) in enumerate(networks, 1)]


def study(networks: int, processes: int) -> dict[str, float]:
    """Carry out networks of the default setting on a cluster of this machine; return the seconds from the first row to the last."""
    return _on_cluster(networks, processes, None)


def instant(rows: int) -> dict[str, float]:
    """Have a cluster do nothing, so many times; return how long it took, and by how many MB this process grew meanwhile."""
    before = _resident()
    return _on_cluster(rows, cores(), nothing) | {"grown": (_resident() - before) / 1e6}


def _on_cluster(networks: int, processes: int, function: Any) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        plan = read_plan(find_study("lstm"), Experiment(), networks, ())
        source = source_fingerprint(plan.study)
        store, _ = open_store(Path(folder) / "study", plan, source)
        times: list[float] = []
        inside = 0.0

        def on_row(job: Job, row: Mapping[str, Any]) -> None:
            nonlocal inside
            store.add(job, row)
            times.append(time.perf_counter())
            inside += row["seconds"] if len(times) > processes else 0

        cluster.cores = lambda: processes  # type: ignore[attr-defined]  # as many as are asked for
        errands = cluster.Errands(plan.jobs(), "lstm", source, on_row, lambda: True)
        cluster.carry_out(replace(errands, function=function) if function else errands, "", lambda _: None)
        # The first of each worker imports TensorFlow.
        return {"seconds": times[-1] - times[processes - 1], "rows": len(times) - processes, "inside": inside}


def nothing(study: str, settings: dict[str, Any], variant: str, number: int, described: bool) -> dict[str, Any]:
    """Return a row of the usual size at once."""
    del settings, variant, described
    values = {f"measured.number_{n}": number / (n + 1) for n in range(400)}
    return {"source": work._source(study), "failed": "", "seconds": 0.0, "values": values}  # read once, as by real work


def by_itself(networks: list[int]) -> float:
    """Carry out networks in this process, without a cluster; return the seconds that all but the first took."""
    guest = find_study("lstm")
    assert guest.measure_case
    guest.measure_case(Experiment(), networks[0], "")
    began = time.perf_counter()
    for number in networks[1:]:
        guest.measure_case(Experiment(), number, "")
    return time.perf_counter() - began


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def orders(data: str) -> list[list[list[int]]]:
    """Return the order of batches in every epoch of every network."""
    about, networks = read_data(data)
    return _carry_out({n: (_order, (Experiment(**about), n)) for n in range(1, len(networks) + 1)})


def _carry_out(tasks: dict[int, Task]) -> list[Any]:
    processes = min(len(tasks), cores())
    returned = carry_out_tasks(tasks, lambda *_: {}, lambda *_: None, processes=processes, start=start_worker)
    return [returned[number] for number in tasks]


def _train(experiment: Experiment, number: int, start: Weights) -> float:
    from reportgen.lstm import training

    return float(training.train(experiment, number, start, lambda *_: None)[1][-1])


def _order(experiment: Experiment, number: int) -> list[list[int]]:
    from reportgen.lstm import training

    orders: list[list[int]] = training.batch_orders(experiment, number).tolist()
    return orders


if __name__ == "__main__":
    serve(train_all, train_here, orders, study, instant, by_itself)
