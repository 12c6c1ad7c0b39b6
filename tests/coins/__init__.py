"""A guest of a few lines, as anyone might write one: loaded coins are tossed, and fair ones beside them. It needs no TensorFlow."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
from matplotlib.figure import Figure
from msgspec import Meta

from reportgen.drawing import Drawing, drawing, spread_over
from reportgen.evidence import Evidence, Measured, gather
from reportgen.settings import validate
from reportgen.study import Cost, Stage, Step, Study, Tell

TEMPLATES = Path(__file__).parent / "templates"
WORLDS = {"loaded": "", "fair": "of fair coins"}
Run: TypeAlias = dict[str, Any]  # by world: (coins, tosses) of heads


@dataclass(frozen=True)
class Tosses:
    seed: Annotated[int, Meta(ge=0, le=1000)] = 1
    coins: Annotated[int, Meta(ge=1, le=50)] = 3
    tosses: Annotated[int, Meta(ge=1, le=10_000)] = 400
    heads: Annotated[float, Meta(ge=0, le=1)] = 0.7

    def __post_init__(self) -> None:
        validate(self)


def carry_out(settings: Tosses, tell: Tell) -> Run:
    tell(Stage("tossing", settings.coins, f"{settings.coins} coins"))
    rng = np.random.default_rng(settings.seed)
    thrown = rng.random((settings.coins, settings.tosses))
    for coin in range(settings.coins):
        tell(Step(f"coin {coin + 1}", f"  coin {coin + 1} is tossed"))
    return {"loaded": thrown < settings.heads, "fair": thrown < 0.5}


def measure(run: Run) -> Evidence:
    def coin(number: int) -> Iterator[Measured]:
        yield Measured("toss.tosses", run["loaded"].shape[1], "tosses of a coin", "", "a setting", given=True)
        for world, prefix in (("loaded", ""), ("fair", "fair.")):
            share = 100 * float(run[world][number].mean())
            yield Measured(
                f"{prefix}toss.heads", share, "the share of heads", "%", "counted", settings=("heads", "tosses")
            )

    return gather(("coin", "coins"), WORLDS, map(coin, range(len(run["loaded"]))))


@drawing(height_cm=4)
def heads(figure: Figure, run: Run, evidence: Evidence) -> str:
    """Draw the share of heads, coin by coin."""
    figure.subplots().plot(evidence["toss.heads"].values, "o")
    return f"The share of heads of each coin: {spread_over(evidence['toss.heads'].values)} %."


@drawing(height_cm=3)
def again(figure: Figure, run: Run, evidence: Evidence) -> str:
    """Draw the share of heads once more, as bars."""
    values = evidence["toss.heads"].values
    figure.subplots().bar(range(len(values)), values)
    return "The share of heads of each coin, as a bar."


def draw(name: str, run: Run, evidence: Evidence) -> Drawing:
    return {"heads": heads, "again": again, "unused": broken}[name](run, evidence)


def broken(run: Run, evidence: Evidence) -> Drawing:
    raise AssertionError("a figure that nothing shows was drawn")


STUDY: Study[Tosses, Run] = Study(
    name="coins",
    case=("coin", "coins"),
    settings=Tosses,
    carry_out=carry_out,
    measure=measure,
    pack=lambda run: run,
    unpack=lambda settings, arrays: dict(arrays),
    digests=lambda run: {world: hashlib.sha256(heads.tobytes()).hexdigest() for world, heads in run.items()},
    cost=lambda settings: Cost(0.1, 2**20 + settings.coins * settings.tosses),
    figures=("heads", "again", "unused"),
    draw=draw,
    sources={"run": (Path(__file__),)},
    packages={"run": ("numpy",), "figures": ("matplotlib",)},
    names=lambda: ("toss.tosses", "toss.heads", "fair.toss.heads"),
    findings=("toss.heads",),
    explorer=Path(__file__).parent / "explorer",
    explored=lambda run: json.dumps({"heads": run["loaded"].sum(axis=1).tolist(), "</script>": "<b>"}).encode(),
    files=lambda run: {"heads.txt": str(run["loaded"].sum()).encode()},
)
