"""The guest of the assignment: LSTMs on sine waves, trained, recorded, measured, drawn. What a function needs, it imports when called."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reportgen.lstm.settings import Experiment
from reportgen.study import Cost, Study, Tell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from reportgen.drawing import Drawing
    from reportgen.evidence import Evidence
    from reportgen.lstm.run import Run

_HERE = Path(__file__).parent


def _carry_out(experiment: Experiment, tell: Tell) -> "Run":
    from reportgen.lstm.experiment import carry_out  # noqa: PLC0415 - a rebuild does without, as of all below

    return carry_out(experiment, tell)


def _cost(experiment: Experiment) -> Cost:
    from reportgen.lstm.cost import cost  # noqa: PLC0415 - as above

    return cost(experiment)


def _measure(run: "Run") -> "Evidence":
    from reportgen.lstm.evidence import measure  # noqa: PLC0415

    return measure(run)


def _pack(run: "Run") -> "Mapping[str, NDArray[Any]]":
    from reportgen.lstm.packing import pack  # noqa: PLC0415

    return pack(run)


def _unpack(experiment: Experiment, arrays: "Mapping[str, NDArray[Any]]") -> "Run":
    from reportgen.lstm.packing import unpack  # noqa: PLC0415

    return unpack(experiment, arrays)


def _digests(run: "Run") -> Mapping[str, str]:
    from reportgen.lstm.packing import digests  # noqa: PLC0415

    return digests(run)


def _contradictions(experiment: Experiment, evidence: "Evidence") -> Iterator[str]:
    from reportgen.lstm.contradictions import contradictions  # noqa: PLC0415

    return contradictions(experiment, evidence)


def _draw(name: str, run: "Run", evidence: "Evidence") -> "Drawing":
    from reportgen.lstm.plots import PLOTS  # noqa: PLC0415

    return PLOTS[name](run, evidence)


def _explored(run: "Run") -> bytes:
    from reportgen.lstm.exploring import explorer_data  # noqa: PLC0415

    return explorer_data(run)


def _cost_of_case(experiment: Experiment) -> float:
    from reportgen.lstm.cost import cost_of_network  # noqa: PLC0415

    return cost_of_network(experiment)


def _measure_case(experiment: Experiment, number: int, variant: str) -> "Evidence":
    from reportgen.lstm.alone import measure_case  # noqa: PLC0415

    return measure_case(experiment, number, variant)


STUDY: "Study[Experiment, Run]" = Study(
    name="lstm",
    case=("network", "networks"),
    settings=Experiment,
    carry_out=_carry_out,
    measure=_measure,
    pack=_pack,
    unpack=_unpack,
    digests=_digests,
    cost=_cost,
    # What is rounding itself; and a plain network does not learn to recall: what it says instead hangs on the last bit of its training.
    unsteady=("flow.decomposition_error", "flow.change_error", "flow.identity_error", "recall.r2_plain"),
    figures=("task", "channel", "river", "memory", "recall", "snapshots", "loop", "transplant", "gates", "holding"),
    draw=_draw,
    names=lambda: frozenset((_HERE / "measurements.txt").read_text(encoding="utf-8").split()),
    contradictions=_contradictions,
    sources={
        "run": (*sorted(_HERE.glob("*.py")), _HERE.parent / "pool.py", _HERE.parent / "settings.py"),
        "evidence": (_HERE / "evidence", _HERE.parent / "evidence.py"),
        "figures": (_HERE / "plots", _HERE.parent / "drawing.py"),
    },
    packages={"run": ("tensorflow", "keras", "numpy", "llvmlite"), "figures": ("matplotlib",)},
    findings=(
        "task.error",
        "plain.error",
        "flow.mean_age",
        "flow.overtaken",
        "snapshot.resume_error",
        "snapshot.phase_r2",
        "gates.lifted_error",
        "gates.cost_f_mean",
        "recall.r2_chrono",
    ),
    measure_case=_measure_case,
    cost_of_case=_cost_of_case,
    variants={
        "reseeded": "the same from another start",
        "no_input": "no input gate",
        "no_forget": "no forget gate",
        "no_output": "no output gate",
        "coupled": "input and forget gate coupled",
        "held_i": "input gate held at its mean",
        "held_f": "forget gate held at its mean",
        "held_o": "output gate held at its mean",
        "plain": "plain recurrent network",
        "gru": "gated recurrent unit",
    },
    outcome="task.error",
    compared=tuple((f"gates.retrained_{gate}", "gates.reseeded") for gate in ("i", "f", "g", "o")),
    explorer=_HERE / "explorer",
    explored=_explored,
    files=lambda run: {"model.keras": run.exported},
)
"""The experiment of the assignment, as the engine knows it."""
