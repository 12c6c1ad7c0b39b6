"""Peers in environments of their own, asked in turn; data that all of them train on; time and memory of whole commands."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from reportgen.evidence import Floats
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import training_sequences

HERE = Path(__file__).parent
CHECKOUT = HERE.parent
PEERS = CHECKOUT / ".venv-bench" / ("Scripts" if os.name == "nt" else "bin")
OWN = Path(sys.executable)
PEER = PEERS / f"python{OWN.suffix}"


@dataclass(frozen=True)
class Effort:
    """How much a run measures: `rounds` of each short thing and `long_rounds` of each long one; `quick`: sizes for a smoke run."""

    rounds: int = 5
    long_rounds: int = 3
    quick: bool = False


FULL, CHECK, QUICK = Effort(), Effort(3, 2), Effort(1, 1, quick=True)

Ask = Callable[..., Any]


class Missing(Exception):  # noqa: N818 - says what a peer is
    """A peer that cannot be started, or that stopped; its text says why."""


@contextlib.contextmanager
def worker(python: Path, script: str, *arguments: str) -> Iterator[Ask]:
    """Start a script of `workers/` and give a function that asks it: what to do by name, and with what; it returns what the worker says.

    The function raises Missing where the worker cannot answer.
    """
    with tempfile.TemporaryFile() as errors:
        command = [str(python), "-m", f"benchmarks.workers.{script}", *arguments]
        environment = _environment()
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            )
        except OSError as error:
            raise Missing(f"{python.name} of {PEERS.parents[0].name} does not start: {error.strerror}") from None

        def ask(do: str, **request: Any) -> Any:
            assert process.stdin
            assert process.stdout
            with contextlib.suppress(BrokenPipeError):
                print(json.dumps({"do": do, **request}), file=process.stdin, flush=True)
            if answer := process.stdout.readline():
                return json.loads(answer)
            process.wait()
            errors.seek(0)
            lines = errors.read().decode(errors="replace").strip().splitlines()
            raise Missing(lines[-1] if lines else f"{script} ended with {process.returncode}")

        try:
            yield ask
        finally:
            process.kill()
            process.communicate()


@contextlib.contextmanager
def started(scripts: Mapping[str, tuple[Path, Sequence[str]]]) -> Iterator[tuple[dict[str, Ask], dict[str, str]]]:
    """Start workers by name; give those that are ready, by name, and why the others are not."""
    ready: dict[str, Ask] = {}
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        for name, (python, script) in scripts.items():
            try:
                ask = stack.enter_context(worker(python, *script))
                ask("ready")
                ready[name] = ask
            except Missing as why:
                missing[name] = f"missing: {why}"
        yield ready, missing


def in_turn(rounds: int, things: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Return what each thing gives in each round: A B A B, so that a machine that slows down does so for all of them."""
    given: dict[str, list[float]] = {name: [] for name in things}
    for _ in range(rounds):
        for name, thing in things.items():
            given[name].append(thing())
    return given


def write_data(folder: Path, experiment: Experiment) -> Path:
    """Write what all peers train on, for each network of an experiment: waves, and start weights in Keras's layout."""
    path = folder / "data.npz"
    arrays: dict[str, Floats] = {}
    U = experiment.units
    for number in range(1, experiment.networks + 1):
        waves, rng = training_sequences(experiment, number), np.random.default_rng([experiment.seed, number, 2])
        arrays |= {
            f"x{number}": waves.x[..., None],
            f"target{number}": waves.target[..., None],
            f"kernel{number}": rng.normal(0, 0.3, (1, 4 * U)),
            f"recurrent_kernel{number}": rng.normal(0, U**-0.5 / 2, (U, 4 * U)),
            f"bias{number}": np.repeat([0.0, 1.0, 0.0, 0.0], U),
            f"readout_kernel{number}": rng.normal(0, U**-0.5, (U, 1)),
            f"readout_bias{number}": np.zeros(1),
        }
    about = json.dumps(asdict(experiment))
    np.savez(
        path, allow_pickle=False, about=about, **{name: array.astype(np.float32) for name, array in arrays.items()}
    )
    return path


def seconds(command: Sequence[str | Path], folder: Path) -> float:
    """Return how long a command takes. Raises Missing where it fails or is not there."""
    began = time.perf_counter()
    _run(command, folder)
    return time.perf_counter() - began


def seconds_and_peak(command: Sequence[str | Path], folder: Path) -> tuple[float, float]:
    """Return how long a command takes, and the most memory in MB that it and its children hold at the same time.

    Shared pages are counted once (proportional set size), looked at every 50 ms; where there is no /proc, the memory is NaN.
    """
    peak, over = [float("nan")], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            peak[0] = np.nanmax([peak[0], sum(map(_pss, _family(os.getpid())))])

    watcher = threading.Thread(target=watch) if Path("/proc/self/smaps_rollup").exists() else None
    if watcher:
        watcher.start()
    try:
        taken = seconds(command, folder)
    finally:
        over.set()
        if watcher:
            watcher.join()
    return taken, float(peak[0])


def _environment() -> dict[str, str]:
    """Return what processes see: this checkout, and bytecode that is kept, as it is for a user, or they would compile at every start."""
    unwanted = "PYTHONDONTWRITEBYTECODE"
    return {name: value for name, value in os.environ.items() if name != unwanted} | {"PYTHONPATH": str(CHECKOUT)}


def _run(command: Sequence[str | Path], folder: Path) -> None:
    environment = {
        **_environment(),
        "PATH": f"{PEERS}{os.pathsep}{os.environ['PATH']}",
        "JUPYTER_CONFIG_DIR": str(folder),  # and not what a user has set up
    }
    # A group of its own: a notebook server left behind by a peer ends with it.
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise Missing(f"{Path(command[0]).name}: {error.strerror}") from None
    try:
        said, _ = process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError, AttributeError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        lines = said.strip().splitlines()
        raise Missing(f"{Path(command[0]).name} ended with {process.returncode}: {lines[-1] if lines else ''}")


def _family(process: int) -> list[int]:
    """Return the descendants of a process."""
    children: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += map(int, task.read_text().split())
    return [*children, *(each for child in children for each in _family(child))]


def _pss(process: int) -> float:
    try:
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1e3
    except OSError:  # it has ended
        pass
    return 0.0
