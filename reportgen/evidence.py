"""A measurement: one value per network, with its unit and how it was measured."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reportgen.lstm.signals import Floats


@dataclass(frozen=True)
class Measured:
    """What was measured on one network.

    name: as templates write it, `flow.time_constant`; label: a noun phrase that the ledger can use; unit: what a number of it
    counts ("steps", "%", "" for a ratio); method: one sentence; axes: for a curve, its coordinates by axis name.
    """

    name: str
    value: float | Floats
    label: str
    unit: str
    method: str
    axes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True)
class Measurement:
    """The same measurement on every network of a run; values: (N, ...), the further axes as in `axes`."""

    name: str
    values: Floats
    label: str
    unit: str
    method: str
    axes: Mapping[str, NDArray[Any]]
    source: str


@dataclass(frozen=True)
class Evidence:
    """All measurements of a run, by name."""

    networks: int
    measurements: Mapping[str, Measurement]

    def __getitem__(self, name: str) -> Measurement:
        """Return one measurement by its name."""
        return self.measurements[name]

    def shown(self, name: str) -> str:
        """Return a measurement as people read it: the median over the networks with its unit, and the range if there is one."""
        measurement = self[name]
        low, middle, high = (significant(float(part(measurement.values))) for part in (np.min, np.median, np.max))
        unit = measurement.unit if measurement.unit in ("", "×") else f" {measurement.unit}"
        return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low} to {high})"

    def median(self, name: str) -> Any:
        """Return the median over the networks, a float or an array."""
        return np.median(self[name].values, axis=0)


def significant(value: float) -> str:
    """Return a number with three significant digits, in plain or scientific notation, as people write it."""
    if value == int(value) and abs(value) < 1e6:
        return written(value, ".0f")
    exponent = int(f"{value:.2e}".partition("e")[2])  # after rounding: 9.999 has as many digits as 10.0
    return written(value, f".{max(0, 2 - exponent)}f" if -3 <= exponent < 5 else ".2e")


def written(value: float, form: str) -> str:
    """Return a number in a format of Python's, with a real minus sign and powers of ten, 2.4 × 10⁻⁷; an exact zero as 0."""
    mantissa, _, exponent = format(value, form).partition("e") if value else ("0", "", "")
    if exponent:
        mantissa += " × 10" + str(int(exponent)).translate(_SUPERSCRIPT)
    return mantissa.replace("-", "−")


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def gather(networks: Iterable[Iterator[Measured]]) -> Evidence:
    """Return the evidence of several networks, measured alike.

    Raises ValueError where a value is not finite or two measurements share a name: a defect of the program, not of its use.
    """
    rows = [list(measured) for measured in networks]
    measurements: dict[str, Measurement] = {}
    for column in zip(*rows, strict=True):
        first = column[0]
        if len({measured.name for measured in column}) > 1:
            raise ValueError(f"{first.name} of one network stands beside {column[-1].name} of another")
        values = np.stack([np.asarray(measured.value, np.float64) for measured in column])
        if not np.all(np.isfinite(values)):
            raise ValueError(f"{first.name} is not finite: {values}")
        if first.name in measurements:
            raise ValueError(f"{first.name} is measured twice")
        if values.shape[1:] != tuple(len(coordinates) for coordinates in first.axes.values()):
            raise ValueError(f"{first.name} has shape {values.shape[1:]}, its axes say {dict(first.axes)}")
        values.flags.writeable = False
        measurements[first.name] = Measurement(
            first.name, values, first.label, first.unit, first.method, first.axes, first.source
        )
    return Evidence(len(rows), measurements)


def evidence_to_json(evidence: Evidence) -> str:
    """Return the measurements as JSON, every value in full precision."""
    return json.dumps(
        {
            name: {
                "label": m.label,
                "unit": m.unit,
                "method": m.method,
                "source": m.source,
                "axes": {axis: np.asarray(coordinates).tolist() for axis, coordinates in m.axes.items()},
                "values": m.values.tolist(),
            }
            for name, m in evidence.measurements.items()
        },
        ensure_ascii=False,
        indent=1,
    )


def evidence_from_json(text: str) -> Evidence:
    """Return the evidence that `evidence_to_json` wrote; raises ValueError, or what Python raises, for anything else."""
    table = json.loads(text)
    measurements = {}
    counts = set()
    for name, m in table.items():
        values = np.array(m["values"], np.float64)
        values.flags.writeable = False
        axes = {axis: np.array(coordinates) for axis, coordinates in m["axes"].items()}
        if not re.fullmatch(r"[a-z]+\.\w+", name) or not np.all(np.isfinite(values)):
            raise ValueError(f"{name} is no measurement")
        if not values.ndim or values.shape[1:] != tuple(len(coordinates) for coordinates in axes.values()):
            raise ValueError(f"{name} has shape {values.shape}")
        texts = (m["label"], m["unit"], m["method"], m["source"])
        if not all(isinstance(each, str) for each in texts):
            raise ValueError(f"{name} is described by something else than text")
        counts.add(len(values))
        label, unit, method, source = texts
        measurements[name] = Measurement(name, values, label, unit, method, axes, source)
    if len(counts) > 1:
        raise ValueError("measurements of different networks")
    return Evidence(counts.pop() if counts else 0, measurements)
