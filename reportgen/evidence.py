"""What was found: named measurements, in every world in which they make sense, one value per case, with unit and method."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.floating]
else:
    # NumPy takes a fifth of the time of a rebuild to import, in which nothing is computed.
    Floats, NDArray = Any, list


@dataclass(frozen=True)
class Measured:
    """What was measured on one case.

    name: as templates write it, `flow.time_constant`, in another world than the main one `untrained.flow.time_constant`; label: a noun
    phrase that the ledger can use, the same in every world; unit: what a number of it counts ("steps", "%", "" for a ratio); method: one
    sentence; axes: for a curve, its coordinates by axis name; settings: those on which it depends most directly; given: it is no
    measurement but a setting, and printed as it was given; everywhere: it is the same in every world.
    """

    name: str
    value: float | Floats
    label: str
    unit: str
    method: str
    axes: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    source: str = ""
    settings: tuple[str, ...] = ()
    given: bool = False
    everywhere: bool = False


@dataclass(frozen=True)
class Measurement:
    """The same measurement on every case: of each a number, or for a curve nested tuples of them; the rest as in `Measured`."""

    name: str
    cases: tuple[Any, ...]
    label: str
    unit: str
    method: str
    coordinates: Mapping[str, tuple[Any, ...]]
    source: str
    settings: tuple[str, ...]
    given: bool
    everywhere: bool

    @property
    def is_scalar(self) -> bool:
        """Whether there is one value per case, and not a curve."""
        return not self.coordinates

    @cached_property
    def values(self) -> Floats:
        """The values as an array, (N, ...), the further axes as in `axes`; read-only."""
        return _array(self.cases)

    @cached_property
    def axes(self) -> Mapping[str, Floats]:
        """The coordinates of a curve as arrays, by axis; read-only."""
        return {name: _array(coordinates) for name, coordinates in self.coordinates.items()}


def _array(numbers: tuple[Any, ...]) -> Floats:
    import numpy as np  # noqa: PLC0415 - see above

    array = np.array(numbers)
    array.flags.writeable = False
    return array


@dataclass(frozen=True)
class Evidence:
    """All measurements by name: of `count` cases, which `case` names in singular and plural, in `worlds`, the main one first."""

    case: tuple[str, str]
    worlds: Mapping[str, str]
    count: int
    measurements: Mapping[str, Measurement]

    def __getitem__(self, name: str) -> Measurement:
        """Return one measurement by its name."""
        return self.measurements[name]

    def world_of(self, name: str) -> str:
        """Return the world that a measurement's name begins with, or the main one."""
        first = name.partition(".")[0]
        return first if first in self.other_worlds else next(iter(self.worlds))

    @property
    def other_worlds(self) -> tuple[str, ...]:
        """The worlds besides the main one."""
        return tuple(self.worlds)[1:]

    def seen_in(self, world: str, name: str) -> Measurement | None:
        """Return what a name stands for in a world; None where it was not measured there."""
        if world not in self.other_worlds or name.partition(".")[0] in self.other_worlds:
            return self.measurements.get(name)
        main = self.measurements.get(name)
        return main if main and main.everywhere else self.measurements.get(f"{world}.{name}")

    def label(self, name: str) -> str:
        """Return a measurement's label, with the words of its world."""
        words = self.worlds[self.world_of(name)]
        return f"{self[name].label}{f' {words}' if words else ''}"

    def shown(self, name: str) -> str:
        """Return a measurement as people read it: the median over the cases with its unit, and the range if there is one."""
        measurement = self[name]
        unit = measurement.unit if measurement.unit in ("", "×") else f" {measurement.unit}"
        if measurement.given:
            return f"{as_given(measurement.cases[0])}{unit}"
        low, middle, high = (significant(part(measurement.cases)) for part in (min, median, max))
        return f"{middle}{unit}" if low == high else f"{middle}{unit} ({low} to {high})"

    def median(self, name: str) -> float:
        """Return the median over the cases of a measurement with one value per case."""
        return median(self[name].cases)


def median(values: Iterable[float]) -> float:
    """Return the median: of an even number of values, the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def significant(value: float) -> str:
    """Return a number with three significant digits, in plain or scientific notation, as people write it."""
    if value == int(value) and abs(value) < 1e6:
        return written(value, ".0f")
    exponent = int(f"{value:.2e}".partition("e")[2])  # after rounding: 9.999 has as many digits as 10.0
    return written(value, f".{max(0, 2 - exponent)}f" if -3 <= exponent < 5 else ".2e")


def as_given(value: float) -> str:
    """Return a setting as it was given, all of its digits; thousands apart from four digits on."""
    return written(value, ",.0f" if value == int(value) and abs(value) < 1e15 else ".15g")


def written(value: float, form: str) -> str:
    """Return a number in a format of Python's, with a real minus sign and powers of ten, 2.4 × 10⁻⁷; an exact zero as 0."""
    mantissa, _, exponent = format(value, form).partition("e") if value else ("0", "", "")
    if exponent:
        mantissa += f" × {power_of_ten(int(exponent))}"
    return mantissa.replace("-", "−")


def power_of_ten(exponent: int) -> str:
    """Return 10⁻⁷ for −7."""
    return "10" + str(exponent).translate(_SUPERSCRIPT)


_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def gather(case: tuple[str, str], worlds: Mapping[str, str], cases: Iterable[Iterator[Measured]]) -> Evidence:
    """Return the evidence of several cases, measured alike.

    Raises ValueError where a value is not finite or two measurements share a name: a defect of the program, not of its use.
    """
    rows = [list(measured) for measured in cases]
    measurements: dict[str, Measurement] = {}
    for column in zip(*rows, strict=True):
        first = column[0]
        if len({measured.name for measured in column}) > 1:
            raise ValueError(f"{first.name} of one {case[0]} stands beside {column[-1].name} of another")
        if first.name in measurements:
            raise ValueError(f"{first.name} is measured twice")
        if not _is_name(first.name, worlds):
            raise ValueError(f"{first.name} is no name of a measurement")
        measurements[first.name] = Measurement(
            first.name,
            _numbers(first.name, (_plain(measured.value) for measured in column), first.axes),
            first.label,
            first.unit,
            first.method,
            {axis: _numbers(first.name, _plain(coordinates), {}) for axis, coordinates in first.axes.items()},
            first.source,
            first.settings,
            first.given,
            first.given or first.everywhere,
        )
    return Evidence(case, dict(worlds), len(rows), measurements)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


def _numbers(name: str, cases: Iterable[Any], axes: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return numbers as nested tuples of floats; raises ValueError where one is not finite, or their shape not that of the axes."""
    shape = tuple(len(coordinates) for coordinates in axes.values())

    def nested(value: Any, shape: tuple[int, ...]) -> Any:
        if shape:
            if not isinstance(value, list | tuple) or len(value) != shape[0]:
                raise ValueError(f"{name} has not the shape that its axes say")
            return tuple(nested(each, shape[1:]) for each in value)
        if isinstance(value, list | tuple | str) or not math.isfinite(number := float(value)):
            raise ValueError(f"{name} is not finite, or no number: {value!r:.60}")
        return number

    return tuple(nested(value, shape) for value in cases)


def _is_name(name: str, worlds: Mapping[str, str]) -> bool:
    """Return whether a name is `family.measurement`, or the same in another world than the main one."""
    *world, family, _ = parts if len(parts := name.split(".")) in (2, 3) else ("", "", "", "")
    others = tuple(worlds)[1:]
    return (
        re.fullmatch(r"(?:[a-z]+\.)?[a-z]+\.[a-z]\w*", name) is not None
        and family not in worlds
        and (not world or world[0] in others)
    )


def evidence_to_table(evidence: Evidence) -> dict[str, Any]:
    """Return the evidence as a table that JSON can hold, every value in full precision."""
    return {
        "case": list(evidence.case),
        "worlds": dict(evidence.worlds),
        "measurements": {
            name: {
                "label": m.label,
                "unit": m.unit,
                "method": m.method,
                "source": m.source,
                "settings": list(m.settings),
                "given": m.given,
                "everywhere": m.everywhere,
                "axes": m.coordinates,
                "values": m.cases,
            }
            for name, m in evidence.measurements.items()
        },
    }


def evidence_from_table(table: Any) -> Evidence:
    """Return the evidence that `evidence_to_table` took apart; raises ValueError, or what Python raises, for anything else."""
    singular, plural = map(_text, table["case"])
    worlds = {_text(world): _text(words) for world, words in table["worlds"].items()}
    measurements = {}
    counts = set()
    for name, m in table["measurements"].items():
        if not _is_name(name, worlds):
            raise ValueError(f"{name} is no measurement")
        axes = {_text(axis): _numbers(name, coordinates, {}) for axis, coordinates in m["axes"].items()}
        cases = _numbers(name, m["values"], axes)
        counts.add(len(cases))
        label, unit, method, source = (_text(m[part]) for part in ("label", "unit", "method", "source"))
        settings = tuple(map(_text, m["settings"]))
        given, everywhere = (m[part] is True for part in ("given", "everywhere"))
        measurements[name] = Measurement(
            name, cases, label, unit, method, axes, source, settings, given, everywhere or given
        )
    if len(counts) > 1:
        raise ValueError("measurements of different cases")
    if not worlds or not re.fullmatch("[a-z]+", plural) or not all(re.fullmatch("[a-z]+", world) for world in worlds):
        raise ValueError("worlds or cases without a name")
    return Evidence((singular, plural), worlds, counts.pop() if counts else 0, measurements)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a {type(value).__name__} stands where a text should")
    return value
