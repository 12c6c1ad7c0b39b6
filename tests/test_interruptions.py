"""Ctrl-C and SIGTERM at any moment of a build's start: one line, the right status, no process left."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SETTINGS = "[experiment]\nnetworks = 1\nunits = 2\nepochs = 2\nsequences = 64\ntimesteps = 60\n"

WAYS = {
    "SIGTERM": (signal.SIGTERM, False, 143),
    "SIGTERM to all, as `timeout` and systemd send it": (signal.SIGTERM, True, 143),
    "Ctrl-C to one": (signal.SIGINT, False, 130),
    "Ctrl-C to all, as a terminal sends it": (signal.SIGINT, True, 130),
}
"""By name: the signal, whether every process of the build gets it, the status with which the build ends."""

HEAR = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
"""A shell has what it starts in the background ignore Ctrl-C, and so would a build that a test in the background starts."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no signals to send on Windows")


def interrupted(folder: Path, number: signal.Signals, *, to_all: bool, after: str, delay: float) -> tuple[int, str]:
    """Return the status of a build that was sent a signal so long after it said a line, and what it said after that line."""
    code = f"{HEAR}from reportgen.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", code, "--fresh"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(after)
        time.sleep(delay)
        (os.killpg if to_all else os.kill)(process.pid, number)
        said = process.stderr.read()  # until the last process that could write there has ended
    patience = time.monotonic() + 60
    while _alive(process.pid):
        assert time.monotonic() < patience, "a process survived its build"
        time.sleep(0.01)
    return process.returncode, said


def _alive(group: int) -> bool:
    """Return whether a process of a group lives; one that nobody has asked for its status does not."""
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return any(int(of) == group and not state.startswith("Z") for of, state in map(str.split, listed.splitlines()))


def count_noisy(folder: Path, way: str, tries: int) -> dict[str, int]:
    """Return how often a build that was interrupted while its processes start said anything but the one line."""
    number, to_all, status = WAYS[way]
    folder.joinpath("reportgen.toml").write_text(SETTINGS, encoding="utf-8")
    word = "interrupted" if number == signal.SIGINT else "terminated"
    line = f"reportgen: {word}; every file is whole, as this build or an earlier one wrote it\n"
    noisy: dict[str, int] = {}
    rng = random.Random(way)
    for _ in range(tries):
        came = interrupted(folder, number, to_all=to_all, after="training", delay=rng.random() / 10)
        if came != (status, line):
            noisy[repr(came)] = noisy.get(repr(came), 0) + 1
    return noisy


@pytest.mark.parametrize("way", WAYS)
def test_a_build_that_is_interrupted_while_its_processes_start_says_one_line(tmp_path: Path, way: str) -> None:
    assert count_noisy(tmp_path, way, 8) == {}


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_so_it_does_a_hundred_times(tmp_path: Path, way: str) -> None:
    assert count_noisy(tmp_path, way, 100) == {}
