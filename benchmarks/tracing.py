"""Tracing i, f, g, o, c, h for all timesteps, beside what Keras takes for h alone, and beside the packages that trace gates."""

from functools import partial

from benchmarks.harness import OWN, PEER, Effort, Missing, in_turn, started, worker
from benchmarks.rows import Row

UNITS = 16
SHAPES = ((1, 256), (64, 256), (1, 20_000))
PACKAGES = ("keract", "see_rnn")


def measure(effort: Effort) -> list[Row]:
    """Return rows for every shape."""
    rows = []
    scripts = {"ours": (OWN, ("with_keras", "ours")), "Keras": (OWN, ("with_keras", "default"))}
    with started(scripts) as (workers, _):
        for sequences, timesteps in SHAPES[:1] if effort.quick else SHAPES:
            size = {"sequences": sequences, "timesteps": timesteps, "units": UNITS}
            repeats = 1 if effort.quick else max(3, 20_000 // timesteps // sequences)
            seconds = in_turn(
                effort.rounds,
                {name: partial(ask, "trace", **size, rounds=repeats) for name, ask in workers.items()},
            )
            work = f"all six traces of {sequences} × {timesteps:,} timesteps, {UNITS} units"
            rows.append(Row(work, "Keras's forward pass, h alone", seconds["ours"], seconds["Keras"], reach=1.0))
            stepped = [workers["Keras"]("step_cell", **size)]
            rows.append(Row(work, "`LSTMCell` stepped in Python", seconds["ours"], stepped))
    for package in PACKAGES:
        rows.append(Row("all six traces", f"`{package}`", [], [], note=f"What happens: {_says(package)}"))
    return rows


def _says(package: str) -> str:
    try:
        with worker(PEER, "with_tracers", package) as ask:
            return str(ask("trace"))
    except Missing as why:
        return f"`{why}`"
