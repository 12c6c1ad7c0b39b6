"""What every worker does: read a request a line, answer with a line. Uses nothing but the standard library and NumPy."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

NAMES = ("kernel", "recurrent_kernel", "bias", "readout_kernel", "readout_bias")


def serve(*functions: Callable[..., Any]) -> None:
    """Answer each request, {"do": name of a function, and its arguments}, with what the function returns."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    by_name = {function.__name__: function for function in functions}
    by_name["ready"] = lambda: True
    by_name["pin"] = _pin
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(by_name[request.pop("do")](**request)), file=answers, flush=True)


def _pin() -> bool:
    """Stay on one core from now on, where the system can be asked for it; threads that are started later do too."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True


def read_data(path: str) -> tuple[dict[str, Any], list[tuple[Any, Any, dict[str, Any]]]]:
    """Return the experiment, and for each network x and target, (N, T, 1), and the start weights by name."""
    with np.load(path) as data:
        about = json.loads(str(data["about"]))
        networks = [
            (data[f"x{n}"], data[f"target{n}"], {name: data[f"{name}{n}"] for name in NAMES})
            for n in range(1, about["networks"] + 1)
        ]
    return about, networks


def cosine(about: dict[str, Any], steps: int) -> Any:
    """Return the learning rate of each step: half a cosine, from the experiment's to zero."""
    return 0.5 * about["learning_rate"] * (1 + np.cos(np.pi * np.arange(steps) / steps))
