"""The networks of an experiment, trained side by side: one process to a core, TensorFlow's surroundings pinned.

The products of so small a layer are too small to share, so each network has one thread; one thread adds in one order, and the
same seed gives the same weights to the bit. This process imports no TensorFlow.
"""

import gc
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.evidence import Floats
from reportgen.lstm.interventions import resume_in_new_process
from reportgen.lstm.run import GATES, Lessons, Network, PlainWeights, Recall, Run, State, TrainedHeld, Weights
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import longest_recall, probe_sequences
from reportgen.pool import PATIENCE, Task, carry_out_tasks, cores
from reportgen.pool import tell as tell_pool
from reportgen.study import Stage, Step, Tell

TRAININGS = 7 + len(GATES)
"""How often a network is trained, on the same waves: as usual, from chrono-initialised biases, from another start, without a channel,
and with each of the four held; and on the recall of an amplitude, from both starts and without a
channel."""


@dataclass(frozen=True)
class _Epoch:
    """One epoch of one training is over; network and epoch are counted from 1."""

    network: int
    epoch: int
    loss: float


def carry_out(experiment: Experiment, tell: Tell) -> Run:
    """Return the run of an experiment: every network in all of its trainings, recorded.

    Raises TrainingDiverged where a loss leaves the finite numbers or grows beyond any use.
    """
    networks, epochs = experiment.networks, experiment.epochs
    note = (
        f"{networks} {'network' if networks == 1 else 'networks'}, each {TRAININGS} times (as usual, from other starts, as a plain "
        f"network, with each gate held, to recall), {epochs} {'epoch' if epochs == 1 else 'epochs'}; TensorFlow is starting"
    )
    tell(Stage("training", TRAININGS * networks * epochs, note))
    over = 0

    def on_epoch(event: _Epoch) -> None:
        nonlocal over
        over += event.epoch == epochs
        tell(
            Step(
                f"network {event.network}/{networks} epoch {event.epoch}/{epochs} loss {event.loss:.4f}",
                f"  {over} of {TRAININGS * networks}: network {event.network}, loss {event.loss:.4f}"
                if event.epoch == epochs
                else "",
            )
        )

    numbers = range(1, experiment.networks + 1)

    def then(key: tuple[str, int], returned: Any) -> dict[tuple[str, int], Task]:
        kind, number = key
        if kind != "default":
            return {}
        trained = returned["trained"]
        # The longest first, so that no process waits long for the others in the end.
        tasks: dict[tuple[str, int], Task] = {("lessons", number): (_lessons, (experiment, number, trained.weights))}
        for gate in GATES:
            tasks[gate, number] = _held, (experiment, number, gate, getattr(returned["means"], gate))
        tasks["examined", number] = _examined, (experiment, number, trained)
        if number == 1:
            tasks["exported", number] = _export, (trained.weights,)
        return tasks

    tasks: dict[tuple[str, int], Task] = {
        (kind, number): (job, (experiment, number))
        for kind, job in (
            ("default", _default),
            ("plain", _plain),
            ("recall", _recall),
            ("chrono", _chrono),
            ("reseeded", _reseeded),
        )
        for number in numbers
    }
    processes = min(2 * experiment.networks, cores())
    returned = carry_out_tasks(
        tasks, then, on_epoch, processes=processes, start=start_worker, patience=_patience(experiment)
    )
    recorded = tuple(_network({kind: returned[kind, number] for kind in _KINDS}) for number in numbers)
    return Run(experiment, probe_sequences(experiment), recorded, returned["exported", 1])


_KINDS = ("default", "examined", "chrono", "lessons", "plain", "recall", "reseeded", *GATES)


def _network(returned: Mapping[str, Any]) -> Network:
    """Return a network of what the tasks of each kind returned."""
    return Network(
        **returned["default"],
        **returned["examined"],
        **returned["chrono"],
        lessons=returned["lessons"],
        held=TrainedHeld(**{gate: returned[gate] for gate in GATES}),
        plain=returned["plain"],
        recall=returned["recall"],
        reseeded=returned["reseeded"],
    )


def carry_out_network(experiment: Experiment, number: int) -> Network:
    """Return one network of an experiment, counted from 1, in all of its trainings, in this process; after `start_worker`.

    It is the same to the bit as in `carry_out`, of however many networks. Raises TrainingDiverged.
    """
    made: dict[str, Any] = {"default": _default(experiment, number)}
    trained, means = made["default"]["trained"], made["default"]["means"]
    for kind, job in (("chrono", _chrono), ("plain", _plain), ("recall", _recall), ("reseeded", _reseeded)):
        made[kind] = job(experiment, number)
    for gate in GATES:
        made[gate] = _held(experiment, number, gate, getattr(means, gate))
    made["lessons"] = _lessons(experiment, number, trained.weights)
    made["examined"] = _examined(experiment, number, trained)
    return _network(made)


def _patience(experiment: Experiment) -> float:
    """Return for how many seconds no epoch need end: of the largest experiments, the first may take hours.

    A value of a unit takes 0.1 µs of an epoch at the default settings, on a busy core; a thousand times that is allowed.
    """
    return max(PATIENCE, 1e-4 * experiment.sequences * experiment.timesteps * experiment.units)


def start_worker() -> None:
    """Import TensorFlow, quietly and on one thread: a process trains one network at a time, and its bits hang on that."""
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
    trained = training.record(weights, probe_sequences(experiment).x, experiment.warm_up)
    return {"trained": trained, "means": training.gate_means(experiment, number, weights), "loss": loss}


def _examined(experiment: Experiment, number: int, trained: State) -> dict[str, Any]:
    """Return in a worker the fields of a Network that tell more of the one that was trained by default, and of its start."""
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    probes = probe_sequences(experiment)
    start = training.initial_weights(experiment, number)
    return {
        "untrained": training.record(start, probes.x, experiment.warm_up),
        "lifted": training.lift_gates(trained.weights, probes.x, trained.trace),
        "gradient": training.gradient(start, probes),
        "resumed": resume_in_new_process(trained.weights, probes.x, experiment.warm_up),
    }


def _lessons(experiment: Experiment, number: int, trained: Weights) -> Lessons:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    start = training.initial_weights(experiment, number)
    return training.learn_away(experiment, number, probe_sequences(experiment), start, trained)


def _plain(experiment: Experiment, number: int) -> PlainWeights:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    return training.train_plain(experiment, number, _tell(number))


def _reseeded(experiment: Experiment, number: int) -> Weights:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    start = training.reseeded_weights(experiment, number)
    return training.train(experiment, number, start, _tell(number))[0]


def _recall(experiment: Experiment, number: int) -> Recall:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    start, chrono = (
        training.initial_weights(experiment, number),
        training.chrono_weights(experiment, number, longest_recall(experiment)),
    )
    return Recall(
        training.train_to_recall(experiment, number, start, _tell(number)),
        training.train_to_recall(experiment, number, chrono, _tell(number)),
        training.train_plain_to_recall(experiment, number, _tell(number)),
    )


def _chrono(experiment: Experiment, number: int) -> dict[str, Any]:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    start = training.chrono_weights(experiment, number, experiment.period_max)
    weights, loss = training.train(experiment, number, start, _tell(number))
    return {"chrono": training.record(weights, probe_sequences(experiment).x, experiment.warm_up), "chrono_loss": loss}


def _held(experiment: Experiment, number: int, gate: str, values: Floats) -> Weights:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    start = training.initial_weights(experiment, number)
    return training.train(experiment, number, start, _tell(number), (gate, values))[0]


def _export(weights: Weights) -> bytes:
    from reportgen.lstm import training  # noqa: PLC0415 - as above

    return training.export(weights)


def _tell(number: int) -> Callable[[int, float], None]:
    return lambda epoch, loss: tell_pool(_Epoch(number, epoch, loss))
