"""The pool of processes: what tasks return and tell comes here, and no end of a process, at whatever moment, is waited for in vain."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from reportgen import pool
from reportgen.errors import ReportgenError, TrainingDiverged
from reportgen.lstm import experiment
from reportgen.lstm.settings import Experiment
from reportgen.pool import PATIENCE, Task, TaskFailed, carry_out_tasks, tell

LARGE = 50_000_000
"""Bytes of a message that takes some hundredth of a second to send, and a pipe's buffer many times over."""


def start() -> None:
    """Begin with nothing."""


def start_badly() -> None:
    raise ReportgenError("no worker can start")


def carry_out(
    tasks: dict[str, Task],
    then: Callable[[str, Any], dict[str, Task]] = lambda key, returned: {},
    on_told: Callable[[Any], None] = lambda message: None,
    processes: int = 2,
    start: Callable[[], None] = start,
    patience: float = PATIENCE,
) -> dict[str, Any]:
    threads = threading.active_count()
    try:
        return carry_out_tasks(tasks, then, on_told, processes=processes, start=start, patience=patience)
    finally:
        assert multiprocessing.active_children() == []
        assert threading.active_count() == threads


def tell_and_double(number: int) -> int:
    tell(number)
    return 2 * number


def fail(error: Exception) -> None:
    raise error


def fail_as_tensorflow_does(name: str) -> None:
    raise type(name, (Exception,), {})("could not create a primitive")


def tell_much() -> None:
    while True:
        tell(bytes(LARGE))


def kill_in_the_middle_of_a_message() -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGKILL)).start()
    tell_much()


def end_silently() -> None:
    os._exit(0)


def return_what_cannot_be_sent() -> Any:
    return lambda: None


def test_what_tasks_return_and_tell_and_what_follows_from_them() -> None:
    told: list[int] = []
    tasks: dict[str, Task] = {
        "one": (tell_and_double, (1,)),
        "two": (tell_and_double, (2,)),
        "three": (tell_and_double, (3,)),
    }
    follows: dict[str, dict[str, Task]] = {"two": {"four": (tell_and_double, (4,)), "five": (tell_and_double, (5,))}}
    assert carry_out(tasks, lambda key, returned: follows.get(key, {}), told.append) == {
        "one": 2,
        "two": 4,
        "three": 6,
        "four": 8,
        "five": 10,
    }
    assert sorted(told) == [1, 2, 3, 4, 5]


def test_one_process_takes_tasks_in_their_order() -> None:
    told: list[int] = []
    carry_out({str(n): (tell_and_double, (n,)) for n in range(9)}, on_told=told.append, processes=1)
    assert told == list(range(9))


def test_no_task_is_no_work() -> None:
    assert carry_out({}) == {}


@pytest.mark.parametrize(
    "error", [TrainingDiverged("loss of nan"), ReportgenError("what to do"), OSError(28, "No space left")]
)
def test_an_error_for_the_user_is_raised_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        carry_out({"it": (fail, (error,)), "other": (tell_much, ())})
    assert type(raised.value) is type(error)
    assert str(raised.value) == str(error)


@pytest.mark.parametrize("name", ["MemoryError", "ResourceExhaustedError", "AbortedError"])
def test_want_of_memory_is_called_that(name: str) -> None:
    with pytest.raises(MemoryError):
        carry_out({"it": (fail_as_tensorflow_does, (name,))})


def test_another_failure_keeps_its_name_text_and_traceback() -> None:
    with pytest.raises(TaskFailed, match="UnknownError") as raised:
        carry_out({"it": (fail_as_tensorflow_does, ("UnknownError",))})
    assert str(raised.value) == "UnknownError: could not create a primitive"
    assert "in fail_as_tensorflow_does" in raised.value.__notes__[0]


def test_what_cannot_be_sent_is_a_failure() -> None:
    with pytest.raises(TaskFailed, match="pickle"):
        carry_out({"it": (return_what_cannot_be_sent, ())})


def test_a_process_that_cannot_start_says_why() -> None:
    with pytest.raises(ReportgenError, match=r"^no worker can start$"):
        carry_out({"it": (tell_and_double, (1,))}, start=start_badly)


@pytest.mark.parametrize("end", [kill_in_the_middle_of_a_message, end_silently])
def test_a_process_that_ends_is_noticed_though_it_was_in_the_middle_of_a_message(end: Callable[[], None]) -> None:
    with pytest.raises(ReportgenError, match="a process of this program was killed, probably for want of memory"):
        carry_out({"it": (end, ()), "other": (time.sleep, (600,))})


def test_processes_in_the_middle_of_a_message_end_when_something_else_fails() -> None:
    def interrupt(message: bytes) -> None:
        assert len(message) == LARGE
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        carry_out({"one": (tell_much, ()), "two": (tell_much, ())}, on_told=interrupt)


def test_a_program_that_failed_so_ends() -> None:
    code = """
from tests.test_pool import *
if __name__ == "__main__":
    carry_out({"one": (tell_much, ()), "two": (kill_in_the_middle_of_a_message, ())})
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert "a process of this program was killed" in ended.stderr.splitlines()[-1]


def test_a_process_ends_with_the_one_that_waits_for_it() -> None:
    code = """
from tests.test_pool import *
if __name__ == "__main__":
    carry_out({"one": (tell_much, ()), "two": (time.sleep, (600,))}, on_told=lambda message: os.kill(os.getpid(), signal.SIGKILL))
"""
    # Whoever holds the writing end of the pipe keeps it open: it ends when the last process has.
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL


def stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def stop_in_the_middle_of_a_message() -> None:
    threading.Timer(0.5, stop).start()
    tell_much()


def tell_now_and_then(times: int, pause: float = 0.3) -> int:
    for number in range(times):
        time.sleep(pause)
        tell(number)
    return times


@pytest.fixture
def patience() -> float:
    """Seconds of silence in which two processes surely start, on a machine as slow and as busy as this one now is."""
    begun = time.monotonic()
    carry_out({"one": (tell_and_double, (1,)), "two": (tell_and_double, (2,))})
    return 1 + 4 * (time.monotonic() - begun)


def process_states() -> list[str]:
    """Return the states of this process's children that have not ended."""
    listed = subprocess.run(["ps", "-A", "-o", "ppid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    lines = (line.split(maxsplit=2) for line in listed.splitlines())
    return [line[1] for line in lines if int(line[0]) == os.getpid() and "spawn_main" in line[2]]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
@pytest.mark.parametrize("end", [stop, stop_in_the_middle_of_a_message])
def test_a_process_that_stops_without_ending_is_noticed_and_ended(
    end: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "LONGER", 2)
    with pytest.raises(ReportgenError, match=r"^no process of this program has said anything for \d+ seconds[^\n]*$"):
        carry_out({"it": (end, ()), "other": (tell_now_and_then, (2,))}, patience=2)
    assert process_states() == []


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_a_process_that_stops_before_it_takes_a_large_task_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "LONGER", 2)

    def stop_it(key: str, returned: Any) -> dict[str, Task]:
        for child in multiprocessing.active_children():
            os.kill(child.pid or 0, signal.SIGSTOP)
        return {"large": (len, (bytes(LARGE),))}

    with pytest.raises(ReportgenError, match="no process of this program has said anything"):
        carry_out({"it": (tell_and_double, (1,))}, stop_it, processes=1, patience=1)


def test_who_says_something_now_and_then_is_waited_for(patience: float) -> None:
    tasks: dict[str, Task] = {"it": (tell_now_and_then, (9, patience / 6)), "other": (time.sleep, (patience * 1.6,))}
    assert carry_out(tasks, patience=patience)["it"] == 9


def test_a_silence_is_judged_by_the_longest_before(patience: float) -> None:
    tasks: dict[str, Task] = {"one": (time.sleep, (patience / 4,)), "two": (time.sleep, (patience * 1.3,))}
    carry_out(tasks, processes=1, patience=patience)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process")
def test_time_in_which_the_whole_program_was_stopped_does_not_count(patience: float) -> None:
    code = f"""
from tests.test_pool import *
if __name__ == "__main__":
    carry_out({{"it": (tell_now_and_then, (12,))}}, on_told=lambda n: n or print("told", flush=True), patience={patience})
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGSTOP)
        time.sleep(2 * patience)
        os.killpg(process.pid, signal.SIGCONT)
    assert process.returncode == 0


def test_a_large_experiment_is_given_more_time_than_a_small_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    def watch(*_: object, patience: float, **__: object) -> NoReturn:
        given.append(patience)
        raise KeyboardInterrupt

    monkeypatch.setattr(experiment, "carry_out_tasks", watch)
    for settings in (Experiment(), Experiment(sequences=100_000, timesteps=1000, units=256)):
        with pytest.raises(KeyboardInterrupt):
            experiment.carry_out(settings, lambda epoch: None)
    assert given[0] == PATIENCE
    assert given[1] > 24 * 3600


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals to hold back")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("another_thread", [False, True])
def test_a_signal_while_processes_start_reaches_this_one_afterwards_and_them_never(
    number: signal.Signals, another_thread: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    child = "import os, signal; os.write(2, b'noise'); print(*signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    seen = []

    def begin() -> None:
        with pool._undisturbed(), pool._unheard_of():
            os.kill(os.getpid(), number)  # another thread, as that which draws the progress, would take it at once
            time.sleep(0.05)
            seen.append(
                subprocess.run([sys.executable, "-c", child], stdout=subprocess.PIPE, text=True, check=True).stdout
            )

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    idle = threading.Event()
    if another_thread:
        threading.Thread(target=idle.wait).start()
    before = signal.signal(number, interrupt)  # a shell ignores Ctrl-C in what it starts in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            begin()
        assert signal.getsignal(number) is interrupt
    finally:
        signal.signal(number, before)
        idle.set()
    assert seen == ["2 15\n"]
    assert not {signal.SIGINT, signal.SIGTERM} & set(signal.pthread_sigmask(signal.SIG_BLOCK, []))
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"
