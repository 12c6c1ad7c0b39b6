"""The networks of an experiment, trained side by side: one process to a core, TensorFlow's surroundings pinned.

The products of so small a layer are too small to share, so each network has one thread; one thread adds in one order, and the
same seed gives the same weights to the bit. This process imports no TensorFlow.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.connection import wait as wait_for_end
from pathlib import Path
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.experiment.interventions import resume_in_new_process
from reportgen.experiment.run import Held, Network, Run, State, Weights
from reportgen.experiment.signals import Floats, probe_sequences
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
    spawn = multiprocessing.get_context("spawn")
    progress: Any = spawn.Queue()
    numbers = range(1, experiment.networks + 1)
    pool = ProcessPoolExecutor(min(2 * experiment.networks, _cores()), spawn, _start_worker, (progress,))
    try:
        with _ctrl_c_held_back():
            default = {number: pool.submit(_default, experiment, number) for number in numbers}
            chrono = {number: pool.submit(_chrono, experiment, number) for number in numbers}
        held: dict[int, list[Future[Weights]]] = {}
        examined: dict[int, Future[dict[str, Any]]] = {}
        pending: set[Future[Any]] = {*default.values(), *chrono.values()}
        while pending:
            done, pending = wait(pending, timeout=0.05, return_when=FIRST_COMPLETED)
            _pass_on(progress, on_epoch)
            for future in done:
                future.result()
            for number in numbers:
                if default[number] in done:
                    trained = default[number].result()["trained"]
                    held[number] = [pool.submit(_held, experiment, number, *hold) for hold in _holds(trained)]
                    examined[number] = pool.submit(_examined, experiment, number, trained)
                    pending |= {*held[number], examined[number]}
        _pass_on(progress, on_epoch)
        exported = pool.submit(_export, default[1].result()["trained"].weights).result()
        networks = tuple(
            Network(
                **default[number].result(),
                **examined[number].result(),
                **chrono[number].result(),
                held=Held(*(future.result() for future in held[number])),
            )
            for number in numbers
        )
    except BrokenProcessPool:
        raise ReportgenError(
            "a training process was killed, probably for want of memory; train fewer units or sequences"
        ) from None
    except BaseException:
        # Neither a failure nor Ctrl-C waits for epochs that nobody will use.
        with _ctrl_c_held_back():
            for process in multiprocessing.active_children():
                process.kill()
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return Run(experiment, probe_sequences(experiment), networks, exported)


@contextlib.contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Have Ctrl-C wait; processes that start meanwhile, which a terminal sends it as well, never hear of it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield  # Windows
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def _pass_on(progress: Any, on_epoch: Callable[[Epoch], None]) -> None:
    while not progress.empty():
        on_epoch(progress.get())


def _holds(trained: State) -> list[tuple[str, Floats]]:
    """Return the gates that are held while training, each at its mean in every unit of the network that was trained by default."""
    trace = trained.trace
    warm_up = trace.c.shape[1] // 2
    return [(gate, getattr(trace, gate)[:, warm_up:].mean(axis=(0, 1))) for gate in HELD]


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_progress: Any = None


def _start_worker(progress: Any) -> None:
    global _progress  # noqa: PLW0603 - how a pool hands its workers something that cannot be pickled later
    _progress = progress
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent sees Ctrl-C and ends its workers
    with Path(os.devnull).open("wb") as nowhere:
        # TensorFlow writes to the terminal, and a worker that lacks memory dies with pages; the parent says it in a line.
        os.dup2(nowhere.fileno(), 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ |= {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    # Keras does without Matplotlib where there is none, and a worker draws nothing: it saves a fifth of the import.
    modules: dict[str, Any] = sys.modules
    modules.setdefault("matplotlib", None)  # what Python takes for "not to be found"
    try:
        import tensorflow as tf  # noqa: PLC0415 - a worker alone imports it
    finally:
        if modules["matplotlib"] is None:
            del modules["matplotlib"]
    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for_end([parent.sentinel])
        os._exit(1)


def _default(experiment: Experiment, number: int) -> dict[str, Any]:
    """Train and record a network in a worker; the fields of a Network that come of it, those alone that other trainings wait for."""
    from reportgen.experiment import training  # noqa: PLC0415 - a worker alone imports TensorFlow

    start = training.initial_weights(experiment, number)
    weights, loss = training.train(experiment, number, start, _tell(number))
    return {"trained": training.record(weights, probe_sequences(experiment).x), "loss": loss}


def _examined(experiment: Experiment, number: int, trained: State) -> dict[str, Any]:
    """Return in a worker the fields of a Network that tell more of the one that was trained by default, and of its start."""
    from reportgen.experiment import training  # noqa: PLC0415 - as above

    probes = probe_sequences(experiment)
    start = training.initial_weights(experiment, number)
    return {
        "untrained": training.record(start, probes.x),
        "lifted": training.lift_gates(trained.weights, probes.x, trained.trace),
        "gradient": training.gradient(start, probes),
        "resumed": resume_in_new_process(trained.weights, probes.x, experiment.warm_up),
        "lessons": training.learn_gates(experiment, number, probes, trained.trace),
    }


def _chrono(experiment: Experiment, number: int) -> dict[str, Any]:
    from reportgen.experiment import training  # noqa: PLC0415 - as above

    weights, loss = training.train(experiment, number, training.chrono_weights(experiment, number), _tell(number))
    return {"chrono": training.record(weights, probe_sequences(experiment).x), "chrono_loss": loss}


def _held(experiment: Experiment, number: int, gate: str, values: Floats) -> Weights:
    from reportgen.experiment import training  # noqa: PLC0415 - as above

    start = training.initial_weights(experiment, number)
    return training.train(experiment, number, start, _tell(number), (gate, values))[0]


def _export(weights: Weights) -> bytes:
    from reportgen.experiment import training  # noqa: PLC0415 - as above

    return training.export(weights)


def _tell(number: int) -> Callable[[int, float], None]:
    return lambda epoch, loss: _progress.put(Epoch(number, epoch, loss))
