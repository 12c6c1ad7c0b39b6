"""How time and memory of a build grow with networks, units, timesteps and sequences: beside a straight line, and as a plot."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from benchmarks.harness import FULL, OWN, Effort, seconds_and_peak
from benchmarks.rows import Row

AXES: Mapping[str, Sequence[int]] = {
    "networks": (1, 2, 4, 8),
    "units": (16, 32, 64, 128),
    "timesteps": (100, 200, 400),
    "sequences": (2048, 4096, 8192),
}
BASE = {"networks": 2, "epochs": 3}
SMOKE = {"networks": 1, "epochs": 1, "sequences": 128, "units": 4}
PLOT = Path(__file__).parent / "growth.svg"


def measure(effort: Effort) -> list[Row]:
    """Return a row for time and one for memory in each direction, and draw them all.

    The row is of the last doubling: a straight line through nothing at most doubles, and what every build costs, however small, would
    hide more at the first ones.
    """
    found: dict[str, list[tuple[int, float, float]]] = {}
    with tempfile.TemporaryDirectory() as made:
        for axis, values in AXES.items():
            found[axis] = []
            for value in values[:2] if effort.quick else values:
                folder = Path(made) / f"{axis}{value}"
                folder.mkdir()
                settings = {
                    **(SMOKE if effort.quick else BASE),
                    axis: value // 8 if effort.quick and axis == "sequences" else value,
                }
                lines = "\n".join(f"{name} = {number}" for name, number in settings.items())
                (folder / "reportgen.toml").write_text(f"[experiment]\n{lines}\n", encoding="utf-8")
                command = (OWN, "-c", _EXPERIMENT)
                found[axis].append((value, *seconds_and_peak(command, folder)))
    if effort == FULL:
        _draw(found)
    rows = []
    for axis, points in found.items():
        (small, *before), (large, *after) = points[-2:]
        for k, (what, unit) in enumerate((("time", "s"), ("memory", "MB"))):
            line = before[k] * large / small
            rows.append(
                Row(
                    f"growth of {what}, {small:,} to {large:,} {axis}",
                    "a straight line",
                    [after[k]],
                    [line],
                    unit=unit,
                    reach=1.0,
                )
            )
    return rows


_EXPERIMENT = """
from pathlib import Path
from reportgen import results
from reportgen.lstm import STUDY
from reportgen.settings import load_settings
if __name__ == "__main__":
    experiment = load_settings(None, {}, STUDY.settings).experiment
    run = STUDY.carry_out(experiment, lambda _: None)
    Path("results.npz").write_bytes(results.pack(STUDY, experiment, run, STUDY.measure(run)))
"""
"""What a build does before it draws and writes, neither of which grows much; networks so little trained would fail claims of the essay."""


def _draw(found: Mapping[str, Sequence[tuple[int, float, float]]]) -> None:
    """Draw time and memory in every direction, beside the straight line from nothing to the last point."""
    figure = Figure(figsize=(10, 5), layout="constrained")
    for column, (axis, points) in zip(figure.subplots(2, len(found), sharex="col").T, found.items(), strict=True):
        values, *measured = zip(*points, strict=True)
        for axes, kind, unit in zip(column, measured, ("time in s", "memory in MB"), strict=True):
            axes.plot([0, values[-1]], [0, kind[-1]], ":", color="grey")
            axes.plot(values, kind, "o-", color="#0072B2")
            axes.set_xlim(left=0)
            axes.set_ylim(bottom=0)
            axes.set_ylabel(unit)
        column[-1].set_xlabel(axis)
    figure.savefig(PLOT, metadata={"Date": None, "Creator": None})
