"""Tasks for other processes, each of which has a pipe of its own.

The standard library's pool shares one pipe among its processes: where a process is killed in the middle of a message, whoever reads
waits for the rest for ever, and the program with it. Here the end of a process is the end of its pipe. A thread attends to each
process, so that one which stops in the middle of a message holds up nobody but its thread, and that only until it is killed.
"""

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Generic, TypeVar

from reportgen.errors import ReportgenError

Key = TypeVar("Key", bound=Hashable)
Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function at the top level of a module, and its arguments."""

PATIENCE = 600.0
"""Seconds of silence of all processes that are always waited for: at the default settings and on a busy core, the longest is 15."""

LONGER = 60
"""So many times the longest silence so far is waited for where that is more: what tells nothing takes up to 20 epochs (lessons)."""


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class TaskFailed(Exception):  # noqa: N818 - names the event
    """A task failed in a way that nobody foresaw: by what type of exception, with which text, and as a note its traceback."""


def carry_out_tasks(
    tasks: Mapping[Key, Task],
    then: Callable[[Key, Any], Mapping[Key, Task]],
    on_told: Callable[[Any], None],
    *,
    processes: int,
    start: Callable[[], None] | None = None,
    patience: float = PATIENCE,
) -> dict[Key, Any]:
    """Return what each task returned, and each of those that `then` gives once a task is done; first come, first served.

    Each process calls `start`, if there is one, before its first task; `on_told` is given what tasks `tell`. A ReportgenError and
    an OSError of a task are raised as they are, MemoryError where one lacked memory, TaskFailed for all else, ReportgenError where
    a process was killed, or where none was heard of for `patience` seconds and `LONGER` times the longest silence before. No
    process and no thread is left behind, whatever happens.
    """
    office: _Office[Key] = _Office(queue.SimpleQueue(), queue.SimpleQueue())
    returned: dict[Key, Any] = {}
    workers: list[_Worker] = []
    try:
        with _undisturbed(), _unheard_of():
            for _ in range(processes):
                workers.append(_start(start, office))
        for item in tasks.items():
            office.tasks.put(item)
        unfinished, longest = len(tasks), 0.0
        while unfinished:
            (key, kind, content), silence = _hear(office, patience, max(patience, LONGER * longest))
            longest = max(longest, silence)
            if kind == "told":
                on_told(content)
            elif kind == "failed":
                raise content
            else:
                returned[key] = content
                more = then(key, content)
                for item in more.items():
                    office.tasks.put(item)
                unfinished += len(more) - 1
    finally:
        # Neither a failure nor Ctrl-C waits for work that nobody will use; no task leaves anything half-written.
        with _undisturbed():
            _dismiss([(office, worker) for worker in workers])
    return returned


def carry_out_each(
    tasks: Iterable[tuple[Key, Task]],
    *,
    processes: int,
    start: Callable[[], None] | None = None,
    patience: float,
) -> Generator[tuple[Key, Any], None, None]:
    """Yield what each task returned, as they are done; what fails, or its process, costs that task alone, and yields the exception.

    Tasks are taken from where they come when a process has nothing to do, so that there may be any number of them. One that takes
    longer than `patience` seconds is ended, and yields TimeoutError; one whose process was killed, a ReportgenError. A process that
    begins has `PATIENCE` seconds until it tells something, which `start` should do at its end. No process and no thread is left
    behind, whatever happens.
    """
    heard: queue.SimpleQueue[tuple[Key, str, Any]] = queue.SimpleQueue()
    waiting = iter(tasks)
    idle: list[tuple[_Office[Key], _Worker]] = []
    busy: dict[Key, tuple[_Office[Key], _Worker, float]] = {}
    late: set[Key] = set()
    short = min(1.0, patience / 10)
    try:
        item = next(waiting, None)
        while item is not None or busy:
            while item is not None and len(busy) < processes:
                begins = not idle
                if begins:
                    office: _Office[Key] = _Office(queue.SimpleQueue(), heard)
                    with _undisturbed(), _unheard_of():
                        idle.append((office, _start(start, office)))
                office, worker = idle.pop()
                busy[item[0]] = (office, worker, PATIENCE if begins else patience)
                office.tasks.put(item)
                item = next(waiting, None)
            try:
                key, kind, content = heard.get(timeout=short)
            except queue.Empty:
                for key, (office, worker, left) in busy.items():
                    busy[key] = (office, worker, left - short)
                    if left < short and key not in late:
                        late.add(key)
                        worker.process.kill()
                continue
            if kind == "told":
                busy[key] = (*busy[key][:2], patience)
                continue
            office, worker, _ = busy.pop(key)
            if kind == "returned":
                idle.append((office, worker))
            else:
                _dismiss([(office, worker)])
                content = TimeoutError() if key in late else content
            yield key, content
    finally:
        with _undisturbed():
            _dismiss([*idle, *((office, worker) for office, worker, _ in busy.values())])


def _dismiss(workers: "Sequence[tuple[_Office[Key], _Worker]]") -> None:
    """End processes and what attends to them in this one."""
    for office, worker in workers:
        worker.process.kill()
        office.tasks.put(None)
    for _, worker in workers:
        worker.process.join()
        worker.attendant.join()  # its pipe has ended: what it sent or received is over


# Between the processes


@dataclass(frozen=True)
class _Office(Generic[Key]):
    """Where the tasks lie that nobody has begun (None: go home), and what was heard: of which task, what kind, and the content."""

    tasks: "queue.SimpleQueue[tuple[Key, Task] | None]"
    heard: "queue.SimpleQueue[tuple[Key, str, Any]]"


@dataclass(frozen=True)
class _Worker:
    """A process, and the thread of this one that attends to it."""

    process: BaseProcess
    attendant: threading.Thread


def _start(start: Callable[[], None] | None, office: _Office[Key]) -> _Worker:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(theirs, start), daemon=True)
    attendant = threading.Thread(target=_attend, args=(ours, office), daemon=True)
    with theirs:  # as long as this process held that end as well, the pipe would outlive the other process
        process.start()
    try:
        attendant.start()
    except RuntimeError:  # "can't start new thread"
        process.kill()
        process.join()
        raise MemoryError from None
    return _Worker(process, attendant)


def _attend(pipe: Connection, office: _Office[Key]) -> None:
    """Give a process one task after the other, and pass on what it says."""
    with pipe:
        while item := office.tasks.get():
            key, task = item
            kind = ""
            while kind not in ("returned", "failed"):
                try:
                    if not kind:
                        pipe.send(task)
                    kind, content = pipe.recv()
                except (EOFError, OSError):
                    kind, content = "failed", _killed()
                except Exception as error:  # what cannot be sent, or not be read; no memory for it
                    kind, content = "failed", error
                office.heard.put((key, kind, content))
            if kind == "failed":
                return


def _hear(office: _Office[Key], patience: float, bound: float) -> tuple[tuple[Key, str, Any], float]:
    """Return what is heard next, and after how long; raise ReportgenError where that is longer than the bound.

    Time is counted in short waits and not read from the clock: while the whole program is stopped, by Ctrl-Z, none passes.
    """
    silence, short = 0.0, min(1.0, patience / 100)
    while silence < bound:
        try:
            return office.heard.get(timeout=short), silence
        except queue.Empty:
            silence += short
    raise ReportgenError(
        f"no process of this program has said anything for {bound:.0f} seconds, and they were ended; "
        "run it again, or train fewer units or sequences"
    )


def _killed() -> ReportgenError:
    return ReportgenError(
        "a process of this program was killed, probably for want of memory; train fewer units or sequences"
    )


_STOPS: tuple[int, ...] = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Have Ctrl-C and SIGTERM wait until the end of the block."""
    if threading.current_thread() is not threading.main_thread():  # which alone is interrupted
        yield
        return
    held: list[int] = []
    handlers = {number: signal.getsignal(number) for number in _STOPS}
    try:
        for number in _STOPS:
            signal.signal(number, lambda number, _: held.append(number))
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # one that Python did not set
                signal.signal(number, handler)
    for number in held:
        signal.raise_signal(number)


@contextlib.contextmanager
def _unheard_of() -> Iterator[None]:
    """Have processes that start meanwhile write nothing to the terminal, nor hear of the signals before they can mind them.

    The first that such a process does is Python's own work: to import, and to read from this process what it is to do. Where that
    fails, since this process is killed, memory is short or Ctrl-C comes, which a terminal sends to all, it would print a traceback.
    """
    with _stderr_nowhere():
        if sys.platform == "win32":
            yield
            return
        from multiprocessing import resource_tracker  # noqa: PLC0415 - Windows has none

        resource_tracker.ensure_running()  # else the first process to start would start it, which lifts the mask
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def _stderr_nowhere() -> Iterator[None]:
    try:
        kept = os.dup(2)
    except OSError:  # there is none
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


# In the other process

_pipe: Connection | None = None

# Two are TensorFlow's: the last is all that it says where oneDNN "could not create a primitive".
_OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "AbortedError")


def tell(message: Any) -> None:
    """Send a message from a task to the process that waits for it; nothing where there is none."""
    if _pipe is not None:
        _pipe.send(("told", message))


def _work(pipe: Connection, start: Callable[[], None] | None) -> None:
    global _pipe  # noqa: PLW0603 - what a task tells goes through the pipe of its process
    _pipe = pipe
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits hears Ctrl-C and ends the others
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)
    with Path(os.devnull).open(
        "wb"
    ) as nowhere:  # once more: on Windows, a process need not begin with the stderr of this one
        os.dup2(nowhere.fileno(), 2)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(ConnectionError):  # nobody is left to be told
        try:
            if start:
                start()
            while True:
                function, arguments = pipe.recv()
                pipe.send(("returned", function(*arguments)))
        except Exception as error:
            pipe.send(("failed", _portable(error)))


def _portable(error: Exception) -> Exception:
    """Return an exception that can be read where TensorFlow is not imported."""
    if isinstance(error, ReportgenError | OSError):
        return error
    if type(error).__name__ in _OUT_OF_MEMORY:
        return MemoryError()
    failed = TaskFailed(f"{type(error).__name__}: {error}")
    failed.add_note("".join(traceback.format_exception(error)))
    return failed


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
