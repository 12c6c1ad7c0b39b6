"""Tasks for other processes, each of which has a pipe of its own.

The standard library's pool shares one pipe among its processes and reads it in a thread: where a process is killed in the middle
of a message, that thread waits for the rest for ever, and the program with it. Here the end of a process is the end of its pipe.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Mapping
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from reportgen.errors import ReportgenError

Key = TypeVar("Key", bound=Hashable)
Task = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function at the top level of a module, and its arguments."""


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
) -> dict[Key, Any]:
    """Return what each task returned, and each of those that `then` gives once a task is done; first come, first served.

    Each process calls `start`, if there is one, before its first task; `on_told` is given what tasks `tell`. A ReportgenError and
    an OSError of a task are raised as they are, MemoryError where one lacked memory, TaskFailed for all else, ReportgenError where
    a process was killed. No process is left behind, whatever happens.
    """
    waiting = deque(tasks.items())
    returned: dict[Key, Any] = {}
    workers: dict[Connection, BaseProcess] = {}
    at_work: dict[Connection, Key] = {}
    try:
        with _ctrl_c_held_back():
            for _ in range(processes):
                _start(start, workers)
        while waiting or at_work:
            for pipe in workers:
                if waiting and pipe not in at_work:
                    at_work[pipe], task = waiting.popleft()
                    _send(pipe, task)
            ready = wait(list(at_work))
            for pipe in [pipe for pipe in at_work if pipe in ready]:
                kind, content = _receive(pipe)
                if kind == "told":
                    on_told(content)
                elif kind == "failed":
                    raise content
                else:
                    key = at_work.pop(pipe)
                    returned[key] = content
                    waiting.extend(then(key, content).items())
    finally:
        # Neither a failure nor Ctrl-C waits for work that nobody will use; no task leaves anything half-written.
        with _ctrl_c_held_back():
            for pipe, process in workers.items():
                process.kill()
                process.join()
                pipe.close()
    return returned


def _start(start: Callable[[], None] | None, workers: dict[Connection, BaseProcess]) -> None:
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_work, args=(theirs, start), daemon=True)
    with theirs:  # as long as this process held that end as well, the pipe would outlive the other process
        process.start()
    workers[ours] = process


def _send(pipe: Connection, task: Task) -> None:
    try:
        pipe.send(task)
    except OSError:
        raise _killed() from None


def _receive(pipe: Connection) -> tuple[str, Any]:
    try:
        kind, content = pipe.recv()
    except (EOFError, OSError):
        raise _killed() from None
    return kind, content


def _killed() -> ReportgenError:
    return ReportgenError(
        "a process of this program was killed, probably for want of memory; train fewer units or sequences"
    )


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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits sees Ctrl-C and ends the others
    with Path(os.devnull).open("wb") as nowhere:
        # TensorFlow writes to the terminal, and a process that lacks memory dies with pages; the one that waits says it in a line.
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
