"""The networks of an experiment, trained side by side: one process to a core, TensorFlow's surroundings pinned.

The products of so small a layer are too small to share, so each network has one thread; one thread adds in one order, and the
same seed gives the same weights to the bit. This process imports no TensorFlow.
"""

import gc
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.lstm.interventions import resume_in_new_process
from reportgen.pool import PATIENCE, Task, carry_out_tasks, tell
from reportgen.lstm.run import Held, Lessons, Network, Run, State, Trace, Weights
from reportgen.lstm.signals import Floats, probe_sequences
from reportgen.settings import Experiment


@dataclass(frozen=True)
class Epoch:
    """One epoch of one training is over; network and epoch are counted from 1."""

    network: int
    epoch: int
    loss: float


HELD = ("i", "f", "o")
"""The gates that are held while training, one at a time."""

TRAININGS = 2 + len(HELD)
"""How often each network is trained, on the same data: by default, from chrono-initialised biases, with each gate held."""


def carry_out(experiment: Experiment, on_epoch: Callable[[Epoch], None]) -> Run:
    """Return the run of an experiment: every network in all of its trainings, recorded.

    Raises TrainingDiverged where a loss leaves the finite numbers or grows beyond any use.
    """
    numbers = range(1, experiment.networks + 1)

    def then(key: tuple[str, int], returned: Any) -> dict[tuple[str, int], Task]:
        kind, number = key
        if kind != "default":
            return {}
        trained = returned["trained"]
        # The longest first, so that no process waits long for the others in the end.
        tasks: dict[tuple[str, int], Task] = {("lessons", number): (_lessons, (experiment, number, trained.trace))}
        for gate, values in _holds(trained):
            tasks[gate, number] = _held, (experiment, number, gate, values)
        tasks["examined", number] = _examined, (experiment, number, trained)
        if number == 1:
            tasks["exported", number] = _export, (trained.weights,)
        return tasks

    default: dict[tuple[str, int], Task] = {("default", number): (_default, (experiment, number)) for number in numbers}
    chrono: dict[tuple[str, int], Task] = {("chrono", number): (_chrono, (experiment, number)) for number in numbers}
    processes = min(2 * experiment.networks, cores())
    returned = carry_out_tasks(
        default | chrono, then, on_epoch, processes=processes, start=_start_worker, patience=_patience(experiment)
    )
    networks = tuple(
        Network(
            **returned["default", number],
            **returned["examined", number],
            **returned["chrono", number],
            lessons=returned["lessons", number],
            held=Held(*(returned[gate, number] for gate in HELD)),
        )
        for number in numbers
    )
    return Run(experiment, probe_sequences(experiment), networks, returned["exported", 1])


def _patience(experiment: Experiment) -> float:
    """Return for how many seconds no epoch need end: of the largest experiments, the first may take hours.

    A value of a unit takes 0.1 µs of an epoch at the default settings, on a busy core; a thousand times that is allowed.
    """
    return max(PATIENCE, 1e-4 * experiment.sequences * experiment.timesteps * experiment.units)


def _holds(trained: State) -> list[tuple[str, Floats]]:
    """Return the gates that are held while training, each at its mean in every unit of the network that was trained by default."""
    trace = trained.trace
    warm_up = trace.c.shape[1] // 2
    return [(gate, getattr(trace, gate)[:, warm_up:].mean(axis=(0, 1))) for gate in HELD]


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _start_worker() -> None:
    os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # Keras does without Matplotlib where there is none, and a worker draws nothing: it saves a fifth of the import.
    modules: dict[str, Any] = sys.modules
    modules.setdefault("matplotlib", None)  # what Python takes for "not to be found"
    gc.disable()  # what is imported stays, and looking for garbage in it takes a sixth of the time
    try:
        import tensorflow as tf  # noqa: PLC0415 - a worker alone imports it
    except ImportError as error:
        (reason,) = str(error).splitlines()[-1:] or [""]
        raise ReportgenError(
            f"TensorFlow could not be imported ({reason}); free memory, or install this program again"
        ) from error
    finally:
        if modules["matplotlib"] is None:
            del modules["matplotlib"]
        gc.freeze()
        gc.enable()
    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _default(experiment: Experiment, number: int) -> dict[str, Any]:
    """Train and record a network in a worker; the fields of a Network that come of it, those alone that other trainings wait for."""
    from reportgen.lstm import training  # noqa: PLC0415 - a worker alone imports TensorFlow

    start = training.initial_weights(experiment, number)
    weights, loss = training.train(experiment, number, start, _tell(number))
    return {"trained": training.record(weights, probe_sequences(experiment).x), "loss": loss}


def _examined(experiment: Experiment, number: int, trained: State) -> dict[str, Any]:
    """Return in a worker the fields of a Network that tell more of the one that was trained by default, and of its start."""
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    probes = probe_sequences(experiment)
    start = training.initial_weights(experiment, number)
    return {
        "untrained": training.record(start, probes.x),
        "lifted": training.lift_gates(trained.weights, probes.x, trained.trace),
        "gradient": training.gradient(start, probes),
        "resumed": resume_in_new_process(trained.weights, probes.x, experiment.warm_up),
    }


def _lessons(experiment: Experiment, number: int, trace: Trace) -> Lessons:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    return training.learn_gates(experiment, number, probe_sequences(experiment), trace)


def _chrono(experiment: Experiment, number: int) -> dict[str, Any]:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    weights, loss = training.train(experiment, number, training.chrono_weights(experiment, number), _tell(number))
    return {"chrono": training.record(weights, probe_sequences(experiment).x), "chrono_loss": loss}


def _held(experiment: Experiment, number: int, gate: str, values: Floats) -> Weights:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    start = training.initial_weights(experiment, number)
    return training.train(experiment, number, start, _tell(number), (gate, values))[0]


def _export(weights: Weights) -> bytes:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    return training.export(weights)


def _tell(number: int) -> Callable[[int, float], None]:
    return lambda epoch, loss: tell(Epoch(number, epoch, loss))
