"""What a rerun will cost is told before it begins."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from reportgen.lstm.cost import cost
from reportgen.lstm.settings import Experiment

SMALL = Experiment(networks=1, epochs=10, sequences=512)


@pytest.mark.parametrize(
    "more",
    [
        {"networks": 50},
        {"epochs": 1000},
        {"sequences": 100_000},
        {"timesteps": 1000},
        {"units": 256},
        {"sequences": 4096, "batch_size": 1},
    ],
)
def test_each_setting_that_takes_time_counts(more: dict[str, int]) -> None:
    assert cost(replace(SMALL, **more)).seconds > 1.5 * cost(SMALL).seconds


@pytest.mark.parametrize("more", [{"networks": 50, "units": 64}, {"timesteps": 1000}, {"units": 256}])
def test_each_setting_that_takes_memory_counts(more: dict[str, int]) -> None:
    assert cost(replace(SMALL, **more)).bytes > 1.2 * cost(SMALL).bytes


def test_the_largest_that_settings_allow_is_known_to_take_years() -> None:
    largest = Experiment(networks=50, units=256, epochs=1000, sequences=100_000, timesteps=1000, batch_size=32)
    assert cost(largest).seconds > 365 * 86_400
    assert cost(Experiment(networks=1)).seconds < 3_600


CHILD = """
import sys, time
from reportgen.lstm import STUDY
from reportgen.lstm.settings import Experiment
if __name__ == "__main__":
    begin = time.monotonic()
    settings = dict(zip(("networks", "units", "timesteps", "epochs"), map(int, sys.argv[1:])))
    STUDY.measure(STUDY.carry_out(Experiment(**settings), lambda event: None))
    print(time.monotonic() - begin)
"""


def _memory(process: int) -> int:
    """Return the bytes of a process and of all that it started, what they share counted once."""
    try:
        own = sum(
            int(line.split()[1]) * 1024
            for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
            if line.startswith("Pss:")
        )
        tasks = Path(f"/proc/{process}/task").iterdir()
        children = [int(each) for task in tasks for each in (task / "children").read_text(encoding="ascii").split()]
    except OSError:  # it has ended
        return 0
    return own + sum(map(_memory, children))


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="memory is read as Linux tells it")
@pytest.mark.parametrize(
    ("networks", "units", "timesteps", "epochs"), [(2, 16, 100, 15), (1, 128, 100, 1), (2, 16, 400, 2)]
)
def test_what_is_told_is_within_a_factor_of_two(
    tmp_path: Path, networks: int, units: int, timesteps: int, epochs: int
) -> None:
    told = cost(Experiment(networks=networks, units=units, timesteps=timesteps, epochs=epochs))
    child = tmp_path / "child.py"
    child.write_text(CHILD, encoding="utf-8")
    settings = map(str, (networks, units, timesteps, epochs))
    peak = 0
    with subprocess.Popen([sys.executable, str(child), *settings], stdout=subprocess.PIPE, text=True) as running:

        def watch() -> None:
            nonlocal peak
            while running.poll() is None:
                peak = max(peak, _memory(running.pid))
                time.sleep(0.2)

        watcher = threading.Thread(target=watch)
        watcher.start()
        out, _ = running.communicate()
        watcher.join()
    assert 0.5 < told.seconds / float(out) < 2
    assert 0.5 < told.bytes / peak < 2
