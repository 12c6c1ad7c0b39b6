"""The networks of an experiment as the report trains them: one process to a core, each network on one thread."""

from typing import Any

from benchmarks.workers.serve import read_data, serve
from reportgen.lstm.experiment import start_worker
from reportgen.lstm.run import Weights
from reportgen.lstm.settings import Experiment
from reportgen.pool import Task, carry_out_tasks, cores


def train_all(data: str, orders: list[list[list[int]]]) -> list[float]:
    """Train every network from its own weights; `orders` are those that the training draws anyway."""
    del orders
    about, networks = read_data(data)
    experiment = Experiment(**about)
    tasks = {n: (_train, (experiment, n, Weights(**weights))) for n, (_, _, weights) in enumerate(networks, 1)}
    return _carry_out(tasks)


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
    import keras
    import tensorflow as tf

    from reportgen.lstm import training

    steps = -(-experiment.sequences // experiment.batch_size)
    keras.utils.set_random_seed(training._seed(experiment, number))
    drawn = tf.data.Dataset.range(steps).shuffle(steps, seed=1)
    # Keras starts two passes over a dataset in every epoch, and takes the batches of the first.
    passes = [[int(k) for k in drawn.as_numpy_iterator()] for _ in range(2 * experiment.epochs)]
    return passes[::2]


if __name__ == "__main__":
    serve(train_all, orders)
