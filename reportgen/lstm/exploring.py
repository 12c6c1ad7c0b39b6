"""What the page's explorer is given: the trained networks, and traces of the run that the browser must compute again."""

import base64
import json
from typing import Any

import numpy as np

from reportgen.evidence import Floats
from reportgen.lstm.evidence.example import median_probe, typical_moment, typical_unit
from reportgen.lstm.run import WORLDS, Run, State, Weights

MOST_BYTES = 1_200_000
"""What the explorer's data may take; networks that do not fit are left out, but for the first."""

MOST_RECORDED = 4000
"""Values of the cell state in one recorded trace; of longer ones, every second or third timestep is kept, and so on."""

TOLERANCE = 1e-4
"""How far float32 rounding may take two traces apart, in the unit of c; of larger states, this share of the largest."""

TITLES = {"trained": "after training", "untrained": "before training", "chrono": "trained from chrono initialisation"}


def explorer_data(run: Run) -> bytes:
    """Return the explorer's data as JSON: settings, a held-out wave, networks with weights and recorded traces; arrays in base64.

    The wave is that of the essay's figures and tables, `example` the unit of network 1 and the timestep, from 1, that it works out by hand.
    Networks come in the order network 1 in each of WORLDS, network 2, …, while they fit into MOST_BYTES; network 1 as trained always comes.
    Every array is float32, little-endian; weights are kernel, recurrent kernel, bias, read-out kernel, read-out bias,
    one after the other, each row by row, recorded c and h those of the wave at timesteps 1, 1 + stride, 1 + 2 stride, ….
    """
    settings, probes, probe = run.experiment, run.probes, median_probe(run)
    stride = _stride(settings.timesteps, settings.units)
    data: dict[str, Any] = {
        "units": settings.units,
        "timesteps": settings.timesteps,
        "warm_up": settings.warm_up,
        "period": [settings.period_min, settings.period_max],
        "noise": settings.noise,
        "seed": settings.seed,
        "worlds": {world: TITLES[world] for world in WORLDS},
        "case_count": len(run.networks),
        "networks": [],
        "probe": {
            "x": _packed(probes.x[probe]),
            "target": _packed(probes.target[probe]),
            "phase": _packed(probes.phase[probe]),
            "period": float(probes.period[probe]),
        },
        "example": {"unit": typical_unit(run) + 1, "t": typical_moment(run) + 1},
        "stride": stride,
        "tolerance": TOLERANCE,
    }
    room = MOST_BYTES - len(_encoded(data))
    for number, network in enumerate(run.networks, 1):
        for world, state in network.states.items():
            entry = {world: _state(state, probe, stride)}
            # An opened world, and what encloses a network's worlds, take as many bytes as these, or fewer.
            room -= len(_encoded({"number": number, "worlds": entry})) + 1
            if room < 0 and data["networks"]:
                return _encoded(data)
            if world == next(iter(WORLDS)):
                data["networks"].append({"number": number, "worlds": {}})
            data["networks"][-1]["worlds"] |= entry
    return _encoded(data)


def _stride(timesteps: int, units: int) -> int:
    kept = max(1, MOST_RECORDED // units)
    return -(-timesteps // kept)


def _state(state: State, probe: int, stride: int) -> dict[str, Any]:
    trace = state.trace
    recorded = {name: _packed(getattr(trace, name)[probe, ::stride]) for name in ("c", "h")}
    return {"weights": _packed(_flat(state.weights)), "recorded": recorded}


def _flat(weights: Weights) -> Floats:
    parts = (weights.kernel, weights.recurrent_kernel, weights.bias, weights.readout_kernel, weights.readout_bias)
    return np.concatenate([part.ravel() for part in parts])


def _packed(array: Floats) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f4").tobytes()).decode("ascii")


def _encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")
