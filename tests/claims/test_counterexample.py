"""The number named as a counterexample does turn the verdict, and no nearer one does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reportgen.claims.counterexample import nearest_counterexample
from reportgen.claims.language import Test, read_test
from reportgen.evidence import Evidence, Measured, gather


def evidence(cases: Sequence[Mapping[str, float]]) -> Evidence:
    def measured(values: Mapping[str, float]) -> Any:
        for name, value in sorted(values.items()):
            yield Measured(f"a.{name}", value, name, "", "counted")
        yield Measured("a.limit", 10, "the limit", "", "a setting", given=True)

    return gather(("case", "cases"), {"main": ""}, map(measured, cases))


def read(test: str, of: Evidence) -> Test:
    parsed = jinja2.Environment(autoescape=True).parse(f"{{% if {test} %}}{{% endif %}}")
    (node,) = parsed.find_all(jinja2.nodes.If)
    assert isinstance(node.test, jinja2.nodes.Expr)
    return read_test(node.test, str(Path("t.j2")), of)


def verdict(test: str, values: Mapping[str, float]) -> bool:
    """Judge a test by Python alone."""
    names = {**values, "limit": 10.0}
    return bool(eval(test.replace("a.", ""), {"__builtins__": {}}, names))


TESTS = (
    "a.x < a.limit",
    "a.x > 2 * a.y",
    "a.x < a.y and a.y < a.limit",
    "not (a.x - a.y > 3)",
    "1 < a.x < a.limit or a.y > 5",
    "a.x / a.y > 0.5",
)
VALUES = st.floats(0.01, 100).map(lambda value: float(f"{value:.4g}"))


@given(st.sampled_from(TESTS), st.lists(st.fixed_dictionaries({"x": VALUES, "y": VALUES}), min_size=1, max_size=3))
def test_it_turns_the_verdict_and_nothing_nearer_does(test: str, cases: list[dict[str, float]]) -> None:
    seen = evidence(cases)
    found = nearest_counterexample(read(test, seen), seen)
    assume(found is not None)
    assert found is not None
    name = found.name.removeprefix("a.")
    assert found.name != "a.limit"
    assert found.value == cases[found.case][name]
    before = verdict(test, cases[found.case])
    assert verdict(test, cases[found.case] | {name: found.instead}) is not before
    moved = abs(found.instead - found.value) / max(abs(found.instead), abs(found.value))
    for case in cases:
        for each in case:
            for share in (0.2, 0.6, 0.9):
                # A change that is smaller by more than what three digits hide must leave every verdict.
                by = share * (moved - 0.02)
                for factor in (1 - by, 1 / (1 - by)) if by > 0 else ():
                    assert verdict(test, case | {each: case[each] * factor}) is verdict(test, case)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        ("a.x < a.limit", ("a.x", 4.0, 10.0)),
        ("a.x > 1", ("a.x", 4.0, 1.0)),
        ("a.x != 4 or a.y == 7", ("a.y", 7.0, 7.01)),
    ],
)
def test_the_nearest_is_named(test: str, says: tuple[str, float, float]) -> None:
    seen = evidence([{"x": 4, "y": 7}])
    found = nearest_counterexample(read(test, seen), seen)
    assert found is not None
    assert (found.name, found.value, found.instead) == says


def test_where_no_single_number_turns_a_verdict_there_is_none() -> None:
    seen = evidence([{"x": 4, "y": 7}])
    assert nearest_counterexample(read("a.x < 100 or a.y < 100", seen), seen) is None
