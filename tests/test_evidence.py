"""Evidence: complete, finite, in every world by its name, and back from its table to the bit."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from reportgen.evidence import (
    Evidence,
    Measured,
    as_given,
    evidence_from_table,
    evidence_to_table,
    significant,
    written,
)
from reportgen.evidence import gather as gather_cases
from reportgen.lstm.run import WORLDS, Run

THREE = {"main": "", "before": "before it", "other": "elsewhere"}


def gather(cases: Iterable[Iterator[Measured]]) -> Evidence:
    return gather_cases(("network", "networks"), THREE, cases)


def scalar(value: float, name: str = "a.number") -> Measured:
    return Measured(name, value, "a number", "steps", "counted")


def curve(values: list[float], coordinates: list[int]) -> Measured:
    return Measured("a.curve", np.array(values), "a curve", "", "counted", {"lag": np.array(coordinates)}, "a source")


def test_gather_puts_the_networks_first() -> None:
    evidence = gather(iter([scalar(n), curve([n, n + 1.0], [0, 5])]) for n in (1.0, 2.0, 4.0))
    assert evidence.count == 3
    assert_array_equal(evidence["a.number"].values, [1, 2, 4])
    assert_array_equal(evidence["a.curve"].values, [[1, 2], [2, 3], [4, 5]])
    assert evidence["a.curve"].source == "a source"
    assert evidence.median("a.number") == 2
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
    with pytest.raises(ValueError, match=r"its axes say|no number"):
        gather([iter([measured])])


def test_gather_refuses_networks_that_were_measured_otherwise() -> None:
    with pytest.raises(ValueError, match="has not the shape"):
        gather([iter([curve([1.0, 2.0], [0, 1])]), iter([curve([1.0], [0])])])
    with pytest.raises(ValueError, match=r"a\.one of one network stands beside a\.other of another"):
        gather([iter([scalar(1, "a.one"), scalar(2)]), iter([scalar(1, "a.other"), scalar(2)])])
    with pytest.raises(ValueError, match="shorter"):
        gather([iter([scalar(1), scalar(1, "another")]), iter([scalar(1)])])


def test_every_measurement_of_a_run_is_complete(small_run: Run, small_evidence: Evidence) -> None:
    assert small_evidence.count == 2
    beginnings = {name.partition(".")[0] for name in small_evidence.measurements}
    assert beginnings == {
        "task", "flow", "snapshot", "gates", "choice", "example", "plain", "recall", "untrained", "chrono",
    }  # fmt: skip
    for name, measurement in small_evidence.measurements.items():
        assert measurement.name == name
        assert re.fullmatch(r"([a-z]+\.){1,2}[a-z0-9_]+", name)
        assert np.all(np.isfinite(measurement.values)), name
        assert measurement.values.dtype == np.float64
        assert measurement.values.shape == (2, *(len(axis) for axis in measurement.axes.values())), name
        assert not measurement.values.flags.writeable
        for coordinates in measurement.axes.values():
            assert np.all(np.diff(coordinates) > 0), name
        assert measurement.unit in {"", "steps", "samples", "bytes", "%", "×", "°"}, name
        for text in (measurement.label, measurement.method):
            assert text == text.strip() != "", name
            assert not re.search(r"[.!?](\s|$)|\n", text), f"{name} is not one sentence: {text}"


def test_a_share_lies_between_nothing_and_all(small_evidence: Evidence) -> None:
    names = ["flow.old_share", "snapshot.plane_share", "gates.away_point", "gates.away_state"]
    for name in names + [f"gates.locked_{gate}" for gate in "ifgo"]:
        assert np.all((small_evidence[name].values >= 0) & (small_evidence[name].values <= 100)), name


def same(one: Evidence, other: Evidence) -> None:
    assert (one.case, one.worlds, one.count) == (other.case, other.worlds, other.count)
    assert list(one.measurements) == list(other.measurements)
    for name, measurement in one.measurements.items():
        again = other[name]
        for field in ("name", "label", "unit", "method", "source", "settings", "given", "everywhere", "cases"):
            assert getattr(again, field) == getattr(measurement, field)
        assert again.values.tobytes() == measurement.values.tobytes(), name
        assert again.values.shape == measurement.values.shape
        assert not again.values.flags.writeable
        assert list(again.axes) == list(measurement.axes)
        for axis, coordinates in measurement.axes.items():
            assert again.axes[axis].dtype == coordinates.dtype
            assert_array_equal(again.axes[axis], coordinates)


def through_json(evidence: Evidence) -> Evidence:
    return evidence_from_table(json.loads(json.dumps(evidence_to_table(evidence))))


def test_json_round_trip_is_exact(small_evidence: Evidence) -> None:
    same(small_evidence, through_json(small_evidence))
    assert "Infinity" not in json.dumps(evidence_to_table(small_evidence))
    assert evidence_to_table(small_evidence)["measurements"]["task.networks"]["values"] == (2.0, 2.0)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_json_keeps_every_bit(values: list[float]) -> None:
    evidence = gather(iter([scalar(value)]) for value in values)
    same(evidence, through_json(evidence))


TABLE = evidence_to_table(gather(iter([scalar(n), scalar(n, "before.a.number")]) for n in (1.0, 2.0)))


def changed(**entries: Any) -> dict[str, Any]:
    return {**TABLE, **entries}


def with_measurement(name: str = "a.number", **entries: Any) -> dict[str, Any]:
    return changed(measurements={name: {**TABLE["measurements"]["a.number"], **entries}})


@pytest.mark.parametrize(
    "table",
    [
        None, [], {}, changed(case="network"), changed(case=["a", "b", "c"]), changed(case=["network", "not a noun!"]), changed(worlds={}),
        changed(worlds=["main"]), changed(worlds={"main": 1}), changed(worlds={"Main world": ""}), changed(measurements=[]),
        with_measurement("number"), with_measurement("a.b.c.d"), with_measurement("nowhere.a.number"), with_measurement("before.number"),
        with_measurement("main.a.number"), with_measurement("a.__class__"), with_measurement(values=[1, float("nan")]),
        with_measurement(values=["1", "2"]), with_measurement(values=[[1], [2]]), with_measurement(values=1),
        with_measurement(values=[None]),
        with_measurement(axes={"lag": [0, 1]}), with_measurement(axes=[]), with_measurement(label=1), with_measurement(settings=[1]),
        changed(measurements={**TABLE["measurements"], "a.other": {**TABLE["measurements"]["a.number"], "values": [1.0]}}),
    ],
    ids=str,
)  # fmt: skip
def test_a_table_that_is_no_evidence_is_refused(table: Any) -> None:
    assert evidence_from_table(TABLE).count == 2
    with pytest.raises((ValueError, TypeError, LookupError, AttributeError)):
        evidence_from_table(table)


def test_a_name_is_seen_in_a_world_where_it_was_measured_there_or_is_the_same_everywhere() -> None:
    def case(n: float) -> Iterator[Measured]:
        yield scalar(n)
        yield scalar(-n, "before.a.number")
        yield dataclasses.replace(scalar(7, "a.setting"), given=True)
        yield dataclasses.replace(scalar(8, "a.constant"), everywhere=True)

    evidence = gather(case(n) for n in (1.0, 2.0))

    def seen(world: str, name: str) -> tuple[float, ...] | None:
        found = evidence.seen_in(world, name)
        return None if found is None else found.cases

    assert seen("", "a.number") == seen("main", "a.number") == (1, 2)
    assert seen("before", "a.number") == seen("", "before.a.number") == seen("other", "before.a.number") == (-1, -2)
    assert seen("other", "a.number") is None
    assert seen("other", "a.setting") == seen("before", "a.setting") == (7, 7)
    assert seen("before", "a.constant") == (8, 8)
    assert seen("before", "a.nothing") is seen("", "a.nothing") is None
    assert evidence.label("before.a.number") == "a number before it"
    assert evidence.label("a.number") == "a number"
    assert (evidence.world_of("before.a.number"), evidence.world_of("a.number")) == ("before", "main")


@pytest.mark.parametrize(
    "name", ["number", "a.b.number", "main.a.number", "a.Number", "before.a.b.number", "a._number"]
)
def test_gather_refuses_what_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a measurement"):
        gather([iter([scalar(1, name)])])


ONCE = {
    "task": {"a predictor without a network": "error_persistence error_window error_sinusoid"},
    "flow": {"of how gates start": "time_constant_start time_constant_chrono_start"},
    "snapshot": {
        "asked of the trained network alone": "resume_error",
        "of the input": "phase_r2_samples frequency_r2_products",
    },
    "gates": {
        "asked of the trained network alone": " ".join(
            [
                f"{name}_{gate}"
                for name in ("lifted_error", "moved", "gradient", "unlearned", "retrained")
                for gate in "ifgo"
            ]
            + [
                f"{which}_{gate}{of}"
                for which in ("opens", "closes")
                for gate in (*"ifgoc", "poured")
                for of in ("", "_value")
            ]
            + ["lifted_error", "moved_least", "gradient_least", "swung_least"]
            + ["reseeded", "away_point", "away_window", "away_untrained", "away_state"]
        ),
    },
}
"""What is not measured in every world, and why."""


def test_every_scalar_is_measured_in_every_world_in_which_it_makes_sense(small_evidence: Evidence) -> None:
    once = {
        f"{family}.{name}" for family, reasons in ONCE.items() for names in reasons.values() for name in names.split()
    }
    others = {*WORLDS, "choice", "example", "plain", "recall"}  # families that are measured once
    main = {name for name in small_evidence.measurements if name.split(".")[0] not in others}
    for world in ("untrained", "chrono"):
        there = {name.removeprefix(f"{world}.") for name in small_evidence.measurements if name.startswith(f"{world}.")}
        assert there == {name for name in main - once if not small_evidence[name].given}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.05, "0.05"),
        (59.6, "59.6"),
        (15.0, "15"),
        (2048, "2,048"),
        (1e-9, "1 × 10⁻⁹"),
        (0, "0"),
        (-1.5, "−1.5"),
        (0.1 + 0.2, "0.3"),
    ],
)
def test_a_setting_is_written_as_it_was_given(value: float, text: str) -> None:
    assert as_given(value) == text


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
        iter([scalar(n), dataclasses.replace(scalar(n), name="a.ratio", unit="×"), scalar(3, "a.constant")])
        for n in (1.5, 4.5, 2.5)
    )
    assert evidence.shown("a.number") == "2.50 steps (1.50 to 4.50)"
    assert evidence.shown("a.ratio") == "2.50× (1.50 to 4.50)"
    assert evidence.shown("a.constant") == "3 steps"
