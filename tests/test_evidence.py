import dataclasses
import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from reportgen.evidence import (
    Evidence,
    Measured,
    evidence_from_json,
    evidence_to_json,
    gather,
    significant,
    written,
)
from reportgen.lstm.run import Run


def scalar(value: float, name: str = "a.number") -> Measured:
    return Measured(name, value, "a number", "steps", "counted")


def curve(values: list[float], coordinates: list[int]) -> Measured:
    return Measured("a.curve", np.array(values), "a curve", "", "counted", {"lag": np.array(coordinates)}, "a source")


def test_gather_puts_the_networks_first() -> None:
    evidence = gather(iter([scalar(n), curve([n, n + 1.0], [0, 5])]) for n in (1.0, 2.0, 4.0))
    assert evidence.networks == 3
    assert_array_equal(evidence["a.number"].values, [1, 2, 4])
    assert_array_equal(evidence["a.curve"].values, [[1, 2], [2, 3], [4, 5]])
    assert evidence["a.curve"].source == "a source"
    assert evidence.median("a.number") == 2
    assert_array_equal(evidence.median("a.curve"), [2, 3])
    with pytest.raises(ValueError, match="read-only"):
        evidence["a.curve"].values[0, 0] = 9


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("make", [scalar, lambda value: curve([1.0, value], [0, 1])], ids=["number", "curve"])
def test_gather_refuses_what_is_not_finite(value: float, make: Callable[[float], Measured]) -> None:
    with pytest.raises(ValueError, match=r"a\.\w+ is not finite"):
        gather([iter([make(1.0)]), iter([make(value)])])


def test_gather_refuses_a_name_that_comes_twice() -> None:
    with pytest.raises(ValueError, match=r"a\.number is measured twice"):
        gather([iter([scalar(1), scalar(2)])])


@pytest.mark.parametrize(
    "measured",
    [
        curve([1.0, 2.0], [0, 1, 2]),
        dataclasses.replace(scalar(1), value=np.ones(2)),
        dataclasses.replace(scalar(1), axes={"lag": np.arange(1)}),
        dataclasses.replace(curve([1.0, 2.0], [0, 1]), axes={"lag": np.arange(2), "unit": np.arange(1)}),
    ],
    ids=["longer axis", "no axis", "no values", "one axis too many"],
)
def test_gather_refuses_values_that_do_not_match_their_axes(measured: Measured) -> None:
    with pytest.raises(ValueError, match="its axes say"):
        gather([iter([measured])])


def test_gather_refuses_networks_that_were_measured_otherwise() -> None:
    with pytest.raises(ValueError, match="shape"):
        gather([iter([curve([1.0, 2.0], [0, 1])]), iter([curve([1.0], [0])])])
    with pytest.raises(ValueError, match=r"a\.one of one network stands beside a\.other of another"):
        gather([iter([scalar(1, "a.one"), scalar(2)]), iter([scalar(1, "a.other"), scalar(2)])])
    with pytest.raises(ValueError, match="shorter"):
        gather([iter([scalar(1), scalar(1, "another")]), iter([scalar(1)])])


def test_every_measurement_of_a_run_is_complete(small_run: Run, small_evidence: Evidence) -> None:
    assert small_evidence.networks == 2
    families = {name.partition(".")[0] for name in small_evidence.measurements}
    assert families == {"task", "flow", "snapshot", "gates"}
    for name, measurement in small_evidence.measurements.items():
        assert measurement.name == name
        assert re.fullmatch(r"[a-z]+\.[a-zA-Z0-9_]+", name)
        assert np.all(np.isfinite(measurement.values)), name
        assert measurement.values.dtype == np.float64
        assert measurement.values.shape == (2, *(len(axis) for axis in measurement.axes.values())), name
        assert not measurement.values.flags.writeable
        for coordinates in measurement.axes.values():
            assert np.all(np.diff(coordinates) > 0), name
        assert measurement.unit in {"", "steps", "samples", "bytes", "%", "×"}, name
        for text in (measurement.label, measurement.method):
            assert text == text.strip() != "", name
            assert not re.search(r"[.!?](\s|$)|\n", text), f"{name} is not one sentence: {text}"


def test_a_share_lies_between_nothing_and_all(small_evidence: Evidence) -> None:
    names = ["flow.old_share", "snapshot.plane_share", "gates.rising", "gates.xor_one", "gates.xor_two"]
    for name in names + [f"gates.locked_{gate}" for gate in "ifgo"]:
        assert np.all((small_evidence[name].values >= 0) & (small_evidence[name].values <= 100)), name


def same(one: Evidence, other: Evidence) -> None:
    assert one.networks == other.networks
    assert list(one.measurements) == list(other.measurements)
    for name, measurement in one.measurements.items():
        again = other[name]
        for field in ("name", "label", "unit", "method", "source"):
            assert getattr(again, field) == getattr(measurement, field)
        assert again.values.tobytes() == measurement.values.tobytes(), name
        assert again.values.shape == measurement.values.shape
        assert not again.values.flags.writeable
        assert list(again.axes) == list(measurement.axes)
        for axis, coordinates in measurement.axes.items():
            assert again.axes[axis].dtype == coordinates.dtype
            assert_array_equal(again.axes[axis], coordinates)


def test_json_round_trip_is_exact(small_evidence: Evidence) -> None:
    text = evidence_to_json(small_evidence)
    same(small_evidence, evidence_from_json(text))
    assert "Infinity" not in text
    assert json.loads(text)["task.networks"]["values"] == [2.0, 2.0]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_json_keeps_every_bit(values: list[float]) -> None:
    evidence = gather(iter([scalar(value)]) for value in values)
    same(evidence, evidence_from_json(evidence_to_json(evidence)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (7.0, "7"),
        (-12345.0, "−12345"),
        (0.5, "0.500"),
        (3.14159, "3.14"),
        (-31.4159, "−31.4"),
        (1234.5, "1234"),
        (0.0123456, "0.0123"),
        (2.384e-7, "2.38 × 10⁻⁷"),
        (1.5e9 + 0.5, "1.50 × 10⁹"),
        (123456.5, "1.23 × 10⁵"),
    ],
)
def test_three_significant_digits_as_people_write_them(value: float, text: str) -> None:
    assert significant(value) == text


def test_written_keeps_the_format() -> None:
    assert written(-0.00012, ".1e") == "−1.2 × 10⁻⁴"
    assert written(12.345, ".1f") == "12.3"


def test_shown_is_the_median_with_unit_and_range() -> None:
    evidence = gather(
        iter([scalar(n), dataclasses.replace(scalar(n), name="r", unit="×"), scalar(3, "c")]) for n in (1.5, 4.5, 2.5)
    )
    assert evidence.shown("a.number") == "2.50 steps (1.50 to 4.50)"
    assert evidence.shown("r") == "2.50× (1.50 to 4.50)"
    assert evidence.shown("c") == "3 steps"
