"""A run as the arrays that are kept of it, and back: what the recording kernel computes again to the bit is left out."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.evidence import Floats
from reportgen.lstm.run import WORLDS, Network, Run, Weights, from_arrays, to_arrays
from reportgen.lstm.settings import Experiment
from reportgen.lstm.signals import Sequences
from reportgen.lstm.tracing import trace_network

RECORDED = tuple(f".{world}.trace." for world in WORLDS)
"""Parts of the names of what is left out."""


def pack(run: Run) -> dict[str, NDArray[Any]]:
    """Return the arrays of a run by name, but for what was recorded with its weights alone."""
    arrays: dict[str, NDArray[Any]] = {"exported": np.frombuffer(run.exported, np.uint8)}
    for name, array in _all_arrays(run).items():
        if not any(part in name for part in RECORDED):
            arrays[name] = array
    return arrays


def unpack(experiment: Experiment, arrays: Mapping[str, NDArray[Any]]) -> Run:
    """Return a run; what was recorded with its weights is computed again, by the same kernel."""
    probes = from_arrays(Sequences, arrays, "probes")
    prefixes = [f"networks.{number}" for number in range(1, experiment.networks + 1)]
    whole = dict(arrays)
    for prefix in prefixes:
        for world in WORLDS:
            weights = from_arrays(Weights, arrays, f"{prefix}.{world}.weights")
            whole |= to_arrays(trace_network(weights, probes.x), f"{prefix}.{world}.trace")
    networks = tuple(from_arrays(Network, whole, prefix) for prefix in prefixes)
    return Run(experiment, probes, networks, arrays["exported"].tobytes())


def digests(run: Run) -> dict[str, str]:
    """Return the SHA-256 of the data, and of each network's arrays by kind: of the arrays, not of a file that carries a date."""
    found = {"data": _digest(to_arrays(run.probes, ""))}
    for number, network in enumerate(run.networks, 1):
        kinds: dict[str, dict[str, Floats]] = {"weights": {}, "trace": {}, "all else": {}}
        for name, array in to_arrays(network, "").items():
            kinds[next((kind for kind in kinds if f".{kind}." in name), "all else")][name] = array
        found |= {f"network {number}, {kind}": _digest(arrays) for kind, arrays in kinds.items()}
    return found


def _all_arrays(run: Run) -> dict[str, Floats]:
    arrays = to_arrays(run.probes, "probes")
    for number, network in enumerate(run.networks, 1):
        arrays |= to_arrays(network, f"networks.{number}")
    return arrays


def _digest(arrays: Mapping[str, Floats]) -> str:
    digest = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        digest.update(f"{name} {array.dtype} {array.shape}\0".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
