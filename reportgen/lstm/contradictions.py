"""What evidence cannot say of one run, whatever the run: asked of kept evidence at every build, and so without NumPy."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict
from statistics import median
from typing import Any

from reportgen.evidence import Evidence
from reportgen.lstm.settings import Experiment

FOUR = ("i", "f", "g", "o")
SHARES = ("old_share", "plane_share", "still_swinging", "period_kept", "locked_", "away_")
"""How the names of shares in per cent begin."""


def contradictions(experiment: Experiment, evidence: Evidence) -> Iterator[str]:
    """Yield in words what of evidence contradicts the settings, the equations or the rest of the evidence."""
    if evidence.count != experiment.networks:
        yield f"it is of {evidence.count} networks, and {experiment.networks} were trained"
        return
    for name, value in asdict(experiment).items():
        if f"task.{name}" in evidence.measurements and set(evidence[f"task.{name}"].cases) != {value}:
            yield f"task.{name} is not the setting"
    for measurement in evidence.measurements.values():
        last = measurement.name.rpartition(".")[2]
        if measurement.is_scalar and not all(map(_bounds(last), measurement.cases)):
            yield f"{measurement.name} is out of its bounds"
    for world in ("", *(f"{other}." for other in evidence.other_worlds)):
        for case in range(evidence.count):
            yield from _in_one_world(_Case(evidence, world, case))


def _bounds(last: str) -> Callable[[float], bool]:
    """Return what a scalar must fulfil by the last part of its name."""
    if last.startswith(SHARES) and not last.endswith("least"):
        return lambda value: -1e-9 <= value <= 100 + 1e-9
    if "_r2" in last or last.startswith("r2_"):
        return lambda value: value <= 1
    if "error" in last or last.startswith(("cost_", "retrained_", "unlearned_")):
        return lambda value: value >= 0
    return math.isfinite


class _Case:
    """What was measured on one network in one world, by name; nothing of what was not measured there."""

    def __init__(self, evidence: Evidence, world: str, case: int) -> None:
        self.evidence, self.world, self.case = evidence, world, case

    def __getitem__(self, name: str) -> Any:
        return self.evidence[self.world + name].cases[self.case]

    def has(self, *names: str) -> bool:
        return all(self.world + name in self.evidence.measurements for name in names)

    def told(self, name: str) -> str:
        return f"{self.world}{name} of {self.evidence.case[0]} {self.case + 1} is not what the rest of the evidence makes it"


def _in_one_world(case: _Case) -> Iterator[str]:
    """Yield what does not fit together: what is said twice, in a sentence and in a figure, or follows from the rest."""
    lag = int(case.evidence["flow.lag"].cases[case.case])
    follows: dict[str, tuple[str, Callable[[Any], float]]] = {
        **{
            f"flow.{path}{norm}_at_lag": (f"flow.{path}{norm}", lambda curve: curve[lag])
            for path in ("direct", "detour", "full")
            for norm in ("", "_spectral")
        },
        "flow.time_constant": ("flow.time_constants", median),
        "flow.time_constant_max": ("flow.time_constants", max),
        "task.free_run_error_10": ("task.free_run_errors", lambda curve: curve[9]),
        "task.free_run_error_end": ("task.free_run_errors", lambda curve: curve[-1]),
        "snapshot.recovery": ("snapshot.disturbance", _recovery),
        "snapshot.phase_unexplained": ("snapshot.phase_r2", lambda r2: 1 - r2),
        "snapshot.frequency_unexplained": ("snapshot.frequency_r2", lambda r2: 1 - r2),
    }
    for name, (source, made) in follows.items():
        if case.has(name, source) and not _same(case[name], made(case[source])):
            yield case.told(name)
    for norm in ("", "_spectral"):
        curves = f"flow.direct{norm}", f"flow.detour{norm}"
        if case.has(f"flow.overtaken{norm}", *curves):
            pairs = enumerate(zip(*(case[curve] for curve in curves), strict=True))
            first = next((at for at, (direct, detour) in pairs if detour > direct), len(case[curves[0]]))
            if not _same(case[f"flow.overtaken{norm}"], first):
                yield case.told(f"flow.overtaken{norm}")
    for of_all, one, which in (
        ("locked_least", "locked", min),
        ("together_most", "together", max),
        ("moved_least", "moved", min),
        ("gradient_least", "gradient", min),
        ("lifted_error", "lifted_error", max),
    ):
        four = [f"gates.{one}_{gate}" for gate in FOUR]
        if case.has(f"gates.{of_all}", *four) and not _same(
            case[f"gates.{of_all}"], which(case[each] for each in four)
        ):
            yield case.told(f"gates.{of_all}")
    kept, swinging = "snapshot.period_kept", "snapshot.still_swinging"
    if case.has(kept, swinging) and case[kept] > case[swinging] + 1e-9:
        yield case.told("snapshot.period_kept")
    if (
        case.has("flow.leak", "flow.inflow", "flow.net")
        and case["flow.net"] > case["flow.leak"] + case["flow.inflow"] + 1e-6
    ):
        yield case.told("flow.net")


def _recovery(disturbance: tuple[float, ...]) -> float:
    above = [at for at, value in enumerate(disturbance) if value > disturbance[0] / 10]
    return above[-1] + 2.0 if above else 1.0


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-12)
