"""A study of coins that are tossed one at a time: by name in the table of guests, so that workers find it too."""

import dataclasses
import os
import signal
import time
from pathlib import Path
from typing import Any

from reportgen.errors import ReportgenError
from reportgen.evidence import Evidence
from reportgen.study import STUDIES, Study
from reportgen.sweep import work
from tests import coins
from tests.coins import Tosses

NAME = "tossed"


def measure_case(settings: Tosses, number: int, variant: str) -> Evidence:
    """Toss one coin; of the variant `fairer`, one that comes up heads less often."""
    if settings.heads > 0.95 and number == 2:
        raise ReportgenError("the second coin rolled away")
    own = dataclasses.replace(settings, seed=settings.seed + 100 * number, coins=1)
    if variant:
        own = dataclasses.replace(own, heads=own.heads / 2)
    return coins.measure(coins.carry_out(own, lambda _: None))


STUDY: Study[Tosses, coins.Run] = dataclasses.replace(
    coins.STUDY,
    name=NAME,
    measure_case=measure_case,
    variants={"same": "the same again", "fairer": "fairer coins"},
    outcome="toss.heads",
)


def register() -> None:
    """Put it into the table of guests of this process."""
    STUDIES[NAME] = "tests.sweep.guest:STUDY"


def toss(*arguments: Any) -> dict[str, Any]:
    """Do what a worker does, wherever it is."""
    register()
    return work.carry_out(*arguments)


def slowly(*arguments: Any) -> dict[str, Any]:
    """Do it in a second, in which it can be killed."""
    time.sleep(0.3)
    return toss(*arguments)


def deadly(*arguments: Any) -> dict[str, Any]:
    """Kill the worker at the second coin, as the system does where memory is short."""
    if arguments[3] == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return toss(*arguments)


def at_third(*arguments: Any) -> dict[str, Any]:
    """Fail at every coin whose number is even, at the first with a mark in a file until it was tried three times."""
    number = arguments[3]
    mark = Path(f"tried-{number}-{len(list(Path().glob(f'tried-{number}-*')))}")
    mark.touch()
    if number == 2 or (number == 4 and mark.name != "tried-4-2"):
        raise RuntimeError(f"no luck with {number}")
    return toss(*arguments)
